"""A render keeps what has not changed, makes what has, and nothing more."""

import asyncio
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import matchcut
from defects import Defect, damaged
from matchcut.cli.main import main
from matchcut.frames.clip import frame_at
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still
from matchcut.render.events import Event, ShotEvent, State
from moving import scene
from small import FILM, frame_hashes, write_film


def rehearse(film: Path) -> matchcut.Rendered:
    project = matchcut.load(film)
    return matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, matchcut.Rendered]:
    film = write_film(tmp_path_factory.mktemp("film"))
    return film, rehearse(film)


def test_every_shot_has_a_take_of_just_what_was_asked(
    first: tuple[Path, matchcut.Rendered],
) -> None:
    _, rendered = first
    assert rendered.made == ("one", "two", "three", "four", "five", "six")
    for shot in rendered.shots:
        assert (shot.take.frames, shot.take.rate) == (72, Fraction(24))
        assert shot.cost_usd == Decimal(0)
        assert shot.take.provider == "rehearsal"
    assert [shot.kept for shot in rendered.shots][2] == (0, 47)


def test_anchors_are_the_frames_that_are_shown(first: tuple[Path, matchcut.Rendered]) -> None:
    film, rendered = first
    stills = list((film.parent / ".matchcut" / "media").rglob("*.png"))
    shots = {shot.id: shot for shot in rendered.shots}
    for name, edge in (("one", 1), ("two", 1), ("three", 1), ("five", 0)):
        shot = shots[name]
        shown = frame_at(shot.clip, shot.kept[edge]).pixels
        same = [
            s for s in stills if (p := read_still(s)).shape == shown.shape and (p == shown).all()
        ]
        assert len(same) == 1, name


def test_a_second_run_makes_nothing(first: tuple[Path, matchcut.Rendered]) -> None:
    film, rendered = first
    again = rehearse(film)
    assert again.made == ()
    assert [s.take for s in again.shots] == [s.take for s in rendered.shots]


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ("{mara} runs", "{mara} crawls", ("three", "four")),
        ("use: [0, 2]", "use: [0, 1.5]", ("four",)),
        ("the sea", "the lake", ("six",)),
        ("title: Small", "title: Smaller", ()),
        ("light: overcast", "light: dusk", ("one", "two", "three", "four", "five", "six")),
    ],
)
def test_a_change_makes_what_hangs_on_its_frames_and_nothing_else(
    first: tuple[Path, matchcut.Rendered], old: str, new: str, made: tuple[str, ...]
) -> None:
    film, _ = first
    film.write_text(FILM.replace(old, new), encoding="utf-8")
    try:
        assert rehearse(film).made == made
    finally:
        film.write_text(FILM, encoding="utf-8")
    assert rehearse(film).made == (), "the old takes are still there"


