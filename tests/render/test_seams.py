"""The record of seams: kept once, learnt an endpoint and a size, a provider each."""

from dataclasses import replace
from pathlib import Path

import pytest

from matchcut.inspect.lock import Lock
from matchcut.inspect.seam import Seam
from matchcut.render.database import Database
from matchcut.render.seams import End, Seams


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "state.db")


def end(clip: str, frame: int = 0, endpoint: str | None = "kling", size: str = "64x36") -> End:
    return End(clip=clip, frame=frame, endpoint=endpoint, size=size)


def held(psnr: float, gain: float) -> Lock:
    return Lock(width=64, psnr=psnr, ssim=0.9, gain=(gain,) * 3, offset=(0.0,) * 3)


def seam(head: int | None, psnr: float = 40.0, gain: float = 1.0) -> Seam:
    return Seam(joined=True, head=head, lock=held(psnr, gain))


def test_nothing_is_known_of_an_endpoint_at_first(database: Database) -> None:
    assert Seams(database).habit("fal", "kling", "64x36") is None
    assert Seams(database).habits("fal") == {}


def test_the_median_is_learnt_over_seams(database: Database) -> None:
    seams = Seams(database)
    for n, (head, psnr, gain) in enumerate([(1, 40, 1.01), (2, 30, 1.03), (2, 35, 1.02)]):
        seams.keep(end(f"a{n}", 9), end(f"b{n}", 1), "match", "fal", seam(head, psnr, gain))
    habit = seams.habit("fal", "kling", "64x36")
    assert habit is not None
    assert (habit.seams, habit.head, habit.tail) == (3, 2, None)
    assert habit.lock_psnr == 35
    assert habit.tone == pytest.approx((0.02, 0.02, 0.02))
    assert habit.reach_psnr is None


def test_what_could_not_be_told_teaches_nothing(database: Database) -> None:
    seams = Seams(database)
    seams.keep(end("a"), end("b"), "match", "fal", seam(None))
    habit = seams.habit("fal", "kling", "64x36")
    assert habit is not None
    assert habit.head is None


def test_a_bridge_teaches_what_it_does_at_its_tail(database: Database) -> None:
    seams = Seams(database)
    bridge = Seam(joined=True, tail=2, reach=held(33, 1.0))
    hero = end("b", endpoint="wan")
    seams.keep(end("a"), hero, "match", "fal", bridge)
    habit = seams.habit("fal", "kling", "64x36")
    assert habit is not None
    assert (habit.tail, habit.reach_psnr, habit.head) == (2, 33, None)
    assert seams.habit("fal", "wan", "64x36") is None, "a hero is no copy of what lands on it"


def test_a_seam_between_two_clips_of_one_endpoint_counts_once(database: Database) -> None:
    seams = Seams(database)
    whole = replace(seam(1), tail=2, reach=held(33, 1.0))
    seams.keep(end("a"), end("b"), "match", "fal", whole)
    habit = seams.habit("fal", "kling", "64x36")
    assert habit is not None
    assert (habit.seams, habit.head, habit.tail) == (1, 1, 2)
    assert (habit.lock_psnr, habit.reach_psnr) == (40, 33)
    seams.keep(end("c"), end("d", endpoint="wan"), "match", "fal", replace(whole, tail=None))
    habit = seams.habit("fal", "kling", "64x36")
    assert habit is not None
    assert habit.seams == 2, "one tells of a head and a tail, the other of what it reaches"


def test_endpoints_sizes_and_providers_are_kept_apart(database: Database) -> None:
    seams = Seams(database)
    seams.keep(end("a"), end("b"), "match", "rehearsal", seam(1))
    seams.keep(end("c"), end("d", size="32x18"), "match", "fal", seam(3))
    seams.keep(end("e"), end("f", endpoint="wan"), "match", "fal", seam(0))
    seams.keep(end("g"), end("h", endpoint=None), "cut", "fal", Seam(joined=False))
    assert seams.habit("fal", "kling", "64x36") is None
    found = {key: habit.head for key, habit in seams.habits("fal").items()}
    assert found == {("kling", "32x18"): 3, ("wan", "64x36"): 0}


def test_the_same_ends_measured_again_count_once(database: Database) -> None:
    seams = Seams(database)
    for head in (1, 3):
        seams.keep(end("a", 9), end("b", 1), "match", "fal", seam(head))
    habit = seams.habit("fal", "kling", "64x36")
    assert habit is not None
    assert (habit.seams, habit.head) == (1, 3)
    seams.keep(end("a", 8), end("b", 1), "match", "fal", seam(3))
    habit = seams.habit("fal", "kling", "64x36")
    assert habit is not None
    assert habit.seams == 2, "a clip left at another frame is another seam"


def test_a_row_of_another_version_teaches_nothing_and_stops_nothing(database: Database) -> None:
    seams = Seams(database)
    seams.keep(end("a", 9), end("b", 1), "match", "fal", seam(2))
    seams.keep(end("c", 9), end("d", 1), "match", "fal", seam(1))
    for facts in ("{}", "null", "[1]", '{"joined": true}', "{"):
        with database.transaction() as connection:
            connection.exec_driver_sql(
                "UPDATE matchcut_seam SET facts = ? WHERE before = 'c[9]'", (facts,)
            )
        habit = seams.habit("fal", "kling", "64x36")
        assert habit is not None
        assert (habit.seams, habit.head) == (1, 2)


def test_what_is_shown_is_the_last_word(database: Database) -> None:
    seams = Seams(database)
    assert seams.latest("film.yaml") is None
    seams.show("film.yaml", "rehearsal", [{"shot": "a"}, {"shot": "b"}])
    seams.show("film.yaml", "fal", [{"shot": "c"}])
    seams.show("film.yaml", "rehearsal", [{"shot": "a"}])
    assert seams.shown("film.yaml", "rehearsal") == [{"shot": "a"}]
    assert seams.shown("film.yaml", "fal") == [{"shot": "c"}]
    assert seams.shown("other.yaml", "fal") == []


def test_a_seam_comes_back_as_it_was(database: Database) -> None:
    whole = replace(seam(1), tail=2, sound=(-20.0, -30.0), flags=("seam.gain",))
    seams = Seams(database)
    seams.keep(end("a"), end("b"), "match", "fal", whole)
    seams.show("film.yaml", "fal", [{"seam": whole.to_json()}])
    assert Seam.from_json(seams.shown("film.yaml", "fal")[0]["seam"]) == whole
