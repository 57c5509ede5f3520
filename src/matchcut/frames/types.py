"""What the room hands out: a clip's facts, a frame, a still's facts."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from matchcut.frames.facts import ClipInfo, Matrix, StillInfo

__all__ = ["ClipInfo", "Frame", "Matrix", "Pixels", "StillInfo"]

Pixels = npt.NDArray[np.uint8]
"""(height, width, 3) uint8, full-range R'G'B', top row first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One displayed frame of a clip."""

    index: int
    """Counted from 0 in display order."""
    time: Fraction
    """Presentation time, seconds."""
    pixels: Pixels
