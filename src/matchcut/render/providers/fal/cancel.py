"""A submission called off: `PUT` to its cancel address, and a look at what came of that.

fal answers 202 `CANCELLATION_REQUESTED`, 400 `ALREADY_COMPLETED` or 404 (its documentation of the
queue, read 2026-11-22). A job in the queue is taken out of it and not billed; one that has begun is
asked to stop, may come to its end all the same, and may be billed.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx

from matchcut.errors import Code, MatchcutError
from matchcut.render.providers.protocol import CalledOff, Receipt

_TRIES = 3
_PAUSE_SECONDS = 0.5
_LOOK_SECONDS = 5.0
"""How long it is watched after it was called off; most are over at once."""
_TIMEOUT = httpx.Timeout(connect=10.0, read=30.0, write=10.0, pool=10.0)
_CANCELLED = "client_cancelled"


async def call_off(client: httpx.AsyncClient, receipt: Receipt) -> CalledOff:
    """Call a submission off.

    Args:
        client: It carries the key.
        receipt: With the addresses `status` and `cancel`.

    Returns:
        What came of it, as far as can be seen within some seconds. `NOT_BEGUN` only where it was
        in the queue before and is over without having run.

    Raises:
        MatchcutError: `provider.network` where fal cannot be asked, `provider.key` where it does
            not take the key.

    """
    before = await _status(client, receipt)
    response = await _put(client, receipt)
    if response.status_code == httpx.codes.NOT_FOUND:
        return CalledOff.GONE
    if response.status_code == httpx.codes.BAD_REQUEST and "ALREADY_COMPLETED" in response.text:
        return CalledOff.OVER
    if not response.is_success:
        raise _unasked(f"HTTP {response.status_code}")
    until = time.monotonic() + _LOOK_SECONDS
    while True:
        now = await _status(client, receipt)
        if now.get("status") == "COMPLETED":
            return _ended(before, now)
        if time.monotonic() + _PAUSE_SECONDS > until:
            return CalledOff.ASKED
        await asyncio.sleep(_PAUSE_SECONDS)


def _ended(before: Mapping[str, Any], now: Mapping[str, Any]) -> CalledOff:
    if now.get("error_type") != _CANCELLED:
        return CalledOff.OVER
    metrics = now.get("metrics")
    ran = metrics.get("inference_time") if isinstance(metrics, Mapping) else None
    waited = before.get("status") == "IN_QUEUE"
    return CalledOff.NOT_BEGUN if waited and not ran else CalledOff.STOPPED


async def _put(client: httpx.AsyncClient, receipt: Receipt) -> httpx.Response:
    """The one word that counts; said again it changes nothing, so it may be repeated."""
    problem = ""
    for number in range(_TRIES):
        if number:
            await asyncio.sleep(_PAUSE_SECONDS * 2**number)
        try:
            response = await client.put(receipt.urls["cancel"], timeout=_TIMEOUT)
        except httpx.HTTPError as error:
            problem = type(error).__name__
            continue
        if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise MatchcutError(
                Code.PROVIDER_KEY,
                "fal does not take the key",
                fix="Look at FAL_KEY; keys are made at https://fal.ai/dashboard/keys.",
            )
        if not response.is_server_error:
            return response
        problem = f"HTTP {response.status_code}"
    raise _unasked(problem)


async def _status(client: httpx.AsyncClient, receipt: Receipt) -> Mapping[str, Any]:
    """What fal says of it; nothing where that cannot be had."""
    try:
        response = await client.get(receipt.urls["status"], timeout=_TIMEOUT)
        answer = response.json()
    except (httpx.HTTPError, ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _unasked(problem: str) -> MatchcutError:
    return MatchcutError(
        Code.PROVIDER_NETWORK,
        f"fal cannot be asked to call it off: {problem}",
        fix="Run the same command again.",
    )
