"""How a frame looks as a whole: numbers that stay while a camera moves, and drift from hop to hop.

All are taken from a small picture, so that grain and an encoder's blocks count little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from matchcut.frames.types import Pixels
from matchcut.inspect.colour import lab

_WIDTH = 160
_FINE = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A frame in a few numbers."""

    brightness: float
    """Mean L*, 0 to 100."""
    contrast: float
    """Standard deviation of L*."""
    saturation: float
    """Mean chroma, C*ab."""
    sharpness: float
    """Fine detail against coarse: the spread of the Laplacian over the spread of grey, looked at
    640 wide. Compared with another frame's only, since a calm wall has little at best."""
    red: float
    """Mean a*, green below 0."""
    yellow: float
    """Mean b*, blue below 0."""

    def to_json(self) -> dict[str, float]:
        """The look as JSON has it."""
        return {
            "brightness": self.brightness,
            "contrast": self.contrast,
            "saturation": self.saturation,
            "sharpness": self.sharpness,
            "red": self.red,
            "yellow": self.yellow,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Look":
        """The reverse of `to_json`."""
        return cls(**{key: float(raw[key]) for key in cls.__slots__})


def look(pixels: Pixels) -> Look:
    """Take a frame's look.

    Args:
        pixels: (height, width, 3) uint8 R'G'B'.

    """
    seen = lab(_small(pixels, _WIDTH))
    fine = cv2.cvtColor(_small(pixels, _FINE), cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = float(cv2.Laplacian(cv2.GaussianBlur(fine, (0, 0), 1.0), cv2.CV_32F).std())
    return Look(
        brightness=float(seen[..., 0].mean()),
        contrast=float(seen[..., 0].std()),
        saturation=float(np.hypot(seen[..., 1], seen[..., 2]).mean()),
        sharpness=detail / max(float(fine.std()), 1.0),
        red=float(seen[..., 1].mean()),
        yellow=float(seen[..., 2].mean()),
    )


def usual(looks: Sequence[Look]) -> Look:
    """The median of each number of some looks, at least one."""
    names = Look.__slots__
    return Look(**{name: float(np.median([getattr(one, name) for one in looks])) for name in names})


def _small(pixels: Pixels, most: int) -> Pixels:
    height, width = pixels.shape[:2]
    if width <= most:
        return pixels
    size = (most, max(1, round(height * most / width)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
