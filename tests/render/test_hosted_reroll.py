"""A re-roll that is paid: once for each take, whatever is killed, and nothing else."""

import os
import signal
import subprocess
import time
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import matchcut
from hostile import Fault, HostileFal
from matchcut.errors import MatchcutError
from matchcut.render.attempt import Attempt, AttemptState
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database
from matchcut.render.paid import Patience
from matchcut.render.providers.fal.watch import Pace
from matchcut.render.resolve import WayOn, resolve_shot
from matchcut.render.waiting import waiting_takes
from render.chains import chain, clips_of
from render.killing import LOOK, fal_process
from render.paying import COMMAND, User, drawn, said, write
from small import write_film

QUICK = Pace(first_pause=0.1, longest_pause=0.4, wait=60)
PATIENCE = Patience(retry=20, search=20, first_pause=0.1, longest_pause=0.5)

JOBS = [(1, False), (2, True), (2, False)] if "MATCHCUT_KILLS" in os.environ else [(2, True)]
"""Which job it is killed at, and whether fal lists what has not ended; a soak takes all."""


def rendered(film: Path) -> matchcut.Rendered:
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    return matchcut.render(
        project, plan, matchcut.Fal(pace=QUICK), max_usd=Decimal(100), patience=PATIENCE
    )


def rolled(
    film: Path, ask: matchcut.Ask, usd: str = "100", pace: Pace = QUICK
) -> matchcut.Rerolled:
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    provider = matchcut.Fal(pace=pace)
    return matchcut.reroll(project, plan, provider, ask, max_usd=Decimal(usd), patience=PATIENCE)


@pytest.mark.timeout(600)
def test_the_middle_of_ten_is_paid_for_once_and_nothing_else(
    fal: HostileFal, tmp_path: Path
) -> None:
    film = write_film(tmp_path / "film", chain(10))
    before = clips_of(rendered(film))
    assert len(fal.accepted) == 10

    fal.inject(Fault.DROP_AFTER_ACCEPT)
    rerolled = rolled(film, matchcut.Ask(shot="s5", prompt="she turns and walks on"))
    (take,) = rerolled.takes
    assert rerolled.circled == 2
    assert take.before is not None
    assert take.after is not None
    assert take.before.flags == take.after.flags == ()
    job = fal.accepted[10]
    assert {"start_image_url", "end_image_url"} <= set(job.input)

    again = rendered(film)
    assert again.made == ()
    after = clips_of(again)
    assert [shot for shot in before if after[shot] != before[shot]] == ["s5"]
    assert len(fal.accepted) == 11
    assert all(not one.seam.flags for one in matchcut.assemble(again).shown if one.seam)


SHORT = chain(3)


