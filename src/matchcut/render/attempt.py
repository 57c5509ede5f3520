"""One submission to a provider that is paid: where it stands, and what it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from matchcut.render.commands import film_name

NOT_SENT = "not_sent"
"""Type of error of an attempt whose last try was certainly not accepted."""

COLUMNS = (
    *("film", "shot", "take", "attempt", "provider", "endpoint", "state", "request_id"),
    *("estimate_usd", "billed_usd", "billed_units", "counted_usd", "error_type", "error", "seed"),
    *("actual_prompt", "input_sha256", "sent_at", "answered_at", "ended_at"),
)
"""What `Attempt.to_json` holds, in its order."""


class AttemptState(StrEnum):
    """Where an attempt stands, and with it the money."""

    SENDING = "sending"
    """Its row is written; whether the provider has it is not known yet."""
    UNKNOWN = "unknown"
    """It may have been accepted, and could not be found: a person decides."""
    ACCEPTED = "accepted"
    """The provider has it; its request id is saved."""
    DONE = "done"
    """Its clip is in the media store."""
    REFUSED = "refused"
    """The provider did not accept it: nothing is paid."""
    FAILED = "failed"
    """It was accepted and gave no clip."""
    GIVEN_UP = "given up"
    """A person had it sent again; it may have been paid."""


_MAY_COST = frozenset(AttemptState) - {AttemptState.REFUSED}
_IN_FLIGHT = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN, AttemptState.ACCEPTED})


class Overtaken(Exception):  # noqa: N818 - it is what another has done
    """A submission stands elsewhere than it was taken to: another process or a person was here.

    Nothing was written. Whoever works on it looks at it anew and goes on from there.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeKey:
    """Which take of which film."""

    film: str
    shot: str
    take: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One submission."""

    key: TakeKey
    number: int
    """Counted from 1 in its take."""
    provider: str
    endpoint: str
    digest: str
    """SHA-256 of the whole input as it was sent, addresses included."""
    state: AttemptState
    estimate_usd: Decimal
    billed_usd: Decimal | None
    """What the answer says; None where it does not say, or not in a unit whose price is known."""
    billed_units: str | None
    """The answer's own count of units, whatever they are."""
    request_id: str | None
    urls: Mapping[str, str]
    """Where the provider said to ask for `status` and `response` and to `cancel`; as given."""
    error: str
    error_type: str
    adopted: bool
    """True where a person named the request, and nobody has compared it yet."""
    seed: str | None
    actual_prompt: str | None
    sent_at: str
    """ISO 8601, UTC; when the row was written, just before the request was sent."""
    answered_at: str | None
    ended_at: str | None

    @property
    def counted_usd(self) -> Decimal:
        """What it counts against a budget: what it cost, or may yet have cost."""
        if self.state not in _MAY_COST:
            return Decimal(0)
        return self.estimate_usd if self.billed_usd is None else self.billed_usd

    @property
    def waits(self) -> bool:
        """True between two tries: nothing is out, and its money is kept for the next one."""
        return self.state is AttemptState.SENDING and self.error_type == NOT_SENT

    @property
    def in_flight(self) -> bool:
        """True where it has been sent and has not come to an end, as far as is known."""
        return self.state in _IN_FLIGHT

    def to_json(self) -> dict[str, Any]:
        """The attempt as JSON and CSV have it; no address and no input of the user's."""
        return {
            "film": film_name(self.key.film),
            "shot": self.key.shot,
            "take": self.key.take,
            "attempt": self.number,
            "provider": self.provider,
            "endpoint": self.endpoint,
            "state": self.state.value,
            "request_id": self.request_id,
            "estimate_usd": str(self.estimate_usd),
            "billed_usd": None if self.billed_usd is None else str(self.billed_usd),
            "billed_units": self.billed_units,
            "counted_usd": str(self.counted_usd),
            "error_type": self.error_type,
            "error": self.error,
            "seed": self.seed,
            "actual_prompt": self.actual_prompt,
            "input_sha256": self.digest,
            "sent_at": self.sent_at,
            "answered_at": self.answered_at,
            "ended_at": self.ended_at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be spent. None is no limit."""

    film_usd: Decimal | None = None
    """By the film, over all its runs."""
    run_usd: Decimal | None = None
    """By this run, with what is still in flight from earlier ones."""
