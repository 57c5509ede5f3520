"""Linear light: what a sensor would count, in place of the levels that a file holds.

A gain of exposure multiplies light; on levels it would be a curve. The transfer is that of sRGB,
IEC 61966-2-1:1999, 4.1 and 4.2, which is also what the colour measures assume.
"""

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels

Light = npt.NDArray[np.float32]
"""(height, width, 3), 0 to 1 and beyond where a gain has lifted it."""

_KNEE, _SLOPE, _OFFSET, _POWER = 0.0031308, 12.92, 0.055, 2.4


def to_light(pixels: Pixels) -> Light:
    """Levels to linear light, 0 to 1."""
    return np.asarray(cv2.LUT(pixels, _table()), np.float32)


def to_levels(light: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Linear light to levels, 0 to 255, not rounded; what is out of range is clipped."""
    inside = np.clip(light, 0, 1)
    curved = (1 + _OFFSET) * np.power(inside, 1 / _POWER) - _OFFSET
    return np.asarray(255 * np.where(inside <= _KNEE, inside * _SLOPE, curved), np.float32)


def slope(levels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """How much light one level is worth, at these levels of 0 to 255."""
    value = np.asarray(levels, np.float32) / 255
    curved = _POWER / (1 + _OFFSET) * ((value + _OFFSET) / (1 + _OFFSET)) ** (_POWER - 1)
    return np.asarray(np.where(value <= _KNEE * _SLOPE, 1 / _SLOPE, curved) / 255, np.float32)


@cache
def _table() -> Light:
    value = np.arange(256, dtype=np.float64) / 255
    curved = ((value + _OFFSET) / (1 + _OFFSET)) ** _POWER
    light = np.where(value <= _KNEE * _SLOPE, value / _SLOPE, curved)
    return np.asarray(light, np.float32)
