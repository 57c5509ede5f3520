"""fal's platform API: an endpoint's OpenAPI document, as it is today.

`GET https://api.fal.ai/v1/models?endpoint_id=ID&expand=openapi-3.0`, with the account's key (fal's
public documentation, read 2026-11-22). Nothing is paid for it.
"""

import time
from typing import TYPE_CHECKING, Any

from matchcut.endpoints.openapi import LARGEST_BYTES, check_id, parse_document
from matchcut.errors import Code, MatchcutError
from matchcut.render.providers.fal.keys import fal_key

if TYPE_CHECKING:
    import httpx

_URL = "https://api.fal.ai/v1/models"
_LONGEST_SECONDS = 60.0
"""For all of it; a document has a hundred kilobytes."""
_CHUNK = 1 << 16
_UNAUTHORIZED = (401, 403)
_UNKNOWN = (404, 422)
_TOO_MANY = 429


def openapi(endpoint_id: str, key: str | None = None) -> dict[str, Any]:
    """Fetch an endpoint's OpenAPI document.

    Args:
        endpoint_id: Owner and name, as in `fal-ai/NAME/image-to-video`.
        key: The account's key; from the environment where it is not given.

    Returns:
        The document, as `read_document` takes it.

    Raises:
        MatchcutError: `provider.key` where there is no key or it is not taken, `endpoint.unknown`
            where fal knows no such endpoint, `document.broken` where what comes is no document,
            `provider.network` where nothing comes.

    """
    import httpx  # noqa: PLC0415 - what is read from files does without

    check_id(endpoint_id)
    headers = {"Authorization": f"Key {key or fal_key()}", "Accept": "application/json"}
    asked = {"endpoint_id": endpoint_id, "expand": "openapi-3.0"}
    timeout = httpx.Timeout(20.0, connect=10.0)
    # A key follows nobody: a redirect is an error.
    try:
        with (
            httpx.Client(headers=headers, timeout=timeout, follow_redirects=False) as client,
            client.stream("GET", _URL, params=asked) as response,
        ):
            _must_be_fine(response, endpoint_id)
            data = _body(response)
    except httpx.TimeoutException:
        raise _unreachable("it does not answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise _unreachable(type(error).__name__) from None
    return _document(parse_document(data, f"fal's document of {endpoint_id}"), endpoint_id)


def _must_be_fine(response: "httpx.Response", endpoint_id: str) -> None:
    status = response.status_code
    if status in _UNAUTHORIZED:
        raise MatchcutError(
            Code.PROVIDER_KEY,
            f"fal does not take the key (HTTP {status})",
            fix="Look at FAL_KEY; keys are made at https://fal.ai/dashboard/keys.",
        )
    if status in _UNKNOWN:
        raise _unknown(endpoint_id)
    if response.has_redirect_location:
        raise _unreachable("it redirects elsewhere, and the key is sent nowhere else")
    if status == _TOO_MANY:
        raise _unreachable("it has been asked too often; wait a minute")
    if not response.is_success:
        raise _unreachable(f"HTTP {status}")


def _body(response: "httpx.Response") -> bytes:
    begun = time.monotonic()
    body = bytearray()
    for chunk in response.iter_bytes(_CHUNK):
        body += chunk
        if len(body) > LARGEST_BYTES:
            raise MatchcutError(
                Code.DOCUMENT_BROKEN,
                f"fal's answer is larger than {LARGEST_BYTES >> 20} MiB, and no document is",
                fix="Save the document to a file, look at it, and import the file.",
            )
        if time.monotonic() - begun > _LONGEST_SECONDS:
            raise _unreachable("its answer does not end")
    return bytes(body)


def _document(answer: Any, endpoint_id: str) -> dict[str, Any]:
    models = answer.get("models") if isinstance(answer, dict) else None
    if not isinstance(models, list):
        raise MatchcutError(
            Code.DOCUMENT_BROKEN,
            "fal's answer is not what its documentation says: it lists no models",
            where=endpoint_id,
            fix="Save the endpoint's OpenAPI document to a file, and import the file.",
        )
    found = [
        model
        for model in models
        if isinstance(model, dict) and model.get("endpoint_id") == endpoint_id
    ]
    if not found:
        raise _unknown(endpoint_id)
    document = found[0].get("openapi")
    if not isinstance(document, dict) or "openapi" not in document:
        raise MatchcutError(
            Code.DOCUMENT_BROKEN,
            "fal has no OpenAPI document of this endpoint",
            where=endpoint_id,
            fix="Look at the endpoint's page on fal's site.",
        )
    return document


def _unknown(endpoint_id: str) -> MatchcutError:
    return MatchcutError(
        Code.ENDPOINT_UNKNOWN,
        f"fal knows no endpoint `{endpoint_id}`",
        fix="Look at its page on fal's site: the id is the part of the address after /models/.",
    )


def _unreachable(problem: str) -> MatchcutError:
    return MatchcutError(
        Code.PROVIDER_NETWORK,
        f"fal's list of models cannot be read: {problem}",
        fix="Run the same command again, or save the endpoint's OpenAPI document to a file and "
        "import the file.",
    )
