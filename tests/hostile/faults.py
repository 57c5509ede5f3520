"""Everything that can be made to go wrong, and the book of what is to go wrong next.

What a fault does stands in a table beside the part that it breaks (`*_faults.py`, `spoil.py`). How
many jobs a fault leaves accepted is part of what it is, and said here.
"""

import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar


class Fault(Enum):
    """One thing that goes wrong; the details that `inject` takes stand in brackets."""

    NO_CONNECTION = auto()
    """The TLS handshake with a host [host] is broken off: nothing was sent."""
    PROXY_REFUSES = auto()
    """The user's proxy cannot reach a host [host] and says 502: nothing was sent."""

    DROP_AFTER_ACCEPT = auto()
    """The submission is accepted and the connection dropped without an answer."""
    DROP_BEFORE_READING = auto()
    """The connection is dropped before the body is read: nothing is accepted."""
    SLOW_ACCEPT = auto()
    """The submission is accepted at once and answered late [seconds]."""
    TOO_MANY_REQUESTS = auto()
    """429 [retry_after], nothing is accepted."""
    REQUEST_TIMEOUT = auto()
    """408, nothing is accepted."""
    REQUEST_TIMEOUT_ACCEPTED = auto()
    """408, and the job is accepted nevertheless."""
    CONFLICT = auto()
    """409, nothing is accepted."""
    CONFLICT_ACCEPTED = auto()
    """409, and the job is accepted nevertheless."""
    BAD_GATEWAY = auto()
    """A proxy's page, 502, without a request id: nothing is accepted."""
    BAD_GATEWAY_ACCEPTED = auto()
    """The same page, and the job is accepted nevertheless."""
    UNAVAILABLE = auto()
    """503 in JSON, nothing is accepted."""
    UNAVAILABLE_ACCEPTED = auto()
    """503 in JSON, and the job is accepted nevertheless."""
    MALFORMED_ANSWER = auto()
    """Accepted; the answer is 200 and JSON that breaks off."""
    ANSWER_WITHOUT_ID = auto()
    """Accepted; the answer lacks `request_id`, the header `x-fal-request-id` has it."""
    SUBMIT_REDIRECT = auto()
    """307 to another host [location]; nothing is accepted here, and that host knows nobody."""
    MODERATED_AT_SUBMIT = auto()
    """422 `content_policy_violation` that names an input [role]; nothing is accepted."""

    STATUS_WITHOUT_LOGS = auto()
    """A status of a job that has begun lacks the key `logs`."""
    STATUS_MALFORMED = auto()
    """A status is 200 and JSON that breaks off."""
    STATUS_500 = auto()
    """A status is 500 in JSON."""
    STATUS_DROPPED = auto()
    """The connection is dropped in place of a status."""
    RESULT_MALFORMED = auto()
    """A result is 200 and JSON that breaks off."""
    RESULT_500 = auto()
    """A result is 500 in JSON; it is there the next time."""
    RESULT_WITHOUT_VIDEO = auto()
    """A result is 200 and has no video in it."""

    ENDLESS_QUEUE = auto()
    """The job is accepted and never begun."""
    FAILED = auto()
    """COMPLETED with an error, and 500 in place of the result."""
    MODERATED = auto()
    """COMPLETED with an error; the result is 422 `content_policy_violation` [role]."""
    IMAGE_LOAD_ERROR = auto()
    """COMPLETED with an error; the result is 422 `image_load_error` [role]."""
    DOWNSTREAM_ERROR = auto()
    """COMPLETED with an error; the result is 504 `downstream_service_error`, retryable."""
    CANCELLED_UPSTREAM = auto()
    """COMPLETED with an error; the result is 499 `client_cancelled`, and nobody had cancelled."""
    RESULT_EXPIRED = auto()
    """The result is gone [status], 404 or 410; the request list still has it."""
    RESULT_GONE = auto()
    """The result is gone [status] and the request list has it no more; the clip is still there."""

    WRONG_SIZE = auto()
    """The clip is of another size [width, height]; half of it where they are not given."""
    WRONG_RATE = auto()
    """The clip lasts as long as it should at another rate [fps]."""
    WRONG_LENGTH = auto()
    """The clip has fewer frames [frames]; half of them where that is not given."""
    LONG_SOUND = auto()
    """The clip's sound goes on after the picture [seconds]."""
    BLACK_CLIP = auto()
    """The clip is black from its first frame to its last."""
    CUT_FILE = auto()
    """The clip's file breaks off in the middle of the picture; its header is whole."""

    TRUNCATED_DOWNLOAD = auto()
    """Half of the clip is sent under a Content-Length of all of it, then the connection closes."""
    DOWNLOAD_RESET = auto()
    """Half of the clip is sent, then the connection is reset."""
    DOWNLOAD_STALLS = auto()
    """Half of the clip is sent, then nothing for a while [seconds], then the rest."""
    DOWNLOAD_HTML = auto()
    """A page that says that something went wrong, under 200 and `text/html`."""
    DOWNLOAD_REDIRECT = auto()
    """302 to another address on the same host, where the clip is."""
    DOWNLOAD_REDIRECT_PLAIN = auto()
    """302 to an address in plain http on loopback, where the clip is."""
    GIANT_BODY = auto()
    """The clip, and then zeros without an end [megabytes], in chunks and without a length."""

    UPLOAD_500 = auto()
    """An upload is refused with 500."""
    UPLOAD_TOKEN_EXPIRED = auto()
    """The storage takes the token for expired, now and for good: 401."""
    TOKEN_500 = auto()
    """No token is given for the storage: 500."""
    PLATFORM_500 = auto()
    """The platform API answers 500."""


