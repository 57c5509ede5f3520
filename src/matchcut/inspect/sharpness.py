"""How sharp a frame is against the same place in other frames of its own clip."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matchcut.inspect.deviation import Deviation, both, smoothed, steps
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import onset, onset_places
from matchcut.inspect.reduced import Reduced

NOISE = 4.0
"""Levels squared: mean square of a Laplacian that rounding and an encoder leave on a calm wall."""
TEXTURED = 8.0
"""Levels squared, from which a tile holds detail that can be missed."""
_FEWEST = 0.03
"""Share of tiles; with fewer that hold detail, nothing is said."""
_FLOOR = 0.02
"""Octaves: a step of the whole picture that an encoder makes of nothing."""
_STILL_FLOOR = 0.1
"""Octaves of the whole picture, where it is not followed."""
_PLACE_FLOOR = 0.15
"""Octaves of a place."""
_SIDE = 5
_SHARE = 2.0
"""Percentile of places: a blur that is smaller is hardly seen."""


def detail(fine: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Octaves of detail: log2 of a mean square Laplacian, above noise."""
    return np.asarray(np.log2(fine + np.float32(NOISE)), np.float32)


def textured(fine: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_] | None:
    """Tell which tiles hold detail over a window.

    Args:
        fine: (frames, rows, columns) float32, as of `Reduced.fine`.

    Returns:
        (rows, columns), true where half of the frames have detail. None where there are too few
        such tiles to say anything.

    """
    tiles = np.asarray(np.median(fine, axis=0) >= TEXTURED)
    return tiles if tiles.mean() >= _FEWEST else None


def relative_sharpness(fine: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
    """Compare each frame's tiles with the same tiles over the window.

    Args:
        fine: (frames, rows, columns) float32, as of `Reduced.fine`.

    Returns:
        (frames,) float32 octaves, the median over tiles that hold detail: 0 is as sharp as usual,
        -1 has half of the usual energy of detail, above 0 is sharper. Compared only within a clip,
        since a calm wall has little at best. None where the clip holds too little detail to tell.

    """
    tiles = textured(fine)
    if tiles is None:
        return None
    octaves = detail(fine)[:, tiles]
    return np.asarray(np.median(octaves - np.median(octaves, axis=0), axis=1), np.float32)


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


def local_blur(frames: Sequence[Reduced], motions: Sequence[Motion]) -> Deviation | None:
    """Tell frames that lose detail in a place and in some direction, followed along the movement.

    Octaves are averaged over `_SIDE` tiles, not energies: a sharp edge beside a smear does not
    hide it. A smear as large as a hand in a medium shot is seen; smaller ones are averaged away.

    Args:
        frames: A window in display order, or in the opposite one.
        motions: From each frame but the first to the one before it.

    Returns:
        How much detail has gone at once where most has, with places. None where there is too
        little detail.

    """
    if textured(np.stack([frame.fine for frame in frames])) is None:
        return None
    octaves = smoothed(detail(np.stack([frame.strokes for frame in frames])), _SIDE)
    lost = onset_places(-steps(octaves, motions), motions, _PLACE_FLOOR)
    maps = np.maximum(lost.max(axis=-1), 0)
    values = np.percentile(maps.reshape(len(maps), -1), 100 - _SHARE, axis=1)
    return Deviation(values=values.astype(np.float32), maps=maps)
