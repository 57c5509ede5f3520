"""The frames at both edges of each clip, read once: seams are measured on them and shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from matchcut.assemble.cut import Source
from matchcut.frames.clip import frame_at, read_frames
from matchcut.frames.still import read_still
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import MOST, WIDTH, difference
from matchcut.plan.types import PlannedShot
from matchcut.render.rendered import RenderedShot

_DEEP = MOST + 3
SEEN = 640
"""Pixels at which frames are compared with each other, at most."""
_SAME = 4.0
"""Levels of 255 by which an encoder at most moves a reduced picture that is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """The outermost kept frames of a clip, each list in display order, as `reduced` has them."""

    head: tuple[Pixels, ...]
    tail: tuple[Pixels, ...]
    contained: int = 0
    """Frames before `head`: those of the clip that it continues, shown over again."""

    def first(self, dropped: int) -> Pixels:
        """The first frame that is shown, `dropped` frames having been left out."""
        return self.head[dropped - self.contained]

    def last(self, dropped: int) -> Pixels:
        """The last frame that is shown, `dropped` frames having been left out."""
        return self.tail[-1 - dropped]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The same frames large enough to measure seams on, and the two outermost at full size.

    Too large to keep for a whole film.
    """

    first: Pixels
    last: Pixels
    head: tuple[Pixels, ...]
    """`SEEN` wide at most, as is `tail`."""
    tail: tuple[Pixels, ...]
    contained: int = 0

    def reduced(self) -> Edges:
        """As the sheet needs them."""
        return Edges(
            head=tuple(map(reduced, self.head)),
            tail=tuple(map(reduced, self.tail)),
            contained=self.contained,
        )


def read_ends(shot: RenderedShot, contained: int = 0) -> Ends:
    """Read a clip's edges, `contained` frames into it; a short clip's two edges overlap."""
    first, last = shot.kept[0] + contained, shot.kept[1]
    # What a neighbour was made from is the retouched still, and so is what the film shows.
    stills = {first: shot.stills.get("in"), last: shot.stills.get("out")}
    full: dict[int, Pixels] = {}
    sides = []
    for start, stop in (
        (first, min(first + _DEEP, last + 1)),
        (max(first, last + 1 - _DEEP), last + 1),
    ):
        seen = []
        for frame in read_frames(shot.clip, start, stop):
            still = stills.get(frame.index)
            pixels = read_still(still) if still else frame.pixels
            seen.append(reduced(pixels, SEEN))
            if frame.index in (first, last):
                full[frame.index] = pixels
        sides.append(tuple(seen))
    head, tail = sides
    return Ends(first=full[first], last=full[last], head=head, tail=tail, contained=contained)


def count_contained(before: RenderedShot, after: RenderedShot) -> int:
    """Count the frames at a continued clip's head that are the clip it continues.

    Some endpoints answer with the whole of what they were given and then go on, others with what is
    new alone; it is told by the pictures. Where the clip hardly moves that cannot be told, and it
    counts as new.

    Returns:
        Frames of `after`, 0 where it begins with something new.

    """
    last = before.kept[1]
    frames = round((last + 1) / before.take.rate * after.take.rate)
    if not after.kept[0] + frames <= after.kept[1]:
        return 0
    given = [reduced(frame_at(before.clip, index).pixels) for index in (0, last)]
    repeat = round(last / before.take.rate * after.take.rate)
    answered = [
        reduced(frame_at(after.clip, after.kept[0] + index).pixels) for index in (0, repeat)
    ]
    same = [difference(one, other) for one, other in zip(given, answered, strict=True)]
    apart = difference(*given)
    return frames if max(same) < min(_SAME, apart / 2) else 0


def reduced(pixels: Pixels, most: int = WIDTH) -> Pixels:
    """A picture as wide as the measures and the sheet need it, so that a film fits in memory."""
    height, width = pixels.shape[:2]
    if width <= most:
        return pixels
    size = (most, max(1, round(height * most / width)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def sources(
    planned: Sequence[PlannedShot],
    shots: Sequence[RenderedShot],
    copies: Sequence[tuple[int, int]],
) -> list[Source]:
    """The clips as they go into the cut."""
    accepted = [*(shot.accepted for shot in shots[1:]), False]
    return [
        Source(
            shot=shot.id,
            kept=shot.kept,
            rate=shot.take.rate,
            span=shot.span if shot.take.variable else None,
            join=plan.join,
            lands_on_next=plan.bridge or after,
            head_copies=head,
            tail_copies=tail,
        )
        for plan, shot, (head, tail), after in zip(planned, shots, copies, accepted, strict=True)
    ]
