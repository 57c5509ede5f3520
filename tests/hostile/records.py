"""What the hostile fal saw and did: lists for a test in this process, lines for one in another."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Something that happened."""

    at: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Dated):
    """A job that was taken on, and would be billed."""

    request_id: str
    endpoint: str
    input: Mapping[str, Any]
    under_way: int
    """Jobs that had not ended then, this one included."""
    under_way_there: int
    """The same, at this endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Dated):
    """A POST to the queue, whatever became of it."""

    host: str
    endpoint: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """The JSON; the text where it is none; None where it was not even read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Dated):
    """An object that was put into the storage."""

    url: str
    sha256: str
    size: int
    content_type: str
    file_name: str | None
    lifecycle: Mapping[str, str]
    """The two headers that say how long it lives, as sent."""
    parts: int
    """0 where it came in one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(Dated):
    """One HTTP request and the status of its answer."""

    method: str
    host: str
    path: str
    """With its query."""
    status: int
    """0 where the connection was dropped instead of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak(Dated):
    """A secret that was shown to a host which must not see it."""

    what: str
    """`account key` or `storage token`."""
    method: str
    host: str
    path: str
    found: str
    """The header it stood in, `address` or `body`."""


Record = TypeVar("Record", bound=Dated)


class Records(list[Record], Generic[Record]):
    """A list that is also a file: each record is on the disk before anybody is told of it.

    Args:
        path: One JSON object a line.
        secrets: Texts that are blotted out in the file, and only there.

    """

    def __init__(self, path: Path, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._path = path
        self._secrets = secrets
        self._lock = threading.Lock()
        path.write_bytes(b"")

    def append(self, record: Record) -> None:
        """Add a record, and write it down first."""
        line = json.dumps(asdict(record))
        for secret in self._secrets:
            line = line.replace(secret, "(secret)")
        with self._lock:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            super().append(record)


class Books:
    """All that is recorded.

    Args:
        folder: Where the files are written; it exists.
        secrets: The account key and the storage token.

    """

    def __init__(self, folder: Path, secrets: tuple[str, ...]) -> None:
        self.accepted = Records[Accepted](folder / "accepted.jsonl", secrets)
        self.submissions = Records[Submission](folder / "submissions.jsonl", secrets)
        self.uploads = Records[Upload](folder / "uploads.jsonl", secrets)
        self.fallback_uploads = Records[Upload](folder / "fallback-uploads.jsonl", secrets)
        self.calls = Records[Exchange](folder / "calls.jsonl", secrets)
        self.leaks = Records[Leak](folder / "leaks.jsonl", secrets)
