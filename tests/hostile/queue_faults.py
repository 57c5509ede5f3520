"""What goes wrong between the queue and its caller: at the submission, a status, a result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hostile.answers import DROPPED, Answer, flat_error, html_error, json_answer
from hostile.faults import Fault
from hostile.job_faults import moderated
from hostile.orders import Order
from matchcut.endpoints.contract import Contract

_CUT_JSON = Answer(headers={"content-type": "application/json"}, body=b'{"status": "COMPL')


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A submission that was found good, in the hands of a fault."""

    contract: Contract
    given: Mapping[str, Any]
    accept: Callable[[], Order]
    """Take the job on."""
    confirm: Callable[[Order], Answer]
    """The answer that the caller should have had."""
    pause: Callable[[float], Any]
    """Wait so many seconds, or until the server stops."""


def _answers(answer: Answer, *, accepted: bool) -> Callable[..., Answer]:
    def fault(post: Post) -> Answer:
        if accepted:
            post.accept()
        return answer

    return fault


def _slow(post: Post, *, seconds: float = 30.0) -> Answer:
    order = post.accept()
    post.pause(seconds)
    return post.confirm(order)


def _too_many(_: Post, *, retry_after: int | None = None) -> Answer:
    answer = flat_error(429, "Too many requests are waiting", "too_many_requests")
    return answer if retry_after is None else answer.with_headers(retry_after=str(retry_after))


def _malformed(post: Post) -> Answer:
    whole = post.confirm(post.accept())
    return replace(whole, body=whole.body[: len(whole.body) // 2])


def _without_id(post: Post) -> Answer:
    order = post.accept()
    return json_answer({"status": "IN_QUEUE"}, x_fal_request_id=order.request_id)


def _redirect(post: Post, *, location: str = "https://queue.elsewhere.test") -> Answer:
    return Answer(status=307, headers={"location": f"{location}/{post.contract.id}"})


def _moderated(post: Post, *, role: str = "start") -> Answer:
    return moderated(post.contract, post.given, role)


_TIMEOUT = flat_error(408, "Request timed out", "request_timeout")
_CONFLICT = flat_error(409, "The request is in conflict with another", "conflict")
_GATEWAY = html_error(502, "Bad Gateway")
_UNAVAILABLE = flat_error(503, "No runner is available", "runner_scheduling_failure")
_INTERNAL = flat_error(500, "Internal server error", "internal_error")

UNREAD: Mapping[Fault, Callable[[], Answer]] = {Fault.DROP_BEFORE_READING: lambda: DROPPED}
"""Before the body is read."""

SUBMIT: Mapping[Fault, Callable[..., Answer]] = {
    Fault.DROP_AFTER_ACCEPT: _answers(DROPPED, accepted=True),
    Fault.SLOW_ACCEPT: _slow,
    Fault.TOO_MANY_REQUESTS: _too_many,
    Fault.REQUEST_TIMEOUT: _answers(_TIMEOUT, accepted=False),
    Fault.REQUEST_TIMEOUT_ACCEPTED: _answers(_TIMEOUT, accepted=True),
    Fault.CONFLICT: _answers(_CONFLICT, accepted=False),
    Fault.CONFLICT_ACCEPTED: _answers(_CONFLICT, accepted=True),
    Fault.BAD_GATEWAY: _answers(_GATEWAY, accepted=False),
    Fault.BAD_GATEWAY_ACCEPTED: _answers(_GATEWAY, accepted=True),
    Fault.UNAVAILABLE: _answers(_UNAVAILABLE, accepted=False),
    Fault.UNAVAILABLE_ACCEPTED: _answers(_UNAVAILABLE, accepted=True),
    Fault.MALFORMED_ANSWER: _malformed,
    Fault.ANSWER_WITHOUT_ID: _without_id,
    Fault.SUBMIT_REDIRECT: _redirect,
    Fault.MODERATED_AT_SUBMIT: _moderated,
}
"""Each takes the `Post` of a good request."""


def _without_logs(status: dict[str, Any]) -> Answer:
    return json_answer({key: value for key, value in status.items() if key != "logs"})


STATUS: Mapping[Fault, Callable[[dict[str, Any]], Answer]] = {
    Fault.STATUS_MALFORMED: lambda _: _CUT_JSON,
    Fault.STATUS_500: lambda _: _INTERNAL,
    Fault.STATUS_DROPPED: lambda _: DROPPED,
}
"""Each takes the status that the caller should have had."""
BEGUN: Mapping[Fault, Callable[[dict[str, Any]], Answer]] = {
    **STATUS,
    Fault.STATUS_WITHOUT_LOGS: _without_logs,
}
"""The same for a job that has begun."""

RESULT: Mapping[Fault, Callable[[dict[str, Any]], Answer]] = {
    Fault.RESULT_MALFORMED: lambda _: _CUT_JSON,
    Fault.RESULT_500: lambda _: _INTERNAL,
    Fault.RESULT_WITHOUT_VIDEO: lambda _: json_answer({"video": None}),
}
"""Each takes the result that the caller should have had."""
