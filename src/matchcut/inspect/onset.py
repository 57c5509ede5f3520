"""Changes that begin between two frames and stay, told from a clip that wavers or drifts.

A defect comes at once and lasts: between two frames a level jumps, and after it lies where it did
not lie before. A flicker jumps and does not stay, a slow pan stays and does not jump. So of each
place where a stretch may begin the least of three is taken: the jump, how far what came after lies
from what came before, and how far the frame itself does. How much of that a clip has anyway, of
stretches as long, is its own unit.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matchcut.inspect.motion import Motion, carried

Floats = npt.NDArray[np.float32]

FEWEST = 12
"""Frames; of fewer nothing is told: with ten of them, damage in the last four passes for usual."""
_SPAN = FEWEST - 1
"""Frames at the end in which a stretch may begin that speaks in full: of the shortest window all
but the first, which is to be free where there is anywhere to step to."""
_REACH = 2 / 3
_EARLIER = 5.0
"""What began before them, but in this part of the frames, may be how the clip looks by now. It must
be so many times as much to count: then no frame of the window is free of it."""
_BEFORE = 8
"""Frames before it that it is compared with; a flash among them does not move their median."""
_STAYS = 0.5
"""Part of a jump that must stay: what nearly goes back to where it came from is over."""
_STRETCH = 4
"""Frames that must lie before a stretch: fewer have no usual."""
_QUANTILE, _DEVIATIONS = 0.8, 1.28
"""Of what a clip shows anyway, and how many deviations of a normal distribution that is: the worst
fifth is left aside, for the damage may be in it."""


def weights(frames: int) -> Floats:
    """How much a stretch counts by the frame that it begins with: 1 late, less early, 0 at first.

    Late is the last third of the frames but one, the window less its first frame, and at least
    eleven: the window lies at the end.
    """
    counts = np.zeros(frames, np.float32)
    counts[frames - int(_REACH * frames) :] = 1 / _EARLIER
    counts[-_late(frames) :] = 1
    return counts


def _late(frames: int) -> int:
    return max(_SPAN, frames // 3 - 1)


def onset(changes: Floats, floor: float) -> Floats:
    """Find changes of a whole frame that came at once and stayed.

    Args:
        changes: (frames,) steps from frame to frame, the first one 0.
        floor: Least standard deviation, in the unit of `changes`.

    Returns:
        (frames,) the largest that each frame stands in, in the clip's own deviations, with the
        sign of the change.

    """
    centred = np.asarray(changes - np.median(changes[1:]), np.float32)
    return _in_deviations(centred, None, floor)


def onset_places(changes: Floats, motions: Sequence[Motion], floor: float) -> Floats:
    """Find changes of places, followed along the movement: as `onset`.

    Args:
        changes: (frames, rows, columns, n) from `deviation.steps`.
        motions: From each frame but the first to the one before it.
        floor: As of `onset`.

    Returns:
        The same shape, in deviations of that tile or, where those are smaller, of the median tile.

    """
    return _in_deviations(changes, motions, floor)


def _in_deviations(changes: Floats, motions: Sequence[Motion] | None, floor: float) -> Floats:
    count = len(changes)
    late, counts = min(_late(count), count), weights(count)
    reach = max(late, int(np.count_nonzero(counts)))
    levels = np.zeros((*changes.shape[1:], 1), np.float32)
    usual = np.zeros((*changes.shape[1:], 0), np.float32)
    every = np.zeros((*changes.shape, late), np.float32)
    over = np.zeros((*changes.shape, reach), np.float32)
    for index in range(1, count):
        if motions is not None:
            levels = carried(levels, motions[index - 1])
            usual = carried(usual, motions[index - 1]) if usual.size else usual
        before = np.median(levels[..., -_BEFORE:], axis=-1)
        usual = np.concatenate([usual[..., 1 - reach :], before[..., None]], axis=-1)
        level = levels[..., -1:] + changes[index][..., None]
        levels = np.concatenate([levels[..., -max(reach, _BEFORE) :], level], axis=-1)
        known = min(index + 1 - _STRETCH, reach)
        if known > 0:
            each, jumps = (part[..., : -known - 1 : -1] for part in _stayed(levels, usual))
            every[index, ..., : min(known, late)] = np.abs(each[..., :late])
            kept = np.where(np.abs(each) >= _STAYS * np.abs(jumps), each, 0)
            over[index, ..., :known] = kept * counts[index + 1 - known : index + 1][::-1]
    over /= _units(every, floor, reach)
    largest = np.argmax(np.abs(over), axis=-1)[..., None]
    return np.asarray(np.take_along_axis(over, largest, axis=-1)[..., 0], np.float32)


def _units(every: Floats, floor: float, reach: int) -> Floats:
    """What a clip shows anyway of stretches of 1 to `reach` frames; of long ones as of the last."""
    late = every.shape[-1]
    known = min(late, len(every) - _STRETCH - 1)
    units = np.full((*every.shape[1:-1], reach), np.inf, np.float32)
    for back in range(known):
        usually = every[_STRETCH + back :, ..., back]
        units[..., back] = np.maximum(np.quantile(usually, _QUANTILE, axis=0) / _DEVIATIONS, floor)
    units[..., late:] = units[..., late - 1 : late]
    if units.ndim > 1:
        units = np.maximum(units, np.median(units, axis=(0, 1)))
    return units


def _stayed(levels: Floats, usual: Floats) -> tuple[Floats, Floats]:
    """For each frame that a stretch may begin with, up to the last: what stayed, and the jump.

    Args:
        levels: (..., n + 1), of which the last n may begin a stretch.
        usual: (..., n) of the frames before each of them.

    """
    count = usual.shape[-1]
    jump = np.diff(levels, axis=-1)[..., -count:]
    sums = np.cumsum(levels[..., : -count - 1 : -1], axis=-1)[..., ::-1]
    after = sums / np.arange(count, 0, -1, dtype=np.float32) - usual
    now = levels[..., -1:] - usual
    up = np.minimum(np.minimum(jump, after), now)
    down = np.maximum(np.maximum(jump, after), now)
    return np.asarray(np.maximum(up, 0) + np.minimum(down, 0), np.float32), jump
