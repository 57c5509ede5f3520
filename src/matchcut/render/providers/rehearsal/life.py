"""Light that breathes: what keeps a locked-off picture from reading as a stalled one.

The brightness swells and sinks by up to 1 % (2.5 levels of 255), in whole breaths, so that the
first and last frames are the picture itself and nothing adds up over a chain of shots.
"""

import math
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels

_SWELL = 0.01
_BREATH = 4.0
"""Seconds, about."""


def breathe(picture: Pixels, share: float, seconds: float) -> Pixels:
    """Light a picture as it is at a share of its clip.

    Args:
        picture: What stands still, or nearly so.
        share: 0 at the first frame to 1 at the last.
        seconds: Length of the clip.

    Returns:
        A new picture, brighter or darker by at most 1 %; unchanged at 0 and 1.

    """
    breaths = max(1, round(seconds / _BREATH))
    gain = 1.0 + _SWELL * math.sin(2 * math.pi * breaths * share)
    lit = cv2.scaleAdd(picture.astype(np.float32), gain, _dither(*picture.shape[:2]))
    return np.minimum(lit, 255).astype(np.uint8)


@lru_cache(maxsize=2)
def _dither(height: int, width: int) -> npt.NDArray[np.float32]:
    """Spread rounding over the picture: without it a slow change of light crawls in contours."""
    noise = np.random.default_rng(0).uniform(0.02, 0.98, (height, width, 1))
    return np.repeat(noise, 3, axis=2).astype(np.float32)
