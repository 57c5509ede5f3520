"""Clips brought to the film's rate and canvas: by timestamp, never stretched.

A clip of another shape fills the canvas, and what does not fit is cut off at both sides alike. The
rehearsal does the same with the pictures it is given, so that a frame and the shot that starts on
it have the same picture. The plan warns of what is lost.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from matchcut.assemble.cut import Piece
from matchcut.film.types import Canvas
from matchcut.frames.clip import read_frames
from matchcut.frames.shape import fit
from matchcut.frames.types import Pixels


def conformed(clip: Path, piece: Piece, canvas: Canvas) -> Iterator[Pixels]:
    """The frames a piece fills in the film.

    Args:
        clip: The clip's file.
        piece: What is shown of it.
        canvas: The film's size and rate.

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
        yield picture
