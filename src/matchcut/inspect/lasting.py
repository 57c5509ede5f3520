"""Changes that come at once and stay: what a damaged stretch of frames shows at its beginning.

Cameras, light and faces change from frame to frame by a little; a flash, a smear or a ghost begins
between two frames and lasts. So what changes is followed along the movement, steps within what the
clip does all the time count nothing, and the rest adds up: a damaged tail stands out however long
it is, a slow pan to the sky does not, and a flash that is over leaves nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.inspect.motion import Motion, carried

Floats = npt.NDArray[np.float32]

_DEVIATION = 1.4826
"""Median absolute deviations of a normal distribution in one standard deviation."""
_USUAL = 3.0
"""Standard deviations of a clip's own steps that count nothing."""
_BACK = 0.15
"""Share of a step by which it may miss what it takes back: clipped tones and an encoder differ."""
_LEAK = 0.6
"""Standard deviations that a total loses a frame: where things pass before one another, following
errs a little in every frame, and errors must not add up to a defect. Not a share of the total: a
flash that is over must leave nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deviation:
    """How far each frame of a window is from its usual, by one measure."""

    values: Floats
    """(frames,) in the clip's own standard deviations; 0 is usual, more is worse."""
    maps: Floats | None = None
    """(frames, rows, columns) the same a tile, where the measure has a place."""


def both(one: Floats, other: Floats) -> Floats:
    """The geometric mean of two that look at one thing in two ways: 0 where either sees nothing."""
    return np.asarray(np.sqrt(np.maximum(one, 0) * np.maximum(other, 0)), np.float32)


def spread_of(values: Floats, floor: float) -> float:
    """Standard deviation by the median absolute deviation, and never less than `floor`."""
    away = np.abs(values - np.median(values))
    return max(floor, _DEVIATION * float(np.median(away)))


def spreads(grids: Floats, floor: float) -> Floats:
    """`spread_of` over the frames, for each tile: (frames, rows, columns) to (rows, columns)."""
    away = np.abs(grids - np.median(grids, axis=0))
    return np.asarray(np.maximum(_DEVIATION * np.median(away, axis=0), floor), np.float32)


def steps(grids: Floats, motions: Sequence[Motion]) -> Floats:
    """Change of each tile against where it was in the frame before.

    Args:
        grids: (frames, rows, columns) or (frames, rows, columns, n) float32.
        motions: From each frame but the first to the one before it.

    Returns:
        The same shape; 0 for the first frame.

    """
    changes = np.zeros_like(grids)
    for index, motion in enumerate(motions, 1):
        changes[index] = grids[index] - carried(grids[index - 1], motion)
    return changes


def lasting(changes: Floats, floor: float) -> Floats:
    """Add up what is beyond a clip's usual steps.

    Args:
        changes: (frames,) steps of a whole frame, the first one 0.
        floor: Least standard deviation of a step, in the unit of `changes`.

    Returns:
        (frames,) in standard deviations of the clip's own steps, about the window's median.

    """
    away = changes - np.median(changes[1:])
    away[0] = 0
    beyond = _beyond(away / spread_of(away[1:], floor))
    totals = np.zeros_like(beyond)
    for index in range(1, len(beyond)):
        totals[index] = added(totals[index - 1 : index], beyond[index : index + 1])[0]
    return np.asarray(totals - np.median(totals), np.float32)


def lasting_places(changes: Floats, motions: Sequence[Motion], floor: float) -> Floats:
    """Add up, place by place along the movement, what is beyond a clip's usual steps.

    Args:
        changes: (frames, rows, columns) or (frames, rows, columns, n) from `steps`.
        motions: As there.
        floor: As of `lasting`.

    Returns:
        The same shape, in standard deviations of that tile's own steps or, where those are
        smaller, of the median tile's; about the tile's median.

    """
    usual = spreads(changes[1:], floor)
    beyond = _beyond(np.asarray(changes / np.maximum(usual, np.median(usual)), np.float32))
    totals = np.zeros_like(beyond)
    for index, motion in enumerate(motions, 1):
        totals[index] = added(leaked(carried(totals[index - 1], motion)), beyond[index])
    return np.asarray(totals - np.median(totals, axis=0), np.float32)


def added(totals: Floats, beyond: Floats) -> Floats:
    """Totals with a frame's steps; what nearly goes back to where it came from is over."""
    after = totals + beyond
    back = (totals * beyond < 0) & (np.abs(after) < _BACK * np.abs(beyond))
    return np.asarray(np.where(back, 0, after), np.float32)


def leaked(totals: Floats) -> Floats:
    """What is left of totals a frame on."""
    return np.asarray(np.sign(totals) * np.maximum(np.abs(totals) - _LEAK, 0), np.float32)


def smoothed(grids: Floats, side: int) -> Floats:
    """Mean over `side` by `side` tiles: a defect that matters is larger than a tile."""
    return np.stack(
        [cv2.blur(grid, (side, side), borderType=cv2.BORDER_REPLICATE) for grid in grids]
    )


def _beyond(changes: Floats) -> Floats:
    return np.asarray(np.sign(changes) * np.maximum(np.abs(changes) - _USUAL, 0), np.float32)
