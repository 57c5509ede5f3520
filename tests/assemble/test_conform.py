"""Clips of other rates and sizes on the film's canvas: by timestamp, never stretched."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchcut.assemble.conform import conformed, placed
from matchcut.assemble.cut import Source, cut_list
from matchcut.film.types import Canvas, Join
from matchcut.frames.encode import Quality, write_clip

STEP = 8


def counted(path: Path, frames: int, rate: Fraction) -> Path:
    """A clip whose frames are as bright as their number."""
    pictures = [np.full((64, 64, 3), 16 + STEP * n, np.uint8) for n in range(frames)]
    write_clip(path, pictures, rate=rate, quality=Quality.TAKE)
    return path


@pytest.mark.parametrize(
    ("own", "canvas", "frames"),
    [(24, 24, 24), (25, 25, 25), (12, 24, 12), (30, 24, 20), (24, 30, 24), (8, 24, 8), (24, 60, 9)],
)
def test_each_frame_shows_what_the_clip_shows_at_its_time(
    tmp_path: Path, own: int, canvas: int, frames: int
) -> None:
    clip = counted(tmp_path / "clip.mp4", frames, Fraction(own))
    source = Source(shot="a", kept=(2, frames - 1), rate=Fraction(own), join=Join.CUT)
    (piece,) = cut_list([source], Fraction(canvas)).pieces
    shown = conformed(clip, piece, Canvas(width=64, height=64, fps=Fraction(canvas)))
    numbers = [round((float(p.mean()) - 16) / STEP) for p in shown]
    assert len(numbers) == piece.frames == round(Fraction(frames - 2, own) * canvas)
    middle = [(n + Fraction(1, 2)) / canvas for n in range(piece.frames)]
    between = [min(frames - 1, 2 + int(time * own)) for time in middle]
    assert numbers == [2, *between[1:-1], frames - 1], "the edges are the frames seams are pinned to"


@pytest.mark.parametrize(
    ("size", "bars"),
    [((64, 64), (0, 0)), ((64, 128), (0, 16)), ((128, 64), (16, 0)), ((32, 32), (0, 0))],
)
def test_another_shape_gets_bars_and_is_never_stretched(
    size: tuple[int, int], bars: tuple[int, int]
) -> None:
    height, width = size
    canvas = placed(np.full((height, width, 3), 200, np.uint8), 64, 64)
    left, top = bars
    assert canvas.shape == (64, 64, 3)
    assert (canvas[top : 64 - top, left : 64 - left] == 200).all()
    assert canvas.sum() == 200 * 3 * (64 - 2 * top) * (64 - 2 * left)
