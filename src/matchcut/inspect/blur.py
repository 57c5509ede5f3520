"""Blur all over a frame: of movement, or out of focus."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matchcut.inspect.detail import detail, relative_sharpness, textured
from matchcut.inspect.deviation import Deviation, both, steps
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import onset

_FLOOR = 0.02
"""Octaves: a step of the whole picture that an encoder makes of nothing."""
_STILL_FLOOR = 0.1
"""Octaves of the whole picture, where it is not followed."""


def blur(fine: npt.NDArray[np.float32], motions: Sequence[Motion]) -> Deviation | None:
    """Tell frames that lose detail all over.

    Places are compared with where they were in the frame before, and with the same places: what
    moves past a fence changes the one, what is followed badly the other, and a blur both.

    Args:
        fine: (frames, rows, columns) float32, as of `Reduced.fine`.
        motions: From each frame but the first to the one before it.

    Returns:
        How much softer each frame is than is usual. None where there is too little detail.

    """
    tiles, octaves = textured(fine), relative_sharpness(fine)
    if tiles is None or octaves is None:
        return None
    followed = np.median(steps(detail(fine), motions)[:, tiles], axis=1)
    unfollowed = np.diff(octaves, prepend=octaves[:1])
    return Deviation(values=both(onset(-followed, _FLOOR), onset(-unfollowed, _STILL_FLOOR)))
