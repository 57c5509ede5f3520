"""Clips brought to the film's rate and canvas: by timestamp, never stretched.

A clip of another shape fills the canvas, and what does not fit is cut off at both sides alike. The
rehearsal does the same with the pictures it is given, so that a frame and the shot that starts on
it have the same picture. The plan warns of what is lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from matchcut.assemble.cut import Piece
from matchcut.film.types import Canvas
from matchcut.frames.clip import read_frames
from matchcut.frames.shape import fit
from matchcut.frames.still import read_still
from matchcut.frames.types import Pixels
from matchcut.render.run import RenderedShot


@dataclass(frozen=True, slots=True, kw_only=True)
class Retouched:
    """Stills that are shown in place of a piece's outermost frames; None shows the frame itself."""

    first: Path | None = None
    last: Path | None = None


def retouched(shot: RenderedShot, piece: Piece) -> Retouched:
    """The stills of a shot that are shown in this piece: where its own frame would be."""
    whole_head, whole_tail = not piece.dropped_head, not piece.dropped_tail
    return Retouched(
        first=shot.stills.get("in") if whole_head else None,
        last=shot.stills.get("out") if whole_tail else None,
    )


def conformed(
    clip: Path, piece: Piece, canvas: Canvas, stills: Retouched | None = None
) -> Iterator[Pixels]:
    """The frames a piece fills in the film.

    Args:
        clip: The clip's file.
        piece: What is shown of it.
        canvas: The film's size and rate.
        stills: What is shown in place of its outermost frames.

    Yields:
        Exactly `piece.frames` pictures of the canvas's size. The first shows the piece's first
        frame and the last its last one, since those are the frames that seams were pinned to; each
        between them shows what the clip shows in the middle of its own time. So frames are
        repeated or left out where rates differ, and none are blended.

    """
    shown = read_frames(clip, piece.first, piece.last + 1)
    frame = next(shown)
    start = frame.time
    upcoming = next(shown, None)
    picture = fit(frame.pixels, canvas.width, canvas.height)
    for number in range(piece.frames):
        at_the_end = number == piece.frames - 1
        moment = start + (number + Fraction(1, 2)) / canvas.fps
        changed = False
        while upcoming is not None and number and (at_the_end or upcoming.time <= moment):
            frame, upcoming, changed = upcoming, next(shown, None), True
        if changed:
            picture = fit(frame.pixels, canvas.width, canvas.height)
        still = _still_at(stills, number, piece.frames) if stills else None
        yield fit(read_still(still), canvas.width, canvas.height) if still else picture


def _still_at(stills: Retouched, number: int, frames: int) -> Path | None:
    if number == frames - 1 and stills.last:
        return stills.last
    return stills.first if number == 0 else None