@dataclass(slots=True, kw_only=True)
class Injection:
    """A fault that was asked for, and how much of it is left."""

    fault: Fault
    endpoint: str | None
    times: int | None
    after: int
    details: Mapping[str, Any]

    def fires(self, endpoint: str | None) -> bool:
        """Whether it happens to a call to that endpoint; counts the call."""
        if self.endpoint not in (None, endpoint) or self.times == 0:
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


What = TypeVar("What", bound=Callable[..., Any])


def _always(_: Mapping[str, Any]) -> bool:
    return True


class Faults:
    """What is to go wrong next.

    Args:
        tables: What each fault does. A fault stands in one of them.

    """

    def __init__(self, tables: tuple[Mapping[Fault, Callable[..., Any]], ...]) -> None:
        self._does = {fault: does for table in tables for fault, does in table.items()}
        self._injections: list[Injection] = []
        self._lock = threading.Lock()

    def inject(
        self,
        fault: Fault,
        endpoint: str | None = None,
        times: int | None = 1,
        after: int = 0,
        **details: Any,
    ) -> None:
        """Let something go wrong.

        Args:
            fault: What.
            endpoint: Only in calls that are about this endpoint; in all where it is not given.
            times: In how many of them; None for all from then on.
            after: So many go well before.
            details: As the fault's own sentence names them.

        Raises:
            TypeError: For a detail that the fault does not know.

        """
        known = inspect.signature(self._does[fault]).parameters.values()
        names = {one.name for one in known if one.kind is inspect.Parameter.KEYWORD_ONLY}
        if odd := set(details) - names:
            raise TypeError(f"{fault.name} has no detail {', '.join(sorted(odd))}")
        with self._lock:
            self._injections.append(
                Injection(fault=fault, endpoint=endpoint, times=times, after=after, details=details)
            )

    def clear(self) -> None:
        """Let nothing more go wrong."""
        with self._lock:
            self._injections.clear()

    def take(
        self,
        table: Mapping[Fault, What],
        endpoint: str | None = None,
        fits: Callable[[Mapping[str, Any]], bool] = _always,
    ) -> tuple[What, Mapping[str, Any]] | None:
        """The fault of a table that happens to this call, with its details; None for none."""
        with self._lock:
            for injection in self._injections:
                matches = injection.fault in table and fits(injection.details)
                if matches and injection.fires(endpoint):
                    return table[injection.fault], injection.details
        return None

    def take_all(
        self, table: Mapping[Fault, What], endpoint: str | None
    ) -> list[tuple[What, Mapping[str, Any]]]:
        """All faults of a table that happen together, each at most once."""
        with self._lock:
            return [
                (table[injection.fault], injection.details)
                for injection in self._injections
                if injection.fault in table and injection.fires(endpoint)
            ]

    @property
    def pending(self) -> list[Fault]:
        """What was asked for and has not happened, or not often enough."""
        with self._lock:
            return [injection.fault for injection in self._injections if injection.times]
