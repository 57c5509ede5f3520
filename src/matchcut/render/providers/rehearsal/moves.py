"""How each camera word moves the picture: one function a move, from a grid to a field.

A move's field is what an amount of one second adds to the place that a pixel is fetched from, in
widths; the content on screen moves the other way. Things guessed to be near move more where the
camera travels, and alike where it only turns or zooms.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from matchcut.render.providers.rehearsal.fields import (
    Drift,
    Field,
    Grid,
    enclose,
    nearness,
    pin,
    squeeze,
)
from matchcut.render.providers.rehearsal.words import Camera, Direction

_PAN = 0.03
_TILT = 0.02
_TRACK = 0.032
_CRANE = 0.02
_ZOOM = 0.045
_ORBIT = 0.013
_TURN = 0.09

_FARTHEST = (0.32, 0.36)
"""How far a clip may travel, as parts of the half width and the half height.

Beyond it the margins of a single still would stretch visibly, so a long clip moves slower.
"""
_TIGHTEST = 0.6
"""How much nearer two neighbouring pixels may be fetched in the end, 0 to 1; 1 would fold."""

_GENTLE = (
    (Camera.PUSH_IN,),
    (Camera.TRACK_RIGHT, Camera.PUSH_IN),
    (Camera.TRACK_LEFT, Camera.PUSH_IN),
    (Camera.ORBIT_RIGHT,),
    (Camera.ORBIT_LEFT,),
)
"""What the camera does when nobody says: the seed chooses, and the pace is slow."""


def _pan(grid: Grid, to: float) -> Field:
    return grid.field(to * _PAN, 0.0)


def _tilt(grid: Grid, to: float) -> Field:
    return grid.field(0.0, to * _TILT)


def _track(grid: Grid, to: float) -> Field:
    return grid.field(to * _TRACK * (0.65 + 0.7 * nearness(grid)), 0.0)


def _crane(grid: Grid, to: float) -> Field:
    return grid.field(0.0, to * _CRANE * (0.65 + 0.7 * nearness(grid)))


def _push(grid: Grid, to: float) -> Field:
    speed = -to * _ZOOM * (0.7 + 0.6 * nearness(grid))
    return grid.field(speed * grid.u, speed * grid.v)


def _zoom(grid: Grid, to: float) -> Field:
    return grid.field(-to * _ZOOM * grid.u, -to * _ZOOM * grid.v)


def _orbit(grid: Grid, to: float) -> Field:
    # The subject in the middle stays and what is beside it slides with the camera; height plays no
    # part in it, so that what stands stays upright. The side that the camera comes to grows.
    slide = -_ORBIT * np.sin(2 * np.pi * grid.u) ** 2
    return pin(grid, grid.field(to * slide, -to * _TURN * grid.u * grid.v))


_MOVES: dict[Camera, tuple[Callable[[Grid, float], Field], float]] = {
    Camera.PUSH_IN: (_push, 1.0),
    Camera.PULL_OUT: (_push, -1.0),
    Camera.ZOOM_IN: (_zoom, 1.0),
    Camera.ZOOM_OUT: (_zoom, -1.0),
    Camera.PAN_LEFT: (_pan, -1.0),
    Camera.PAN_RIGHT: (_pan, 1.0),
    Camera.TILT_UP: (_tilt, -1.0),
    Camera.TILT_DOWN: (_tilt, 1.0),
    Camera.TRACK_LEFT: (_track, -1.0),
    Camera.TRACK_RIGHT: (_track, 1.0),
    Camera.CRANE_UP: (_crane, -1.0),
    Camera.CRANE_DOWN: (_crane, 1.0),
    Camera.ORBIT_LEFT: (_orbit, -1.0),
    Camera.ORBIT_RIGHT: (_orbit, 1.0),
}


def gentle(seed: int) -> Direction:
    """Choose a quiet move for a prompt that names none."""
    return Direction(moves=_GENTLE[seed % len(_GENTLE)], pace=0.6)


def drifts_of(
    direction: Direction, grid: Grid, *, seconds: float, anchor: float, seed: int
) -> list[Drift]:
    """Turn camera words into drifts.

    Args:
        direction: What the prompt asks for.
        grid: Of the picture.
        seconds: From the first to the last frame.
        anchor: When the picture is shown unmoved: 0, or `seconds` where the move lands on it.
        seed: Chooses the sway of a hand, and how brisk a move is within a tenth: another seed is
            another take.

    Returns:
        None for a static camera. Steady moves have a constant speed from the first frame on.

    """
    drifts: list[Drift] = []
    travels = [_MOVES[move] for move in direction.moves if move in _MOVES]
    if travels:
        field = grid.field(0.0, 0.0)
        for make, to in travels:
            field += make(grid, to)
        pace = np.float32(direction.pace * _brisk(seed))
        drifts.append(steady(grid, field * pace, seconds=seconds, anchor=anchor))
    if Camera.HANDHELD in direction.moves:
        drifts.extend(_hand(grid, anchor, seed))
    return drifts


def _brisk(seed: int) -> float:
    return float(np.random.default_rng(seed % 2**63).uniform(0.9, 1.1))


def steady(grid: Grid, field: Field, *, seconds: float, anchor: float) -> Drift:
    """Move by a field at constant speed, inside the picture and no farther than looks well."""
    sign = -1.0 if anchor > 0 else 1.0
    half = (0.5, 0.5 * grid.tall)
    bent = enclose(grid, field * np.float32(sign))
    shares = [
        float(np.abs(part).max()) / (reach * farthest)
        for part, reach, farthest in zip(field, half, _FARTHEST, strict=True)
    ]
    scale = 1 / max(1.0, seconds * max(*shares, squeeze(grid, bent) / _TIGHTEST))
    return Drift(field=bent * np.float32(scale), amount=lambda time: sign * (time - anchor))


def _hand(grid: Grid, anchor: float, seed: int) -> list[Drift]:
    random = np.random.default_rng(seed % 2**63)
    parts = (
        (grid.field(1.0, 0.0), 0.0065),
        (grid.field(0.0, 1.0), 0.0045),
        (grid.field(-grid.v, grid.u), 0.007),
        (grid.field(-grid.u, -grid.v), 0.004),
    )
    return [
        Drift(field=pin(grid, field), amount=_sway(size, random, anchor)) for field, size in parts
    ]


def _sway(size: float, random: np.random.Generator, anchor: float) -> Callable[[float], float]:
    """Wander smoothly, some sines a hand makes (0.3 to 2 Hz), from nothing at the anchor."""
    waves: Sequence[tuple[float, float, float]] = [
        (weight, 2 * math.pi * rate * random.uniform(0.8, 1.25), random.uniform(0, 2 * math.pi))
        for weight, rate in ((0.62, 0.33), (0.28, 0.85), (0.10, 1.9))
    ]

    def raw(time: float) -> float:
        return size * sum(weight * math.sin(rate * time + phase) for weight, rate, phase in waves)

    rest = raw(anchor)
    return lambda time: raw(time) - rest
