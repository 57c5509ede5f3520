"""What the measures of a window keep of a frame, so that no window of whole frames is held."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels
from matchcut.inspect.blockiness import blockiness
from matchcut.inspect.darkness import spread

Grid = npt.NDArray[np.float32]
"""(rows, columns) float32: a number a tile, top row first."""

DETAIL_WIDTH = 960
"""Pixels across at which detail is looked at: finer detail is mostly grain, or an encoder's."""
FLOW_WIDTH = 320
"""Pixels across at which movement is followed."""
_COLUMNS = 32
_SMALLEST_TILE = 8
"""Pixels; fewer hold too little detail to be compared."""
_ACROSS = np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]], np.float32)
_FALLING = np.array([[1, 0, 0], [0, -2, 0], [0, 0, 1]], np.float32)
_WAYS = (_ACROSS, _ACROSS.T.copy(), _FALLING, _FALLING[:, ::-1].copy())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reduced:
    """A frame, reduced to what is measured of it."""

    grey: npt.NDArray[np.uint8]
    """(height, width) of at most `FLOW_WIDTH` across, R'G'B' luma by BT.601."""
    fine: Grid
    """Mean square of the Laplacian in each tile, levels squared, at `DETAIL_WIDTH`."""
    strokes: npt.NDArray[np.float32]
    """(rows, columns, 4) float32: as `fine`, of second differences across, down, and along both
    diagonals. A streak takes the detail of one direction and leaves the others'."""
    lab: npt.NDArray[np.float32]
    """(rows, columns, 3) float32: mean L* (0 to 100), a* and b* of each tile."""
    blocks: float
    """As `blockiness`, on the frame's own pixels."""
    spread: float
    """As `darkness.spread`."""


def reduce_frame(pixels: Pixels) -> Reduced:
    """Reduce a frame.

    Args:
        pixels: (height, width, 3) uint8 R'G'B', any size.

    Returns:
        What is measured of it; frames of one size have grids of one shape.

    """
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    detail = _narrowed(luma, DETAIL_WIDTH)
    grey = _narrowed(detail, FLOW_WIDTH)
    columns, rows = _tiles(detail.shape[1], detail.shape[0])
    small = _narrowed(pixels, FLOW_WIDTH).astype(np.float32) / 255
    lab = cv2.resize(
        cv2.cvtColor(small, cv2.COLOR_RGB2Lab), (columns, rows), interpolation=cv2.INTER_AREA
    )
    return Reduced(
        grey=np.asarray(grey, np.uint8),
        fine=_energy(cv2.Laplacian(detail, cv2.CV_32F), columns, rows),
        strokes=np.stack(
            [_energy(cv2.filter2D(detail, cv2.CV_32F, way), columns, rows) for way in _WAYS], -1
        ),
        lab=np.asarray(lab, np.float32).reshape(rows, columns, 3),
        blocks=blockiness(np.asarray(luma, np.uint8)),
        spread=spread(pixels),
    )


def _narrowed(
    picture: npt.NDArray[np.uint8] | cv2.typing.MatLike, width: int
) -> cv2.typing.MatLike:
    if picture.shape[1] <= width:
        return picture
    size = (width, max(1, round(picture.shape[0] * width / picture.shape[1])))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _tiles(width: int, height: int) -> tuple[int, int]:
    side = max(_SMALLEST_TILE, width / _COLUMNS)
    return max(1, int(width / side)), max(1, round(height / side))


def _energy(edges: cv2.typing.MatLike, columns: int, rows: int) -> Grid:
    size = (min(columns, edges.shape[1]), min(rows, edges.shape[0]))
    tiles = cv2.resize(edges * edges, size, interpolation=cv2.INTER_AREA)
    return np.asarray(tiles, np.float32).reshape(size[1], size[0])
