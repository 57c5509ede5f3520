"""Why a take is stale, in words; and a plan that is applied as it was agreed to, or not at all."""

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import matchcut
from hostile import HostileFal
from matchcut.cli.main import main
from matchcut.errors import Code, Exit, MatchcutError
from matchcut.render.decide import approve, reject, replace_still, step
from matchcut.render.hand import at_hand
from matchcut.render.providers.protocol import Job
from matchcut.render.staleness import State
from matchcut.store.folder import StateFolder
from render.paying import User, drawn, said, write
from render.tiny_maker import OTHER, TinyMaker, write_contracts
from small import picture, write_film

FILM = """
title: Tiny
anchor: auto
correct_drift: false
canvas: {width: 96, height: 64, fps: 24}
defaults: {endpoint: test/tiny/one, duration: 1}
shots:
  - {id: rooftop, hero: true, start: art/a.png, prompt: over the roofs, seed: 42}
  - {id: descent, prompt: down the stairs}
  - {id: street, prompt: into the street}
  - {id: sea, join: cut, start: art/c.png, prompt: the sea}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film that was made, of clips that cost little."""
    place = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATCHCUT_HOME", str(place / "home"))
        write_contracts()
        make(write_film(place / "film", FILM))
    return place


@pytest.fixture
def film(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("MATCHCUT_HOME", str(tmp_path / "home"))
    return tmp_path / "film" / "film.yaml"


def make(file: Path, **more: Any) -> tuple[str, ...]:
    project = matchcut.load(file)
    return matchcut.render(project, matchcut.plan(project), TinyMaker(), **more).made


def stands(file: Path, **more: Any) -> matchcut.Staleness:
    project = matchcut.load(file)
    return matchcut.standing(project, matchcut.plan(project), TinyMaker(), **more)


def causes(file: Path) -> dict[str, str]:
    return {one.shot: "; ".join(one.causes) for one in stands(file).to_make}


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


DESCENT = "its start anchor came from rooftop take 1, and `rooftop` is to be made"
STREET = "its start anchor came from descent take 1, and `descent` is to be made"


def test_a_film_that_was_never_made_is_missing_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCHCUT_HOME", str(tmp_path / "home"))
    write_contracts()
    file = write_film(tmp_path / "film", FILM)
    found = stands(file)
    assert {one.state for one in found.shots} == {State.MISSING}
    assert not (file.parent / ".matchcut").exists()


def test_every_edit_has_its_cause(film: Path) -> None:
    """Each by itself; the file is put back in between, and then nothing is to do."""
    cases: list[tuple[str, str, dict[str, str]]] = [
        ("into the street", "into the yard", {"street": "prompt changed"}),
        (
            "seed: 42",
            "seed: 43",
            {"rooftop": "seed 42 -> 43", "descent": DESCENT, "street": STREET},
        ),
        (
            "stairs}",
            f"stairs, endpoint: {OTHER}}}",
            {"descent": f"endpoint test/tiny/one -> {OTHER}", "street": STREET},
        ),
        ("art/c.png", "art/b.png", {"sea": "still art/c.png -> art/b.png"}),
        (
            "join: cut, start: art/c.png",
            "join: match",
            {"sea": "its start anchor is `street.out` now, and was a picture"},
        ),
        (
            "street, prompt: into",
            "street, join: cut, start: art/a.png, prompt: into",
            {"street": "its start anchor is the still art/a.png now, and was a frame"},
        ),
        (
            "down the stairs}",
            "down the stairs, use: [0, 0.5]}",
            {"street": "its start anchor moved from frame 23 to 11"},
        ),
        (
            "the sea}",
            "the sea, duration: 2}",
            {"sea": "duration 1 -> 2"},
        ),
        ("title: Tiny", "title: Tinier # and a comment", {}),
        ("id: street", "id: road", {}),
    ]
    for old, new, expected in cases:
        edit(film, old, new)
        assert causes(film) == expected, new
        edit(film, new, old)
        assert causes(film) == {}, f"put back: {new}"


def test_a_still_that_was_swapped_is_named(film: Path) -> None:
    cv2.imwrite(str(film.parent / "art" / "c.png"), picture(77))
    assert causes(film) == {"sea": "still art/c.png changed"}


def test_decisions_are_causes(film: Path) -> None:
    project = matchcut.load(film)
    step(project, "descent.out", 20)
    assert causes(film) == {"street": "its start anchor moved from frame 23 to 20"}
    assert make(film) == ("street",)
    reject(project, "rooftop@7", "a sixth finger")
    assert causes(film) == {
        "rooftop": "take 1 was rejected at frame 7: a sixth finger",
        "descent": "its start anchor came from rooftop take 1, which was rejected",
        "street": STREET,
    }
    assert make(film) == ("rooftop", "descent", "street")


def test_a_replaced_anchor_is_a_cause(film: Path) -> None:
    project = matchcut.load(film)
    better = film.parent / "better.png"
    cv2.imwrite(str(better), np.full((64, 96, 3), 90, np.uint8))
    replace_still(project, "descent.out", better)
    said_ = "its start anchor is a person's picture now, in place of frame 23"
    assert causes(film) == {"street": said_}
    assert make(film) == ("street",)
    step(project, "descent.out", 23)
    assert causes(film) == {}, "what was made from the frame itself is there still"
    assert make(film) == ()


def test_a_defect_is_recorded_at_its_frame(film: Path) -> None:
    project = matchcut.load(film)
    assert "at frame 22" in reject(project, "descent@-2", "it flickers")
    with at_hand(project) as hand:
        (claim,) = hand.ledger.of_shot(hand.film, "descent")
        assert claim.state.value == "rejected"
    for name in ("street@24", "street@-25", "street@x"):
        with pytest.raises(MatchcutError) as caught:
            reject(project, name, "no such frame")
        assert caught.value.code is Code.USAGE
        assert "0 to 23" in caught.value.fix
    assert {one.shot for one in stands(film).to_make} == {"descent", "street"}


def test_contracts_that_say_another_price_or_comment_change_nothing(film: Path) -> None:
    before = [one.kept for one in stands(film).shots]
    write_contracts(usd="9.99", comment=", and read again")
    assert [one.kept for one in stands(film).shots] == before
    assert make(film) == ()


def test_a_shot_taken_for_rejected_says_what_would_go_with_it(film: Path) -> None:
    found = stands(film, without=frozenset({"descent"}))
    assert [one.shot for one in found.to_make] == ["descent", "street"]
    assert causes(film) == {}, "nothing was rejected"


# Plan, then apply.


def agreed(file: Path) -> Path:
    project = matchcut.load(file)
    place = file.with_suffix(".plan")
    matchcut.save_plan(project, matchcut.plan(project), place, TinyMaker())
    return place


def apply(place: Path) -> tuple[str, ...]:
    read = matchcut.read_plan(place)
    return make(read.film, agreed=read)


def test_a_plan_is_done_and_then_there_is_nothing_to_do(film: Path) -> None:
    edit(film, "into the street", "into the yard")
    place = agreed(film)
    assert apply(place) == ("street",)
    assert apply(place) == (), "a plan that was begun is gone on with"


def _swap_still(film: Path) -> None:
    cv2.imwrite(str(film.parent / "art" / "c.png"), picture(77))


STALE: list[tuple[str, Callable[[Path], object], str]] = [
    ("prompt", lambda film: edit(film, "the sea", "the lake"), "sea: prompt changed"),
    ("still", _swap_still, "art/c.png changed"),
    (
        "anchor",
        lambda film: step(matchcut.load(film), "rooftop.out", 20),
        "rooftop shows frames 0 to 20 now, and not 0 to 23",
    ),
    (
        "rejected",
        lambda film: reject(matchcut.load(film), "descent", "blurred"),
        "descent was to be kept, and is to be made: take 1 was rejected: blurred",
    ),
    ("appeared", make, "take 2 of street has appeared since"),
    ("title", lambda film: edit(film, "title: Tiny", "title: T"), "the film's title changed"),
    ("removed", lambda film: edit(film, FILM.splitlines()[-1], ""), "sea is not in the film any"),
    ("renamed", lambda film: edit(film, "id: sea", "id: ocean"), "ocean is new in the film"),
]


@pytest.mark.parametrize(
    ("change", "reason"), [row[1:] for row in STALE], ids=[row[0] for row in STALE]
)
def test_a_plan_that_is_stale_is_refused_with_the_reason(
    film: Path, change: Callable[[Path], object], reason: str
) -> None:
    edit(film, "into the street", "into the yard")
    place = agreed(film)
    change(film)
    before = set(film.parent.rglob("*.mp4"))
    with pytest.raises(MatchcutError) as caught:
        apply(place)
    assert caught.value.code is Code.PLAN_STALE
    assert caught.value.exit is Exit.STALE_PLAN
    assert reason in caught.value.message
    assert set(film.parent.rglob("*.mp4")) == before, "nothing was made"


def test_a_film_that_a_run_holds_can_be_looked_at(film: Path) -> None:
    edit(film, "into the street", "into the yard")
    with StateFolder(film.parent).held():
        assert causes(film) == {"street": "prompt changed"}


class Faltering(TinyMaker):
    """Breaks down at one shot."""

    async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        if job.shot == "street":
            raise MatchcutError(Code.PROVIDER_FAILED, "it broke down", where=job.shot)
        await super().make(job, clip, progress)


def test_a_plan_that_was_broken_off_is_gone_on_with(film: Path) -> None:
    edit(film, "down the stairs", "up the stairs")
    edit(film, "the sea", "the lake")
    read = matchcut.read_plan(agreed(film))
    project = matchcut.load(film)
    with pytest.raises(matchcut.RenderError):
        matchcut.render(project, matchcut.plan(project), Faltering(), agreed=read)
    assert list(causes(film)) == ["street"]
    assert make(film, agreed=read) == ("street",)


def test_an_approval_is_no_other_plan_and_a_gate_is_waited_for(film: Path) -> None:
    edit(film, "anchor: auto", "anchor: review")
    edit(film, "into the street", "into the yard")
    (street,) = stands(film).to_make
    assert street.waits == ("descent.out",)
    place = agreed(film)
    with pytest.raises(matchcut.RenderError) as caught:
        apply(place)
    assert caught.value.code is Code.GATE_WAITS
    approve(matchcut.load(film), "descent.out")
    assert apply(place) == ("street",)


def test_a_take_of_the_plan_that_is_rejected_ends_it(film: Path) -> None:
    edit(film, "into the street", "into the yard")
    place = agreed(film)
    assert apply(place) == ("street",)
    reject(matchcut.load(film), "street", "blurred")
    with pytest.raises(MatchcutError, match="take 2 of street was rejected"):
        apply(place)


BROKEN: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("another version", lambda plan: {**plan, "matchcut_plan": 2}, "matchcut_plan"),
    ("no film", lambda plan: {**plan, "film": ""}, "relative path"),
    ("elsewhere", lambda plan: {**plan, "film": "/etc/film.yaml"}, "relative path"),
    ("more", lambda plan: {**plan, "run": "rm"}, "run"),
    ("a list", lambda _plan: [], "plan"),
    ("cheap", lambda plan: _total(plan, "0"), "not the sum"),
    ("nan", lambda plan: _total(plan, "NaN"), "finite"),
    ("below nothing", lambda plan: _total(plan, "-1"), "no money"),
    ("a word", lambda plan: {**plan, "by": "fal"}, "by"),
]


