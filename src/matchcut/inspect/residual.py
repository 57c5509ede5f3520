"""What a frame shows that movement does not explain."""

from collections.abc import Sequence

import cv2
import numpy as np

from matchcut.inspect.deviation import Deviation, smoothed, spreads
from matchcut.inspect.motion import Motion, predicted
from matchcut.inspect.reduced import Reduced

_FINE = 21
"""Pixels: differences wider than this are light, which other measures judge."""
_NOISE = 0.5
"""Levels that an encoder leaves anywhere."""
_FLOOR = 0.15
"""Octaves: least standard deviation of a tile's residual."""
_SIDE = 5
_SHARE = 97.0


def residual(frames: Sequence[Reduced], motions: Sequence[Motion]) -> Deviation:
    """Tell frames that their predecessor, moved along, does not foretell.

    Args:
        frames: A window in display order, or in the opposite one.
        motions: From each frame but the first to the one before it.

    Returns:
        How much larger than the same tile's usual the unexplained rest is, where it is largest.
        It tells where a stretch begins that is drawn otherwise, not how long it lasts.

    """
    rows, columns = frames[0].fine.shape
    rests = []
    for frame, earlier, motion in zip(frames[1:], frames, motions, strict=False):
        rest = frame.grey.astype(np.float32) - predicted(earlier, motion)
        rest = np.abs(rest - cv2.blur(rest, (_FINE, _FINE)))
        rests.append(cv2.resize(rest, (columns, rows), interpolation=cv2.INTER_AREA))
    grids = smoothed(np.stack([rests[0], *rests]).astype(np.float32), _SIDE)
    octaves = np.log2(grids + _NOISE)
    octaves -= np.median(octaves, axis=0)
    usual = spreads(octaves[1:], _FLOOR)
    maps = np.asarray(octaves / np.maximum(usual, np.median(usual)), np.float32)
    values = np.percentile(maps.reshape(len(maps), -1), _SHARE, axis=1)
    return Deviation(values=values.astype(np.float32), maps=maps)
