"""Every fault of the hostile fal with what must come of it; the table of the tests and of the docs.

The film has a hero, a shot that starts on its last frame, and a cut that hangs on neither. One
thing is sent at a time, so that what goes wrong goes wrong for the hero.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import matchcut
from hostile import Fault, HostileFal
from matchcut.render.attempt import Attempt
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database
from matchcut.render.paid import Patience
from matchcut.render.providers.fal import fetch, submit
from matchcut.render.providers.fal.watch import Pace
from matchcut.render.resolve import WayOn, resolve_shot
from small import write_film

KLING = "fal-ai/kling-video/v3/pro/image-to-video"
SEEDANCE = "bytedance/seedance-2.0/fast/image-to-video"
FILM = """
title: Small
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
look: {light: overcast}
defaults: {endpoint: ENDPOINT, duration: LENGTH}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: somebody walks, camera: slow push in}
  - {id: two, prompt: somebody turns, camera: pan right}
  - {id: six, join: cut, start: art/c.png, prompt: the sea, camera: pan left}
"""
LONG = 60.0
"""Seconds; what is found or made in the end is waited for, however busy the machine is."""
DONE, UNKNOWN = "done", matchcut.Code.SUBMISSION_UNKNOWN.value
REFUSED, FAILED = matchcut.Code.PROVIDER_REFUSED.value, matchcut.Code.PROVIDER_FAILED.value
NETWORK, SLOW = matchcut.Code.PROVIDER_NETWORK.value, matchcut.Code.PROVIDER_SLOW.value
GONE, UNFIT = matchcut.Code.RESULT_GONE.value, matchcut.Code.CLIP_UNEXPECTED.value


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault and what must come of it."""

    fault: Fault
    first: str
    """What the first run comes to: `done`, or the code of the error."""
    accepted: int = 1
    """Jobs that fal has accepted for the hero after the first run."""
    then: str = ""
    """What is done about it: nothing, `again`, `adopt` or `resubmit`, and then the same command."""
    after: int = 1
    """Jobs that fal has accepted for the hero in the end; above 1 only in takes of their own."""
    times: int | None = 1
    details: Mapping[str, Any] = field(default_factory=dict)
    listed: bool = False
    """Whether fal's list shows requests that have not ended."""
    deaf: bool = False
    """Whether that list cannot be read in the first run."""
    endpoint: str = KLING

    @property
    def name(self) -> str:
        """For the table and the tests."""
        words = [self.fault.name.lower().replace("_", " ")]
        if self.times != 1:
            words.append("for ever" if self.times is None else f"{self.times} times")
        words += [str(value) for name, value in self.details.items() if name == "status"]
        if self.listed:
            words.append("unfinished listed")
        if self.deaf:
            words.append("list unreadable")
        return ", ".join(words)


