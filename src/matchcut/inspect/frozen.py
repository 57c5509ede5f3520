"""Frames that show the one before over again."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.inspect.reduced import Reduced

_SAME = 0.35
"""Levels of 255: mean difference that an encoder at most makes of a repeated frame (a small grey
picture; hosted models' settings)."""
_STILL = 4.0
"""Times `_SAME` by which a clip must usually move for a freeze to be told from stillness."""


def repeats(frames: Sequence[Reduced]) -> npt.NDArray[np.bool_] | None:
    """Tell which frames repeat the one before.

    Args:
        frames: A window in display order, or in the opposite one.

    Returns:
        (frames,) bool, false for the first. None for a clip that hardly moves before it stands
        still in the end, in which a freeze cannot be told and does not show.

    """
    steps = np.array([float(cv2.absdiff(a.grey, b.grey).mean()) for a, b in pairwise(frames)])
    repeated = np.concatenate([[False], steps < _SAME])
    before = steps[: len(steps) - int(run_lengths(repeated)[-1])]
    if not len(before) or np.percentile(before, 60) < _STILL * _SAME:
        return None
    return repeated


def run_lengths(repeated: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Count, for each frame, how many frames in a row up to it repeat one picture; 0 for none."""
    lengths = np.zeros(len(repeated), np.int64)
    for index, same in enumerate(repeated):
        lengths[index] = lengths[index - 1] + 1 if same else 0
    return lengths
