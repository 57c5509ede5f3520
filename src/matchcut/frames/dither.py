"""More than 8 bits brought to 8 without bands: rounding is spread by one fixed pattern.

The pattern is Bayer's ordered one of 8x8 (B. E. Bayer, "An optimum method for two-level rendition
of continuous-tone pictures", 1973): every block of 64 pixels of one tone keeps its mean to 1/128
level, a tone that 8 bits hold exactly stays just that, and the same picture gives the same bytes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

_SIDE = 8


def _order() -> npt.NDArray[np.float32]:
    """(8, 8) float32: 64 offsets between -0.5 and 0.5 levels, each once, their mean 0."""
    order = np.zeros((1, 1))
    while len(order) < _SIDE:
        order = np.block([[4 * order, 4 * order + 2], [4 * order + 3, 4 * order + 1]])
    return ((order + 0.5) / _SIDE**2 - 0.5).astype(np.float32)


_ORDER = _order()


def offsets(rows: slice, width: int) -> npt.NDArray[Any]:
    """What is added to a tone before it is rounded to nearest.

    Args:
        rows: Of the picture, from 0; both ends given.
        width: Of the picture, pixels.

    Returns:
        (rows, width) float32, levels of 255, above -0.5 and below 0.5.

    """
    down = np.arange(rows.start, rows.stop) % _SIDE
    offset: npt.NDArray[Any] = _ORDER[down][:, np.arange(width) % _SIDE]
    return offset