F = Fault
CASES = (
    Case(fault=F.NO_CONNECTION, first=DONE),
    Case(fault=F.PROXY_REFUSES, first=DONE),
    Case(fault=F.NO_CONNECTION, times=None, first=NETWORK, accepted=0, then="again"),
    Case(fault=F.DROP_AFTER_ACCEPT, first=DONE),
    Case(fault=F.DROP_AFTER_ACCEPT, listed=True, first=DONE),
    Case(fault=F.DROP_AFTER_ACCEPT, deaf=True, first=UNKNOWN, then="adopt"),
    Case(fault=F.DROP_AFTER_ACCEPT, deaf=True, listed=True, first=UNKNOWN, then="again"),
    Case(fault=F.DROP_BEFORE_READING, first=UNKNOWN, accepted=0, then="resubmit"),
    Case(fault=F.SLOW_ACCEPT, details={"seconds": 3}, first=DONE),
    Case(fault=F.TOO_MANY_REQUESTS, times=3, first=DONE),
    Case(fault=F.TOO_MANY_REQUESTS, times=None, first=NETWORK, accepted=0, then="again"),
    Case(fault=F.REQUEST_TIMEOUT, first=UNKNOWN, accepted=0, then="resubmit"),
    Case(fault=F.REQUEST_TIMEOUT_ACCEPTED, first=DONE),
    Case(fault=F.CONFLICT, first=UNKNOWN, accepted=0, then="resubmit"),
    Case(fault=F.CONFLICT_ACCEPTED, first=DONE),
    Case(fault=F.BAD_GATEWAY, first=UNKNOWN, accepted=0, then="resubmit"),
    Case(fault=F.BAD_GATEWAY_ACCEPTED, first=DONE),
    Case(fault=F.UNAVAILABLE, first=UNKNOWN, accepted=0, then="resubmit"),
    Case(fault=F.UNAVAILABLE_ACCEPTED, first=DONE),
    Case(fault=F.MALFORMED_ANSWER, first=DONE),
    Case(fault=F.ANSWER_WITHOUT_ID, first=DONE),
    Case(fault=F.SUBMIT_REDIRECT, first=UNKNOWN, accepted=0, then="resubmit"),
    Case(fault=F.MODERATED_AT_SUBMIT, first=REFUSED, accepted=0, then="resubmit"),
    Case(fault=F.STATUS_WITHOUT_LOGS, times=None, first=DONE),
    Case(fault=F.STATUS_MALFORMED, times=2, first=DONE),
    Case(fault=F.STATUS_500, times=2, first=DONE),
    Case(fault=F.STATUS_DROPPED, times=2, first=DONE),
    Case(fault=F.RESULT_MALFORMED, first=DONE),
    Case(fault=F.RESULT_500, first=DONE),
    Case(fault=F.RESULT_WITHOUT_VIDEO, first=GONE, then="again"),
    Case(fault=F.ENDLESS_QUEUE, first=SLOW, then="resubmit", after=2),
    Case(fault=F.FAILED, first=FAILED, then="again", after=2),
    Case(fault=F.MODERATED, first=REFUSED, then="resubmit", after=2),
    Case(fault=F.IMAGE_LOAD_ERROR, first=FAILED, then="again", after=2),
    Case(fault=F.DOWNSTREAM_ERROR, first=FAILED, then="again", after=2),
    Case(fault=F.CANCELLED_UPSTREAM, first=FAILED, then="again", after=2),
    Case(fault=F.RESULT_EXPIRED, details={"status": 404}, first=DONE),
    Case(fault=F.RESULT_EXPIRED, details={"status": 410}, first=DONE),
    Case(fault=F.RESULT_GONE, first=GONE, then="resubmit", after=2),
    Case(fault=F.WRONG_SIZE, endpoint=SEEDANCE, first=UNFIT, then="resubmit", after=2),
    Case(
        fault=F.WRONG_RATE,
        details={"fps": 12},
        endpoint=SEEDANCE,
        first=UNFIT,
        then="resubmit",
        after=2,
    ),
    Case(fault=F.WRONG_LENGTH, first=UNFIT, then="resubmit", after=2),
    Case(fault=F.LONG_SOUND, details={"seconds": 2}, first=DONE),
    Case(fault=F.BLACK_CLIP, first=UNFIT, then="resubmit", after=2),
    Case(fault=F.CUT_FILE, first=UNFIT, then="resubmit", after=2),
    Case(fault=F.TRUNCATED_DOWNLOAD, times=2, first=DONE),
    Case(fault=F.DOWNLOAD_RESET, times=2, first=DONE),
    Case(fault=F.DOWNLOAD_STALLS, details={"seconds": 3}, first=DONE),
    Case(fault=F.DOWNLOAD_HTML, times=2, first=DONE),
    Case(fault=F.DOWNLOAD_HTML, times=None, first=NETWORK, then="again"),
    Case(fault=F.DOWNLOAD_REDIRECT, first=DONE),
    Case(fault=F.DOWNLOAD_REDIRECT_PLAIN, first=DONE),
    Case(fault=F.GIANT_BODY, details={"megabytes": 16}, first=DONE),
    Case(fault=F.UPLOAD_500, times=2, first=DONE),
    Case(fault=F.UPLOAD_TOKEN_EXPIRED, first=DONE),
    Case(fault=F.TOKEN_500, times=2, first=DONE),
    Case(fault=F.PLATFORM_500, first=DONE),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a case."""

    first: str
    cut_made: bool
    """Whether the shot that hangs on nothing was made in the first run."""
    accepted_first: int
    accepted: int
    attempts: list[Attempt]
    takes_paid_twice: int
    """Takes for which fal accepted more than one job."""
    known: bool
    """Whether the ledger knows every job that fal accepted."""
    film: Path
    second: str


def quick(patch: pytest.MonkeyPatch) -> None:
    """Waits that a test can afford."""
    patch.setattr(submit, "TIMEOUT", 1.5)
    patch.setattr(fetch, "TIMEOUT", 1.5)
    patch.setattr(fetch, "LARGEST", 8 << 20)
    patch.setattr(fetch, "PAUSE", 0.05)


def film_text(endpoint: str) -> str:
    length = "3" if endpoint == KLING else "4"
    resolution = "" if endpoint == KLING else ", resolution: 480p"
    return FILM.replace("ENDPOINT", endpoint).replace("LENGTH", length + resolution)


def render(film: Path, stops: str = DONE) -> tuple[str, matchcut.Rendered | None]:
    """Render once; `done`, or the code of what stopped it.

    What the run is expected to stop at is given up after a short time, all else after a long one.
    """
    patience = Patience(
        retry=1.5 if stops == NETWORK else LONG,
        search=1.5 if stops == UNKNOWN else LONG,
        first_pause=0.1,
        longest_pause=0.5,
    )
    pace = Pace(first_pause=0.1, longest_pause=0.4, wait=2.0 if stops == SLOW else LONG)
    project = matchcut.load(film)
    try:
        rendered = matchcut.render(
            project,
            matchcut.plan(project),
            matchcut.Fal(at_once=1, pace=pace),
            max_usd=Decimal(100),
            patience=patience,
        )
    except matchcut.RenderError as error:
        return error.failed.get("one", error).code.value, None
    return DONE, rendered


def attempts_of(film: Path) -> list[Attempt]:
    database = Database(film.parent / ".matchcut" / "state.sqlite")
    try:
        return Attempts(database).all()
    finally:
        database.close()


def of_hero(fal: HostileFal) -> list[Any]:
    return [job for job in fal.accepted if re.search("somebody walks", str(job.input))]


def play(case: Case, fal: HostileFal, folder: Path) -> Outcome:
    """Make the film while things go wrong, and then do what its maker would do."""
    film = write_film(folder, film_text(case.endpoint))
    fal.list_unfinished = case.listed
    fal.inject(case.fault, times=case.times, **case.details)
    if case.deaf:
        fal.inject(Fault.PLATFORM_500, times=None)
    first, rendered = render(film, case.first)
    cut_made = rendered is not None or any(
        attempt.key.shot == "six" and attempt.state.value == "done" for attempt in attempts_of(film)
    )
    accepted_first = len(of_hero(fal))
    fal.faults.clear()
    second = first
    if case.then in ("adopt", "resubmit"):
        request = of_hero(fal)[0].request_id if case.then == "adopt" else ""
        resolve_shot(
            matchcut.load(film), "one", WayOn(case.then), matchcut.Fal(), request_id=request
        )
    if case.then:
        second, rendered = render(film)
    attempts = attempts_of(film)
    by_take: dict[tuple[str, int], int] = {}
    accepted_ids = {job.request_id for job in fal.accepted}
    for attempt in attempts:
        if attempt.request_id in accepted_ids:
            key = (attempt.key.shot, attempt.key.take)
            by_take[key] = by_take.get(key, 0) + 1
    assert rendered is not None, second
    return Outcome(
        first=first,
        cut_made=cut_made,
        accepted_first=accepted_first,
        accepted=len(of_hero(fal)),
        attempts=attempts,
        takes_paid_twice=sum(count > 1 for count in by_take.values()),
        known=accepted_ids <= {attempt.request_id for attempt in attempts},
        film=matchcut.assemble(rendered).film,
        second=second,
    )
