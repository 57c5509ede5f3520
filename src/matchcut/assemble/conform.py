"""Clips brought to the film's rate and canvas: by timestamp, never stretched."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from matchcut.assemble.cut import Piece
from matchcut.film.types import Canvas
from matchcut.frames.clip import read_frames
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
    picture = placed(frame.pixels, canvas.width, canvas.height)
    for number in range(piece.frames):
        at_the_end = number == piece.frames - 1
        moment = start + (number + Fraction(1, 2)) / canvas.fps
        changed = False
        while upcoming is not None and number and (at_the_end or upcoming.time <= moment):
            frame, upcoming, changed = upcoming, next(shown, None), True
        if changed:
            picture = placed(frame.pixels, canvas.width, canvas.height)
        yield picture


def placed(pixels: Pixels, width: int, height: int) -> Pixels:
    """A picture on a canvas of another size: scaled until it fits, centred, bars in black."""
    had_height, had_width = pixels.shape[:2]
    if (had_width, had_height) == (width, height):
        return pixels
    scale = min(width / had_width, height / had_height)
    new_width = min(width, round(had_width * scale))
    new_height = min(height, round(had_height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(pixels, (new_width, new_height), interpolation=how)
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - new_width) // 2, (height - new_height) // 2
    canvas[top : top + new_height, left : left + new_width] = scaled
    return canvas
