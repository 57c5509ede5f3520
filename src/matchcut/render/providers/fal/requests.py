"""fal's list of an account's requests: where a submission is found whose answer was lost.

The list may show requests that have not ended yet, or not; its documentation does not say (read
2026-11-22). So what is not in it now may be there later, and what is not in it at all may still
exist.
"""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from matchcut.errors import Code, MatchcutError
from matchcut.render.providers.protocol import Sendable

PLATFORM = "https://api.fal.ai/v1"
_SLACK = timedelta(minutes=2)
"""Two clocks are never the same."""
_WINDOW = timedelta(minutes=10)
"""A submission with no address of our own in it is told from another's only by its time."""
_MOST_PAGES = 50
_TIMEOUT = httpx.Timeout(connect=10.0, read=30.0, write=10.0, pool=10.0)


async def find_submission(
    client: httpx.AsyncClient, sendable: Sendable, since: str, claimed: frozenset[str]
) -> str | None:
    """The id of the one request that has just this input, or None.

    Args:
        client: It carries the key.
        sendable: What was sent.
        since: ISO 8601, UTC; when it was sent at the earliest.
        claimed: Requests that belong to other submissions.

    Returns:
        None where there is none, and where there is more than one: which of them it is, only a
        person can say.

    Raises:
        MatchcutError: `provider.network` where the list cannot be read.

    """
    begun = datetime.fromisoformat(since)
    found = {
        str(item["request_id"])
        async for item in _requests(client, sendable.endpoint, begun - _SLACK)
        if item.get("request_id") not in claimed
        and _same_input(item.get("json_input"), sendable.arguments)
        and (sendable.marked or _in_time(item, begun))
    }
    return found.pop() if len(found) == 1 else None


async def find_request(
    client: httpx.AsyncClient, endpoint: str, request_id: str, since: datetime
) -> Mapping[str, Any]:
    """What the list says of one request; nothing where it is not there.

    Raises:
        MatchcutError: `provider.network` where the list cannot be read.

    """
    async for item in _requests(client, endpoint, since, request_id=request_id):
        if item.get("request_id") == request_id:
            return item
    return {}


async def same_input(
    client: httpx.AsyncClient, sendable: Sendable, request_id: str, since: datetime
) -> bool | None:
    """Whether a request has just this input; None where the list does not say."""
    item = await find_request(client, sendable.endpoint, request_id, since)
    listed = _json(item.get("json_input"))
    return _same_input(listed, sendable.arguments) if isinstance(listed, dict) else None


def answer_of(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A request's answer, or its error's body."""
    answer = _json(item.get("json_output"))
    return answer if isinstance(answer, dict) else None


def status_of(item: Mapping[str, Any]) -> int:
    """The HTTP status that a request ended with; 0 where that is not said."""
    status = item.get("status_code")
    return status if isinstance(status, int) else 0


async def _requests(
    client: httpx.AsyncClient, endpoint: str, since: datetime, **more: str
) -> AsyncIterator[Mapping[str, Any]]:
    question: dict[str, str] = {
        "endpoint_id": endpoint,
        "start": since.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "expand": "payloads",
        "limit": "100",
        **more,
    }
    for _ in range(_MOST_PAGES):
        page = await _page(client, question)
        items = page.get("items", page.get("results"))
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield item
        cursor = page.get("next_cursor")
        if not page.get("has_more") or not cursor:
            return
        question["cursor"] = str(cursor)


async def _page(client: httpx.AsyncClient, question: Mapping[str, str]) -> Mapping[str, Any]:
    url = f"{PLATFORM}/models/requests/by-endpoint"
    try:
        response = await client.get(url, params=dict(question), timeout=_TIMEOUT)
        response.raise_for_status()
        page = response.json()
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        closed = status in (401, 403)
        raise MatchcutError(
            Code.PROVIDER_KEY if closed else Code.PROVIDER_NETWORK,
            f"fal's list of requests cannot be read (HTTP {status})",
            fix="Look at what the key may do." if closed else "Run the same command again.",
        ) from None
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        raise MatchcutError(
            Code.PROVIDER_NETWORK,
            f"fal's list of requests cannot be read ({type(error).__name__})",
            fix="Run the same command again.",
        ) from None
    return page if isinstance(page, dict) else {}


def _same_input(listed: Any, sent: Mapping[str, Any]) -> bool:
    """All that was sent stands there just so; what stands beside it are the endpoint's defaults."""
    listed = _json(listed)
    return isinstance(listed, dict) and all(
        name in listed and _canonical(listed[name]) == _canonical(value)
        for name, value in sent.items()
    )


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _json(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value


def _in_time(item: Mapping[str, Any], begun: datetime) -> bool:
    for field in ("sent_at", "started_at"):
        try:
            at = datetime.fromisoformat(str(item.get(field)))
        except ValueError:
            continue
        if at.tzinfo is None:
            at = at.replace(tzinfo=begun.tzinfo)
        return begun - _SLACK <= at <= begun + _WINDOW
    return False
