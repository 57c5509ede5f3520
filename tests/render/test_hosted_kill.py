"""Killed at any moment, a paid render goes on: nothing is paid twice, nothing paid is lost."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matchcut.render.attempt import AttemptState
from render.killing import filming, shot_of, undisturbed_film

if TYPE_CHECKING:
    from postgres import Postgres

KILLS = int(os.environ.get("MATCHCUT_KILLS", "4"))
"""At random moments, half of them with the state on a server; a soak sets this higher."""
PARTS = 2
JOBS = [(1, False), (2, True), (3, False)] if "MATCHCUT_KILLS" in os.environ else [(2, True)]
"""Which job it is killed at, and whether fal lists what has not ended."""
GAPS = -(-KILLS // 24)
"""Kills between an acceptance and its being saved, for each of three jobs and both states."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> tuple[list[str], float]:
    """The film's frames when nothing happens, and how long it takes."""
    return undisturbed_film(tmp_path_factory.mktemp("undisturbed"), clips)


@pytest.fixture(params=["file", "server"])
def database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes the place of a film's state: in its folder (empty), or a database of its own.

    Each film here has a fal of its own, and films that share a database share what was uploaded.
    """
    if request.param == "file":
        return str
    server: Postgres = request.getfixturevalue("server")

    def fresh() -> str:
        server.fresh()
        return server.address

    return fresh


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_moment(
    tmp_path: Path,
    clips: Path,
    undisturbed: tuple[list[str], float],
    database: Callable[[], str],
    part: int,
) -> None:
    wanted, length = undisturbed
    moments = random.Random(20261125 + part)
    tries, landed = 0, 0
    # Machines speed up and slow down: some runs are done before their moment comes.
    while landed < KILLS // PARTS // 2:
        share = moments.uniform(0.15, 1.0)
        tries += 1
        with filming(
            tmp_path / str(tries), clips, listed=tries % 2 == 1, database=database()
        ) as one:
            hit = one.killed(lambda passed, until=share * length: passed >= until)
            landed += hit
            one.finish()
            one.check(wanted, "killed at a random moment" if hit else "")
        assert tries <= 2 * KILLS, "most kills must land"


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("nth", "listed"), JOBS)
def test_killed_between_the_acceptance_and_its_being_saved(
    tmp_path: Path,
    clips: Path,
    undisturbed: tuple[list[str], float],
    database: Callable[[], str],
    nth: int,
    *,
    listed: bool,
) -> None:
    wanted, _ = undisturbed
    for number in range(GAPS):
        # The nth job is accepted at once, and its answer is held back until long after the kill.
        slow = {"fault": "SLOW_ACCEPT", "after": nth - 1, "seconds": 20}
        with filming(
            tmp_path / str(number), clips, listed=listed, faults=[dict(slow)], database=database()
        ) as one:
            # One at a time, so that no other request is written down and not sent yet.
            assert one.killed(lambda _: len(one.fal.records("accepted")) >= nth, "--at-once", "1")
            attempts = one.attempts()
            known = {row.request_id for row in attempts}
            lost = [job for job in one.fal.records("accepted") if job["request_id"] not in known]
            assert lost, "it was killed in between"
            sending = {row.key.shot for row in attempts if row.state is AttemptState.SENDING}
            assert {shot_of(job["input"]) for job in lost} <= sending
            one.finish()
            assert len(one.said) == 1, "it was found again, and nobody had to decide"
            one.check(wanted, "killed between acceptance and save")


@pytest.mark.timeout(600)
def test_killed_while_it_waits_to_send_it_again(
    tmp_path: Path, clips: Path, undisturbed: tuple[list[str], float]
) -> None:
    wanted, _ = undisturbed
    full = {"fault": "TOO_MANY_REQUESTS", "times": 2, "retry_after": 60}
    with filming(tmp_path, clips, faults=[full]) as one:
        assert one.killed(lambda _: sum(row.waits for row in one.attempts()) == 2)
        assert not one.fal.records("accepted")
        one.finish()
        assert len(one.said) == 1, "nothing was out, and nobody has to decide"
        one.check(wanted)
        assert [row.state.value for row in one.attempts() if row.key.shot == "one"] == [
            "refused",
            "done",
        ]
