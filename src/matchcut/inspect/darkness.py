"""Whether a picture shows anything at all."""

import numpy as np

from matchcut.frames.types import Pixels

BLACK = 6.0
"""Levels of 255: what an encoder makes of black stays below."""


def spread(pixels: Pixels) -> float:
    """How far a picture's tones lie apart, in levels.

    Args:
        pixels: (height, width, 3) uint8 R'G'B'.

    Returns:
        The 99.5th percentile less the 0.5th, 0 (one flat tone) to 255. A black frame has less than
        `BLACK`, as has any other flat one.

    """
    low, high = np.percentile(pixels[::4, ::4], (0.5, 99.5))
    return float(high - low)
