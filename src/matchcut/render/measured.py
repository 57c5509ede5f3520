"""How long this project has waited for its endpoints, and what that says of the next shots."""

import json
from collections.abc import Iterator
from datetime import datetime

from matchcut.plan.types import Expectation, Plan
from matchcut.plan.waiting import USUAL_SECONDS, correction
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database

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
    attempts = Attempts(database)
    found = {endpoint: list(_paces(attempts, endpoint)) for endpoint in usual}
    return {
        endpoint: correction([pace / usual[endpoint] for pace in paces])
        for endpoint, paces in found.items()
        if paces
    }


def _paces(attempts: Attempts, endpoint: str) -> Iterator[float]:
    """Seconds that were waited for each second of a clip."""
    for expects, sent, ended in attempts.waits(endpoint, LATEST):
        raw = json.loads(expects)
        seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(sent)).total_seconds()
        # A clock that was put back in between says nothing.
        if raw is not None and seconds > 0:
            expected = Expectation.from_json(raw)
            yield seconds / float(expected.frames / expected.rate)
