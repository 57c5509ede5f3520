"""Frames out of clips, exactly: the last displayed frame is the one with the largest PTS."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from matchcut.errors import Code, MatchcutError
from matchcut.frames.colour import colour_of, to_pixels
from matchcut.frames.index import Index, pictures, read_index, unreadable
from matchcut.frames.shape import oriented, squared
from matchcut.frames.types import ClipInfo, Frame, Pixels

_USUAL_RATES = (
    *(Fraction(whole) for whole in (24, 25, 30, 48, 50, 60)),
    *(Fraction(whole * 1000, 1001) for whole in (24, 30, 48, 60)),
)
_CENTRED_CHROMA = frozenset({"mjpeg", "mpeg1video"})
"""Codecs whose chroma lies between two columns (ITU-T T.871 (2011), 6.1; ISO/IEC 11172-2)."""


def probe(path: Path) -> ClipInfo:
    """Read a clip's facts; its first frame is decoded to prove that it can be.

    Args:
        path: A local file.

    Returns:
        Facts of the displayed picture; width and height as shown, turned and with square samples.

    Raises:
        MatchcutError: `CLIP_UNREADABLE` for what is no clip, is broken, ends early or cannot be
            shown faithfully; `CLIP_NO_FRAMES` for a clip in which nothing is displayed.

    """
    facts = read_index(path)
    picture = next(pictures(path, facts, facts.times[:1]))
    height, width = _shown(path, facts, picture).shape[:2]
    colour = colour_of(picture)
    rate, variable = _rate(facts)
    return ClipInfo(
        width=width,
        height=height,
        frames=len(facts.times),
        rate=rate,
        variable=variable,
        start=facts.times[0] * facts.time_base,
        duration=_duration(facts, rate, variable=variable),
        codec=facts.codec,
        pixel_format=picture.format.name,
        bit_depth=colour.bit_depth,
        matrix=colour.matrix,
        matrix_tagged=colour.tagged,
        full_range=colour.full_range,
        has_sound=facts.has_sound,
        interlaced=picture.interlaced_frame,
    )


def frame_times(path: Path) -> tuple[Fraction, ...]:
    """When each displayed frame begins and, as one more entry, when the last one ends.

    Args:
        path: A local file.

    Returns:
        Seconds, ascending, one more than the clip has frames.

    Raises:
        MatchcutError: As `probe`.

    """
    facts = read_index(path)
    rate, variable = _rate(facts)
    begins = tuple(time * facts.time_base for time in facts.times)
    return (*begins, begins[0] + _duration(facts, rate, variable=variable))


def last_frame(path: Path) -> Frame:
    """Decode a clip's last displayed frame, to the end of the stream and never by a seek.

    Args:
        path: A local file.

    Returns:
        The frame with the largest presentation time that an edit list does not leave out.

    Raises:
        MatchcutError: As `probe`.

    """
    return frame_at(path, -1)


def frame_at(path: Path, index: int) -> Frame:
    """Decode one frame.

    Args:
        path: A local file.
        index: Counted from 0 in display order; negative counts from the end, -1 is the last.

    Returns:
        The frame, its `index` counted from 0.

    Raises:
        MatchcutError: `CLIP_NO_FRAMES` where the clip has no such frame; else as `probe`.

    """
    facts = read_index(path)
    count = len(facts.times)
    position = index + count if index < 0 else index
    return next(_frames(path, facts, _within(path, position, position + 1, count)))


def tail(path: Path, count: int) -> list[Frame]:
    """Decode the last displayed frames.

    Args:
        path: A local file.
        count: How many, at least 1; a shorter clip gives all that it has.

    Returns:
        At most `count` frames in display order, the last displayed one at the end.

    Raises:
        MatchcutError: As `probe`.

    """
    facts = read_index(path)
    frames = len(facts.times)
    start = max(0, frames - count)
    return list(_frames(path, facts, _within(path, start, frames, frames)))


def read_frames(path: Path, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
    """Decode a stretch of a clip, one frame in memory at a time.

    Args:
        path: A local file.
        start: First frame, counted from 0 in display order.
        stop: One after the last frame; the end of the clip where it is not given.

    Returns:
        The frames in display order, decoded as they are taken.

    Raises:
        MatchcutError: At once, `CLIP_NO_FRAMES` where the stretch is empty or leaves the clip;
            else as `probe`, where decoding fails while frames are taken.

    """
    facts = read_index(path)
    count = len(facts.times)
    return _frames(path, facts, _within(path, start, count if stop is None else stop, count))


def _within(path: Path, start: int, stop: int, count: int) -> range:
    if 0 <= start < stop <= count:
        return range(start, stop)
    asked = f"frame {start}" if stop == start + 1 else f"frames {start} to {stop - 1}"
    raise MatchcutError(
        Code.CLIP_NO_FRAMES,
        f"{asked} cannot be had of a clip with {count} frames",
        where=path.name,
        fix=f"Ask for frames from 0 to {count - 1}.",
    )


def _frames(path: Path, facts: Index, positions: range) -> Iterator[Frame]:
    """Decode and convert the displayed frames at these positions."""
    times = facts.times[positions.start : positions.stop]
    for position, picture in zip(positions, pictures(path, facts, times), strict=True):
        yield Frame(
            index=position,
            time=facts.times[position] * facts.time_base,
            pixels=_shown(path, facts, picture),
        )


def _shown(path: Path, facts: Index, picture: av.VideoFrame) -> Pixels:
    """Convert a picture as its file asks for it to be shown."""
    try:
        pixels = to_pixels(picture, centred=facts.codec in _CENTRED_CHROMA)
    except MatchcutError as error:
        error.where = error.where or path.name
        raise
    pixels = squared(pixels, facts.sample_aspect)
    matrix: Any = picture.side_data.get("DISPLAYMATRIX")
    turned = oriented(pixels, bytes(matrix)) if matrix else pixels
    if turned is None:
        raise unreadable(
            path,
            "the picture is to be shown slanted, and only quarter turns and mirrors are exact",
            fix="Export the clip without rotation in its header.",
        )
    return turned


def _rate(facts: Index) -> tuple[Fraction, bool]:
    """Frames a second, and whether the distance between frames varies."""
    if len(facts.times) == 1:
        length = facts.last_duration * facts.time_base
        return next(iter(facts.rates), 1 / length if length else Fraction(1)), False
    for rate in (*facts.rates, *_USUAL_RATES):
        if _is_constant(facts, 1 / (rate * facts.time_base)):
            return rate, False
    steps = {after - before for before, after in pairwise(facts.times)}
    span, frames = facts.times[-1] - facts.times[0], len(facts.times) - 1
    if facts.last_duration and len(steps) > 1:
        span, frames = span + facts.last_duration, frames + 1
    return frames / (span * facts.time_base), len(steps) > 1


def _duration(facts: Index, rate: Fraction, *, variable: bool) -> Fraction:
    """From the first frame's start to the last frame's end, without the rounding to ticks."""
    step, tick = 1 / rate, facts.time_base
    last = facts.last_duration * tick
    if not facts.last_duration or abs(last - step) < tick:
        last = step
    span = (facts.times[-1] - facts.times[0]) * tick
    return last + (span if variable else step * (len(facts.times) - 1))


def _is_constant(facts: Index, step: Fraction) -> bool:
    """Whether all frames lie `step` ticks apart, but for the rounding to whole ticks."""
    slack = 0 if step.denominator == 1 else 1
    first = facts.times[0]
    return all(
        abs(time - first - number * step) <= slack for number, time in enumerate(facts.times)
    )
