"""An earlier frame that shines through."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.inspect.lasting import Deviation, added, leaked, spread_of
from matchcut.inspect.motion import Motion, carried
from matchcut.inspect.reduced import Reduced

LAGS = (2, 3, 4, 5)
"""Frames back from which a ghost is looked for."""
_FLOOR = 0.02
"""Share of an earlier frame: least standard deviation."""
_SURE = 0.04
"""Share that following a movement inexactly looks like."""
_USUAL = 2.5
"""Standard deviations that count nothing."""
_NOISE = 4.0
"""Levels squared a pixel: frames that differ by less hold no ghost that could be seen."""
_WIDTH = 160
_FINE = 9
"""Pixels of `_WIDTH`: only edges make a ghost, light does not."""


def ghosting(frames: Sequence[Reduced], motions: Sequence[Motion]) -> Deviation | None:
    """Tell frames into which an earlier one is blended.

    What a frame shows beyond what its predecessor foretells is compared, by least squares, with
    what each earlier frame would add: the share that fits is the ghost's.

    Args:
        frames: A window in display order, or in the opposite one.
        motions: From each frame but the first to the one before it.

    Returns:
        How much more of an earlier frame each has than is usual, the worst of `LAGS`. None for a
        window that is too short to tell.

    """
    begin = max(LAGS) + 2
    if len(frames) < 2 * begin:
        return None
    small = [_small(frame.grey) for frame in frames]
    shares = np.zeros((len(LAGS), len(frames)), np.float32)
    for index in range(begin, len(frames)):
        foretold = carried(small[index - 1], motions[index - 1])
        rest = _edges(small[index] - foretold)
        for row, lag in enumerate(LAGS):
            added = _edges(small[index - lag] - foretold)
            power = float((added * added).sum()) + _NOISE * added.size
            shares[row, index] = float((rest * added).sum()) / power
    return Deviation(values=np.max([_appeared(share, begin) for share in shares], axis=0))


def _appeared(shares: npt.NDArray[np.float32], begin: int) -> npt.NDArray[np.float32]:
    """Add up shares that come (and go) beyond what is usual.

    A movement that is followed too little gives all frames a share of one sign; a frame without it,
    as where the movement stops, is none that appears.
    """
    usual = float(np.median(shares[begin:]))
    deviation = spread_of(shares[begin:], _FLOOR)
    sure = max(_SURE, _USUAL * deviation)
    low, high = min(usual, 0.0) - sure, max(usual, 0.0) + sure
    beyond = (np.maximum(shares - high, 0) + np.minimum(shares - low, 0)) / deviation
    totals = np.zeros_like(shares)
    for index in range(begin, len(shares)):
        left = leaked(totals[index - 1 : index])
        totals[index] = added(left, beyond[index : index + 1])[0]
    return np.asarray(totals - np.median(totals), np.float32)


def _small(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    height = max(1, round(grey.shape[0] * _WIDTH / grey.shape[1]))
    size = (min(_WIDTH, grey.shape[1]), min(height, grey.shape[0]))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _edges(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(picture - cv2.blur(picture, (_FINE, _FINE)), np.float32)
