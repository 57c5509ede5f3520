"""How many frames at a clip's edge show its anchor over again.

A model that is pinned to a picture gives it back as its first (or last) frame, some more than once,
some not at all. What is shown twice reads as a stall, what is dropped wrongly as a jump; so it is
measured, clip by clip.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels
from matchcut.inspect.flow import Flow, Grey, flow, grey, telling

MOST = 3
"""Frames that are looked at; more repeats than this are a frozen clip, not a copied anchor."""

WIDTH = 320
"""Pixels a picture is reduced to before it is looked at."""

_NOISE = 1.5
"""Mean absolute difference, of 255, below which two frames are one picture: an encoder at the
settings that hosted models use moves a small grey picture by 0.2 to 0.8 (measured on 12 clips)."""
_SHARE_OF_STEP = 0.5
"""A further frame is a copy where it lies nearer to the anchor than half of the clip's own step."""
_SHARE_OF_STRIDE = 0.6
"""The same of how far it has moved; an encoder lets what is to come bleed into a copy."""
_PLAIN, _SHARE_PLAIN = 3.0, 0.75
"""Levels, and share of the clip's own step: what lies so far off is no copy, however little its
greater part has moved. A subject that moves alone shows so."""
_CLEAR = 4.0
"""Times the noise: a clip that steps so far is judged by its levels. One that moves slower is
judged by how far it has moved, which noise sways less (measured on pans and zooms from 0.1 pixels
a frame, noise of up to 3 levels)."""
_MOVES = 0.02
"""Pixels a frame, looked at 320 wide: what moves less cannot be told from noise."""
_FEWEST = 24
_SMOOTH = 6.0
_SOFT = 1.5
_SHARES = np.linspace(-0.4, 1.2, 17)

_Plane = npt.NDArray[np.float32]


def settled(told: int | None, frames: int, expected: int | None) -> int:
    """The frames to leave out at an edge: what was told, else what is usual, and never all.

    Args:
        told: From `told_copies`.
        frames: How many frames the clip has there.
        expected: How many this endpoint usually gives; 1 where that is not known.

    Returns:
        0 to `MOST`.

    """
    usual = 1 if expected is None else min(max(expected, 0), MOST)
    return max(0, min(usual if told is None else told, frames - 1))


def told_copies(anchor: Pixels, frames: Sequence[Pixels]) -> int | None:
    """Count the frames at an edge that show the anchor.

    Args:
        anchor: The picture the edge was pinned to, as it is shown on the other side of the seam.
        frames: The clip's frames from that edge inwards (for a tail, last frame first), any size
            and shape; `MOST` + 2 of them suffice.

    Returns:
        0 to `MOST`; None where the frames show the anchor and nothing in them moves, so that a copy
        cannot be told from what follows it. Of 200 counts on real takes through an encoder 188
        were exact (`bench/seams.py`); the others were off by one, where a take itself had all but
        stopped.

    """
    reduced = [_reduced(frame) for frame in frames[: MOST + 2]]
    if not reduced:
        return 0
    pinned = _reduced(anchor)
    steps = [_distance(a, b) for a, b in pairwise(reduced)]
    step = float(np.median(steps[1:] or steps or [0.0]))
    shown = _distance(pinned, reduced[0]) <= max(_NOISE, step * _SHARE_OF_STEP)
    if step < _CLEAR * _NOISE and len(reduced) > 2:  # noqa: PLR2004 - a step beyond the first
        moved = _counted_by_motion(anchor, frames[: MOST + 2])
        if moved is not None:
            plain = max(step * _SHARE_PLAIN, _PLAIN)
            return next((n for n in range(moved) if _distance(pinned, reduced[n]) > plain), moved)
        if shown and step <= _NOISE:
            return None
    copies = int(shown)
    for frame in reduced[1:MOST] if shown else ():
        if _distance(pinned, frame) > step * _SHARE_OF_STEP:
            break
        copies += 1
    return copies


def difference(one: Pixels, other: Pixels) -> float:
    """How far two pictures lie apart: mean absolute difference of grey, 0 (the same) to 255.

    Both are looked at 320 pixels wide and with their mean removed, so that a change of exposure is
    not taken for a change of scene.
    """
    return _distance(_reduced(one), _reduced(other))


def _counted_by_motion(anchor: Pixels, frames: Sequence[Pixels]) -> int | None:
    """Count by how far the frames have moved from the anchor; None where that cannot be told.

    The motion of the deepest frame says in which direction everything goes, and of each frame one
    number is asked: how far along it has come. A whole picture says that to a hundredth of a pixel.
    """
    small = [grey(frame, WIDTH) for frame in frames]
    pinned = grey(anchor, WIDTH)
    if pinned.shape != small[0].shape:
        size = small[0].shape[::-1]
        pinned = np.asarray(cv2.resize(pinned, size, interpolation=cv2.INTER_AREA), np.uint8)
    places = telling(pinned)
    if len(places[0]) < _FEWEST:
        return None
    whole = np.asarray(cv2.GaussianBlur(flow(pinned, small[-1]), (0, 0), _SMOOTH), np.float32)
    length = float(np.sqrt((whole[places] ** 2).sum(axis=1).mean()))
    if length < _MOVES * len(frames):
        return None
    soft = [_softened(one) for one in (pinned, *small)]
    gone = [_come(soft[0], one, whole) for one in soft[1:]]
    stride = float(np.median([after - before for before, after in pairwise(gone)][1:]))
    stride = max(stride, gone[-1] / len(gone))  # where only the deepest frames move at all
    if stride * length < _MOVES:
        return None
    copies = 0
    for share in gone[:MOST]:
        if share > stride * _SHARE_OF_STRIDE:
            break
        copies += 1
    return copies


def _come(anchor: _Plane, frame: _Plane, whole: Flow) -> float:
    """The part of a motion after which a frame looks most like what the anchor has become."""
    rows, columns = np.indices(anchor.shape, np.float32)
    off = []
    for share in _SHARES:
        there = columns + share * whole[..., 0], rows + share * whole[..., 1]
        across, along = (np.asarray(part, np.float32) for part in there)
        shown = cv2.remap(frame, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        off.append(float(((shown - anchor) ** 2).mean()))
    best = min(max(int(np.argmin(off)), 1), len(off) - 2)
    left, middle, right = off[best - 1 : best + 2]
    bend = left - 2 * middle + right
    lean = 0.5 * (left - right) / bend if bend > 0 else 0.0
    return float(_SHARES[best] + (_SHARES[1] - _SHARES[0]) * min(max(lean, -1.0), 1.0))


def _softened(plane: Grey) -> _Plane:
    soft = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), _SOFT)
    return np.asarray((soft - soft.mean()) / max(float(soft.std()), 1.0), np.float32)


def _reduced(pixels: Pixels) -> npt.NDArray[np.float32]:
    height = max(1, round(pixels.shape[0] * WIDTH / pixels.shape[1]))
    small = cv2.resize(pixels, (WIDTH, height), interpolation=cv2.INTER_AREA)
    grey_ = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(grey_ - grey_.mean(), dtype=np.float32)


def _distance(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    if one.shape != other.shape:
        other = np.asarray(cv2.resize(other, (one.shape[1], one.shape[0])), dtype=np.float32)
    return float(np.abs(one - other).mean())