def _total(plan: dict[str, Any], usd: str) -> dict[str, Any]:
    section = {**plan["by"]["tiny"], "total_usd": usd}
    section["make"] = {"sea": {"inputs": "", "price_usd": "5", "why": []}}
    return {**plan, "by": {"tiny": section}}


def test_a_broken_plan_says_so(film: Path) -> None:
    place = agreed(film)
    whole = json.loads(place.read_text("utf-8"))
    for name, spoil, says in BROKEN:
        place.write_text(json.dumps(spoil(whole)), encoding="utf-8")
        with pytest.raises(MatchcutError) as caught:
            matchcut.read_plan(place)
        assert caught.value.code is Code.PLAN_BROKEN, name
        assert says in caught.value.message, name
    for data in (b"", b"\xff\xfe", b"[" * 100_000, b'{"matchcut_plan": 1'):
        place.write_bytes(data)
        with pytest.raises(MatchcutError) as caught:
            matchcut.read_plan(place)
        assert caught.value.code is Code.PLAN_BROKEN


def test_a_plan_of_another_provider_is_not_applied(film: Path) -> None:
    place = agreed(film)
    assert main(["rehearse", str(place)]) == Exit.FINDINGS


# The same where it costs money.

PAID = """
title: Money
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, join: cut, start: art/a.png, prompt: somebody walks, camera: push in}
  - {id: two, prompt: somebody turns, camera: pan right}
"""


