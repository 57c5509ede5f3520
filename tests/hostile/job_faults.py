"""What goes wrong with a job that was accepted, decided when it is."""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

from hostile.answers import Answer, detail, flat_error, model_error
from hostile.faults import Fault
from hostile.orders import Failure, Order
from hostile.spoil import SPOILS
from matchcut.endpoints.contract import Contract, Role

FLAGGED = "The content could not be processed because it contained material flagged by a checker."
BROKEN = "Failed to load the image. Please make sure that the file is not corrupted."


def moderated(contract: Contract, given: Mapping[str, Any], role: str) -> Answer:
    """The refusal of a content, which names the input that it is about."""
    return _about("content_policy_violation", FLAGGED, contract, given, role)


def _about(
    kind: str, sentence: str, contract: Contract, given: Mapping[str, Any], role: str
) -> Answer:
    """A 422 that names the input of a role; the prompt where the request has none of that role."""
    name = contract.roles.get(Role(role), "")
    if name not in given:
        name = contract.roles[Role.PROMPT]
    return model_error(422, [detail(kind, sentence, (name,), given.get(name))])


def _doom(order: Order, error: str, kind: str, result: Answer) -> None:
    order.doom = Failure(error=error, kind=kind, result=result)


def _failed(order: Order) -> None:
    answer = flat_error(500, "Internal server error", "internal_error")
    _doom(order, "Internal server error", "internal_error", answer)


def _moderated(order: Order, *, role: str = "start") -> None:
    answer = moderated(order.contract, order.input, role)
    _doom(order, FLAGGED, "content_policy_violation", answer)


def _broken(order: Order, *, role: str = "start") -> None:
    answer = _about("image_load_error", BROKEN, order.contract, order.input, role)
    _doom(order, BROKEN, "image_load_error", answer)


def _downstream(order: Order) -> None:
    kind, sentence = "downstream_service_error", "Downstream service error"
    answer = model_error(504, [detail(kind, sentence, (), None)], retryable=True)
    _doom(order, sentence, kind, answer)


def cancelled() -> Failure:
    """The end of a job that somebody called off."""
    kind, sentence = "client_cancelled", "Request was cancelled by the client"
    return Failure(error=sentence, kind=kind, result=flat_error(499, sentence, kind))


def _cancelled(order: Order) -> None:
    order.doom = cancelled()


def _endless(order: Order) -> None:
    order.endless = True


def _expired(order: Order, *, status: int = 404) -> None:
    order.expired = status


def _gone(order: Order, *, status: int = 404) -> None:
    order.expired, order.gone = status, True


def _spoiled(does: Callable[..., None]) -> Callable[..., None]:
    # The details of the fault are those of `does`: `wraps` lets its signature through.
    @wraps(does)
    def spoil(order: Order, **details: Any) -> None:
        order.spoils.append(partial(does, **details))

    return spoil


JOB: Mapping[Fault, Callable[..., None]] = {
    Fault.ENDLESS_QUEUE: _endless,
    Fault.FAILED: _failed,
    Fault.MODERATED: _moderated,
    Fault.IMAGE_LOAD_ERROR: _broken,
    Fault.DOWNSTREAM_ERROR: _downstream,
    Fault.CANCELLED_UPSTREAM: _cancelled,
    Fault.RESULT_EXPIRED: _expired,
    Fault.RESULT_GONE: _gone,
    **{fault: _spoiled(does) for fault, does in SPOILS.items()},
}
"""Each takes the order, and changes what will become of it."""
