"""Clips of other rates and sizes on the film's canvas: by timestamp, never stretched."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchcut.assemble.conform import conformed
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
    assert numbers == [2, *between[1:-1], frames - 1], (
        "the edges are the frames seams are pinned to"
    )


@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 128), (128, 64), (32, 32)])
def test_another_shape_fills_the_canvas_and_is_never_stretched(
    tmp_path: Path, height: int, width: int
) -> None:
    """A disc in the middle stays round, and no bar is added."""
    down, across = np.mgrid[:height, :width]
    radius = min(height, width) / 4
    inside = (down - height / 2 + 0.5) ** 2 + (across - width / 2 + 0.5) ** 2 < radius**2
    picture = np.where(inside[..., None], 220, 60).astype(np.uint8).repeat(3, axis=2)
    clip = tmp_path / "clip.mp4"
    write_clip(clip, [picture], rate=Fraction(24), quality=Quality.TAKE)
    (piece,) = cut_list(
        [Source(shot="a", kept=(0, 0), rate=Fraction(24), join=Join.CUT)], Fraction(24)
    ).pieces
    (shown,) = conformed(clip, piece, Canvas(width=64, height=64, fps=Fraction(24)))
    assert shown.shape == (64, 64, 3)
    assert shown[0].min() > 40, "no bars"
    bright = shown[..., 1] > 140
    rows, columns = bright.any(axis=1).sum(), bright.any(axis=0).sum()
    assert abs(int(rows) - int(columns)) <= 1
    assert abs(int(rows) - 32) <= 2
