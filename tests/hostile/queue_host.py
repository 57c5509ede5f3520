"""The queue: submissions, and what is asked of them afterwards. Its addresses say owner and alias
of an endpoint and never the rest, as the real ones do.
"""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from hostile.answers import Answer, flat_error, json_answer, model_error
from hostile.check import check
from hostile.faults import Faults
from hostile.job_faults import JOB, cancelled
from hostile.knobs import Knobs
from hostile.orders import Failure, Line, Order, State
from hostile.queue_faults import BEGUN, RESULT, STATUS, SUBMIT, UNREAD, Post
from hostile.records import Accepted, Books, Submission
from hostile.shelf import Shelf
from hostile.wire import Call
from matchcut.endpoints.contract import Contract

HOSTS = ("queue.fal.run", "queue.falrun.com")
_NOT_FOUND = flat_error(404, "Request not found", "not_found")


class Queue:
    """The queue and all jobs that it has ever taken on."""

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        books: Books,
        faults: Faults,
        shelf: Shelf,
        line: Line,
        knobs: Knobs,
        stopping: threading.Event,
    ) -> None:
        self._contracts = contracts
        self._books = books
        self._faults = faults
        self._shelf = shelf
        self._line = line
        self._knobs = knobs
        self._stopping = stopping
        self._accepting = threading.Lock()
        self.orders: dict[str, Order] = {}

    def answer(self, call: Call) -> Answer:
        """Answer a call that has shown its key."""
        path = call.path.strip("/")
        if call.method == "POST":
            return self._submit(call, path)
        app, _, rest = path.partition("/requests/")
        request_id, _, what = rest.partition("/")
        order = self.orders.get(request_id)
        if order is None or order.app != app:
            return _NOT_FOUND
        match call.method, what:
            case "GET", "status":
                return self._status(order, logs=call.asked("logs") in ("1", "true"))
            case "GET", "":
                return self._result(order)
            case "PUT", "cancel":
                return self._cancel(order)
        return flat_error(405, "Method Not Allowed", "bad_request")

    def note(self, call: Call, *, read: bool = True) -> Any:
        """Record a submission, whatever becomes of it; its body where that is to be read."""
        body = _json_or_text(call.body) if read else None
        self._books.submissions.append(
            Submission(
                at=time.time(),
                host=call.host,
                endpoint=call.path.strip("/"),
                query={name: values[0] for name, values in call.query.items()},
                headers={name.lower(): value for name, value in call.headers.items()},
                body=body,
            )
        )
        return body

    def _submit(self, call: Call, endpoint: str) -> Answer:
        unread = self._faults.take(UNREAD, endpoint)
        body = self.note(call, read=unread is None)
        if unread:
            return unread[0]()
        contract = self._contracts.get(endpoint)
        if contract is None:
            return flat_error(404, f"Application {endpoint} not found", "not_found")
        mistakes = check(contract, body, self._shelf.bytes_of)
        if mistakes and not self._knobs.validates_late:
            return model_error(422, mistakes)

        def accept() -> Order:
            return self._accept(contract, body, mistakes, call)

        post = Post(
            contract=contract,
            given=body,
            accept=accept,
            confirm=self._confirm,
            pause=self._stopping.wait,
        )
        taken = self._faults.take(SUBMIT, endpoint)
        return taken[0](post, **taken[1]) if taken else self._confirm(accept())

    def _accept(
        self, contract: Contract, given: Any, mistakes: list[dict[str, Any]], call: Call
    ) -> Order:
        order = Order(
            request_id=str(uuid.uuid4()),
            contract=contract,
            input=given,
            sent_at=time.time(),
            stored=call.headers.get("x-fal-store-io") != "0",
        )
        if mistakes:
            kind = mistakes[0]["type"]
            order.doom = Failure(error=kind, kind=kind, result=model_error(422, mistakes))
        for does, details in self._faults.take_all(JOB, contract.id):
            does(order, **details)
        with self._accepting:  # The record, the list and the line have one order.
            self.orders[order.request_id] = order
            flying = [one.endpoint for one in self.orders.values() if one.ended_at is None]
            self._books.accepted.append(
                Accepted(
                    request_id=order.request_id,
                    endpoint=contract.id,
                    input=given,
                    at=order.sent_at,
                    under_way=len(flying),
                    under_way_there=flying.count(contract.id),
                )
            )
            self._line.add(order)
        return order

    def _confirm(self, order: Order) -> Answer:
        return json_answer(
            {
                "status": "IN_QUEUE",
                "request_id": order.request_id,
                **_urls(order),
                "queue_position": self._line.position(order) or 0,
            },
            x_fal_request_id=order.request_id,
        )

    def _status(self, order: Order, *, logs: bool) -> Answer:
        position = self._line.position(order)
        status: dict[str, Any] = {"request_id": order.request_id, **_urls(order)}
        if position is not None:
            status |= {"status": "IN_QUEUE", "queue_position": position}
        else:
            done = order.state is State.DONE
            status |= {"status": "COMPLETED" if done else "IN_PROGRESS"}
            status |= {"logs": list(order.logs) if logs else None}
            if done:
                took = (order.ended_at or 0) - (order.started_at or order.ended_at or 0)
                status |= {"metrics": {"inference_time": took}}
            if done and order.failure:
                status |= {"error": order.failure.error, "error_type": order.failure.kind}
        taken = self._faults.take(STATUS if position is not None else BEGUN, order.endpoint)
        if taken:
            return taken[0](status)
        # 202 until it is complete (fal's documentation of the queue).
        number = 200 if status["status"] == "COMPLETED" else 202
        return json_answer(status, number, x_fal_request_id=order.request_id)

    def _result(self, order: Order) -> Answer:
        if order.state is not State.DONE:
            return flat_error(400, "Request is still in progress", "bad_request")
        if order.failure:
            return order.failure.result.with_headers(x_fal_request_id=order.request_id)
        if order.expired is not None:
            return flat_error(order.expired, "The result has expired", "not_found")
        result = order.result or {}
        taken = self._faults.take(RESULT, order.endpoint)
        if taken:
            return taken[0](result)
        answer = json_answer(result, x_fal_request_id=order.request_id)
        if order.units is None:
            return answer
        return answer.with_headers(x_fal_billable_units=order.units)

    def _cancel(self, order: Order) -> Answer:
        if order.state is State.DONE:
            return json_answer({"status": "ALREADY_COMPLETED"}, 400)
        order.cancelled = True
        if self._line.remove(order):
            order.failure = cancelled()
            self._line.finish(order)
        return json_answer({"status": "CANCELLATION_REQUESTED"}, 202)


def _urls(order: Order) -> dict[str, str]:
    response = f"https://{HOSTS[0]}/{order.app}/requests/{order.request_id}"
    return {
        "response_url": response,
        "status_url": f"{response}/status",
        "cancel_url": f"{response}/cancel",
    }


def _json_or_text(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
