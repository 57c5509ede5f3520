"""Whether a clip is what was asked for. What is not is kept and shown to a person, never used."""

from fractions import Fraction
from pathlib import Path

from matchcut.errors import MatchcutError
from matchcut.frames.clip import frame_at
from matchcut.frames.types import ClipInfo
from matchcut.inspect.darkness import BLACK, spread
from matchcut.plan.types import Expectation

_NEAR_SIZE = Fraction(6, 100)
"""Endpoints round sides to whole blocks: 864x496 is a 480p of 16:9, 1920x1088 a 1080p."""
_NEAR_RATE = Fraction(1, 100)
"""23.976 is taken for 24."""
_NEAR_LENGTH = Fraction(3, 10)
"""Seconds; models make 4k + 1 or 8k + 1 frames, so that a clip is a few longer or shorter."""


def judged(
    clip: Path,
    info: ClipInfo,
    wanted: Expectation | None,
    *,
    exact: bool,
    carried: Fraction = Fraction(0),
) -> str:
    """Compare a clip with what was asked for.

    Args:
        clip: The file.
        info: Its facts.
        wanted: What was asked for; None asks for nothing.
        exact: True where who made it must give just this size, rate and number of frames.
        carried: Seconds of the clip that it continues, which it may show before it goes on.

    Returns:
        What is wrong, as a sentence without a full stop; empty where nothing is.

    Raises:
        MatchcutError: It cannot be decoded to its end.

    """
    if wanted is None:
        return ""
    problems = _exactly(info, wanted) if exact else _about(info, wanted, carried)
    if not problems and not exact:
        problems = _whole(clip, info)
    return ", and ".join(problems)


def _exactly(info: ClipInfo, wanted: Expectation) -> list[str]:
    problems = []
    if (info.width, info.height, info.frames) != (wanted.width, wanted.height, wanted.frames):
        problems.append(
            f"it has {info.frames} frames of {info.width}x{info.height} where {wanted.frames} of "
            f"{wanted.width}x{wanted.height} were asked for"
        )
    # One frame by itself has no rate.
    if info.rate != wanted.rate and info.frames > 1:
        problems.append(f"it has {info.rate} frames a second where {wanted.rate} were asked for")
    return problems


def _about(info: ClipInfo, wanted: Expectation, carried: Fraction) -> list[str]:
    problems = []
    if wanted.size_known and not _same_size(info, wanted):
        problems.append(
            f"it is {info.width}x{info.height} where {wanted.width}x{wanted.height} was asked for"
        )
    if wanted.rate_known and abs(info.rate - wanted.rate) > wanted.rate * _NEAR_RATE:
        problems.append(
            f"it has {float(info.rate):g} frames a second where {float(wanted.rate):g} were asked "
            "for"
        )
    length = Fraction(wanted.frames) / wanted.rate
    if min(abs(info.duration - length - more) for more in (0, carried)) > _NEAR_LENGTH:
        problems.append(
            f"it lasts {float(info.duration):.2f} s where {float(length):g} s were asked for"
        )
    return problems


def _same_size(info: ClipInfo, wanted: Expectation) -> bool:
    """A resolution is the short side's, or the area's where the shape is another one."""
    short = Fraction(min(info.width, info.height), min(wanted.width, wanted.height))
    area = Fraction(info.width * info.height, wanted.width * wanted.height)
    return abs(short - 1) <= _NEAR_SIZE or abs(area - 1) <= 2 * _NEAR_SIZE


def _whole(clip: Path, info: ClipInfo) -> list[str]:
    """Its last frame can be had, and it shows something."""
    try:
        shown = [frame_at(clip, index) for index in (0, info.frames // 2, -1)]
    except MatchcutError as error:
        return [f"it cannot be decoded to its end ({error.message})"]
    if all(spread(frame.pixels) < BLACK for frame in shown):
        return ["it shows nothing: its first, middle and last frame are of one flat tone"]
    return []
