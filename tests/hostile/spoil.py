"""Clips that are not what was asked for."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

import av
import numpy as np

from hostile.faults import Fault
from matchcut.frames.clip import probe, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.shape import fit
from matchcut.frames.types import Pixels

_SAMPLES = 48000
_BLOCK = 1024


def _write(clip: Path, frames: Iterable[Pixels], rate: Fraction) -> None:
    write_clip(clip, frames, rate=rate, quality=Quality.TAKE)


def _wrong_size(
    clip: Path, spoiled: Path, *, width: int | None = None, height: int | None = None
) -> None:
    facts = probe(clip)
    goal = width or facts.width // 4 * 2, height or facts.height // 4 * 2
    _write(spoiled, (fit(frame.pixels, *goal) for frame in read_frames(clip)), facts.rate)


def _wrong_rate(clip: Path, spoiled: Path, *, fps: int = 30) -> None:
    facts = probe(clip)
    frames = [frame.pixels for frame in read_frames(clip)]
    count = round(facts.duration * fps)
    times = (min(int(number * facts.rate / fps), len(frames) - 1) for number in range(count))
    _write(spoiled, (frames[at] for at in times), Fraction(fps))


def _wrong_length(clip: Path, spoiled: Path, *, frames: int | None = None) -> None:
    facts = probe(clip)
    kept = read_frames(clip, 0, frames or facts.frames // 2)
    _write(spoiled, (frame.pixels for frame in kept), facts.rate)


def _black(clip: Path, spoiled: Path) -> None:
    facts = probe(clip)
    black = np.zeros((facts.height, facts.width, 3), np.uint8)
    _write(spoiled, (black for _ in range(facts.frames)), facts.rate)


def _long_sound(clip: Path, spoiled: Path, *, seconds: float = 1.5) -> None:
    add_sound(clip, spoiled, float(probe(clip).duration) + seconds)


def _cut_file(clip: Path, spoiled: Path) -> None:
    whole = clip.read_bytes()
    # The index stands at the front, so this is in the pictures.
    spoiled.write_bytes(whole[: len(whole) * 2 // 3])


def put_before(source: Path, clip: Path, longer: Path, *, within: bool) -> None:
    """Show a clip before another, at the other's size and rate, as some continuations do.

    Args:
        source: The clip that comes first.
        clip: The clip that follows on it.
        longer: Where both are written.
        within: Both together are no longer than `clip` is.

    """
    facts = probe(clip)
    before = (fit(frame.pixels, facts.width, facts.height) for frame in read_frames(source))
    after = (frame.pixels for frame in read_frames(clip))
    _write(longer, islice(chain(before, after), facts.frames if within else None), facts.rate)


def add_sound(clip: Path, goal: Path, seconds: float) -> None:
    """Copy a clip's picture as it is, and put a tone beside it.

    Args:
        clip: An mp4 without sound.
        goal: Where the clip with sound is written.
        seconds: How long the tone is; the last of its blocks may end up to 21 ms later.

    """
    with (
        av.open(str(clip)) as source,
        av.open(str(goal), "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        picture = container.add_stream_from_template(source.streams.video[0])
        sound = container.add_stream("aac", rate=_SAMPLES)
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = picture
                container.mux(packet)
        for number in range(int(seconds * _SAMPLES) // _BLOCK):
            container.mux(sound.encode(_block(number)))
        container.mux(sound.encode())


def _block(number: int) -> av.AudioFrame:
    times = (np.arange(_BLOCK) + number * _BLOCK) / _SAMPLES
    tone = (0.1 * np.sin(times * 2 * np.pi * 330)).astype(np.float32)
    block = av.AudioFrame.from_ndarray(np.stack([tone, tone]), "fltp", "stereo")
    block.sample_rate, block.pts, block.time_base = _SAMPLES, number * _BLOCK, Fraction(1, _SAMPLES)
    return block


SPOILS: Mapping[Fault, Callable[..., None]] = {
    Fault.WRONG_SIZE: _wrong_size,
    Fault.WRONG_RATE: _wrong_rate,
    Fault.WRONG_LENGTH: _wrong_length,
    Fault.LONG_SOUND: _long_sound,
    Fault.BLACK_CLIP: _black,
    Fault.CUT_FILE: _cut_file,
}
"""Each takes the good clip and where the spoiled one goes."""
