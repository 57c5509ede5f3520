"""Light and colour that change at once: flashes, fades, a lamp that lights half a picture."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matchcut.inspect.lasting import Deviation, lasting, lasting_places, smoothed, steps
from matchcut.inspect.motion import Motion

_FLOOR = 0.1
"""L*, a* or b*: a step of the whole picture that an encoder makes of nothing."""
_PLACE_FLOOR = 0.25
"""L* of a place."""
_LIT = 10.0
"""L* from which a tile is lit: darker ones hardly show what happens to the light."""
_FEWEST = 0.03
"""Share of lit tiles; with fewer, all of them are looked at."""
_SIDE = 7
_SHARE = 92.0
"""Percentile of tiles: what changes less of the picture than the rest is an object, not light."""


def exposure(lab: npt.NDArray[np.float32], motions: Sequence[Motion]) -> Deviation:
    """Tell flashes and fades of the whole picture.

    Args:
        lab: (frames, rows, columns, 3) float32 as of `Reduced.lab`.
        motions: From each frame but the first to the one before it.

    Returns:
        How much lighter or darker each frame is, 0 as usual and larger the further, both ways.

    """
    changes = steps(lab[..., 0], motions)[:, lit(lab)]
    return Deviation(values=np.abs(lasting(np.median(changes, axis=1), _FLOOR)))


def colour(lab: npt.NDArray[np.float32], motions: Sequence[Motion]) -> Deviation:
    """Tell a cast over the whole picture: as `exposure`, of a* and b*."""
    changes = steps(lab, motions)[:, lit(lab)]
    red, blue = (lasting(np.median(changes[..., axis], axis=1), _FLOOR) for axis in (1, 2))
    return Deviation(values=np.hypot(red, blue))


def light(lab: npt.NDArray[np.float32], motions: Sequence[Motion]) -> Deviation:
    """Tell light that changes over a part of the picture: as `exposure`, with places."""
    changes = steps(smoothed(lab[..., 0], _SIDE), motions)
    maps = np.abs(lasting_places(changes, motions, _PLACE_FLOOR))
    values = np.percentile(maps.reshape(len(maps), -1), _SHARE, axis=1)
    return Deviation(values=values.astype(np.float32), maps=maps)


def lit(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Tell which tiles are lit over a window: (rows, columns)."""
    tiles = np.asarray(np.median(lab[..., 0], axis=0) > _LIT)
    return tiles if tiles.mean() >= _FEWEST else np.ones_like(tiles)
