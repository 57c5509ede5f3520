"""The frames at a seam are those that are shown there, whatever a clip's rate, times and shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import matchcut
from frames.numbered_clips import HEIGHT, WIDTH, Case, number_in, write
from hostile import HostileFal
from hostile.knobs import Continued
from matchcut.assemble import sheet
from matchcut.assemble.conform import conformed
from matchcut.assemble.cut import Source, cut_list
from matchcut.assemble.edges import count_contained
from matchcut.cli.main import main
from matchcut.film.types import Canvas, Join
from matchcut.frames.clip import frame_at, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.shape import fit
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import difference
from matchcut.render.providers.fal.watch import Pace
from small import picture, write_film

FOOTAGE = """
title: Footage
anchor: auto
canvas: {width: WIDTH, height: HEIGHT, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: own, clip: own.mp4}
"""


def assembled(folder: Path, film: str, width: int = WIDTH, height: int = HEIGHT) -> tuple:
    """A film, rehearsed and assembled: its shots, its files and its cut list."""
    sized = film.replace("WIDTH", str(width)).replace("HEIGHT", str(height))
    project = matchcut.load(write_film(folder, sized))
    rendered = matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())
    return rendered, matchcut.assemble(rendered)


@pytest.mark.parametrize("kept", [(0, 59), (7, 50), (11, 12), (20, 20)])
@pytest.mark.parametrize("canvas", [24, 25, 30])
def test_sixty_frames_a_second_keep_both_edges(
    tmp_path: Path, kept: tuple[int, int], canvas: int
) -> None:
    """At 24 of 60 the middle of the last picture's time lies before the last frame begins."""
    clip = write(Case(name="sixty", frames=60, rate=Fraction(60), shown=range(60)), tmp_path)
    source = Source(shot="a", kept=kept, rate=Fraction(60), join=Join.CUT)
    (piece,) = cut_list([source], Fraction(canvas)).pieces
    shown = conformed(clip, piece, Canvas(width=WIDTH, height=HEIGHT, fps=Fraction(canvas)))
    numbers = [number_in(pixels) for pixels in shown]
    assert numbers[0] == kept[0]
    assert numbers[-1] == (kept[1] if piece.frames > 1 else kept[0])
    assert numbers == sorted(numbers)
    assert len(numbers) == piece.frames


VARIABLE = [0, 33, 66, 150, 184, 300, 340, 600, 633, 666, 700, 1400, 1433, 1500, 1510, 2300]
"""Milliseconds at which the frames of a clip of uneven rate begin."""


@pytest.mark.parametrize(
    ("use", "edges", "frames"),
    [
        ("", (0, 15), None),
        (", use: [0.1, 1.0]", (3, 10), 30),  # 150 ms to 1400 ms, when the next frame begins
        (", use: [0, 0.1]", (0, 2), 4),  # 0 to 150 ms, rounded
        (", use: [1.45, 1.6]", (13, 14), 19),
    ],
)
def test_uneven_footage_is_used_by_its_own_times(
    tmp_path: Path, use: str, edges: tuple[int, int], frames: int | None
) -> None:
    case = Case(name="own", shown=range(16), times=VARIABLE, options={"bf": "3"}, variable=True)
    write(case, tmp_path)
    rendered, made = assembled(tmp_path, FOOTAGE.replace("own.mp4", f"own.mp4{use}"))
    assert rendered.shots[0].kept == edges
    shown = [number_in(frame.pixels) for frame in read_frames(made.film)]
    assert (shown[0], shown[-1]) == edges
    assert set(shown) <= set(range(edges[0], edges[1] + 1))
    assert len(shown) == made.cut.frames
    if frames is not None:
        assert len(shown) == frames


def test_what_goes_on_from_uneven_footage_starts_on_its_last_shown_frame(tmp_path: Path) -> None:
    case = Case(name="own", shown=range(16), times=VARIABLE, variable=True)
    write(case, tmp_path)
    text = FOOTAGE.replace("own.mp4", "own.mp4, use: [0.1, 1.0]") + "  - {id: on, prompt: on}\n"
    with pytest.raises(matchcut.RenderError, match=r"own\.out"):
        assembled(tmp_path, text)  # eight frames, numbers instead of a picture: a person's
    assert main(["approve", "own.out", "--film", str(tmp_path / "film.yaml")]) == 0
    rendered, made = assembled(tmp_path, text)
    own, on = rendered.shots
    assert number_in(frame_at(on.clip, 0).pixels) == 10
    begins = made.cut.pieces[1].begins
    assert number_in(frame_at(made.film, begins - 1).pixels) == own.kept[1] == 10


def test_a_seam_after_footage_of_another_shape_does_not_jump(tmp_path: Path) -> None:
    width, height = 240, 160
    whole = picture(3, width + 40, height)
    frames = [whole[:, n : n + width] for n in range(24)]
    write_clip(tmp_path / "own.mp4", frames, rate=Fraction(24), quality=Quality.TAKE)
    text = FOOTAGE + "  - {id: on, prompt: on, camera: pan right}\n"
    rendered, made = assembled(tmp_path, text, 192, 108)
    begins = made.cut.pieces[1].begins
    assert made.cut.pieces[1].first == 1, "the frame that both share is shown once"
    before, after = (frame_at(made.film, begins + n).pixels for n in (-1, 0))
    # One step of a pan, and not another crop of the picture.
    assert difference(before, after) < 12
    shown = fit(frame_at(rendered.shots[0].clip, 23).pixels, 192, 108)
    assert difference(before, shown) < 3, "the film fills the canvas"
    assert difference(frame_at(rendered.shots[1].clip, 0).pixels, shown) < 3, "so does the take"
    last, entry = _seam(made.sheet, row=0)
    assert difference(last, fit(shown, sheet.WIDTH, last.shape[0])) < 3, "and so does the sheet"
    assert difference(last, entry) < 12