def test_what_it_may_cost_is_held_to(fal: HostileFal, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film", SHORT)
    rendered(film)
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    ask = matchcut.Ask(shot="s2", takes=3)
    quote = matchcut.quote_reroll(project, plan, matchcut.Fal(), ask).quote
    assert quote.total_usd == Decimal("2.016")
    assert list(quote.prices) == ["s2, take 1", "s2, take 2", "s2, take 3"]

    with pytest.raises(matchcut.RenderError) as caught:
        rolled(film, ask, usd="1.40")
    assert {error.code.value for error in caught.value.failed.values()} == {"budget.over"}
    assert len(fal.accepted) == 3 + 2
    left = matchcut.quote_reroll(project, plan, matchcut.Fal(), ask).quote
    assert left.total_usd == Decimal("0.672"), "two are there, and not paid again"
    assert len(rolled(film, ask).takes) == 3
    assert len(fal.accepted) == 3 + 3
    assert rendered(film).made == ()
    with pytest.raises(MatchcutError) as unlimited:
        matchcut.reroll(project, plan, matchcut.Fal(), ask)
    assert unlimited.value.code.value == "spending.unconfirmed"


def test_a_take_that_is_refused_is_not_sent_again(fal: HostileFal, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film", SHORT)
    rendered(film)
    fal.inject(Fault.MODERATED, times=1)
    ask = matchcut.Ask(shot="s2", prompt="she does what is not allowed")
    for _ in range(2):
        with pytest.raises(MatchcutError) as caught:
            rolled(film, ask)
        assert caught.value.code.value == "provider.refused"
    assert len(fal.accepted) == 3 + 1
    assert rendered(film).made == ()
    assert waiting_takes(matchcut.load(film)) == [], "the film waits for nothing"
    assert rolled(film, matchcut.Ask(shot="s2", prompt="she waits")).circled == 3


def test_a_circled_clip_that_is_lost_is_fetched_once_more(fal: HostileFal, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film", SHORT)
    before = rendered(film)
    (take,) = rolled(film, matchcut.Ask(shot="s2", prompt="she waits")).takes
    take.clip.unlink()
    again = rendered(film)
    assert again.shots[1].take == take.take
    assert again.shots[2].take == before.shots[2].take
    assert again.shots[2].accepted
    assert len(fal.accepted) == 3 + 1, "and is not paid again"
    assert rendered(film).made == ()


def test_an_odd_clip_waits_for_a_person(fal: HostileFal, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film", SHORT)
    rendered(film)
    fal.inject(Fault.WRONG_LENGTH)
    ask = matchcut.Ask(shot="s2", prompt="she waits")
    with pytest.raises(MatchcutError) as caught:
        rolled(film, ask)
    assert caught.value.code.value == "clip.unexpected"
    assert rendered(film).made == (), "what stands still stands"
    project = matchcut.load(film)
    (waits,) = waiting_takes(project)
    assert (waits.shot, waits.number) == ("s2", 2)
    assert all("--take 2" in way for way in waits.ways)
    resolve_shot(project, "s2", WayOn.RESUBMIT, matchcut.Fal())
    again = rolled(film, ask)
    assert [one.take.number for one in again.takes] == [3]
    assert len(fal.accepted) == 3 + 2


def test_what_is_still_made_when_nobody_asks_again_is_not_lost(
    fal: HostileFal, tmp_path: Path
) -> None:
    """It was sent just what the film sends, and the film has a take of that."""
    film = write_film(tmp_path / "film", SHORT)
    rendered(film)
    fal.pace = 4
    with pytest.raises(MatchcutError) as caught:
        rolled(film, matchcut.Ask(shot="s3"), pace=replace(QUICK, wait=1))
    assert caught.value.code.value == "provider.slow"
    assert rendered(film).made == ()
    logged = matchcut.list_takes(matchcut.load(film), "s3")
    assert [(one.state.value, one.circled) for one in logged] == [("done", True), ("done", False)]
    assert {attempt.state for attempt in attempts_of(film)} == {AttemptState.DONE}
    (take,) = rolled(film, matchcut.Ask(shot="s3")).takes
    assert take.take.number == 2
    assert len(fal.accepted) == 3 + 1


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("nth", "listed"), JOBS)
def test_killed_between_the_acceptance_and_its_being_saved(
    tmp_path: Path, clips: Path, nth: int, *, listed: bool
) -> None:
    # The nth job of the re-roll is accepted at once, and its answer is held back.
    slow = {"fault": "SLOW_ACCEPT", "after": 3 + nth - 1, "seconds": 20}
    with fal_process(tmp_path / "fal", clips, listed=listed, faults=[slow]) as fal:
        film = write(tmp_path / "film", SHORT, **drawn("a"))
        user = User(film=film, environment=fal.environment)
        done = user.render("--yes")
        assert done.returncode == 0, said(done)

        ask = ("reroll", "s2", "--takes", "2", "--prompt", "she walks on", "--yes", "--no-circle")
        with subprocess.Popen(
            [*COMMAND, *ask],
            cwd=user.folder,
            env=user.shell,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as running:
            while len(fal.records("accepted")) < 3 + nth:
                assert running.poll() is None
                time.sleep(0.001)
            os.killpg(running.pid, signal.SIGKILL)

        known = {one["request_id"] for one in user.ledger()["attempts"]}
        lost = [job for job in fal.records("accepted") if job["request_id"] not in known]
        assert len(lost) == 1, "it was killed in between, and one at a time is in doubt"

        again = user.run(*ask, "--look-for", LOOK, timeout=600)
        assert again.returncode == 0, said(again)
        accepted = [job["request_id"] for job in fal.records("accepted")]
        assert len(accepted) == 3 + 2, "each was paid once"
        attempts = attempts_of(film)
        assert sorted(one.request_id or "" for one in attempts) == sorted(accepted)
        assert {one.state for one in attempts} == {AttemptState.DONE}
        assert set(Counter(one.key for one in attempts).values()) == {1}

        chosen = user.run("circle", "s2", "3")
        assert chosen.returncode == 0, said(chosen)
        finished = user.render("--yes")
        assert finished.returncode == 0, said(finished)
        assert len(fal.records("accepted")) == 3 + 2, "and nothing is made anew"


def attempts_of(film: Path) -> list[Attempt]:
    database = Database(film.parent / ".matchcut" / "state.sqlite")
    try:
        return Attempts(database).all()
    finally:
        database.close()
