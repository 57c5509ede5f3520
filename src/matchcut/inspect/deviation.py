"""How far frames are from what is usual in their clip, and what changes from one to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.inspect.motion import Motion, carried

Floats = npt.NDArray[np.float32]

_DEVIATION = 1.4826
"""Median absolute deviations of a normal distribution in one standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deviation:
    """How far each frame of a window is from its usual, by one measure."""

    values: Floats
    """(frames,) in the clip's own standard deviations; 0 is usual, more is worse."""
    maps: Floats | None = None
    """(frames, rows, columns) the same a tile, where the measure has a place."""


def both(one: Floats, other: Floats) -> Floats:
    """The geometric mean of two that look at one thing in two ways: 0 where either sees nothing."""
    return np.asarray(np.sqrt(np.maximum(one, 0) * np.maximum(other, 0)), np.float32)


def spreads(grids: Floats, floor: float) -> Floats:
    """Standard deviation of each tile over the frames, by the median absolute deviation.

    Args:
        grids: (frames, rows, columns).
        floor: Least deviation, in their unit.

    Returns:
        (rows, columns).

    """
    away = np.abs(grids - np.median(grids, axis=0))
    return np.asarray(np.maximum(_DEVIATION * np.median(away, axis=0), floor), np.float32)


def steps(grids: Floats, motions: Sequence[Motion]) -> Floats:
    """Change of each tile against where it was in the frame before.

    Args:
        grids: (frames, rows, columns) or (frames, rows, columns, n) float32.
        motions: From each frame but the first to the one before it.

    Returns:
        The same shape; 0 for the first frame.

    """
    changes = np.zeros_like(grids)
    for index, motion in enumerate(motions, 1):
        changes[index] = grids[index] - carried(grids[index - 1], motion)
    return changes


def smoothed(grids: Floats, side: int) -> Floats:
    """Mean over `side` by `side` tiles: a defect that matters is larger than a tile."""
    return np.stack(
        [cv2.blur(grid, (side, side), borderType=cv2.BORDER_REPLICATE) for grid in grids]
    )
