"""How much detail there is in a place, and how sharp a frame is against its own clip."""

import numpy as np
import numpy.typing as npt

NOISE = 4.0
"""Levels squared: mean square of a Laplacian that rounding and an encoder leave on a calm wall."""
TEXTURED = 8.0
"""Levels squared, from which a tile holds detail that can be missed."""
_FEWEST = 0.03
"""Share of tiles; with fewer that hold detail, nothing is said."""


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
