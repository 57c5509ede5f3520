"""Where each pixel is fetched from: displacement fields, kept inside the picture, and warping.

A frame of a moving camera is the picture fetched at `grid + amount x field`. A field is constant
over a clip and only its amount grows, so a steady amount is a steady camera by construction.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""(height, width) or (height, width, 3)."""

Plane = npt.NDArray[np.float32]
"""(height, width), or what broadcasts to it."""

Field = npt.NDArray[np.float32]
"""(2, height, width): by how much x and y of the fetched place move for an amount of 1, widths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Coordinates of a picture's pixels in widths, the origin in its middle, y downwards."""

    width: int
    height: int
    tall: float
    """The picture's height in widths."""
    u: npt.NDArray[np.float32]
    """(1, width), from about -0.5 to 0.5."""
    v: npt.NDArray[np.float32]
    """(height, 1), from about -0.5 to 0.5 times `tall`."""
    columns: npt.NDArray[np.float32]
    """(height, width), each pixel's column."""
    rows: npt.NDArray[np.float32]
    """(height, width), each pixel's row."""

    def field(self, du: npt.ArrayLike, dv: npt.ArrayLike) -> Field:
        """Make a field of two parts that broadcast to (height, width)."""
        field = np.empty((2, self.height, self.width), np.float32)
        field[0], field[1] = du, dv
        return field

    def pixels(self, u: Plane, v: Plane) -> tuple[Plane, Plane]:
        """Turn places in widths into columns and rows."""
        across = (u + 0.5) * self.width - 0.5
        along = (v / self.tall + 0.5) * self.height - 0.5
        return across.astype(np.float32), along.astype(np.float32)

    def matrix(self) -> npt.NDArray[np.float64]:
        """Return the (3, 3) matrix that turns places in widths into columns and rows."""
        high = self.height / self.tall
        return np.array(
            [
                [self.width, 0, (self.width - 1) / 2],
                [0, high, (self.height - 1) / 2],
                [0, 0, 1],
            ],
            np.float64,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One part of a movement: a field, and its amount over time."""

    field: Field
    amount: Callable[[float], float]
    """Seconds to amount."""


def grid_of(width: int, height: int, tall: float | None = None) -> Grid:
    """Make the grid of a picture's size.

    Args:
        width: Pixels.
        height: Pixels.
        tall: Height in widths where the pixels are not quite square, as in a reduced picture.

    """
    column = np.arange(width, dtype=np.float32)[None, :]
    row = np.arange(height, dtype=np.float32)[:, None]
    tall = height / width if tall is None else tall
    return Grid(
        width=width,
        height=height,
        tall=tall,
        u=((column + 0.5) / width - 0.5).astype(np.float32),
        v=(((row + 0.5) / height - 0.5) * tall).astype(np.float32),
        columns=np.repeat(column, height, axis=0),
        rows=np.repeat(row, width, axis=1),
    )


def nearness(grid: Grid) -> Plane:
    """Guess how near things are, 0 far to 1 near, (height, width), mean about 0.5.

    No picture is looked at: the ground at the bottom is near, the sky at the top is far, and what
    stands in the middle is a little nearer than what is beside it. A guess this smooth cannot tear
    an outline, which a guess from the picture can.
    """
    down = grid.v / grid.tall
    ground = 0.5 + 0.5 * np.sin(np.pi * np.clip(down, -0.5, 0.5))
    dome = middle(grid)
    return np.asarray(0.6 * ground + 0.4 * dome, np.float32)


def middle(grid: Grid) -> Plane:
    """Return a soft dome, 1 in the middle of the picture and 0 at its corners, (height, width)."""
    apart = np.minimum(np.hypot(grid.u / 0.62, grid.v / (0.62 * grid.tall)), 1.0)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * apart), np.float32)


def enclose(grid: Grid, field: Field, *, zoom: float = 0.5) -> Field:
    """Bend a field so that no amount of it above 0 fetches from outside the picture.

    A camera that travels would show what no picture has. Two honest ways out share the work: a
    push-in that goes with the travel, and margins that stretch towards the edge as those of a wide
    lens do, pinned at the edge itself. Both are linear in the amount, so the speed stays constant.

    Args:
        grid: The picture's grid.
        field: What is wanted.
        zoom: Share of the push-in, 0 (margins only) to 1 (push-in only).

    Returns:
        A new field.

    """
    bent = field.copy()
    half = (0.5, 0.5 * grid.tall)
    travel = max(_travel(*_outward(bent[axis], axis)) / reach for axis, reach in enumerate(half))
    bent[0] -= zoom * travel * grid.u
    bent[1] -= zoom * travel * grid.v
    for axis, (place, reach) in enumerate(zip((grid.u, grid.v), half, strict=True)):
        low, high = _outward(bent[axis], axis)
        bent[axis] += np.maximum(low, 0.0) * _margin(-place, reach)
        bent[axis] -= np.maximum(high, 0.0) * _margin(place, reach)
    return bent


def _outward(part: Plane, axis: int) -> tuple[Plane, ...]:
    """Return by how much the two opposite edges of one part of a field point out of the picture."""
    if axis == 0:
        return -part[:, :1].copy(), part[:, -1:].copy()
    return -part[:1].copy(), part[-1:].copy()


def _travel(low: Plane, high: Plane) -> float:
    """Return how far two opposite edges go the same way, where one of them leaves the picture."""
    sides = float(low.mean()), float(high.mean())
    return min(abs(sides[1] - sides[0]) / 2, max(*sides, 0.0))


def _margin(place: Plane, reach: float) -> Plane:
    """Rise from 0 well inside the picture to 1 at its edge, without a kink."""
    edge = float(place.max())
    begin = 0.3 * reach
    rise = np.clip((place - begin) / max(edge - begin, 1e-6), 0.0, 1.0)
    return np.asarray(rise * rise, np.float32)


def pin(grid: Grid, field: Field) -> Field:
    """Hold a field still across the edges, whatever the sign of its amount; for small sways."""
    left, right = _margin(-grid.u, 0.5), _margin(grid.u, 0.5)
    high = 0.5 * grid.tall
    top, bottom = _margin(-grid.v, high), _margin(grid.v, high)
    return grid.field(field[0] * (1 - left) * (1 - right), field[1] * (1 - top) * (1 - bottom))


def squeeze(grid: Grid, field: Field) -> float:
    """Return by how much, at most, an amount of 1 brings the places of two neighbours together."""
    across = -np.diff(field[0], axis=1).min(initial=0.0) * grid.width
    along = -np.diff(field[1], axis=0).min(initial=0.0) * grid.height / grid.tall
    return float(max(across, along))


class Page:
    """A picture that frames are fetched from, and the paper that they are drawn on.

    The paper is drawn over with each frame: fresh memory of this size would take a third of the
    time. Pixels are fetched bicubic, so that neither speed nor sharpness steps from one frame to
    the next, and in floats, which gives the same levels as bytes do in half the time (OpenCV 5.0,
    measured 2026-11-23).
    """

    def __init__(self, picture: Picture, grid: Grid) -> None:
        self._grid = grid
        self._bright = picture.astype(np.float32)
        self._paper = np.empty_like(self._bright)
        self._across = np.empty_like(grid.columns)
        self._along = np.empty_like(grid.rows)

    def moved(self, parts: Iterable[tuple[Field, float]]) -> Plane:
        """Show the picture as fields have moved it, mirrored where they leave it.

        Args:
            parts: Fields and their amounts.

        Returns:
            Levels as floats, good until the next call.

        """
        across, along = self._grid.columns, self._grid.rows
        for field, amount in parts:
            pixels = amount * self._grid.width
            across = _add(field[0], pixels, across, self._across)
            along = _add(field[1], pixels, along, self._along)
        border = cv2.BORDER_REFLECT_101
        paper = self._paper
        cv2.remap(self._bright, across, along, cv2.INTER_CUBIC, dst=paper, borderMode=border)
        return paper

    def drifted(self, drifts: Iterable[Drift], seconds: float) -> Plane:
        """Show the picture as its drifts have moved it at a time; as `moved`."""
        return self.moved((drift.field, drift.amount(seconds)) for drift in drifts)


def _add(part: Plane, times: float, base: Plane, into: Plane) -> Plane:
    cv2.scaleAdd(part, times, base, into)
    return into


def mix(one: Plane, two: Plane, share: Plane) -> Picture:
    """Mix two pictures, `share` (height, width) of the second; the first is drawn over."""
    cv2.blendLinear(one, two, 1 - share, share, one)
    return levels(one)


def levels(bright: Plane) -> Picture:
    """Round to a new picture of levels from 0 to 255; what is below 0 is lost in both."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(bright, 0, out=bright)), np.uint8)
