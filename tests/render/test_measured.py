"""What this project has waited corrects what it expects, and with it what is begun first."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

import matchcut
from films import KLING, WAN, plan
from hostile import HostileFal
from matchcut.plan.types import Plan
from matchcut.render.attempt import Limits, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database
from matchcut.render.ledger import Ledger
from matchcut.render.measured import LATEST, corrections
from matchcut.render.providers.fal.watch import Pace
from matchcut.render.work import timed, works_of
from render.paying import drawn, write
from small import write_film

FILM = f"""
  - {{id: a, start: a.jpg, prompt: x, endpoint: {KLING}}}
  - {{id: b, start: b.jpg, join: cut, prompt: x}}
"""
HOSTED = f"""
title: Order
anchor: auto
canvas: {{width: 192, height: 108, fps: 24}}
defaults: {{endpoint: {KLING}, duration: 3}}
shots:
  - {{id: one, join: cut, start: art/a.png, prompt: somebody walks, camera: push in}}
  - {{id: two, join: cut, start: art/b.png, prompt: somebody turns, camera: pan right}}
  - {{id: three, prompt: somebody stops, camera: pan left}}
"""
EXPECTED = 120.0
"""Seconds that Kling's 4 s are waited for, by its contract."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "state.sqlite")
    yield opened
    opened.close()


def waited(database: Database, plan: Plan, shot: str, seconds: float, *, done: bool = True) -> None:
    """A paid take that was answered after so many seconds."""
    planned = plan.shot(shot)
    assert planned is not None
    assert planned.expectation is not None
    claim = Ledger(database).claim(
        "film.yaml",
        shot,
        f"take {len(Attempts(database).all())}",
        provider="fal",
        request={},
        expects=planned.expectation.to_json(),
        paid=True,
    )
    attempts = Attempts(database)
    key = TakeKey(film="film.yaml", shot=shot, take=claim.number)
    attempt = attempts.reserve(
        key,
        provider="fal",
        endpoint=str(planned.endpoint),
        digest="",
        estimate_usd=Decimal(1),
        limits=Limits(),
    )
    attempt = attempts.accepted(attempt, f"request {shot} {claim.number}", {})
    if done:
        attempts.done(attempt)
    else:
        attempts.failed(attempt, "no", "no")
    # The clock that the rows were written by is moved, as if so long had passed.
    sent = datetime.now(UTC)
    ended = sent + timedelta(seconds=seconds)
    with database.transaction() as connection:
        connection.execute(
            sa.text(
                "UPDATE matchcut_attempt SET sent_at = :sent, ended_at = :ended "
                "WHERE shot = :shot AND take = :take"
            ),
            {"sent": sent.isoformat(), "ended": ended.isoformat(), "shot": shot, "take": key.take},
        )


def test_nothing_is_corrected_before_anything_was_answered(database: Database) -> None:
    built = plan(FILM)
    waited(database, built, "a", 900, done=False)
    assert corrections(database, built) == {}


def test_the_middle_of_what_was_waited_corrects_its_own_endpoint_alone(database: Database) -> None:
    built = plan(FILM)
    for times in (2.0, 2.0, 500.0):
        waited(database, built, "a", EXPECTED * times)
    assert corrections(database, built) == {KLING: pytest.approx(2.0)}
    assert [work.expected for work in timed(works_of(built), corrections(database, built))] == [
        pytest.approx(2 * EXPECTED),
        80.0,
    ]
    assert WAN not in corrections(database, built)


def test_an_endpoint_that_has_changed_is_believed_by_its_latest_answers(database: Database) -> None:
    built = plan(FILM)
    for seconds in [*range(9000, 9000 + LATEST), *range(60, 60 + LATEST)]:
        waited(database, built, "a", seconds)
    assert corrections(database, built)[KLING] < 1.0


def test_a_clip_that_came_before_it_was_sent_says_nothing(database: Database) -> None:
    built = plan(FILM)
    waited(database, built, "a", -3600)
    assert corrections(database, built) == {}


def test_a_rehearsal_takes_as_long_as_it_has_frames(database: Database) -> None:
    del database
    works = timed(works_of(plan(FILM)), None)
    assert [work.expected for work in works] == [96.0, 96.0]


def test_the_plan_of_a_film_reads_what_was_measured(tmp_path: Path) -> None:
    project = matchcut.load(write_film(tmp_path))
    built = matchcut.plan(project)
    before = matchcut.schedule(project, built)
    assert before.corrections == {}
    assert not (tmp_path / ".matchcut").exists(), "a plan writes nothing"
    (tmp_path / ".matchcut").mkdir()
    database = Database(tmp_path / ".matchcut" / "state.sqlite")
    for _ in range(3):
        waited(database, built, "one", 3 * 90.0)
    database.close()
    after = matchcut.schedule(project, built)
    assert after.corrections == {KLING: pytest.approx(3.0)}
    assert after.makespan_seconds == pytest.approx(3 * before.makespan_seconds)


def test_a_state_that_cannot_be_read_does_not_stop_a_plan(tmp_path: Path) -> None:
    project = matchcut.load(write_film(tmp_path))
    (tmp_path / ".matchcut").mkdir()
    (tmp_path / ".matchcut" / "state.sqlite").write_text("no database at all, and long enough")
    assert matchcut.schedule(project, matchcut.plan(project)).corrections == {}


def test_a_render_begins_what_most_waits_for(fal: HostileFal, tmp_path: Path) -> None:
    film = write(tmp_path / "film", HOSTED, **drawn("a", "b"))
    project = matchcut.load(film)
    pace = Pace(first_pause=0.1, longest_pause=0.4)
    matchcut.render(
        project, matchcut.plan(project), matchcut.Fal(at_once=1, pace=pace), max_usd=Decimal(9)
    )
    assert len(fal.accepted) == 3
    database = Database(film.parent / ".matchcut" / "state.sqlite")
    begun = [attempt.key.shot for attempt in Attempts(database).all()]
    database.close()
    assert begun == ["two", "one", "three"], (
        "two has a shot behind it; of the rest the film's first"
    )
