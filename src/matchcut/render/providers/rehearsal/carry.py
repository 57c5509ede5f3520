"""Carrying on: what a clip's last two frames say about its motion, and where it goes from there."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from matchcut.frames.types import Pixels
from matchcut.render.providers.rehearsal.fields import (
    Drift,
    Field,
    Grid,
    Plane,
    enclose,
    grid_of,
    pin,
)
from matchcut.render.providers.rehearsal.register import Gray, flow, followers_of, reduce, reduced

_STILL = 0.04 / 1280
"""Widths a frame: slower than this is noise of the measurement."""
_BELIEVED = 0.35
"""Part of the picture that must follow one turn and zoom for it to be the camera's."""
_FARTHEST = 0.16
"""Widths: how far one picture can be carried before its margins stretch visibly."""
_SLOWING = 0.8
"""Seconds in which a motion too fast for its clip falls towards the speed that fits it."""
_MOMENTUM = 0.35
"""Seconds for which what moves besides the camera goes on, dying away."""
_NUDGE = 0.015
"""Widths: how far that may go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A motion that goes on, its time counted from the last frame before it."""

    drifts: tuple[Drift, ...]
    ceases: bool
    """True where no camera moves: nothing does after a while."""


def carry(before: Pixels, last: Pixels, *, frames: int, rate: float) -> Carried:
    """Extrapolate a clip's motion from its last two frames.

    Args:
        before: The last frame but one.
        last: The last frame.
        frames: How many are wanted.
        rate: Frames a second.

    Returns:
        Drifts of `last`; the first wanted frame is at 1 / `rate`. A camera that would leave the
        picture before the clip ends slows down to the speed that fits; it never stops.

    """
    height, width = last.shape[:2]
    full, small = grid_of(width, height), reduced(width, height)
    motion, trust = _motion(reduce(last, small), reduce(before, small), small)
    camera = _camera(motion, trust, small)
    drifts = []
    fastest = float(np.hypot(*camera).max())
    if fastest > _STILL:
        field = enclose(full, _enlarge(camera * np.float32(rate), full))
        drifts.append(Drift(field=field, amount=_gently(fastest * rate, frames / rate)))
    rest = _rest(motion - camera, trust, rate)
    if float(np.hypot(*rest).max()) > _STILL:
        field = pin(full, _enlarge(rest * np.float32(rate), full))
        drifts.append(Drift(field=field, amount=_dying))
    return Carried(drifts=tuple(drifts), ceases=fastest <= _STILL)


def _motion(last: Gray, before: Gray, grid: Grid) -> tuple[Field, Plane]:
    """Return how far the next frame fetches from, widths a frame, and where that is believed.

    What was at p + f one frame ago is at p now; at an unchanged speed, what is at p + f now will
    be at p in the next frame. So the flow back is itself the field of the next frame.
    """
    back, forth = flow(last, before), flow(before, last)
    there = grid.columns + back[..., 0], grid.rows + back[..., 1]
    home = cv2.remap(forth, *there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    astray = np.hypot(*np.moveaxis(back + home, 2, 0))
    step = np.array([1 / grid.width, grid.tall / grid.height], np.float32)
    return np.moveaxis(back * step, 2, 0).copy(), np.exp(-(astray**2)).astype(np.float32)


def _camera(motion: Field, trust: Plane, grid: Grid) -> Field:
    """Fit one turn, zoom and shift to the motion; zero where too little of the picture agrees."""
    stride = max(4, grid.width // 64)
    picked = np.s_[stride // 2 :: stride, stride // 2 :: stride]
    sure = trust[picked].ravel() > 0.5  # noqa: PLR2004
    u = (grid.u + 0 * grid.v)[picked].ravel()
    v = (grid.v + 0 * grid.u)[picked].ravel()
    here = np.stack([u, v], axis=1)[sure]
    moved = here + np.stack([part[picked].ravel() for part in motion], axis=1)[sure]
    still = grid.field(0.0, 0.0)
    if len(here) < 32:  # noqa: PLR2004
        return still
    usual = float(np.median(np.hypot(*(moved - here).T)))
    turn, mask = cv2.estimateAffinePartial2D(
        here * grid.width,
        moved * grid.width,
        method=cv2.RANSAC,
        ransacReprojThreshold=max(0.3, 0.12 * usual * grid.width),
        maxIters=3000,
    )
    if followers_of(turn, mask) < _BELIEVED * sure.size:
        return still
    (a, b, x), (c, d, y) = np.asarray(turn)
    across = (a - 1) * grid.u + b * grid.v + x / grid.width
    along = c * grid.u + (d - 1) * grid.v + y / grid.width
    return grid.field(across, along)


def _rest(motion: Field, trust: Plane, rate: float) -> Field:
    """Keep what is smooth and sure of a motion, small enough that it folds nothing over."""
    wide = motion.shape[2]
    swift = np.hypot(*motion)
    moving = trust * np.clip(swift / _STILL - 1, 0, 1)
    soft = np.stack([cv2.GaussianBlur(part * moving, (0, 0), 0.03 * wide) for part in motion])
    farthest = float(np.hypot(*soft).max()) * rate * _MOMENTUM
    return np.asarray(soft * min(1.0, _NUDGE / max(farthest, 1e-9)), np.float32)


def _enlarge(field: Field, grid: Grid) -> Field:
    size = (grid.width, grid.height)
    return np.stack([cv2.resize(part, size, interpolation=cv2.INTER_LINEAR) for part in field])


def _gently(speed: float, seconds: float) -> Callable[[float], float]:
    """Go on at one speed, or fall from it to the cruise at which the picture lasts the clip."""
    allowed = _FARTHEST / speed
    if allowed >= seconds:
        return lambda time: time
    slowing = min(_SLOWING, allowed / 2)
    coasted = slowing * (1 - math.exp(-seconds / slowing))
    cruise = (allowed - coasted) / (seconds - coasted)
    return lambda time: cruise * time + (1 - cruise) * slowing * (1 - math.exp(-time / slowing))


def _dying(time: float) -> float:
    return _MOMENTUM * (1 - math.exp(-time / _MOMENTUM))
