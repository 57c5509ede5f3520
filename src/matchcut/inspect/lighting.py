"""Light that changes at once over a part of the picture: a lamp, the sun, a shadow."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matchcut.inspect.deviation import Deviation, smoothed, steps
from matchcut.inspect.exposure import FEWEST_LIT, lit
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import onset, onset_places

_PLACE_FLOOR = 0.25
"""L* of a place."""
_HALF_FLOOR = 0.3
"""L* of one half of the picture less the other."""
_SIDE = 7
_SHARE = 62.0
"""Percentile of lit tiles: what changes less of the picture is an object, not light."""


def lighting(lab: npt.NDArray[np.float32], motions: Sequence[Motion]) -> Deviation:
    """Tell light that changes over a part of the picture.

    Halves are compared with one another too: a flicker that both have is none of theirs.

    Args:
        lab: (frames, rows, columns, 3) float32 as of `Reduced.lab`.
        motions: From each frame but the first to the one before it.

    Returns:
        How much lighter or darker a part of each frame is, 0 as usual and larger the further, both
        ways, with places.

    """
    changes = steps(smoothed(lab[..., 0], _SIDE), motions)
    maps = np.abs(onset_places(changes[..., None], motions, _PLACE_FLOOR)[..., 0])
    found = [np.percentile(maps[:, lit(lab)], _SHARE, axis=1)]
    found += [np.abs(onset(apart, _HALF_FLOOR)) for apart in _halves(changes, lit(lab))]
    return Deviation(values=np.max(found, axis=0).astype(np.float32), maps=maps)


def _halves(
    changes: npt.NDArray[np.float32], tiles: npt.NDArray[np.bool_]
) -> list[npt.NDArray[np.float32]]:
    """Steps of one half less the other's, left and right, top and bottom, where both are lit."""
    rows, columns = tiles.shape
    found = []
    for axis, size in ((0, rows), (1, columns)):
        first = np.indices(tiles.shape)[axis] < size // 2
        one, other = tiles & first, tiles & ~first
        if min(one.mean(), other.mean()) >= FEWEST_LIT:
            apart = np.median(changes[:, one], axis=1) - np.median(changes[:, other], axis=1)
            found.append(apart.astype(np.float32))
    return found
