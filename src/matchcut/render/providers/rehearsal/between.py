"""From one anchor to another of the same scene: the camera's path, and what moved besides it.

Every frame is fetched from both anchors, along the camera's path by a power of its transform, and
along the residual flow for what the camera does not explain. Each anchor counts more the nearer
the frame is to it, and only where it was seen.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from matchcut.frames.types import Pixels
from matchcut.render.providers.rehearsal import path
from matchcut.render.providers.rehearsal.fields import Field, Page, Plane, grid_of, mix
from matchcut.render.providers.rehearsal.register import Flow, Relation

_FEATHER = 0.05
"""Widths over which an anchor's picture fades in from its border."""
_REACH = (0.012, 0.05)
"""Widths from which flow that can be trusted spreads into what cannot."""
_HASTE = 0.4
"""Part of the clip in which a place changes over that has changed beyond recognition."""
_LEANS = (0.0, 0.015, 0.03, 0.05, 0.075, 0.1, 0.14, 0.18)
"""Parts of its view that a camera may give up halfway, tried in this order."""
_SLIVER = 0.04
"""Widths that a mirror fills unseen."""
_LOOKS = 13
"""Moments, both ends among them, at which it is looked whether something is missing."""
_FLOOR = 1e-5
"""Weight of what an anchor does not show, so that what neither shows is filled softly by both."""


def between(start: Pixels, end: Pixels, relation: Relation, steps: int) -> Iterator[Pixels]:
    """Yield the frames strictly between two anchors.

    Args:
        start: Frame 0.
        end: Frame `steps`.
        relation: How they belong together.
        steps: From the one to the other, 1 and more.

    Yields:
        `steps` - 1 frames, the camera at one speed through all of them.

    """
    trip = _Trip(relation, start, end)
    for step in range(1, steps):
        yield trip.frame(step / steps)


