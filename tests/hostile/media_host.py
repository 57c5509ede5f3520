"""Files behind addresses, and what goes wrong on their way. Nobody has to show a key for them."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from hostile.answers import Answer, flat_error
from hostile.faults import Fault, Faults
from hostile.shelf import Object, Shelf
from hostile.wire import Call

_MEGABYTE = bytes(1 << 20)
_TOO_MUCH = 1024
"""Megabytes after which even an endless body ends, in a dropped connection: disks are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A clip that is asked for, in the hands of a fault."""

    call: Call
    thing: Object
    shelf: Shelf
    plain: str
    """This server's own address in plain http."""
    pause: Callable[[float], Any]

    @property
    def half(self) -> bytes:
        """The first half of the bytes."""
        whole = self.thing.read()
        return whole[: len(whole) // 2]

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says of the file."""
        return {"content-type": self.thing.content_type}


class Media:
    """The host of uploaded and made files, and every host that a user's own files are on."""

    def __init__(
        self, shelf: Shelf, faults: Faults, plain: str, pause: Callable[[float], Any]
    ) -> None:
        self._shelf = shelf
        self._faults = faults
        self._plain = plain
        self._pause = pause

    def answer(self, call: Call) -> Answer:
        """Answer a GET or HEAD."""
        thing = self._shelf.find(call.url)
        if thing is None or call.method not in ("GET", "HEAD"):
            return flat_error(404, "Not found", "not_found")
        download = Download(
            call=call, thing=thing, shelf=self._shelf, plain=self._plain, pause=self._pause
        )
        # Only clips that were made here go wrong: a user's files are not fal's.
        if thing.endpoint and (taken := self._faults.take(DOWNLOAD, thing.endpoint)):
            return taken[0](download, **taken[1])
        return Answer(headers=download.headers, body=thing.read())


def _truncated(download: Download) -> Answer:
    return Answer(headers=download.headers, body=download.half, length=len(download.thing.read()))


def _reset(download: Download) -> Answer:
    return Answer(
        headers=download.headers,
        body=download.half,
        length=len(download.thing.read()),
        reset=True,
    )


def _stalls(download: Download, *, seconds: float = 30.0) -> Answer:
    def rest() -> Iterator[bytes]:
        download.pause(seconds)
        yield download.thing.read()[len(download.half) :]

    return Answer(headers=download.headers, body=download.half, chunks=rest())


def _page(_: Download) -> Answer:
    page = b"<!doctype html><title>Error</title><h1>Something went wrong</h1>\n"
    return Answer(headers={"content-type": "text/html; charset=utf-8"}, body=page)


def _redirected(download: Download) -> Answer:
    return _elsewhere(download, f"https://{download.call.host}")


def _redirected_plain(download: Download) -> Answer:
    return _elsewhere(download, download.plain)


def _elsewhere(download: Download, origin: str) -> Answer:
    location = f"{origin}/files/moved/{time.time_ns()}.mp4"
    download.shelf.put(location, download.thing)
    return Answer(status=302, headers={"location": location})


def _giant(download: Download, *, megabytes: int = _TOO_MUCH) -> Answer:
    def zeros() -> Iterator[bytes]:
        yield from repeat(_MEGABYTE, megabytes)
        raise ConnectionAbortedError

    return Answer(headers=download.headers, body=download.thing.read(), chunks=zeros())


DOWNLOAD: Mapping[Fault, Callable[..., Answer]] = {
    Fault.TRUNCATED_DOWNLOAD: _truncated,
    Fault.DOWNLOAD_RESET: _reset,
    Fault.DOWNLOAD_STALLS: _stalls,
    Fault.DOWNLOAD_HTML: _page,
    Fault.DOWNLOAD_REDIRECT: _redirected,
    Fault.DOWNLOAD_REDIRECT_PLAIN: _redirected_plain,
    Fault.GIANT_BODY: _giant,
}
"""Each takes the `Download`."""
