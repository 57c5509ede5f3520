"""Which frames of a clip are shown, and for how long."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil

Kept = tuple[int, int]
"""First and last shown frame of a clip, both counted from 0 and both shown."""

Use = tuple[Decimal, Decimal] | None
"""[from, to) in seconds of the clip; None shows all of it."""


def kept_frames(use: Use, rate: Fraction, frames: int) -> Kept | None:
    """The frames of a clip that are shown.

    Args:
        use: What is shown of it.
        rate: The clip's own frames a second, constant.
        frames: How many it has, at least 1.

    Returns:
        The first frame that begins at or after `from`, and the last one that begins before `to`;
        None where there is none between them.

    """
    if use is None:
        return 0, frames - 1
    first = ceil(Fraction(use[0]) * rate)
    last = min(ceil(Fraction(use[1]) * rate) - 1, frames - 1)
    return (first, last) if first <= last else None


def kept_frames_at(use: Use, times: Sequence[Fraction]) -> Kept | None:
    """The same for a clip of variable rate.

    Args:
        use: What is shown of it.
        times: When each frame begins, seconds, ascending; the first one counts as 0.

    """
    if use is None:
        return 0, len(times) - 1
    begins, ends = use
    inside = [
        index
        for index, time in enumerate(times)
        if Fraction(begins) <= time - times[0] < Fraction(ends)
    ]
    return (inside[0], inside[-1]) if inside else None
