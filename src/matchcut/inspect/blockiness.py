"""How far a picture falls apart into the 8x8 blocks that codecs work in."""

import numpy as np
import numpy.typing as npt

_BLOCK = 8
_LEAST = 0.5
"""Levels: mean step below which there is nothing that could show blocks."""


def blockiness(grey: npt.NDArray[np.uint8]) -> float:
    """Compare steps across the borders of 8x8 blocks with steps inside them.

    Args:
        grey: (height, width) uint8, a frame's own pixels: a frame that was scaled has its blocks
            elsewhere.

    Returns:
        Step across a usual border over a usual step elsewhere, less 1, the larger of both
        directions: about 0 without blocks, 1 where borders step twice as far; never below -1. 0 for
        a picture smaller than two blocks.

    """
    return max(_one_way(grey), _one_way(grey.T))


def _one_way(grey: npt.NDArray[np.uint8]) -> float:
    whole = grey.shape[1] // _BLOCK * _BLOCK
    if whole < 2 * _BLOCK:
        return 0.0
    # Medians over the columns: one edge of the scene that lies on a border is no block.
    rows = np.ascontiguousarray(grey[::2, :whole]).astype(np.int16)
    steps = np.abs(np.diff(rows, axis=1)).mean(axis=0, dtype=np.float64)
    borders = np.median(steps[_BLOCK - 1 :: _BLOCK])
    inside = np.median(np.delete(steps, np.arange(_BLOCK - 1, len(steps), _BLOCK)))
    return float((borders + _LEAST) / (inside + _LEAST) - 1)
