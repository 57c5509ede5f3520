"""Pause, resume, cancel and retry: heard by a run that is under way, and kept by none."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import matchcut
from hostile import Fault, HostileFal
from matchcut.render.attempt import Attempt, AttemptState, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.control import cancel, pause, resume, retry
from matchcut.render.database import Database
from matchcut.render.ledger import Claim, Ledger, Take, TakeState
from matchcut.render.paid import Patience
from matchcut.render.providers.fal import cancel as fal_cancel
from matchcut.render.providers.fal.watch import Pace
from matchcut.render.resolve import WayOn, resolve_shot
from matchcut.render.waiting import waiting_takes
from matchcut.store.folder import StateFolder
from render.paying import COMMAND, User, drawn, said, write

HEAD = """
title: Control
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
"""
ONE = "  - {id: one, join: cut, start: art/a.png, prompt: somebody walks, camera: push in}\n"
TWO = "  - {id: two, join: cut, start: art/b.png, prompt: somebody turns, camera: pan right}\n"
USD = Decimal("0.672")
QUICK = Patience(retry=1.0, search=1.5, first_pause=0.1, longest_pause=0.5)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write(tmp_path / "film", HEAD + ONE + TWO, **drawn("a", "b"))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fal_cancel, "_LOOK_SECONDS", 1.0)
    monkeypatch.setattr(fal_cancel, "_PAUSE_SECONDS", 0.05)


def render(
    film: Path, *, at_once: int = 1, wait: float = 60.0, patience: Patience = QUICK
) -> dict[str, str]:
    """Render in this process; `done` by shot, or what stopped it."""
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    fal = matchcut.Fal(at_once=at_once, pace=Pace(first_pause=0.1, longest_pause=0.3, wait=wait))
    try:
        matchcut.render(project, plan, fal, patience=patience, max_usd=Decimal(100))
    except matchcut.RenderError as error:
        failed = {shot: own.code.value for shot, own in error.failed.items()}
        return {shot.id: failed.get(shot.id, "done") for shot in plan.shots}
    return {shot.id: "done" for shot in plan.shots}


@contextmanager
def rendering(film: Path, **how: Any) -> Iterator[dict[str, str]]:
    """A render at work beside the test; what it came to stands in the dictionary afterwards."""
    came: dict[str, str] = {}
    thread = threading.Thread(target=lambda: came.update(render(film, **how)))
    thread.start()
    try:
        yield came
    finally:
        thread.join(120)
        assert not thread.is_alive()


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


@contextmanager
def records(film: Path) -> Iterator[tuple[Ledger, Attempts]]:
    database = Database(film.parent / ".matchcut" / "state.sqlite")
    try:
        yield Ledger(database), Attempts(database)
    finally:
        database.close()


def takes(film: Path) -> dict[tuple[str, int], TakeState]:
    with records(film) as (ledger, _):
        return {(one.shot, one.number): one.state for one in ledger.all(film.name)}


def attempts(film: Path) -> dict[str, Attempt]:
    """The latest attempt of each shot."""
    if not StateFolder(film.parent).database.exists():
        return {}
    with records(film) as (_, known):
        return {one.key.shot: one for one in known.all(film.name)}


def accepted(film: Path, shot: str) -> bool:
    known = attempts(film)
    return shot in known and known[shot].state is AttemptState.ACCEPTED


# A pause.


def test_a_paused_run_ends_what_is_under_way_and_begins_nothing(
    fal: HostileFal, film: Path
) -> None:
    with rendering(film) as came, fal.held():
        until(lambda: accepted(film, "one"))
        assert "the run that is at work" in pause(matchcut.load(film))
    assert came == {"one": "done", "two": "film.paused"}
    assert len(fal.accepted) == 1, "what was under way is kept, and nothing else was sent"
    done = User(film=film, environment=fal.environment).render("--yes")
    assert done.returncode == 9, said(done)
    assert "the film is paused since" in done.stderr
    assert "`matchcut resume`" in done.stderr
    assert len(fal.accepted) == 1
    assert "already" in pause(matchcut.load(film))
    resume(matchcut.load(film))
    assert "was not paused" in resume(matchcut.load(film))
    assert render(film) == {"one": "done", "two": "done"}
    assert len(fal.accepted) == 2


def test_a_render_that_is_paused_says_so_and_leaves(fal: HostileFal, film: Path) -> None:
    user = User(film=film, environment=fal.environment)
    with subprocess.Popen(
        [*COMMAND, "render", film.name, "--yes", "--at-once", "1"],
        cwd=user.folder,
        env=user.shell,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        with fal.held():
            until(lambda: accepted(film, "one"))
            paused = user.run("pause", film.name)
            assert paused.returncode == 0, said(paused)
        _, told = running.communicate(timeout=120)
    assert running.returncode == 9, told
    assert told.count("the film is paused since") == 2, "where it happens, and at the end"
    assert "could not be made" not in told
    shown = user.run("status", film.name)
    assert "1 done, 1 not begun." in shown.stdout
    assert "Paused since" in shown.stdout


def test_a_paused_film_is_rehearsed_all_the_same(fal: HostileFal, film: Path) -> None:
    project = matchcut.load(film)
    matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())
    pause(project)
    film.write_text(film.read_text("utf-8").replace("walks", "runs"), encoding="utf-8")
    project = matchcut.load(film)
    assert matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal()).made
    with pytest.raises(matchcut.MatchcutError) as caught:
        render(film)
    assert caught.value.code is matchcut.Code.FILM_PAUSED
    assert not fal.submissions


# Cancelling.


def test_what_is_in_the_queue_is_called_off_and_costs_nothing(fal: HostileFal, film: Path) -> None:
    with rendering(film) as came, fal.held():
        until(lambda: accepted(film, "one"))
        (one,) = cancel(matchcut.load(film), matchcut.Fal(), "one")
        assert one.came == "not begun"
        assert "is not billed" in one.said
    assert came == {"one": "shot.cancelled", "two": "done"}, "the run sees it, and goes on"
    assert fal.order(fal.accepted[0].request_id).cancelled
    assert attempts(film)["one"].counted_usd == 0
    assert takes(film)["one", 1] is TakeState.CANCELLED
    assert render(film) == {"one": "shot.cancelled", "two": "done"}
    assert len(fal.accepted) == 2, "it is not sent again by itself"
    retry(matchcut.load(film), "fal", "one")
    assert render(film) == {"one": "done", "two": "done"}
    assert len(fal.accepted) == 3
    assert takes(film)["one", 2] is TakeState.DONE


def test_what_has_begun_may_be_billed_and_is_not_revived(fal: HostileFal, film: Path) -> None:
    fal.pace = 60.0
    with rendering(film) as came:
        until(lambda: accepted(film, "one"))
        until(lambda: fal.order(fal.accepted[0].request_id).started_at is not None)
        (one,) = cancel(matchcut.load(film), matchcut.Fal(), "one")
        assert one.came == "asked"
        assert f"counts {USD} USD" in one.said
        fal.pace = 0.0
    assert came == {"one": "shot.cancelled", "two": "done"}
    assert attempts(film)["one"].error_type == "client_cancelled"
    assert attempts(film)["one"].counted_usd == USD


def test_what_had_ended_before_is_taken_in(fal: HostileFal, film: Path) -> None:
    assert render(film, wait=0.05)["one"] in ("provider.slow", "done")
    fal.wait_done(fal.accepted[0].request_id)
    known = attempts(film)["one"]
    if known.state is AttemptState.ACCEPTED:
        (one,) = cancel(matchcut.load(film), matchcut.Fal(), "one")
        assert one.came == "over"
        assert "the next render takes it in" in one.said
    assert render(film) == {"one": "done", "two": "done"}
    assert len(fal.accepted) == 2


def test_a_whole_film_is_paused_and_all_of_it_called_off(fal: HostileFal, film: Path) -> None:
    user = User(film=film, environment=fal.environment)
    with rendering(film, at_once=2) as came, fal.held():
        until(lambda: accepted(film, "one") and accepted(film, "two"))
        done = user.run("cancel", "--film", film.name)
        assert done.returncode == 0, said(done)
        assert "`one` is cancelled" in done.stdout
        assert "`two` is cancelled" in done.stdout
    assert set(came.values()) == {"shot.cancelled"}
    assert all(one.counted_usd == 0 for one in attempts(film).values())
    assert user.render("--yes").returncode == 9
    again = user.run("retry", "--film", film.name)
    assert again.returncode == 0, said(again)
    assert user.run("resume", film.name).returncode == 0
    assert render(film, at_once=2) == {"one": "done", "two": "done"}


def test_what_waits_to_be_sent_again_is_not_sent(fal: HostileFal, film: Path) -> None:
    fal.inject(Fault.TOO_MANY_REQUESTS, times=None)
    with rendering(film, patience=replace(QUICK, retry=60.0)) as came:
        until(lambda: "one" in attempts(film))
        until(lambda: cancel(matchcut.load(film), matchcut.Fal(), "one")[0].came == "not sent")
        fal.faults.clear()
    assert came == {"one": "shot.cancelled", "two": "done"}
    (sent,) = fal.accepted
    assert "turns" in sent.input["prompt"]
    assert attempts(film)["one"].counted_usd == 0


def test_shutting_down_cancels_nothing(fal: HostileFal, film: Path) -> None:
    with fal.held():
        assert render(film, wait=0.5)["one"] == "provider.slow"
    assert not [call for call in fal.calls if call.method == "PUT" and "cancel" in call.path]
    assert render(film) == {"one": "done", "two": "done"}
    assert len(fal.accepted) == 2


def test_what_is_unknown_cannot_be_called_off_and_is_not_retried(
    fal: HostileFal, film: Path
) -> None:
    fal.inject(Fault.DROP_AFTER_ACCEPT)
    fal.inject(Fault.PLATFORM_500, times=None)
    assert render(film)["one"] == "submission.unknown"
    project = matchcut.load(film)
    (one,) = cancel(project, matchcut.Fal(), "one")
    assert one.error is not None
    assert one.error.code is matchcut.Code.SUBMISSION_UNKNOWN
    assert "--adopt" in one.error.fix
    with pytest.raises(matchcut.MatchcutError) as caught:
        retry(project, "fal", "one")
    assert "matchcut resolve one" in caught.value.fix


@pytest.mark.parametrize(
    ("verb", "shot", "code"),
    [
        ("retry", "one", "resolve.nothing"),
        ("retry", None, "resolve.nothing"),
        ("cancel", "one", "resolve.nothing"),
        ("cancel", "onee", "shot.unknown"),
        ("retry", "onee", "shot.unknown"),
    ],
)
def test_where_there_is_nothing_to_do_it_is_said(
    fal: HostileFal, film: Path, verb: str, shot: str | None, code: str
) -> None:
    assert render(film) == {"one": "done", "two": "done"}
    sent = len(fal.calls)
    project = matchcut.load(film)
    with pytest.raises(matchcut.MatchcutError) as caught:
        {
            "retry": lambda: retry(project, "fal", shot),
            "cancel": lambda: cancel(project, matchcut.Fal(), shot),
        }[verb]()
    assert len(fal.calls) == sent
    assert caught.value.code.value == code
    assert caught.value.fix


# What comes late revives nothing.


@pytest.fixture
def claimed(tmp_path: Path) -> Iterator[tuple[Ledger, Ledger, Claim]]:
    """A take that is on its way, and the ledger as two processes know it."""
    first, second = (Database(tmp_path / "state.sqlite") for _ in range(2))
    claim = Ledger(first).claim(
        "film.yaml", "one", "i" * 64, provider="fal", request={}, expects=None, paid=True
    )
    yield Ledger(first), Ledger(second), claim
    first.close()
    second.close()


def clip(claim: Claim) -> Take:
    return Take(
        shot="one",
        number=claim.number,
        provider="fal",
        inputs=claim.inputs,
        clip="c" * 64,
        frames=72,
        rate=Fraction(24),
        cost_usd=USD,
    )


@pytest.mark.parametrize("word", [TakeState.REJECTED, TakeState.CANCELLED])
@pytest.mark.parametrize("late", ["a clip", "an odd clip", "a failure"])
def test_a_late_word_of_the_provider_revives_nothing(
    claimed: tuple[Ledger, Ledger, Claim], word: TakeState, late: str
) -> None:
    mine, other, claim = claimed
    mine.decide("film.yaml", "one", claim.number, word)
    if late == "a failure":
        other.fail("film.yaml", "one", claim.number, standing="no")
        assert mine.state("film.yaml", "one", 1) is word
        return
    stands = other.finish("film.yaml", clip(claim), unfit="black" if "odd" in late else "")
    assert stands is word
    (known,) = mine.all("film.yaml")
    assert known.state is word
    assert known.clip == "c" * 64, "its clip stays on record"
    assert known.cost_usd == USD, "and so does its money"
    assert mine.finished("film.yaml", "one", claim.inputs) is None


def test_a_cancelled_clip_that_comes_after_the_run_is_kept_and_not_used(
    fal: HostileFal, film: Path
) -> None:
    with fal.held():
        assert render(film, wait=0.5)["one"] == "provider.slow"
        with records(film) as (ledger, _):
            ledger.decide(film.name, "one", 1, TakeState.CANCELLED)
    fal.wait_done(fal.accepted[0].request_id)
    assert render(film) == {"one": "shot.cancelled", "two": "done"}
    assert attempts(film)["one"].state is AttemptState.DONE, "it is fetched, since it is paid"
    assert takes(film)["one", 1] is TakeState.CANCELLED
    (one,) = waiting_takes(matchcut.load(film))
    assert "its clip has come all the same" in one.why
    assert "`matchcut resolve one --take 1 --accept`" in one.ways
    resolve_shot(matchcut.load(film), "one", WayOn.ACCEPT, matchcut.Fal(), number=1)
    assert render(film) == {"one": "done", "two": "done"}
    assert len(fal.accepted) == 2, "nothing was paid twice"


def test_a_word_on_what_is_over_by_now_is_refused(claimed: tuple[Ledger, Ledger, Claim]) -> None:
    mine, other, claim = claimed
    other.finish("film.yaml", clip(claim))
    with pytest.raises(matchcut.MatchcutError) as caught:
        mine.decide("film.yaml", "one", claim.number, TakeState.CANCELLED)
    assert caught.value.code is matchcut.Code.DECISION_STALE
    assert mine.state("film.yaml", "one", 1) is TakeState.DONE
    mine.decide("film.yaml", "one", claim.number, TakeState.REJECTED)
    other.fail("film.yaml", "one", claim.number)
    assert mine.state("film.yaml", "one", 1) is TakeState.REJECTED


def test_a_take_that_is_rejected_on_its_way_stays_so(fal: HostileFal, film: Path) -> None:
    with rendering(film) as came, fal.held():
        until(lambda: accepted(film, "one"))
        with records(film) as (ledger, _):
            ledger.decide(film.name, "one", 1, TakeState.REJECTED)
    assert came == {"one": "decision.stale", "two": "done"}
    assert takes(film)["one", 1] is TakeState.REJECTED
    with records(film) as (ledger, known):
        take, _ = ledger.take(film.name, "one", 1) or pytest.fail("its clip is lost")
        assert take.cost_usd == USD
        assert known.latest(TakeKey(film=film.name, shot="one", take=1)) is not None
    assert StateFolder(film.parent).media.path(take.clip, ".mp4").is_file()
    resolve_shot(matchcut.load(film), "one", WayOn.ACCEPT, matchcut.Fal(), number=1)
    assert render(film) == {"one": "done", "two": "done"}
    assert len(fal.accepted) == 2


def test_a_second_run_is_told_of_the_first(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    with folder.held():
        holder = StateFolder(tmp_path).holder()
        assert holder is not None
        assert holder.pid is not None
        with pytest.raises(matchcut.MatchcutError) as caught, StateFolder(tmp_path).held():
            pass
        assert f"process {holder.pid}, since {str(holder.since)[:10]}" in caught.value.message
        assert "matchcut status" in caught.value.fix
    assert StateFolder(tmp_path).holder() is None
