"""Files behind addresses: as the endpoint takes them, uploaded once, by the official client.

The client's fall-back to another store sends the account's key to whatever host it is told
(fal_client 1.0.3, seen on the wire 2026-11-22); it is not used.
"""

import asyncio
import hashlib
import mimetypes
from collections.abc import Callable
from pathlib import Path

import httpx

from matchcut.endpoints.contract import Parameter
from matchcut.errors import Code, MatchcutError
from matchcut.frames.still import as_taken
from matchcut.render.providers.fal.keys import without_key
from matchcut.render.providers.fal.submit import KEPT_SECONDS
from matchcut.render.providers.protocol import Uploads

_ATTEMPTS = 5
_MEGABYTE = 1_000_000
_STILLS = frozenset({".png", ".jpg", ".jpeg", ".webp"})


async def address_of(
    file: Path,
    parameter: Parameter | None,
    uploads: Uploads,
    *,
    provider: str,
    key: str,
    said: Callable[[str], None],
) -> str:
    """The address of a file at fal; uploads it where that is not known, or ends too soon.

    Args:
        file: A still or a clip.
        parameter: What takes it; its formats and its limit of size are kept to.
        uploads: What is known of earlier uploads.
        provider: The name under which that is kept.
        key: The account's key.
        said: Told where the file had to be converted.

    Returns:
        An `https` address.

    Raises:
        MatchcutError: `provider.key`, `provider.network`.

    """
    data, suffix = await asyncio.to_thread(_as_taken, file, parameter)
    if suffix != file.suffix.lower():
        said(f"a picture is sent as {suffix.removeprefix('.')}: as it is, it is not taken")
    digest = hashlib.sha256(data).hexdigest()
    known = uploads.known(provider, digest)
    if known is not None:
        return known
    address = await _upload(data, f"{digest[:16]}{suffix}", key)
    uploads.keep(provider, digest, address, KEPT_SECONDS)
    return address


def _as_taken(file: Path, parameter: Parameter | None) -> tuple[bytes, str]:
    formats = parameter.formats if parameter else ()
    limit = parameter.max_megabytes * _MEGABYTE if parameter and parameter.max_megabytes else None
    if file.suffix.lower() in _STILLS:
        return as_taken(file, formats, limit)
    return file.read_bytes(), file.suffix.lower()


async def _upload(data: bytes, name: str, key: str) -> str:
    import fal_client  # noqa: PLC0415 - it is slow to load, and only paid renders need it

    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    lifecycle = fal_client.StorageSettings(expires_in=KEPT_SECONDS)
    problem = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            await asyncio.sleep(2**attempt / 2)
        # A client of its own each time: a token that was refused is not tried again.
        client = fal_client.AsyncClient(key=key)
        try:
            return await client.upload(
                data, kind, name, fallback_repository=[], lifecycle=lifecycle
            )
        except (fal_client.FalClientHTTPError, httpx.HTTPStatusError) as error:
            status = error.response.status_code
            if status == httpx.codes.UNAUTHORIZED and "/auth/token" in str(error.response.url):
                raise MatchcutError(
                    Code.PROVIDER_KEY,
                    "fal does not take the key",
                    fix="Look at FAL_KEY; keys are made at https://fal.ai/dashboard/keys.",
                ) from None
            problem = f"HTTP {status}"
        except (httpx.HTTPError, KeyError, ValueError, OSError) as error:
            problem = without_key(f"{type(error).__name__}: {error}", key)
    raise MatchcutError(
        Code.PROVIDER_NETWORK,
        f"a picture cannot be uploaded to fal: {problem}",
        fix="Nothing was sent or paid. Run the same command again.",
    )
