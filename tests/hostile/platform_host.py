"""The platform API, version 1: the list of requests, models with their documents, prices."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hostile.answers import Answer, flat_error, json_answer, model_error
from hostile.faults import Fault, Faults
from hostile.knobs import Knobs
from hostile.openapi import document
from hostile.orders import Order, State
from hostile.wire import Call
from matchcut.endpoints.contract import Contract, Unit

HOST = "api.fal.ai"
_MOST_ENDPOINTS = 50
_MOST_ITEMS = 100
_STATUSES: Mapping[str, range] = {
    "success": range(200, 300),
    "error": range(500, 600),
    "user_error": range(400, 500),
}
_UNITS = {Unit.SECOND: "seconds", Unit.VIDEO: "videos", Unit.THOUSAND_TOKENS: "units"}
PLATFORM: Mapping[Fault, Callable[[], Answer]] = {
    Fault.PLATFORM_500: lambda: flat_error(500, "Internal server error", "internal_error")
}


class _Bad(Exception):  # noqa: N818 - what the caller's query is
    """A query that cannot be answered."""


class Platform:
    """The platform API.

    Args:
        contracts: The endpoints that there are.
        orders: All jobs, by request id, the oldest first.
        faults: What goes wrong.
        knobs: What a test has set.
        documents: OpenAPI documents in place of those made from the contracts, by endpoint.

    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        orders: Mapping[str, Order],
        faults: Faults,
        knobs: Knobs,
        documents: Mapping[str, Any],
    ) -> None:
        self._contracts = contracts
        self._orders = orders
        self._faults = faults
        self._knobs = knobs
        self._documents = documents
        self._pages: Mapping[str, Callable[[Call], Any]] = {
            "/v1/models/requests/by-endpoint": self._by_endpoint,
            "/v1/models/requests/search": self._search,
            "/v1/models/pricing": self._pricing,
            "/v1/models": self._models,
        }

    def answer(self, call: Call) -> Answer:
        """Answer a call that has shown its key."""
        page = self._pages.get(call.path)
        if page is None or call.method != "GET":
            return flat_error(404, "Not found", "not_found")
        if taken := self._faults.take(PLATFORM):
            return taken[0]()
        try:
            return json_answer(page(call))
        except (_Bad, ValueError) as error:
            return model_error(
                422,
                [
                    {
                        "loc": ["query"],
                        "msg": str(error),
                        "type": "value_error",
                        "input": call.target,
                    }
                ],
            )

    def _by_endpoint(self, call: Call) -> dict[str, Any]:
        endpoints = _listed(call, "endpoint_id")
        start = _moment(call, "start") or datetime.now(UTC) - timedelta(days=1)
        end, status = _moment(call, "end"), call.asked("status")
        wanted = call.asked("request_id")
        if status not in (None, *_STATUSES):
            raise _Bad(f"status must be one of {', '.join(_STATUSES)}")
        found = [
            order
            for order in self._shown()
            if order.endpoint in endpoints
            and wanted in (None, order.request_id)
            and self._within(order, start, end)
            and (status is None or _code(order) in _STATUSES[status])
        ]
        if call.asked("sort_by") == "duration":
            found.sort(key=lambda order: -(_duration(order) or 0))
        return _page(call, found, "items")

    def _search(self, call: Call) -> dict[str, Any]:
        return _page(call, self._shown(), "results")

    def _shown(self) -> list[Order]:
        """What the list knows of, the newest first."""
        newest = reversed(list(self._orders.values()))
        unfinished = self._knobs.list_unfinished
        return [order for order in newest if unfinished or order.state is State.DONE]

    def _within(self, order: Order, start: datetime, end: datetime | None) -> bool:
        moment = getattr(order, self._knobs.listed_by)
        if moment is None:
            return True
        return start.timestamp() <= moment and (end is None or moment < end.timestamp())

    def _pricing(self, call: Call) -> dict[str, Any]:
        prices = [
            {
                "endpoint_id": name,
                "unit_price": float(contract.prices[0].usd),
                "unit": _UNITS[contract.prices[0].unit],
                "currency": "USD",
            }
            for name in _listed(call, "endpoint_id")
            if (contract := self._contracts.get(name)) and contract.prices
        ]
        return {"prices": prices, "next_cursor": None, "has_more": False}

    def _models(self, call: Call) -> dict[str, Any]:
        expanded = "openapi-3.0" in call.query.get("expand", [])
        asked = call.query.get("endpoint_id")
        names = _listed(call, "endpoint_id") if asked else [*self._contracts]
        models = [
            {
                "endpoint_id": name,
                "metadata": {"display_name": contract.name, "status": "active"},
                **({"openapi": self._document(contract)} if expanded else {}),
            }
            for name in names
            if (contract := self._contracts.get(name))
        ]
        return {"models": models, "next_cursor": None, "has_more": False}

    def _document(self, contract: Contract) -> Any:
        return self._documents.get(contract.id) or document(contract)


def _page(call: Call, found: list[Order], key: str) -> dict[str, Any]:
    """The page that the cursor points at: the requests after the one that it names."""
    limit = int(call.asked("limit") or 50)
    if not 1 <= limit <= _MOST_ITEMS:
        raise _Bad(f"limit must be from 1 to {_MOST_ITEMS}")
    ids, begin = [order.request_id for order in found], 0
    if cursor := call.asked("cursor"):
        begin = ids.index(base64.urlsafe_b64decode(cursor).decode()) + 1
    page, more = found[begin : begin + limit], begin + limit < len(found)
    payloads = "payloads" in call.query.get("expand", [])
    last = page[-1].request_id if more else None
    return {
        key: [_item(order, payloads=payloads) for order in page],
        "next_cursor": base64.urlsafe_b64encode(last.encode()).decode() if last else None,
        "has_more": more,
    }


def _item(order: Order, *, payloads: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "request_id": order.request_id,
        "endpoint_id": order.endpoint,
        "started_at": _iso(order.started_at),
        "sent_at": _iso(order.sent_at),
        "ended_at": _iso(order.ended_at),
        "status_code": _code(order),
        "duration": _duration(order),
    }
    if payloads:
        kept = order.stored
        item["json_input"] = order.input if kept else None
        item["json_output"] = order.result if kept and not order.gone else None
    return item


def _code(order: Order) -> int | None:
    if order.state is not State.DONE:
        return None
    return order.failure.result.status if order.failure else 200


def _duration(order: Order) -> float | None:
    if order.ended_at is None:
        return None
    return order.ended_at - (order.started_at or order.ended_at)


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def _moment(call: Call, name: str) -> datetime | None:
    text = call.asked(name)
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _listed(call: Call, name: str) -> list[str]:
    """The values of a parameter that may come several times, or parted by commas."""
    given = [one for text in call.query.get(name, []) for one in text.split(",")]
    if not 1 <= len(given) <= _MOST_ENDPOINTS:
        raise _Bad(f"{name} must be given 1 to {_MOST_ENDPOINTS} times")
    return given