def test_a_swapped_still_is_seen_by_its_bytes(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    rehearse(film)
    art = tmp_path / "art"
    (art / "c.png").write_bytes((art / "b.png").read_bytes())
    assert rehearse(film).made == ("six",)
    (art / "b.png").write_bytes((art / "a.png").read_bytes())
    assert rehearse(film).made == ("four", "five"), "the bridge lands on another picture"


def test_a_slate_is_burnt_into_the_film_and_into_no_take(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    rendered = rehearse(film)
    bare = matchcut.assemble(rendered)
    pictures = [frame_at(bare.film, 30).pixels.astype(int), frame_at(bare.film, 31).pixels]
    slated = matchcut.assemble(rendered, slate=True)
    assert slated.new
    assert rehearse(film).made == ()
    stamped = frame_at(slated.film, 30).pixels.astype(int)
    changed = np.argwhere(abs(stamped - pictures[0]).max(axis=2) > 60)
    assert len(changed) > 40
    assert changed[:, 0].min() > 70, "only the lower left corner is written on"
    assert changed[:, 1].max() < 150
    assert not matchcut.assemble(rendered, slate=True).new
    assert matchcut.assemble(rendered).new


def test_a_clip_that_is_lost_from_the_store_is_made_again(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    rendered = rehearse(film)
    hashes = frame_hashes(rendered.shots[5].clip)
    rendered.shots[5].clip.unlink()
    again = rehearse(film)
    assert again.made == ("six",)
    assert frame_hashes(again.shots[5].clip) == hashes


def test_own_footage_is_shown_as_it_is_and_chained_from(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    footage = rehearse(film).shots[0].clip
    (tmp_path / "footage.mp4").write_bytes(footage.read_bytes())
    film.write_text(
        """
title: Footage
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: own, clip: footage.mp4, use: [0.5, 2]}
  - {id: on, prompt: it goes on}
""",
        encoding="utf-8",
    )
    rendered = rehearse(film)
    assert rendered.made == ("on",)
    own, on = rendered.shots
    assert own.kept == (12, 47)
    assert own.take.provider == "footage"
    wanted = frame_at(own.clip, 47).pixels.astype(int)
    assert abs(frame_at(on.clip, 0).pixels.astype(int) - wanted).mean() < 2


def test_footage_that_is_cut_for_the_measures_is_had_back_by_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(
        tmp_path,
        """
title: Footage
canvas: {width: 480, height: 272, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: own, clip: footage.mp4}
  - {id: on, prompt: it goes on}
""",
    )
    whole = scene()
    last = len(whole) - 1
    tail = [damaged(Defect.MOTION, 2, whole, index, 5) for index in range(last - 3, last + 1)]
    frames = [*whole[: last - 3], *tail]
    write_clip(tmp_path / "footage.mp4", frames, rate=Fraction(24), quality=Quality.TAKE)
    monkeypatch.chdir(tmp_path)
    assert main(["rehearse", film.name]) == 0
    said = capsys.readouterr().out
    (line,) = (line for line in said.splitlines() if line.startswith("  own ends at frame"))
    assert f"and not {last} for " in line
    assert line.endswith(f" s earlier; `matchcut step own.out {last}` shows all of it")
    assert main(line.split("`")[1].split()[1:]) == 0
    assert main(["rehearse", film.name]) == 0
    assert "own ends at frame" not in capsys.readouterr().out
    assert rehearse(film).shots[0].kept == (0, last)


def test_a_continued_clip_is_handed_over_cut_at_its_out_frame(tmp_path: Path) -> None:
    film = write_film(
        tmp_path,
        """
title: On
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/wan/v2.7/image-to-video, duration: 2, resolution: 720p}
shots:
  - {id: a, start: art/a.png, prompt: x, camera: pan right, use: [0, 1]}
  - {id: b, join: continue, prompt: x}
""",
    )
    a, b = rehearse(film).shots
    assert a.kept == (0, 23)
    before, at, after = (frame_at(a.clip, n).pixels.astype(int) for n in (22, 23, 47))
    entry = frame_at(b.clip, 0).pixels.astype(int)
    step = abs(at - before).mean()
    assert abs(entry - at).mean() < 3 * step
    assert abs(entry - after).mean() > 3 * step


def test_events_tell_each_shot_from_begin_to_end(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    told: list[Event] = []
    project = matchcut.load(film)
    matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal(), told.append)
    states = [e.state for e in told if isinstance(e, ShotEvent) and e.shot == "four"]
    assert list(dict.fromkeys(states)) == [State.ANCHORS, State.RENDERING, State.DONE]
    shares = [e.share for e in told if isinstance(e, ShotEvent) and e.shot == "four"]
    assert shares[:-1] == sorted(shares[:-1])
    assert max(shares) == 1.0


def test_it_can_be_called_where_a_loop_is_running(tmp_path: Path) -> None:
    film = write_film(tmp_path)

    async def inside() -> matchcut.Rendered:
        return rehearse(film)

    assert len(asyncio.run(inside()).made) == 6


def test_a_film_with_mistakes_is_refused(tmp_path: Path) -> None:
    film = write_film(tmp_path, FILM.replace("the sea", "'{nobody}'"))
    with pytest.raises(matchcut.FindingsError) as caught:
        rehearse(film)
    assert [finding.id for finding in caught.value.findings if finding.severity == "error"] == [
        "cast.unknown"
    ]
    assert not (tmp_path / ".matchcut").exists()
