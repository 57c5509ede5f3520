"""How fast a picture moves, and which way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matchcut.frames.types import Pixels
from matchcut.inspect.flow import flow, grey, telling

_WIDTH = 320
_FEWEST = 24
_AIMED = 0.7
"""Part of the speed that the median vector must have for the motion to have a direction: a zoom
goes everywhere at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """The motion from one frame to the next."""

    speed: float
    """Median of how far places have moved, in widths of the picture a second."""
    across: float
    """The median place's motion to the right, widths a second."""
    along: float
    """And downwards."""
    pixels: float
    """The speed in pixels a frame as they were looked at, 320 wide at most: below a tenth or two
    an encoder's noise has a large part in it."""

    @property
    def aimed(self) -> bool:
        """True where most of the picture goes one way."""
        return bool(np.hypot(self.across, self.along) >= _AIMED * self.speed)

    def to_json(self) -> dict[str, float]:
        """The motion as JSON has it."""
        return {
            "speed": self.speed,
            "across": self.across,
            "along": self.along,
            "pixels": self.pixels,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Travel":
        """The reverse of `to_json`."""
        return cls(**{key: float(raw[key]) for key in cls.__slots__})


def travel(one: Pixels, other: Pixels, *, rate: float, apart: int = 1) -> Travel | None:
    """Measure the motion between two frames of a clip.

    Args:
        one: A frame.
        other: A later one, of the same shape.
        rate: Frames a second.
        apart: How many frames later; a few say more surely how fast it goes than one does.

    Returns:
        The motion; a subject that moves alone does not count unless it fills half of what can be
        told. None where the picture has too little texture to say.

    """
    first, second = grey(one, _WIDTH), grey(other, _WIDTH)
    if first.shape != second.shape:
        return None
    places = telling(first)
    if len(places[0]) < _FEWEST:
        return None
    moved = flow(first, second)[places] / apart
    pixels = float(np.median(np.hypot(moved[:, 0], moved[:, 1])))
    across, along = np.median(moved, axis=0) / first.shape[1] * rate
    return Travel(
        speed=pixels / first.shape[1] * rate,
        across=float(across),
        along=float(along),
        pixels=pixels,
    )


def turned(one: Travel, other: Travel) -> float | None:
    """The angle between two motions, 0 to 180 degrees; None where one of them has no direction."""
    if not (one.aimed and other.aimed):
        return None
    dot = one.across * other.across + one.along * other.along
    cross = one.across * other.along - one.along * other.across
    return float(abs(np.degrees(np.arctan2(cross, dot))))
