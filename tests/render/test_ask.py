"""A model asked about crops: paid once, counted, and whatever goes wrong is not measured."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hostile import Fault, HostileFal
from matchcut.endpoints.contract import Contract, Kind, Output, Parameter, Role
from matchcut.errors import Code, MatchcutError
from matchcut.look import places
from matchcut.look.crops import Crop, crops
from matchcut.look.question import Verdict, read_opinions
from matchcut.render.ask import RESERVED_USD, Asked, Questions, question_key
from matchcut.render.attempt import Attempt, AttemptState, Limits
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database
from matchcut.render.providers.fal.provider import Fal
from matchcut.render.providers.fal.vision import ENDPOINT
from matchcut.render.providers.fal.watch import Pace
from matchcut.render.uploads import KeptUploads
from render.hosted import quick
from small import picture

KEY = question_key("film.yaml", "street", "out", 1)
CROPS = crops(
    picture(7, 640, 360),
    [
        places.Place(kind=places.Kind.HAND, box=(10, 10, 80, 90), score=0.9),
        places.Place(kind=places.Kind.FACE, box=(300, 40, 420, 180), score=0.8),
    ],
)
SAID = [
    {"crop": 1, "verdict": "suspect", "why": "six\nfingers"},
    {"crop": 2, "verdict": "fine", "why": ""},
]
GOOD = json.dumps({"crops": SAID})
WIRE = Contract(
    id=ENDPOINT,
    name="a model that sees",
    source="public code that calls it",
    read=date(2026, 11, 25),
    roles={Role.PROMPT: "prompt"},
    parameters={
        "model": Parameter(kind=Kind.STRING, required=True),
        "prompt": Parameter(kind=Kind.STRING, required=True),
        "system_prompt": Parameter(kind=Kind.STRING),
        "image_urls": Parameter(kind=Kind.URLS, required=True),
    },
    output=Output(video="output", source="the same", read=date(2026, 11, 25)),
)


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileFal]:
    quick(monkeypatch)
    with HostileFal(tmp_path / "fal", contracts={ENDPOINT: WIRE}) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        server.replies = {ENDPOINT: {"output": GOOD, "usage": {"cost": 0.0012}}}
        yield server


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "state.sqlite")
    yield opened
    opened.close()


def ask(database: Database, shown: tuple[Crop, ...] = CROPS, **more: Any) -> Asked:
    questions = Questions(database, Attempts(database, run="now"), KeptUploads(database))
    pace = Pace(first_pause=0.05, longest_pause=0.2, wait=more.pop("wait", 30.0))
    limits = more.pop("limits", Limits(run_usd=Decimal(1)))
    return asyncio.run(questions.ask(Fal(pace=pace), shown, KEY, limits=limits, **more))


def attempts(database: Database) -> list[Attempt]:
    return Attempts(database).all()


def test_a_good_answer_is_findings_and_its_cost_stands_in_the_ledger(
    fal: HostileFal, database: Database
) -> None:
    asked = ask(database)
    assert asked.opinions is not None, asked.reason
    assert [(o.crop, o.verdict, o.why) for o in asked.opinions] == [
        (1, Verdict.SUSPECT, "six fingers"),
        (2, Verdict.FINE, ""),
    ]
    (attempt,) = attempts(database)
    assert (attempt.key.shot, attempt.endpoint) == ("street.out", ENDPOINT)
    assert attempt.state is AttemptState.DONE
    assert attempt.counted_usd == RESERVED_USD, "the route's own count is not what fal bills"
    assert attempt.billed_units == "0.0012"
    (job,) = fal.accepted
    assert len(job.input["image_urls"]) == 2
    assert "2 crops" in job.input["prompt"]
    assert "hand, face" in job.input["prompt"]
    assert not fal.leaks


def test_the_same_crops_are_asked_about_once(fal: HostileFal, database: Database) -> None:
    assert ask(database) == ask(database)
    assert len(fal.accepted) == 1
    ask(database, CROPS[:1])
    assert len(fal.accepted) == 2, "another question"
    ask(database, again=True)
    assert len(fal.accepted) == 3
    assert sum(attempt.counted_usd for attempt in attempts(database)) == 3 * RESERVED_USD


@pytest.mark.parametrize(
    "output",
    [
        "",
        "I cannot help with that.",
        "{}",
        json.dumps({"crops": SAID[:1]}),
        json.dumps({"crops": SAID[::-1]}),
        json.dumps({"crops": [SAID[0], {**SAID[1], "verdict": "great"}]}),
        json.dumps({"crops": [SAID[0], {"crop": 2, "verdict": "fine"}]}),
        f"Here you are: {GOOD}",
        GOOD[:-5],
    ],
)
def test_a_malformed_answer_is_not_measured_and_paid_all_the_same(
    fal: HostileFal, database: Database, output: str
) -> None:
    fal.replies = {ENDPOINT: {"output": output}}
    asked = ask(database)
    assert asked.opinions is None
    assert "not what it was asked for" in asked.reason
    assert ask(database).opinions is None
    assert len(fal.accepted) == 1, "it is not asked again by itself"
    assert attempts(database)[0].counted_usd == RESERVED_USD


@pytest.mark.parametrize("answer", [{}, {"output": None}, {"output": {"crops": SAID}}])
def test_an_answer_without_text_is_not_measured(
    fal: HostileFal, database: Database, answer: dict[str, Any]
) -> None:
    fal.replies = {ENDPOINT: answer}
    assert ask(database).opinions is None
    assert attempts(database)[0].state is AttemptState.FAILED
    assert attempts(database)[0].counted_usd == RESERVED_USD


def test_json_in_a_fence_is_json() -> None:
    assert read_opinions(f"```json\n{GOOD}\n```", 2) == read_opinions(GOOD, 2)
    assert read_opinions(f"```\n{GOOD}\n``` as you wished", 2) is None


@pytest.mark.parametrize(
    ("fault", "state", "counted"),
    [
        (Fault.MODERATED_AT_SUBMIT, AttemptState.REFUSED, Decimal(0)),
        (Fault.MODERATED, AttemptState.FAILED, RESERVED_USD),
        (Fault.FAILED, AttemptState.FAILED, None),
        (Fault.DROP_BEFORE_READING, AttemptState.UNKNOWN, RESERVED_USD),
        (Fault.NO_CONNECTION, AttemptState.REFUSED, Decimal(0)),
        (Fault.TOO_MANY_REQUESTS, AttemptState.REFUSED, Decimal(0)),
        (Fault.RESULT_GONE, AttemptState.FAILED, RESERVED_USD),
    ],
)
def test_what_goes_wrong_is_not_measured_and_counted_as_it_must_be(
    fal: HostileFal, database: Database, fault: Fault, state: AttemptState, counted: Decimal | None
) -> None:
    fal.inject(fault)
    asked = ask(database)
    assert asked.opinions is None
    assert asked.reason
    (attempt,) = attempts(database)
    assert attempt.state is state
    if counted is not None:
        assert attempt.counted_usd == counted


def test_one_that_takes_too_long_is_followed_the_next_time_and_not_sent_again(
    fal: HostileFal, database: Database
) -> None:
    with fal.held():
        asked = ask(database, wait=0.3)
        assert asked.opinions is None
        assert "has not made it within" in asked.reason
        assert attempts(database)[0].state is AttemptState.ACCEPTED
    assert ask(database).opinions is not None
    assert len(fal.accepted) == 1


def test_one_that_may_have_arrived_is_looked_for_and_never_sent_again_by_itself(
    fal: HostileFal, database: Database
) -> None:
    fal.inject(Fault.DROP_AFTER_ACCEPT)
    assert ask(database).opinions is None
    assert attempts(database)[0].state is AttemptState.UNKNOWN
    fal.wait_done(fal.accepted[0].request_id)
    assert ask(database).opinions is not None, "it was found in the account's list"
    assert len(fal.accepted) == 1
    assert [attempt.state for attempt in attempts(database)] == [AttemptState.DONE]


def test_one_that_is_lost_is_asked_again_only_when_somebody_says_so(
    fal: HostileFal, database: Database
) -> None:
    fal.inject(Fault.DROP_BEFORE_READING)
    assert ask(database).opinions is None
    asked = ask(database)
    assert asked.opinions is None
    assert "counts as spent" in asked.reason
    assert len(fal.submissions) == 1
    assert ask(database, again=True).opinions is not None
    states = [attempt.state for attempt in attempts(database)]
    assert states == [AttemptState.GIVEN_UP, AttemptState.DONE]


@pytest.mark.parametrize("stopped_at", ["note", "post"])
def test_one_that_was_broken_off_at_its_row_is_not_sent_twice(
    fal: HostileFal, database: Database, monkeypatch: pytest.MonkeyPatch, stopped_at: str
) -> None:
    """Stopped between its row and its note it was never sent; after that it may have been."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    noted = stopped_at == "post"
    with monkeypatch.context() as broken:
        broken.setattr(*((Fal, "submit") if noted else (Questions, "_note")), stop)
        with pytest.raises(KeyboardInterrupt):
            ask(database)
    assert [attempt.state for attempt in attempts(database)] == [AttemptState.SENDING]
    asked = ask(database)
    states = [attempt.state for attempt in attempts(database)]
    if noted:
        assert asked.opinions is None
        assert "counts as spent" in asked.reason
        assert states == [AttemptState.UNKNOWN]
        assert not fal.accepted
    else:
        assert asked.opinions is not None
        assert states == [AttemptState.REFUSED, AttemptState.DONE]
        assert len(fal.accepted) == 1


def test_a_budget_is_held_before_anything_is_sent(fal: HostileFal, database: Database) -> None:
    with pytest.raises(MatchcutError) as caught:
        ask(database, limits=Limits(film_usd=Decimal("0.04")))
    assert caught.value.code is Code.BUDGET_OVER
    assert not fal.submissions
    assert attempts(database) == []


def test_a_key_that_is_not_taken_is_said(
    fal: HostileFal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_KEY", "wrong:key")
    with pytest.raises(MatchcutError) as caught:
        ask(database)
    assert caught.value.code is Code.PROVIDER_KEY
    assert not fal.accepted


def test_nothing_is_asked_about_nothing(database: Database) -> None:
    assert ask(database, ()) == Asked(opinions=(), reason="")
