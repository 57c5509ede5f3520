"""The storage: tokens, uploads whole and in parts, and the fall-back that nobody should use."""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hostile.answers import Answer, flat_error, json_answer
from hostile.faults import Fault, Faults
from hostile.records import Books, Records, Upload
from hostile.shelf import Object, Shelf
from hostile.wire import Call

REST = "rest.fal.ai"
CDN = "v3.fal.media"
BUCKET = "storage.googleapis.com"
_LIFECYCLE = ("x-fal-object-lifecycle", "x-fal-object-lifecycle-preference")
_UNAUTHORIZED = flat_error(401, "Token is missing or has expired", "unauthorized")
_NOT_FOUND = flat_error(404, "Not found", "not_found")
_INTERNAL = flat_error(500, "Internal server error", "internal_error")
_TOKEN_HOURS = 1


@dataclass(slots=True, kw_only=True)
class _Parts:
    """An upload that comes in parts."""

    url: str
    call: Call
    """The one that began it: its headers count."""
    parts: dict[int, bytes] = field(default_factory=dict)


class Storage:
    """The storage's two hosts and its bucket.

    Args:
        token: What every token that is given out begins with.
        books: Gets the uploads.
        faults: What goes wrong.
        shelf: Where the objects are put.

    """

    def __init__(self, token: str, books: Books, faults: Faults, shelf: Shelf) -> None:
        self._token = token
        self._given = 0
        self._valid: set[str] = set()
        self._books = books
        self._faults = faults
        self._shelf = shelf
        self._begun: dict[str, _Parts] = {}
        self._promised: dict[str, tuple[str, Call]] = {}
        self._lock = threading.Lock()

    def rest(self, call: Call) -> Answer:
        """Answer a call to the REST host that has shown its key."""
        if call.method != "POST":
            return _NOT_FOUND
        if call.path == "/storage/auth/token" and call.asked("storage_type") == "fal-cdn-v3":
            return _INTERNAL if self._faults.take(TOKEN) else self._give_token()
        if call.path == "/storage/upload/initiate":
            return self._initiate(call)
        return _NOT_FOUND

    def upload(self, call: Call) -> Answer:
        """Answer a POST or PUT to the storage itself."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._valid:
            return _UNAUTHORIZED
        if taken := self._faults.take(UPLOAD):
            return taken[0](self, token)
        if call.method == "POST" and call.path == "/files/upload":
            url = self._address(call)
            self._keep(self._books.uploads, url, call, call.body)
            return json_answer({"access_url": url})
        if call.method == "POST" and call.path == "/files/upload/multipart":
            return self._begin(call)
        return self._part(call)

    def _part(self, call: Call) -> Answer:
        url, _, rest = call.url.partition("/multipart/")
        upload_id, _, number = rest.partition("/")
        begun = self._begun.get(upload_id)
        if begun is None or begun.url != url:
            return _NOT_FOUND
        if call.method == "PUT" and number.isdigit():
            begun.parts[int(number)] = call.body
            return Answer(headers={"etag": f'"{_digest(call.body)}"'})
        if call.method == "POST" and number == "complete":
            return self._complete(upload_id, begun, call.body)
        return _NOT_FOUND

    def bucket(self, call: Call) -> Answer:
        """Answer a PUT to the address that the fall-back gave out."""
        promised = self._promised.get(call.url)
        if promised is None:
            return _NOT_FOUND
        self._keep(self._books.fallback_uploads, promised[0], promised[1], call.body)
        return Answer()

    def revoke(self, token: str) -> None:
        """Take a token for expired from now on."""
        with self._lock:
            self._valid.discard(token)

    def _give_token(self) -> Answer:
        with self._lock:
            self._given += 1
            token = f"{self._token}.{self._given}"
            self._valid.add(token)
        return json_answer(
            {
                "token": token,
                "token_type": "Bearer",
                "base_url": f"https://{CDN}",
                "expires_at": (datetime.now(UTC) + timedelta(hours=_TOKEN_HOURS)).isoformat(),
            }
        )

    def _begin(self, call: Call) -> Answer:
        upload_id, url = secrets.token_hex(8), self._address(call)
        self._begun[upload_id] = _Parts(url=url, call=call)
        return json_answer({"access_url": url, "uploadId": upload_id})

    def _complete(self, upload_id: str, begun: _Parts, body: bytes) -> Answer:
        named = json.loads(body)["parts"]
        given = {part["partNumber"]: part["etag"].strip('"') for part in named}
        if given != {number: _digest(data) for number, data in begun.parts.items()}:
            return flat_error(400, "The parts are not those that were sent", "bad_request")
        data = b"".join(begun.parts[number] for number in sorted(begun.parts))
        self._keep(self._books.uploads, begun.url, begun.call, data, len(begun.parts))
        del self._begun[upload_id]
        return json_answer({"access_url": begun.url})

    def _initiate(self, call: Call) -> Answer:
        name = f"{secrets.token_urlsafe(12)}/{json.loads(call.body)['file_name']}"
        upload, file = f"https://{BUCKET}/fal-uploads/{name}", f"https://{CDN}/files/gcs/{name}"
        self._promised[upload] = (file, call)
        return json_answer({"upload_url": upload, "file_url": file})

    def _address(self, call: Call) -> str:
        name = call.headers.get("x-fal-file-name", "upload.bin")
        return f"https://{CDN}/files/b/{secrets.token_urlsafe(12)}_{name}"

    def _keep(
        self, records: Records[Upload], url: str, call: Call, data: bytes, parts: int = 0
    ) -> None:
        lifecycle = {name: call.headers[name] for name in _LIFECYCLE if name in call.headers}
        content_type = call.headers.get("content-type", "application/octet-stream")
        lives = json.loads(lifecycle.get(_LIFECYCLE[0], "{}")).get("expiration_duration_seconds")
        until = None if lives is None else time.time() + lives
        self._shelf.put(url, Object(data=data, content_type=content_type, until=until))
        records.append(
            Upload(
                at=time.time(),
                url=url,
                sha256=hashlib.sha256(data).hexdigest(),
                size=len(data),
                content_type=content_type,
                file_name=call.headers.get("x-fal-file-name"),
                lifecycle=lifecycle,
                parts=parts,
            )
        )


def _digest(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _refuse(_: Storage, __: str) -> Answer:
    return _INTERNAL


def _expire(storage: Storage, token: str) -> Answer:
    storage.revoke(token)
    return _UNAUTHORIZED


UPLOAD: Mapping[Fault, Callable[[Storage, str], Answer]] = {
    Fault.UPLOAD_500: _refuse,
    Fault.UPLOAD_TOKEN_EXPIRED: _expire,
}
"""Each takes the storage and the token that was shown."""
TOKEN: Mapping[Fault, Callable[[], Answer]] = {Fault.TOKEN_500: lambda: _INTERNAL}