def _seam(path: Path, row: int) -> tuple[Pixels, Pixels]:
    """The two pictures of a seam as they stand on a contact sheet."""
    drawn = np.asarray(Image.open(path).convert("RGB"))
    tall = round(sheet.WIDTH * 108 / 192)
    top = sheet._HEAD + row * (tall + sheet.LABEL + sheet.GAP)
    left = sheet.MARGIN + sheet.WIDTH * 2 + sheet.GAP // 2 + sheet.GAP
    cells = [left + n * sheet.WIDTH for n in (-1, 0, 1)]
    pair = [drawn[top : top + tall, at : at + sheet.WIDTH] for at in cells[1:]]
    return pair[0], pair[1]


@dataclass(frozen=True)
class _Taken:
    rate: Fraction


@dataclass(frozen=True)
class _Shot:
    """As much of a rendered shot as the count looks at."""

    clip: Path
    kept: tuple[int, int]
    take: _Taken


def _shot(path: Path, pictures: Sequence[Pixels], rate: int = 24, last: int | None = None) -> _Shot:
    write_clip(path, pictures, rate=Fraction(rate), quality=Quality.FILM)
    end = len(pictures) - 1 if last is None else last
    return _Shot(path, (0, end), _Taken(Fraction(rate)))


def _pan(first: int, frames: int, step: int = 2) -> list[Pixels]:
    whole = picture(5, 192 + 400, 108)
    return [whole[:, n : n + 192] for n in range(first, first + frames * step, step)]


def test_a_continued_clip_that_shows_its_source_again_is_told(tmp_path: Path) -> None:
    source = _shot(tmp_path / "a.mp4", _pan(0, 30))
    again = _shot(tmp_path / "b.mp4", _pan(0, 60))
    assert count_contained(source, again) == 30
    new = _shot(tmp_path / "c.mp4", _pan(60, 30))
    assert count_contained(source, new) == 0
    longer = _shot(tmp_path / "d.mp4", _pan(60, 60))
    assert count_contained(source, longer) == 0


def test_what_is_contained_ends_where_the_source_was_cut(tmp_path: Path) -> None:
    cut = _shot(tmp_path / "a.mp4", _pan(0, 48), last=23)
    assert count_contained(cut, _shot(tmp_path / "b.mp4", _pan(0, 60))) == 24


def test_what_is_contained_is_counted_at_the_clips_own_rate(tmp_path: Path) -> None:
    source = _shot(tmp_path / "a.mp4", _pan(0, 24))
    double = _shot(tmp_path / "b.mp4", _pan(0, 120, step=1), rate=48)
    assert count_contained(source, double) == 48


def test_a_clip_that_hardly_moves_counts_as_new(tmp_path: Path) -> None:
    still = [picture(5, 192, 108)] * 30
    source = _shot(tmp_path / "a.mp4", still)
    assert count_contained(source, _shot(tmp_path / "b.mp4", still * 2)) == 0


def test_a_clip_no_longer_than_its_source_holds_something_new(tmp_path: Path) -> None:
    source = _shot(tmp_path / "a.mp4", _pan(0, 30))
    assert count_contained(source, _shot(tmp_path / "b.mp4", _pan(0, 30))) == 0


CONTINUED = """
title: On
anchor: auto
canvas: {width: 180, height: 180, fps: 24}
shots:
  - {id: own, clip: own.mp4}
  - id: on
    join: continue
    prompt: it goes on
    camera: pan right
    endpoint: fal-ai/wan/v2.7/image-to-video
    duration: 2
    resolution: 720p
"""


def test_a_hosted_model_that_gives_the_source_back_shows_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "film", CONTINUED)
    whole = picture(5, 180 + 96, 180)
    frames = [whole[:, 2 * n : 2 * n + 180] for n in range(48)]
    write_clip(film.parent / "own.mp4", frames, rate=Fraction(24), quality=Quality.TAKE)
    with HostileFal(tmp_path / "fal") as fal:
        fal.continued = Continued.SOURCE_BEFORE
        for name, value in fal.environment.items():
            monkeypatch.setenv(name, value)
        project = matchcut.load(film)
        pace = Pace(first_pause=0.1, longest_pause=0.3)
        plan = matchcut.plan(project)
        rendered = matchcut.render(project, plan, matchcut.Fal(pace=pace), max_usd=Decimal(9))
    assert rendered.shots[1].take.frames == 96, "the answer has the source in it"
    made = matchcut.assemble(rendered)
    assert made.cut.pieces[1].dropped_head == 48
    assert made.cut.frames == 96
    shown = [frame.pixels for frame in read_frames(made.film, 40, 56)]
    steps = [difference(one, other) for one, other in pairwise(shown)]
    assert max(steps) < 3 * sorted(steps)[8], "at the seam it jumps neither back nor on"
