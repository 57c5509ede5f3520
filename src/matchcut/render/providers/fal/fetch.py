"""A clip fetched: streamed to the disk, whole, and never with the account's key."""

import asyncio
from pathlib import Path

import httpx

from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import probe

GONE_FIX = (
    "Look at the request on fal's site: a clip that you find there can stand in the film as "
    "`clip:`. To have it made and paid again: {resubmit}."
)
"""What to do about a clip that was paid and is not to be had; the caller knows the command."""

_ATTEMPTS = 6
LARGEST = 8 << 30
"""Bytes; a minute of 2160p is about half of one GiB."""
_MOST_REDIRECTS = 5
PAUSE = 0.25
"""Seconds; before the second attempt twice that, and each time twice as long."""
TIMEOUT = httpx.Timeout(connect=15.0, read=60.0, write=60.0, pool=15.0)


class _NotWholeError(Exception):
    """It did not come whole; it may the next time."""


class _NotThereError(_NotWholeError):
    """There is nothing at that address."""


async def fetch(url: str, clip: Path) -> None:
    """Fetch a clip.

    What comes whole and is no clip is left where it is: the caller keeps it and shows it to a
    person.

    Args:
        url: An `https` address, used as it is.
        clip: Where to write it.

    Raises:
        MatchcutError: `provider.network` where it does not come, `result.gone` where there is
            nothing any more, `folder.unwritable` where it cannot be written.

    """
    problem, gone = "", False
    for attempt in range(_ATTEMPTS):
        if attempt:
            await asyncio.sleep(PAUSE * 2**attempt)
        try:
            await _fetch_once(url, clip)
        except (_NotWholeError, httpx.HTTPError, httpx.StreamError) as error:
            problem, gone = str(error) or type(error).__name__, isinstance(error, _NotThereError)
            continue
        if await asyncio.to_thread(_is_clip, clip) or attempt >= _ATTEMPTS // 2:
            return
        problem = "what came is no clip"
    if gone:
        raise MatchcutError(
            Code.RESULT_GONE,
            f"the clip is made and paid, and does not lie where fal said any more ({problem})",
            fix=GONE_FIX,
        )
    raise MatchcutError(
        Code.PROVIDER_NETWORK,
        f"the clip is made and paid, and cannot be fetched now: {problem}",
        fix="Nothing is lost. Run the same command again: it is fetched once more, and not made "
        "again.",
    )


async def _fetch_once(url: str, clip: Path) -> None:
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        for _ in range(_MOST_REDIRECTS):
            async with client.stream("GET", url) as response:
                if response.has_redirect_location:
                    url = str(response.url.join(response.headers["location"]))
                    if not url.lower().startswith("https://"):
                        raise _NotWholeError("it is redirected to an address that is not https")
                    continue
                await _write(response, clip)
                return
    raise _NotWholeError("it is redirected again and again")


async def _write(response: httpx.Response, clip: Path) -> None:
    if response.status_code in (403, 404, 410):
        raise _NotThereError(f"HTTP {response.status_code}")
    if not response.is_success:
        raise _NotWholeError(f"HTTP {response.status_code}")
    kind = response.headers.get("content-type", "").lower()
    if kind.startswith(("text/", "application/json")):
        raise _NotWholeError(f"what came is {kind.partition(';')[0]}")
    size = 0
    try:
        with clip.open("wb") as file:
            async for chunk in response.aiter_bytes(1 << 20):
                size += len(chunk)
                if size > LARGEST:
                    raise _NotWholeError("it does not end")
                file.write(chunk)
    except OSError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"the clip cannot be written: {error.strerror or error}",
            where=str(clip),
            fix="Look at the free space, then run the same command again: it is fetched once "
            "more, and not made again.",
        ) from error
    announced = response.headers.get("content-length", "")
    plain = "content-encoding" not in response.headers
    if plain and announced.isdigit() and int(announced) != size:
        raise _NotWholeError(f"{size} of {announced} bytes came")
    if not size:
        raise _NotWholeError("nothing came")


def _is_clip(clip: Path) -> bool:
    try:
        probe(clip)
    except MatchcutError:
        return False
    return True
