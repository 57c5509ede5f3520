"""Clips brought to the film's rate and canvas: by timestamp, never stretched.

A clip of another shape fills the canvas, and what does not fit is cut off at both sides alike. The
rehearsal does the same with the pictures it is given, so that a frame and the shot that starts on
it have the same picture. The plan warns of what is lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from matchcut.assemble.cut import Piece
from matchcut.film.types import Canvas
from matchcut.frames.clip import read_frames
from matchcut.frames.shape import fit
from matchcut.frames.still import read_still
from matchcut.frames.types import Pixels
from matchcut.inspect.correct import Correction, apply, eased
from matchcut.render.rendered import RenderedShot

EASE = Fraction(2)
"""Seconds within which a correction is let in: six per cent of light then change by 0.2 % a frame,
which nobody sees. Chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """What the frames of a piece go through on their way into the film."""

    first: Path | None = None
    """A still that is shown in place of its first frame."""
    last: Path | None = None
    """A still that is shown in place of its last frame."""
    started_from: Correction = field(default_factory=Correction)
    """What the frame it was made from had been corrected by, unlike the one that is shown before
    it: so it is taken back at its head, and let in gradually."""


def finish(shot: RenderedShot, piece: Piece) -> Finish:
    """What a shot's frames go through in this piece; a still stands only where its frame would."""
    whole_head, whole_tail = not piece.dropped_head, not piece.dropped_tail
    return Finish(
        first=shot.stills.get("in") if whole_head else None,
        last=shot.stills.get("out") if whole_tail else None,
        started_from=shot.started_from,
    )


def conformed(
    clip: Path, piece: Piece, canvas: Canvas, finish: Finish | None = None
) -> Iterator[Pixels]:
    """The frames a piece fills in the film.

    Args:
        clip: The clip's file.
        piece: What is shown of it.
        canvas: The film's size and rate.
        finish: What they go through.

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
        yield _finished(picture, finish, number, piece.frames, canvas) if finish else picture


def _finished(picture: Pixels, finish: Finish, number: int, frames: int, canvas: Canvas) -> Pixels:
    still = finish.last if number == frames - 1 and finish.last else None
    still = finish.first if number == 0 and finish.first else still
    if still:
        return fit(read_still(still), canvas.width, canvas.height)
    if finish.started_from.identity:
        return picture
    ease = min(frames, round(EASE * canvas.fps))
    return apply(picture, eased(finish.started_from, number, ease))
