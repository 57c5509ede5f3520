"""A cast that comes at once over the whole picture."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matchcut.inspect.deviation import Deviation, steps
from matchcut.inspect.exposure import lit
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import onset

_FLOOR = 0.6
"""a* or b*, of the whole picture: three of them are about a difference that is just seen."""


def cast(lab: npt.NDArray[np.float32], motions: Sequence[Motion]) -> Deviation:
    """Tell a cast over the whole picture.

    Args:
        lab: (frames, rows, columns, 3) float32 as of `Reduced.lab`.
        motions: From each frame but the first to the one before it.

    Returns:
        How far a* and b* of each frame are from its clip's, 0 as usual and larger the further.

    """
    changes = steps(lab, motions)[:, lit(lab)]
    red, blue = (onset(np.median(changes[..., axis], axis=1), _FLOOR) for axis in (1, 2))
    return Deviation(values=np.hypot(red, blue))
