"""Whether what the eye goes to is clear against the rest of the picture."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.inspect.detail import detail
from matchcut.inspect.deviation import Deviation, steps
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import onset
from matchcut.inspect.reduced import Reduced

_SIDE = 64
_SMALLEST, _LARGEST = 0.015, 0.35
"""Share of the picture that a subject may take."""
_CLEAR = 2.5
"""Times as salient as the rest that a region must be, to be one."""
_FLOOR = 0.25
"""Octaves: least standard deviation. A subject that turns to the camera changes by as much."""


def salient(frames: Sequence[Reduced]) -> npt.NDArray[np.bool_] | None:
    """Find the region that stands out of the picture, over a window.

    By the spectral residual (X. Hou and L. Zhang, Saliency Detection: A Spectral Residual
    Approach, CVPR 2007), the median over the frames.

    Args:
        frames: A window.

    Returns:
        (rows, columns) bool in tiles, one connected region. None where nothing stands out, or it
        would be too small or too large to be a subject.

    """
    rows, columns = frames[0].fine.shape
    total = np.median([_residual(frame.grey) for frame in frames[::3]], axis=0)
    grid = cv2.resize(total.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    grid = grid.reshape(rows, columns)
    strong = (grid > grid.mean() + 1.5 * grid.std()).astype(np.uint8)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(strong, connectivity=8)
    if len(facts) < 2:  # noqa: PLR2004  # the ground alone
        return None
    own = labels == 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
    if not _SMALLEST <= own.mean() <= _LARGEST:
        return None
    return own if grid[own].mean() >= _CLEAR * grid[~own].mean() else None


def clarity(frames: Sequence[Reduced], motions: Sequence[Motion]) -> Deviation | None:
    """Tell frames whose subject is less clear than usual against the rest of the picture.

    Args:
        frames: A window in display order, or in the opposite one.
        motions: From each frame but the first to the one before it.

    Returns:
        How many octaves of detail the salient region has lost against the rest, in the clip's own
        standard deviations. None where no region is salient.

    """
    region = salient(frames)
    if region is None:
        return None
    lost = steps(detail(np.stack([frame.fine for frame in frames])), motions)
    changes = lost[:, region].mean(axis=1) - lost[:, ~region].mean(axis=1)
    maps = np.repeat(region[None].astype(np.float32), len(frames), axis=0)
    return Deviation(values=onset(-changes, _FLOOR), maps=maps)


def _residual(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    spectrum = np.fft.fft2(small)
    log = np.log(np.abs(spectrum) + 1).astype(np.float32)
    rest = log - cv2.blur(log, (3, 3))
    back = np.abs(np.fft.ifft2(np.exp(rest + 1j * np.angle(spectrum)))) ** 2
    return np.asarray(cv2.GaussianBlur(back.astype(np.float32), (0, 0), 2.5), np.float32)
