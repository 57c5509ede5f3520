"""Which frames of a clip are shown."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

Kept = tuple[int, int]
"""First and last shown frame of a clip, both counted from 0 and both shown."""


def kept_frames(use: tuple[Decimal, Decimal] | None, rate: Fraction, frames: int) -> Kept | None:
    """The frames of a clip that are shown.

    Args:
        use: [from, to) in seconds of the clip; None shows all of it.
        rate: The clip's own frames a second.
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
