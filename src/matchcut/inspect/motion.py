"""How a picture moves from one frame to the next, and what one frame says of the next by it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.inspect.reduced import Grid, Reduced

_SMALLEST = 16
"""Pixels a side; DIS needs room for its coarsest patches."""
_CHANNELS = 64
"""Of a picture in OpenCV at once; it holds no more than 128."""
_FLAT = 16.0
"""Product of two variances, levels to the fourth: a flat picture has no structure to be like."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """Where each pixel of a frame was in an earlier one."""

    flow: npt.NDArray[np.float32]
    """(height, width, 2) float32: what to add to a pixel's x and y to find it in the earlier
    frame, in pixels of `Reduced.grey`."""


def follow(frame: Reduced, earlier: Reduced) -> Motion:
    """Find where each pixel of a frame was, by dense inverse search (OpenCV's DIS, fast preset).

    Args:
        frame: A frame.
        earlier: Another frame of the same clip.

    Returns:
        The motion; none at all for a picture that is too small to be followed.

    """
    height, width = frame.grey.shape
    if min(height, width) < _SMALLEST:
        return Motion(flow=np.zeros((height, width, 2), np.float32))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    still = np.zeros((height, width, 2), np.float32)  # what it begins its search with
    flow = search.calc(frame.grey, earlier.grey, still)
    return Motion(flow=np.asarray(flow, np.float32))


def carried(grid: npt.NDArray[np.float32], motion: Motion) -> npt.NDArray[np.float32]:
    """Carry what was measured of an earlier frame to where it is in this one.

    Args:
        grid: (rows, columns) or (rows, columns, n) float32 of the earlier frame; at any
            resolution.
        motion: From `follow`.

    Returns:
        The same shape; what has come into the picture has what was nearest to it.

    """
    rows, columns = grid.shape[:2]
    height, width = motion.flow.shape[:2]
    flow = motion.flow
    if (rows, columns) != (height, width):
        flow = np.asarray(cv2.resize(flow, (columns, rows), interpolation=cv2.INTER_AREA))
        flow = flow.reshape(rows, columns, 2)
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    from_x = x + flow[..., 0] * np.float32(columns / width)
    from_y = y + flow[..., 1] * np.float32(rows / height)
    layers = grid.reshape(rows, columns, -1)
    found = np.empty(layers.shape, np.float32)
    for begin in range(0, layers.shape[2], _CHANNELS):
        some = np.ascontiguousarray(layers[..., begin : begin + _CHANNELS])
        moved = cv2.remap(some, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        found[..., begin : begin + _CHANNELS] = np.asarray(moved).reshape(some.shape)
    return found.reshape(grid.shape)


def predicted(earlier: Reduced, motion: Motion) -> Grid:
    """What the earlier frame says that this one looks like: (height, width) float32 levels."""
    return carried(earlier.grey.astype(np.float32), motion)


def likeness(frame: Reduced, earlier: Reduced, motion: Motion) -> float:
    """How much of a frame's structure its predecessor, moved along, foretells.

    Args:
        frame: A frame.
        earlier: The one before.
        motion: From `follow`.

    Returns:
        The correlation of their luma, -1 to 1: near 1 within a scene, whatever happens to light or
        sharpness (0.79 and more on 8 real clips), below 0.4 over their cuts. 1 where one is flat.

    """
    own = frame.grey.astype(np.float32)
    told = predicted(earlier, motion)
    own, told = own - own.mean(), told - told.mean()
    power = float((own * own).mean()) * float((told * told).mean())
    if power < _FLAT:
        return 1.0
    return float((own * told).mean()) / float(np.sqrt(power))
