"""The one POST: sent once, and its answer sorted by what it proves.

The official client's `submit` repeats a POST on a dropped connection and on a time-out, and so can
start two paid jobs (fal_client 1.0.3, measured 2026-11-22). Here only what proves that nothing was
accepted may be sent again: a connection that was never made, or fal's documented 429.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from matchcut.render.providers.fal.refusals import read_refusal
from matchcut.render.providers.protocol import Ambiguous, NotSent, Receipt

QUEUE = "https://queue.fal.run"
KEPT_SECONDS = 7 * 24 * 3600
"""How long fal is asked to keep what it made, and what was uploaded."""

HEADERS: Mapping[str, str] = {
    # Two spellings stand in fal's documentation: another model must not answer in silence.
    "x-app-fal-disable-fallback": "true",
    "x-fal-disable-fallbacks": "true",
    "X-Fal-Object-Lifecycle-Preference": json.dumps({"expiration_duration_seconds": KEPT_SECONDS}),
}
TIMEOUT = httpx.Timeout(connect=15.0, write=60.0, read=90.0, pool=15.0)

# A connection that was not made, or a proxy that did not make it: not a byte of the request left.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NO = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})
"""Statuses with which the queue says that it did not accept."""
_TOO_MANY = 429
_OWN_HOSTS = (".fal.run", ".fal.ai")
_LARGEST_ANSWER = 1 << 20


async def post_once(
    client: httpx.AsyncClient, endpoint: str, arguments: Mapping[str, Any], *, key: str
) -> Receipt:
    """Send a submission.

    Args:
        client: Without retries, without redirects; it carries the key.
        endpoint: The endpoint's whole id.
        arguments: By wire name.
        key: To be kept out of messages.

    Returns:
        The receipt.

    Raises:
        NotSent: It is certain that nothing was accepted, and later it may be.
        Refused: fal said no.
        Ambiguous: Everything else: the bytes may have arrived.

    """
    url = f"{QUEUE}/{endpoint}"
    try:
        async with client.stream(
            "POST", url, json=dict(arguments), headers=HEADERS, timeout=TIMEOUT
        ) as response:
            body = await _read(response)
    except _NEVER_LEFT as error:
        raise NotSent(f"there is no connection to fal ({type(error).__name__})") from None
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise Ambiguous(f"the connection was lost ({type(error).__name__})") from None
    return _receipt(response, body, key)


async def _read(response: httpx.Response) -> str:
    """The answer's text, up to a limit; what breaks off is what has arrived."""
    data = b""
    try:
        async for chunk in response.aiter_bytes():
            data += chunk
            if len(data) > _LARGEST_ANSWER:
                break
    except (httpx.HTTPError, httpx.StreamError):
        if not response.headers.get("x-fal-request-id"):
            raise
    return data.decode("utf-8", "replace")


def _receipt(response: httpx.Response, body: str, key: str) -> Receipt:
    status, headers = response.status_code, response.headers
    if response.is_success:
        return _accepted(headers, body)
    if status == _TOO_MANY:
        raise NotSent("fal takes no more at the moment (429)", wait_seconds=_seconds(headers))
    if status in _NO:
        raise read_refusal(status, dict(headers), body, key=key, accepted=False)
    raise Ambiguous(f"the answer was HTTP {status}, which does not say whether it was accepted")


def _accepted(headers: httpx.Headers, body: str) -> Receipt:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    request_id = answer.get("request_id") or headers.get("x-fal-request-id")
    if not isinstance(request_id, str) or not request_id:
        raise Ambiguous("fal said yes, and not under which request id")
    urls = {name: answer.get(f"{name}_url") for name in ("status", "response", "cancel")}
    own = {name: url for name, url in urls.items() if isinstance(url, str) and is_fals(url)}
    return Receipt(request_id=request_id, urls=own)


def is_fals(url: str) -> bool:
    """True for an address that may be shown the key; any other is made of the request's id."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and host.endswith(_OWN_HOSTS) and "@" not in parts.netloc


def _seconds(headers: httpx.Headers) -> float | None:
    text = headers.get("retry-after", "")
    return float(text) if text.isdigit() else None
