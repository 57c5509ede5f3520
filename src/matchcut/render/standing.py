"""Where each shot of a film stands, by what the records say: pure, and kept nowhere."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from matchcut.errors import Code
from matchcut.film.types import Shot
from matchcut.plan.setup import Setup
from matchcut.render.attempt import Attempt, AttemptState, TakeKey
from matchcut.render.commands import anchor_command, film_command, film_path, resolve_command
from matchcut.render.gates import Spot
from matchcut.render.ledger import Claim, TakeState

_MONEY = frozenset({Code.BUDGET_OVER.value, Code.PRICE_UNKNOWN.value})
"""What stops a shot until its user says that more may be spent."""


class Stage(StrEnum):
    """Where a shot stands."""

    DONE = "done"
    UNDER_WAY = "under way"
    WAITS = "waits for you"
    UNKNOWN = "unknown"
    """It may have been accepted, and a person must look."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    BEHIND = "behind"
    """A shot that it needs is not done."""
    NOT_BEGUN = "not begun"


class Kind(StrEnum):
    """What a person is to decide."""

    ANCHOR = "anchor"
    UNFIT = "unfit"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotStatus:
    """Where one shot stands, and why."""

    shot: str
    standing: Stage
    said: str = ""
    """More of it, in a sentence's part."""
    take: int | None = None
    """The take that is meant, counted from 1."""
    usd: Decimal | None = None
    """What that take cost or counts, or what one may cost; None where that is unknown."""
    endpoint: str | None = None
    request_id: str | None = None
    since: str | None = None
    """ISO 8601, UTC; since when it is under way."""
    behind: str | None = None
    """The shot that it waits for in the end."""
    gate: Kind | None = None
    """What a person is to decide of it, or None."""
    ways: tuple[str, ...] = ()
    """The commands to choose from, in backquotes."""

    @property
    def to_pay(self) -> bool:
        """True where a take is still to be paid for; what is in flight is counted already."""
        if self.gate is Kind.ANCHOR:
            return self.take is None  # a bridge whose own end waits is made
        paid = (Stage.DONE, Stage.UNDER_WAY, Stage.UNKNOWN)
        return self.standing not in paid and self.gate is not Kind.UNFIT

    def to_json(self) -> dict[str, Any]:
        """The shot as JSON has it; what is not there is left out."""
        facts = {
            "shot": self.shot,
            "state": self.standing.value,
            "said": self.said,
            "take": self.take,
            "usd": None if self.usd is None else str(self.usd),
            "endpoint": self.endpoint,
            "request_id": self.request_id,
            "since": self.since,
            "behind": self.behind,
            "gate": self.gate.value if self.gate else None,
            "ways": [way.strip("`") for way in self.ways],
        }
        return {name: value for name, value in facts.items() if value not in (None, "", [])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that the records say of a film, read at one go."""

    claims: Mapping[str, list[Claim]]
    """By shot, in order of their numbers; of one provider."""
    attempts: Mapping[TakeKey, Attempt]
    """The latest of each take."""
    spots: Mapping[str, Spot]
    """By the shot that waits for it."""
    used: Mapping[str, int]
    """By shot: the number of the take that the film used last."""


def stand(
    film: str, setups: Iterable[Setup], known: Known, *, at_work: bool
) -> tuple[ShotStatus, ...]:
    """Where each shot stands.

    Args:
        film: The film file's name.
        setups: Its shots, in its order.
        known: What the records say of it.
        at_work: Whether a run is at work on it.

    """
    found: dict[int, ShotStatus] = {}
    # A bridge needs the shot after it, so they are looked at by wave.
    for setup in sorted(setups, key=lambda setup: setup.wave):
        shot = setup.shot
        claims = known.claims.get(shot.id, [])
        needs = [found[need] for need in setup.needs if need in found]
        spot = known.spots.get(shot.id)
        # Its own end, where it is a bridge's, holds up what comes after it, and not itself.
        held = spot is not None and spot.shot != shot.id
        held = held or any(need.standing is not Stage.DONE for need in needs)
        latest = _of_takes(film, shot, claims, known, at_work=at_work, held=held)
        if latest is None:
            latest = _unmade(film, shot, claims, spot, needs)
        found[setup.index] = latest
    return tuple(found[index] for index in sorted(found))


def _of_takes(
    film: str, shot: Shot, claims: list[Claim], known: Known, *, at_work: bool, held: bool
) -> ShotStatus | None:
    """Where a shot stands by its takes; None where none of them says anything of it now.

    Args:
        film: The film file's name.
        shot: The shot.
        claims: Its takes, in order of their numbers.
        known: What the records say of the film.
        at_work: Whether a run is at work on it.
        held: Whether the next run cannot begin the shot: for a person, or a shot that it needs.

    """
    if shot.clip:
        return ShotStatus(shot=shot.id, standing=Stage.DONE, said="own footage", usd=Decimal(0))
    done = [claim for claim in claims if claim.state is TakeState.DONE]
    last = claims[-1] if claims else None
    if last is None or (last.state is TakeState.REJECTED and not done):
        return None
    settled = last.state in (TakeState.DONE, TakeState.REJECTED)
    if settled:
        meant = next((one for one in done if one.number == known.used.get(shot.id)), done[-1])
        return _done(film, meant, known.spots.get(shot.id))
    attempt = known.attempts.get(TakeKey(film=film, shot=shot.id, take=last.number))
    if last.state is TakeState.CLAIMED:
        return _claimed(film, last, attempt, at_work=at_work, held=held)
    return _without_use(film, last, attempt)


def _without_use(film: str, last: Claim, attempt: Attempt | None) -> ShotStatus:
    """Where a take stands that is over, and that the film does not use."""
    again = _resolve(film, last, "--resubmit")
    if last.state is TakeState.UNFIT:
        use = _resolve(film, last, "--accept")
        said = f"the clip is not what was asked for: {last.note}"
        return _take(last, Stage.WAITS, said, attempt, gate=Kind.UNFIT, ways=(use, again))
    if last.state is TakeState.CANCELLED:
        ways: tuple[str, ...] = (film_command(film, "retry", last.shot),)
        said = ""
        if attempt is not None and attempt.in_flight:
            said = "not over yet at the provider"
        if last.clip:
            ways = (*ways, _resolve(film, last, "--accept", numbered=True))
            said = "its clip has come all the same"
        return _take(last, Stage.CANCELLED, said, attempt, gate=Kind.CANCELLED, ways=ways)
    if last.note:
        said = f"it was refused: {last.note}"
        return _take(last, Stage.FAILED, said, attempt, gate=Kind.REFUSED, ways=(again,))
    why = attempt.error if attempt is not None else "it gave no clip"
    return _take(last, Stage.FAILED, f"{why}; the next run makes it again", attempt)


def _claimed(
    film: str, last: Claim, attempt: Attempt | None, *, at_work: bool, held: bool
) -> ShotStatus | None:
    """Where a take stands that is not over; None where it was never sent and is held up."""
    state = attempt.state if attempt is not None else None
    if state is AttemptState.UNKNOWN:
        ways = (_resolve(film, last, "--adopt REQUEST_ID"), _resolve(film, last, "--resubmit"))
        said = "nobody knows whether it was accepted"
        return _take(last, Stage.UNKNOWN, said, attempt, gate=Kind.UNKNOWN, ways=ways)
    if attempt is not None and state is AttemptState.ACCEPTED:
        said = f"{attempt.provider} has it" + ("" if at_work else ", and the next run follows it")
        return _take(last, Stage.UNDER_WAY, said, attempt)
    if attempt is not None and state is AttemptState.SENDING:
        said = "it is being sent" if at_work else "the next run looks whether it was accepted"
        if attempt.waits:
            said = f"not sent yet: {attempt.error}"
        return _take(last, Stage.UNDER_WAY, said, attempt)
    code, _, why = last.note.partition(": ")
    if code in _MONEY:
        more = f"`matchcut render {shlex.quote(film_path(film))} --max-usd USD`"
        ways = (more, "a higher `budget_usd` in the film")
        return _take(last, Stage.WAITS, why, attempt, gate=Kind.BUDGET, ways=ways)
    return None if held else _unsent(last, attempt, why, at_work=at_work)


def _unsent(last: Claim, attempt: Attempt | None, why: str, *, at_work: bool) -> ShotStatus:
    """Where a take stands that may be begun at any time."""
    if at_work and not last.note:
        return _take(last, Stage.UNDER_WAY, "it is being prepared", attempt)
    said = why or "it was broken off before it was sent"
    if attempt is not None and attempt.state is AttemptState.GIVEN_UP:
        said = "it is to be sent again"
    return _take(last, Stage.NOT_BEGUN, f"{said}; the next run goes on", attempt)


def _unmade(
    film: str, shot: Shot, claims: list[Claim], spot: Spot | None, needs: Iterable[ShotStatus]
) -> ShotStatus:
    """Where a shot stands that has no take now."""
    lacking = next((need for need in needs if need.standing is not Stage.DONE), None)
    if lacking is not None:
        root = lacking.behind or lacking.shot
        said = f"goes on once `{root}` does"
        return ShotStatus(shot=shot.id, standing=Stage.BEHIND, said=said, behind=root)
    if spot is not None:
        return ShotStatus(
            shot=shot.id,
            standing=Stage.WAITS,
            said=f"for your look at {spot.name}",
            gate=Kind.ANCHOR,
            ways=_look(film, spot),
        )
    last = claims[-1] if claims else None
    # One without a clip was refused or called off, and its user has said to make it again.
    rejected = last is not None and last.state is TakeState.REJECTED and last.clip
    said = f"take {last.number} was rejected" if last is not None and rejected else ""
    return ShotStatus(shot=shot.id, standing=Stage.NOT_BEGUN, said=said)


def _done(film: str, claim: Claim, own_end: Spot | None) -> ShotStatus:
    """A shot that is done; a bridge's own end may wait all the same."""
    if own_end is None or own_end.shot != claim.shot:
        return _take(claim, Stage.DONE, "", None)
    said = f"done, and {own_end.name} waits for your look"
    ways = _look(film, own_end)
    return _take(claim, Stage.WAITS, said, None, gate=Kind.ANCHOR, ways=ways)


def _take(
    claim: Claim,
    standing: Stage,
    said: str,
    attempt: Attempt | None,
    *,
    gate: Kind | None = None,
    ways: tuple[str, ...] = (),
) -> ShotStatus:
    flying = standing in (Stage.UNDER_WAY, Stage.UNKNOWN)
    return ShotStatus(
        shot=claim.shot,
        standing=standing,
        said=said,
        take=claim.number,
        usd=claim.cost_usd if attempt is None else attempt.counted_usd,
        endpoint=attempt.endpoint if attempt is not None else None,
        request_id=attempt.request_id if attempt is not None else None,
        since=(attempt.sent_at if attempt is not None else claim.claimed_at) if flying else None,
        gate=gate,
        ways=ways,
    )


def _look(film: str, spot: Spot) -> tuple[str, ...]:
    return (
        anchor_command(film, "show", spot.name),
        anchor_command(film, "approve", spot.name),
    )


def _resolve(film: str, claim: Claim, decision: str, *, numbered: bool = False) -> str:
    return resolve_command(film, claim.shot, decision, claim.number if numbered else None)
