"""Clips that are lost from the store: made again where that is free, and never paid twice."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import matchcut
from hostile import HostileFal
from matchcut.render.providers.fal import fetch
from render.hosted import of_hero, quick, render
from render.tiny import ONE, TINY, rehearse, tiny
from small import frame_hashes


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileFal]:
    quick(monkeypatch)
    monkeypatch.setattr(fetch, "PAUSE", 0.01)
    with HostileFal(tmp_path / "fal") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def alter(clip: Path) -> None:
    """Change what is in the file, and not how much of it."""
    data = bytearray(clip.read_bytes())
    data[len(data) // 2] ^= 0xFF
    clip.write_bytes(data)


def cut_short(clip: Path) -> None:
    os.truncate(clip, clip.stat().st_size // 2)


def remove(clip: Path) -> None:
    clip.unlink()


@pytest.mark.parametrize("harm", [cut_short, remove], ids=lambda harm: harm.__name__)
def test_a_free_take_is_made_again(tmp_path: Path, harm: object) -> None:
    film = tiny(tmp_path)
    first = rehearse(film)
    hashes = [frame_hashes(shot.clip) for shot in first.shots]
    harm(first.shots[0].clip)  # type: ignore[operator]
    again = rehearse(film)
    assert "one" in again.made
    # The second shot's take was made of the same frame: it is as good as it was.
    assert again.shots[1].take == first.shots[1].take
    assert [frame_hashes(shot.clip) for shot in again.shots] == hashes
    aside = list((tmp_path / ".matchcut" / "media").rglob("*.altered"))
    assert len(aside) == (0 if harm is remove else 1)
    assert rehearse(film).made == ()


def test_a_still_that_was_altered_is_taken_again(tmp_path: Path) -> None:
    """The copy of the user's picture, what was cropped out of it, and the frame out of a clip."""
    film = tiny(tmp_path)
    first = rehearse(film)
    stills = list((tmp_path / ".matchcut" / "media").rglob("*.png"))
    assert len(stills) == 3
    for still in stills:
        alter(still)
    assert rehearse(film).made == ()
    film.write_text(TINY.replace("she runs", "she stops"), encoding="utf-8")
    again = rehearse(film)
    assert again.made == ("two",)
    assert again.shots[0].take == first.shots[0].take
    whole = [still for still in stills if still.exists()]
    assert len(whole) == 3, "each lies where it lay, whole"


HOSTED = ONE.replace("she walks", "somebody walks")


@pytest.mark.parametrize("harm", [alter, remove], ids=lambda harm: harm.__name__)
def test_a_paid_take_is_fetched_again_and_never_paid_again(
    tmp_path: Path, fal: HostileFal, harm: object
) -> None:
    film = tiny(tmp_path / "film", HOSTED)
    outcome, rendered = render(film)
    assert (outcome, len(of_hero(fal))) == ("done", 1)
    assert rendered is not None
    clip = rendered.shots[0].clip
    wanted = frame_hashes(clip)
    harm(clip)  # type: ignore[operator]
    outcome, rendered = render(film)
    assert (outcome, len(of_hero(fal))) == ("done", 1)
    assert rendered is not None
    assert frame_hashes(rendered.shots[0].clip) == wanted
    assert render(film)[0] == "done"
    assert len(of_hero(fal)) == 1


def test_a_paid_take_that_is_kept_nowhere_is_asked_of_a_person(
    tmp_path: Path, fal: HostileFal
) -> None:
    film = tiny(tmp_path / "film", HOSTED)
    _, rendered = render(film)
    assert rendered is not None
    alter(rendered.shots[0].clip)
    fal.expire()
    for _ in range(2):
        outcome, _ = render(film)
        assert outcome == matchcut.Code.RESULT_GONE.value
        assert len(of_hero(fal)) == 1, "it is not paid again by itself"
