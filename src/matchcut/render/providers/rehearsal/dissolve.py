"""From one anchor to another of a different scene: a dissolve under two pushes.

Both pictures move all the time, so that neither end of the shot stalls. The bright parts of the
new picture come first, as they do when two exposures are mixed on film; it reads as light, where an
even mix reads as fog.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from matchcut.frames.types import Pixels
from matchcut.render.providers.rehearsal.fields import Page, Plane, grid_of, mix
from matchcut.render.providers.rehearsal.moves import drifts_of
from matchcut.render.providers.rehearsal.words import Camera, Direction

_PUSH = Direction(moves=(Camera.PUSH_IN,), pace=0.5)
_HOLD = 0.15
"""Part of the clip at either end in which one picture stands alone."""
_SHORT = 2.0
"""Seconds; a shorter clip mixes from end to end, so that it does not look like a cut."""
_ORDER = 0.35
"""By how much of the mix the brightest part is ahead of the darkest."""


def dissolve(start: Pixels, end: Pixels, steps: int, seconds: float) -> Iterator[Pixels]:
    """Yield the frames strictly between two anchors that share no scene.

    Args:
        start: Frame 0.
        end: Frame `steps`.
        steps: From the one to the other, 1 and more.
        seconds: From the one to the other.

    Yields:
        `steps` - 1 frames.

    """
    height, width = start.shape[:2]
    grid = grid_of(width, height)
    leave, arrive = (
        drifts_of(_PUSH, grid, seconds=seconds, anchor=anchor, seed=0) for anchor in (0.0, seconds)
    )
    pages = Page(start, grid), Page(end, grid)
    order = _order(end)
    for step in range(1, steps):
        share = step / steps
        time = share * seconds
        arrived = _arrived(order, share, _HOLD if seconds >= _SHORT else 0.0)
        yield mix(pages[0].drifted(leave, time), pages[1].drifted(arrive, time), arrived)


def _order(picture: Pixels) -> Plane:
    """Return when each place comes, 0 first to 1 last: soft, brightest first."""
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(gray, (0, 0), max(0.02 * gray.shape[1], 0.5)), np.float32)
    low, high = float(soft.min()), float(soft.max())
    return np.asarray(1 - (soft - low) / max(high - low, 1.0), np.float32)


def _arrived(order: Plane, share: float, hold: float) -> Plane:
    through = (share - hold) / (1 - 2 * hold)
    late = np.clip((through - _ORDER * order) / (1 - _ORDER), 0, 1)
    return np.asarray(late * late * (3 - 2 * late), np.float32)
