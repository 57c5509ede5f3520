"""How sharp a frame is against others of its own clip."""

from collections.abc import Sequence

import cv2
import numpy as np

from matchcut.frames.types import Pixels

_WIDTH = 640


def relative_sharpness(frame: Pixels, window: Sequence[Pixels]) -> float:
    """Compare a frame's fine detail with that of the frames around it.

    Args:
        frame: (height, width, 3) uint8 R'G'B'.
        window: Frames of the same clip, at least one; `frame` may be among them.

    Returns:
        The variance of the frame's Laplacian over the window's median: 1 is as sharp as usual,
        0.5 has half of it. Compared only within a clip, since a calm wall has little at best. 1
        where the window has no detail at all.

    """
    usual = float(np.median([_detail(other) for other in window]))
    return _detail(frame) / usual if usual > 0 else 1.0


def _detail(pixels: Pixels) -> float:
    height, width = pixels.shape[:2]
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if width > _WIDTH:
        size = (_WIDTH, max(1, round(height * _WIDTH / width)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())
