"""How far apart two colours look: CIEDE2000.

G. Sharma, W. Wu, E. Dalal, The CIEDE2000 Color-Difference Formula, Color Research and Application
30 (2005). About 1 is what an eye just sees side by side.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels

Lab = npt.NDArray[np.float64]
"""(..., 3): L* 0 to 100, a*, b*; of sRGB under D65."""

_WIDTH = 64
_CHROMA_7 = 25.0**7


def colour_step(one: Pixels, other: Pixels) -> float:
    """Mean CIEDE2000 between two pictures of one scene.

    Both are looked at 64 pixels wide, so that a small motion counts little beside a change of
    tone; they may be of different sizes.
    """
    first, second = lab(_small(one)), lab(_small(other))
    if first.shape != second.shape:
        size = first.shape[1::-1]
        second = np.asarray(cv2.resize(second, size, interpolation=cv2.INTER_AREA), np.float64)
    return float(ciede2000(first, second).mean())


def lab(pixels: Pixels) -> Lab:
    """Pixels as L*a*b*."""
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float64)


def ciede2000(one: Lab, other: Lab) -> npt.NDArray[np.float64]:
    """The difference of colours that lie at the same places of two arrays.

    Returns:
        (...), 0 (equal) and more.

    """
    light = one[..., 0], other[..., 0]
    chroma = np.hypot(one[..., 1], one[..., 2]), np.hypot(other[..., 1], other[..., 2])
    seventh = ((chroma[0] + chroma[1]) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(seventh / (seventh + _CHROMA_7)))
    reds = stretch * one[..., 1], stretch * other[..., 1]
    c = np.hypot(reds[0], one[..., 2]), np.hypot(reds[1], other[..., 2])
    hue = _hue(reds[0], one[..., 2]), _hue(reds[1], other[..., 2])
    grey = c[0] * c[1] == 0
    turn = (hue[1] - hue[0] + 180) % 360 - 180
    turn = np.where(grey, 0, np.where(turn == -180, 180, turn))  # noqa: PLR2004
    mean_hue = np.where(grey, hue[0] + hue[1], (hue[0] + turn / 2) % 360)
    mean_light, mean_c = (light[0] + light[1]) / 2, (c[0] + c[1]) / 2
    weight = (
        1
        - 0.17 * _cosine(mean_hue - 30)
        + 0.24 * _cosine(2 * mean_hue)
        + 0.32 * _cosine(3 * mean_hue + 6)
        - 0.20 * _cosine(4 * mean_hue - 63)
    )
    far = (mean_light - 50) ** 2
    by_light = (light[1] - light[0]) / (1 + 0.015 * far / np.sqrt(20 + far))
    by_chroma = (c[1] - c[0]) / (1 + 0.045 * mean_c)
    arc = 2 * np.sqrt(c[0] * c[1]) * np.sin(np.radians(turn / 2))
    by_hue = arc / (1 + 0.015 * mean_c * weight)
    blue = np.sin(np.radians(60 * np.exp(-(((mean_hue - 275) / 25) ** 2))))
    crossed = -2 * np.sqrt(mean_c**7 / (mean_c**7 + _CHROMA_7)) * blue
    square = by_light**2 + by_chroma**2 + by_hue**2 + crossed * by_chroma * by_hue
    return np.asarray(np.sqrt(np.maximum(square, 0)), np.float64)


def _hue(red: Any, yellow: Any) -> Any:
    return np.degrees(np.arctan2(yellow, red)) % 360


def _cosine(degrees: Any) -> Any:
    return np.cos(np.radians(degrees))


def _small(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    if width <= _WIDTH:
        return pixels
    size = (_WIDTH, max(1, round(height * _WIDTH / width)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
