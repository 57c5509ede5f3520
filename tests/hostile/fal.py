"""The hostile fal: every host of fal's on one loopback port, and a way to make it misbehave."""

import secrets
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from mimetypes import guess_type
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hostile.answers import Answer, flat_error
from hostile.authority import Authority
from hostile.clips import Studio
from hostile.connect_faults import CONNECT, refusal
from hostile.faults import Faults
from hostile.job_faults import JOB
from hostile.knobs import Knobs
from hostile.leaks import Secret, leaks
from hostile.media_host import DOWNLOAD, Media
from hostile.orders import Line, Order, State
from hostile.platform_host import HOST as PLATFORM_HOST
from hostile.platform_host import PLATFORM, Platform
from hostile.queue_faults import BEGUN, RESULT, SUBMIT, UNREAD
from hostile.queue_host import HOSTS as QUEUE_HOSTS
from hostile.queue_host import Queue
from hostile.records import Books, Exchange
from hostile.shelf import ALL, Object, Shelf
from hostile.storage_host import BUCKET, CDN, REST, TOKEN, UPLOAD, Storage
from hostile.wire import Call, Listener, Responder
from hostile.work import Worker
from matchcut.endpoints.contract import Contract
from matchcut.endpoints.load import shipped

TABLES = (CONNECT, UNREAD, SUBMIT, BEGUN, RESULT, JOB, DOWNLOAD, UPLOAD, TOKEN, PLATFORM)
"""Every fault stands in one of them."""
KEY_HOSTS = (*QUEUE_HOSTS, PLATFORM_HOST, REST, "fal.run")
"""Who may see the account key."""

_UNAUTHORIZED = flat_error(401, "Authentication is required", "unauthorized")


class HostileFal(Knobs):
    """A fal that can be trusted to go wrong as it is told to.

    It is a context manager; on leaving it, an error of its own is raised, so that a broken server
    never passes for a hostile one.

    Args:
        folder: Where it keeps its certificate, records and clips; made where it is not there.
        workers: How many jobs it makes at the same time.
        cache: Where clips are kept for other servers too; in `folder` where it is not given.
        contracts: The endpoints that there are; the shipped ones where it is not given.

    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        cache: Path | None = None,
        contracts: Mapping[str, Contract] | None = None,
    ) -> None:
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clips = cache or folder / "clips"
        """Where clips and the files that they are made of are kept."""
        self.key = f"{uuid.uuid4()}:{secrets.token_hex(16)}"
        self.cdn_token = secrets.token_urlsafe(32)
        """What every storage token begins with."""
        self.documents: dict[str, Any] = {}
        """OpenAPI documents by endpoint, where the one made from the contract will not do."""
        self.mistakes: list[Exception] = []
        """Errors of this server's own."""
        self._secrets = (
            Secret(what="account key", text=self.key, hosts=KEY_HOSTS),
            Secret(what="storage token", text=self.cdn_token, hosts=(CDN,)),
        )
        books = Books(folder, (self.key, self.cdn_token))
        self.accepted = books.accepted
        self.submissions = books.submissions
        self.uploads = books.uploads
        self.fallback_uploads = books.fallback_uploads
        self.calls = books.calls
        self.leaks = books.leaks
        self.faults = Faults(TABLES)
        self.inject = self.faults.inject
        self._shelf = Shelf()
        self._stopping = threading.Event()
        self._authority = Authority(folder / "authority.pem")
        self._listener = Listener(self._authority, self._respond, self._refuse, self.mistakes)
        known = shipped() if contracts is None else contracts
        worker = Worker(Studio(self.clips), self._shelf, self, self._stopping, self.mistakes)
        self._line = Line(worker.work, workers)
        self._queue = Queue(
            known, books, self.faults, self._shelf, self._line, self, self._stopping
        )
        self._storage = Storage(self.cdn_token, books, self.faults, self._shelf)
        self._media = Media(self._shelf, self.faults, self.plain, self._stopping.wait)
        platform = Platform(known, self._queue.orders, self.faults, self, self.documents)
        self._hosts: Mapping[str, Responder] = {
            **dict.fromkeys(QUEUE_HOSTS, self._queue.answer),
            PLATFORM_HOST: platform.answer,
            REST: self._storage.rest,
        }

    @property
    def plain(self) -> str:
        """Its own address in plain http."""
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the official client needs in its environment to talk to this server."""
        return {
            "FAL_KEY": self.key,
            "SSL_CERT_FILE": str(self._authority.pem),
            "HTTPS_PROXY": self.plain,
            "https_proxy": self.plain,
            "NO_PROXY": "",
            "no_proxy": "",
        }

    def serve(self, url: str, data: bytes, content_type: str | None = None) -> None:
        """Put a file on a user's own server, whatever its host."""
        kind = content_type or guess_type(url.partition("?")[0])[0] or "application/octet-stream"
        self._shelf.put(url, Object(data=data, content_type=kind))

    def expire(self, url: str = ALL) -> None:
        """Let an object vanish, or all that there are now.

        Raises:
            KeyError: Where there is none behind that address.

        """
        self._shelf.expire(url)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Begin no further job while this lasts."""
        self._line.hold(held=True)
        try:
            yield
        finally:
            self._line.hold(held=False)

    def order(self, request_id: str) -> Order:
        """What this server knows of a job."""
        return self._queue.orders[request_id]

    def wait_done(self, request_id: str, seconds: float = 60) -> Order:
        """Wait until a job has ended.

        Raises:
            TimeoutError: Where it has not by then.

        """
        order = self.order(request_id)
        if not self._line.wait_until(lambda: order.state is State.DONE, seconds):
            raise TimeoutError(f"{request_id} is {order.state.name} after {seconds} s")
        return order

    def __enter__(self) -> Self:
        self._listener.start()
        self._line.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._line.stop()
        self._listener.stop()
        if self.mistakes and error is None:
            raise ExceptionGroup("the hostile server broke by itself", self.mistakes)

    def _refuse(self, host: str) -> bytes | None:
        return refusal(self.faults, host)

    def _respond(self, call: Call) -> Answer:
        answer = self._route(call)
        for leak in leaks(call, self._secrets):
            self.leaks.append(leak)
        self.calls.append(
            Exchange(
                at=time.time(),
                method=call.method,
                host=call.host,
                path=call.target,
                status=answer.status,
            )
        )
        return answer

    def _route(self, call: Call) -> Answer:
        host = self._hosts.get(call.host)
        if host is not None:
            if call.headers.get("authorization") == f"Key {self.key}":
                return host(call)
            if call.method == "POST" and call.host in QUEUE_HOSTS:
                self._queue.note(call)
            return _UNAUTHORIZED
        if call.host == CDN and call.method in ("POST", "PUT"):
            return self._storage.upload(call)
        if call.host == BUCKET and call.method == "PUT":
            return self._storage.bucket(call)
        return self._media.answer(call)