def test_a_paid_plan_is_applied_for_its_money_and_refused_once_a_price_rises(
    fal: HostileFal, tmp_path: Path
) -> None:
    user = User(film=write(tmp_path / "film", PAID, **drawn("a")), environment=fal.environment)
    assert user.run("plan", "film.yaml", "--check").returncode == Exit.STALE_PLAN
    done = user.run("plan", "film.yaml", "-o", "film.plan")
    assert done.returncode == 0, said(done)
    dearer = tmp_path / "film" / "home" / "endpoints" / "kling.toml"
    shipped = Path(matchcut.__file__).parent / "endpoints" / "contracts"
    text = (shipped / "kling-v3-pro-image-to-video.toml").read_text("utf-8")
    dearer.parent.mkdir(parents=True)
    dearer.write_text(
        text.replace('usd = "0.224"', 'usd = "0.225"').partition("[[examples]]")[0], "utf-8"
    )
    done = user.run("render", "film.plan", "--yes")
    assert done.returncode == Exit.STALE_PLAN, said(done)
    assert "the price of one rose from 0.672 to 0.675 USD" in done.stderr
    assert not fal.accepted
    dearer.unlink()
    done = user.run("render", "film.plan", "--yes", "--price", "one=1")
    assert done.returncode == Exit.USAGE
    done = user.run("render", "film.plan", "--yes")
    assert done.returncode == 0, said(done)
    assert len(fal.accepted) == 2
    done = user.run("plan", "film.yaml", "--check", "--json")
    assert done.returncode == 0, said(done)
    assert {shot["state"] for shot in json.loads(done.stdout)["shots"]} == {"kept"}
    done = user.run("reject", "one@10", "--why", "a sixth finger", "--json")
    (stale,) = json.loads(done.stdout)["stale"]
    assert stale["total_usd"] == "1.344"
    assert [shot["shot"] for shot in stale["shots"]] == ["one", "two"]
    done = user.run("render", "film.plan", "--yes")
    assert done.returncode == Exit.STALE_PLAN
    assert "take 1 of one was rejected" in done.stderr
    done = user.run("render", "film.yaml")
    assert done.returncode == Exit.BUDGET
    assert "one: 0.672 USD, take 1 was rejected at frame 10: a sixth finger" in done.stderr
    assert len(fal.accepted) == 2, "nothing was paid"
    assert Decimal(user.ledger()["counted_usd"]) == Decimal("1.344")