class _Trip:
    """What stays the same over a clip: the generator of the camera's path and the mended flow."""

    def __init__(self, relation: Relation, start: Pixels, end: Pixels) -> None:
        rows, columns = relation.trust.shape
        self.full = full = grid_of(start.shape[1], start.shape[0])
        self.start, self.end = Page(start, full), Page(end, full)
        self.small = grid_of(max(8, columns // 2), max(8, rows // 2), tall=full.tall)
        self.generator = path.log(relation.matrix)
        size = np.array([1 / columns, full.tall / rows], np.float32)
        self.forward = self._lessen(_mend(relation.forward, relation.trust) * size)
        self.backward = self._lessen(_mend(relation.backward, relation.trust) * size)
        self.change = self._lessen(_blur(relation.seen - relation.trust, _REACH[0] * columns))
        self.shift = full.field(0.0, 0.0)
        self.weight = np.empty_like(full.columns)
        self.here = self.small.field(self.small.u, self.small.v)
        self.lean = self._least_lean()

    def _least_lean(self) -> float:
        """How far the camera leans in halfway, so that it hardly sees what neither anchor shows.

        It leans in from nothing and back to nothing without a jerk, so that speed does not step at
        a seam; the sliver that is then left near the ends is filled by a mirror and is not seen.
        """
        shares = np.linspace(0, 1, _LOOKS)[1:-1]
        for lean in _LEANS:
            if all(self._short(share, lean) <= _SLIVER for share in shares):
                return lean
        return _LEANS[-1]

    def _short(self, share: float, lean: float) -> float:
        """By how much, in widths, the view passes what both anchors show together."""
        here = self.here * _leaning(share, lean)
        rooms = [self._room(self._move(here, power)) for power in (-share, 1 - share)]
        return float(-np.maximum(*rooms).min())

    def frame(self, share: float) -> Pixels:
        """Make the frame at a share of the way, between 0 and 1."""
        rest = 1 - share
        middle = self._move(self.here * _leaning(share, self.lean), 0.5 - share)
        at = self.small.pixels(*middle)
        forth, back = _at(self.forward, at), _at(self.backward, at)
        # Flow from the frame to either anchor, from the two flows between the anchors:
        # H. Jiang et al., Super SloMo, CVPR 2018, equation 4.
        leave = np.moveaxis(share * share * back - rest * share * forth, 2, 0)
        arrive = np.moveaxis(rest * rest * forth - rest * share * back, 2, 0)
        old, new = self._move(middle + leave, -0.5), self._move(middle + arrive, 0.5)
        turn = share + _at(self.change, at) * (_hasten(share) - share)
        weights = (1 - turn) * self._seen(old), turn * self._seen(new)
        turned = np.asarray(weights[1] / (weights[0] + weights[1]), np.float32)
        weight = self._enlarge(turned, self.weight)
        return mix(self._show(self.start, old), self._show(self.end, new), weight)

    def _move(self, place: Field, power: float) -> Field:
        """Move places along the camera's path."""
        matrix = path.exp(self.generator * power).astype(np.float32)
        flat = place.reshape(2, -1)
        moved = matrix[:, :2] @ flat + matrix[:, 2:]
        return np.asarray((moved[:2] / moved[2]).reshape(place.shape), np.float32)

    def _seen(self, place: Field) -> Plane:
        """Return 1 inside an anchor, falling to nearly 0 at its border and beyond."""
        return np.asarray(np.clip(self._room(place) / _FEATHER, _FLOOR, 1), np.float32)

    def _room(self, place: Field) -> Plane:
        """How far inside an anchor's border places lie, in widths; below 0 outside of it."""
        sides = 0.5 - np.abs(place[0]), 0.5 * self.small.tall - np.abs(place[1])
        return np.asarray(np.minimum(*sides), np.float32)

    def _show(self, page: Page, place: Field) -> Plane:
        # What is enlarged is by how much a place has moved, which is smooth up to the border.
        moved = place - self.here
        for part, whole in zip(moved, self.shift, strict=True):
            self._enlarge(part, whole)
        return page.moved([(self.shift, 1.0)])

    def _lessen(self, part: Plane | Flow) -> Plane | Flow:
        size = (self.small.width, self.small.height)
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float32)

    def _enlarge(self, plane: Plane, into: Plane) -> Plane:
        size = (self.full.width, self.full.height)
        cv2.resize(plane, size, into, interpolation=cv2.INTER_LINEAR)
        return into


def _leaning(share: float, lean: float) -> float:
    """The part of its view that a camera keeps which leans in halfway, without a kink."""
    return float(1 - lean * np.sin(np.pi * share) ** 2)


def _hasten(share: float) -> float:
    """Return the share of the end anchor where it replaces the start anchor in haste."""
    quick = min(max((share - 0.5) / _HASTE + 0.5, 0.0), 1.0)
    eased = quick * quick * (3 - 2 * quick)
    return 0.02 * share + 0.98 * eased


def _at(part: Plane | Flow, at: tuple[Plane, Plane]) -> Plane | Flow:
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.remap(part, *at, cv2.INTER_LINEAR, borderMode=border), np.float32)


def _mend(flow: Flow, trust: Plane) -> Flow:
    """Let trusted flow spread into its surroundings; far from any, the camera alone moves."""
    spread = np.zeros_like(flow)
    for reach in reversed(_REACH):
        sigma = reach * trust.shape[1]
        near = _blur(trust, sigma)
        nearest = _blur(flow * trust[..., None], sigma) / np.maximum(near, 1e-3)[..., None]
        sure = np.minimum(near * 4, 1)[..., None]
        spread += sure * (nearest - spread)
    mended = trust[..., None] * flow + (1 - trust[..., None]) * spread
    return _blur(mended, 1.0)


def _blur(part: Plane | Flow, sigma: float) -> Plane | Flow:
    return np.asarray(cv2.GaussianBlur(part, (0, 0), sigma), np.float32)
