"""The frames at both edges of each clip, read once: seams are measured on them and shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from matchcut.assemble.cut import Source
from matchcut.film.types import Join
from matchcut.frames.clip import read_frames
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import MOST, WIDTH, count_copies
from matchcut.plan.types import PlannedShot
from matchcut.render.run import RenderedShot

_DEEP = MOST + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """The outermost kept frames of a clip, each list in display order, as `reduced` has them."""

    head: tuple[Pixels, ...]
    tail: tuple[Pixels, ...]

    def first(self, dropped: int) -> Pixels:
        """The first frame that is shown, `dropped` frames having been left out."""
        return self.head[dropped]

    def last(self, dropped: int) -> Pixels:
        """The last frame that is shown, `dropped` frames having been left out."""
        return self.tail[-1 - dropped]


def read_edges(shot: RenderedShot) -> Edges:
    """Read a clip's edges; a short clip's two edges overlap."""
    first, last = shot.kept
    head = read_frames(shot.clip, first, min(first + _DEEP, last + 1))
    tail = read_frames(shot.clip, max(first, last + 1 - _DEEP), last + 1)
    return Edges(
        head=tuple(reduced(frame.pixels) for frame in head),
        tail=tuple(reduced(frame.pixels) for frame in tail),
    )


def reduced(pixels: Pixels) -> Pixels:
    """A picture as wide as the measures and the sheet need it, so that a film fits in memory."""
    height, width = pixels.shape[:2]
    if width <= WIDTH:
        return pixels
    size = (WIDTH, max(1, round(height * WIDTH / width)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def measure_copies(planned: Sequence[PlannedShot], edges: Sequence[Edges]) -> list[tuple[int, int]]:
    """How many frames at each clip's head and tail show its neighbour's frame over again.

    What a bridge lands on is the original, so a hero's head is never the copy; any other clip is
    the copy of the one before it.
    """
    copies = []
    for index, plan in enumerate(planned):
        head = tail = 0
        if plan.join is not Join.CUT and index and not planned[index - 1].bridge:
            head = count_copies(edges[index - 1].tail[-1], edges[index].head)
        if plan.bridge:
            tail = count_copies(edges[index + 1].head[0], edges[index].tail[::-1])
        copies.append((head, tail))
    return copies


def sources(
    planned: Sequence[PlannedShot],
    shots: Sequence[RenderedShot],
    copies: Sequence[tuple[int, int]],
) -> list[Source]:
    """The clips as they go into the cut."""
    return [
        Source(
            shot=shot.id,
            kept=shot.kept,
            rate=shot.take.rate,
            span=shot.span if shot.take.variable else None,
            join=plan.join,
            lands_on_next=plan.bridge,
            head_copies=head,
            tail_copies=tail,
        )
        for plan, shot, (head, tail) in zip(planned, shots, copies, strict=True)
    ]
