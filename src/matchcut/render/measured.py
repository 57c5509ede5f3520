"""How long this project has waited for its endpoints, and what that says of the next shots."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from matchcut.plan.types import Expectation, Plan
from matchcut.plan.waiting import USUAL_SECONDS, correction
from matchcut.render.attempt import AttemptState, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database
from matchcut.render.ledger import takes
from matchcut.render.work import Work

LATEST = 25
"""Answers of an endpoint that are looked at, the latest ones; at least 1. A provider changes."""


def corrections(database: Database, plan: Plan) -> dict[str, float]:
    """What an endpoint's expected seconds are multiplied by, after what this project has seen.

    Args:
        database: The project's.
        plan: Says what is expected.

    Returns:
        By endpoint of the plan; one that has answered nothing yet is not in it.

    Raises:
        MatchcutError: `state.broken` where the rows cannot be read.

    """
    usual = {
        shot.endpoint: shot.waiting_seconds / float(shot.seconds or USUAL_SECONDS)
        for shot in plan.shots
        if shot.endpoint and not shot.clip
    }
    clips = _clip_seconds(database)
    ratios: dict[str, list[float]] = {endpoint: [] for endpoint in usual}
    for attempt in reversed(Attempts(database).all()):
        found, clip = ratios.get(attempt.endpoint), clips.get(attempt.key)
        if found is None or clip is None or len(found) == LATEST:
            continue
        if attempt.state is AttemptState.DONE and attempt.ended_at:
            seconds = _seconds_between(attempt.sent_at, attempt.ended_at)
            # A clock that was put back in between says nothing.
            if seconds > 0:
                found.append(seconds / (clip * usual[attempt.endpoint]))
    return {endpoint: correction(found) for endpoint, found in ratios.items() if found}


def timed(works: Iterable[Work], corrected: Mapping[str, float] | None) -> list[Work]:
    """The work with how long it is expected to take.

    Args:
        works: With the seconds of the plan.
        corrected: From `corrections`. None for a rehearsal, where a shot takes as long as it has
            frames to draw.

    """
    if corrected is None:
        return [replace(work, expected=_frames(work)) for work in works]
    return [
        replace(work, expected=work.expected * corrected.get(work.endpoint or "", 1.0))
        for work in works
    ]


def _frames(work: Work) -> float:
    return float(work.expectation.frames) if work.expectation else 0.0


def _clip_seconds(database: Database) -> dict[TakeKey, float]:
    """By take: how long a clip was asked for."""
    query = sa.select(takes.c.film, takes.c.shot, takes.c.number, takes.c.expects)
    seconds = {}
    with database.transaction() as connection:
        for film, shot, number, text in connection.execute(query):
            raw = json.loads(text)
            if raw is not None:
                expected = Expectation.from_json(raw)
                key = TakeKey(film=film, shot=shot, take=number)
                seconds[key] = float(expected.frames / expected.rate)
    return seconds


def _seconds_between(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
