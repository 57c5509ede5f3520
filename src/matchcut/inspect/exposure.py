"""Light and colour that change at once: flashes, fades, a lamp that lights half a picture."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matchcut.inspect.deviation import Deviation, both, smoothed, steps
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import onset, onset_places
from matchcut.inspect.reduced import Reduced

_FLOOR = 0.2
"""L*: a step of the whole picture that an encoder makes of nothing."""
_CAST_FLOOR = 0.6
"""a* or b*, of the whole picture: three of them are about a difference that is just seen."""
_PLACE_FLOOR = 0.25
"""L* of a place."""
_TONES = (3.0, 25.0, 75.0, 97.0)
"""Percentiles of luma."""
_TONE_FLOOR = 2.0
"""Levels of 255."""
_HALF_FLOOR = 0.3
"""L* of one half of the picture less the other."""
_LIT = 10.0
"""L* from which a tile is lit: darker ones hardly show what happens to the light."""
_FEWEST = 0.03
"""Share of lit tiles; with fewer, all of them are looked at."""
_SIDE = 7
_SHARE = 62.0
"""Percentile of lit tiles: what changes less of the picture is an object, not light."""


def exposure(
    frames: Sequence[Reduced],
    lab: npt.NDArray[np.float32],
    motions: Sequence[Motion],
    lighter: npt.NDArray[np.float32],
) -> Deviation:
    """Tell flashes and fades of the whole picture.

    Both the lightness of what is followed and the tones of the picture are looked at: a veil of
    light lifts the shadows of a bright picture more than it lightens it.

    Args:
        frames: A window in display order, or in the opposite one.
        lab: (frames, rows, columns, 3) float32 as of `Reduced.lab`.
        motions: From each frame but the first to the one before it.
        lighter: (frames,) as of `light`: what changes the whole picture changes most places.

    Returns:
        How much lighter or darker each frame is, 0 as usual and larger the further, both ways, the
        geometric mean with `lighter`.

    """
    changes = np.median(steps(lab[..., 0], motions)[:, lit(lab)], axis=1)
    found = [np.abs(onset(changes, _FLOOR))]
    tones = np.array([np.percentile(frame.grey, _TONES) for frame in frames], np.float32)
    found += [np.abs(onset(np.diff(tone, prepend=tone[:1]), _TONE_FLOOR)) for tone in tones.T]
    return Deviation(values=both(np.max(found, axis=0), lighter))


def colour(lab: npt.NDArray[np.float32], motions: Sequence[Motion]) -> Deviation:
    """Tell a cast over the whole picture: as `exposure`, of a* and b*."""
    changes = steps(lab, motions)[:, lit(lab)]
    red, blue = (onset(np.median(changes[..., axis], axis=1), _CAST_FLOOR) for axis in (1, 2))
    return Deviation(values=np.hypot(red, blue))


def light(lab: npt.NDArray[np.float32], motions: Sequence[Motion]) -> Deviation:
    """Tell light that changes over a part of the picture: as `exposure`, with places.

    Halves are compared with one another too: a flicker that both have is none of theirs.
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
        if min(one.mean(), other.mean()) >= _FEWEST:
            apart = np.median(changes[:, one], axis=1) - np.median(changes[:, other], axis=1)
            found.append(apart.astype(np.float32))
    return found


def lit(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Tell which tiles are lit over a window: (rows, columns)."""
    tiles = np.asarray(np.median(lab[..., 0], axis=0) > _LIT)
    return tiles if tiles.mean() >= _FEWEST else np.ones_like(tiles)
