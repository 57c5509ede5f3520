"""What lies behind an address: objects that were uploaded, clips that were made, a user's own."""

import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

ALL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """A file behind an address."""

    data: bytes | Path
    content_type: str
    endpoint: str | None = None
    """Of the job that made it; None for what a user put there."""
    until: float | None = None
    """When it vanishes, in seconds since the epoch; None for never."""

    def read(self) -> bytes:
        """The bytes."""
        return self.data.read_bytes() if isinstance(self.data, Path) else self.data


class Shelf:
    """All objects, by their whole address."""

    def __init__(self) -> None:
        self._objects: dict[str, Object] = {}
        self._lock = threading.Lock()

    def put(self, url: str, thing: Object) -> None:
        """Put an object behind an address."""
        with self._lock:
            self._objects[url] = thing

    def find(self, url: str) -> Object | None:
        """The object behind an address, where it is still there."""
        with self._lock:
            found = self._objects.get(url)
        if found is None or (found.until is not None and found.until <= time.time()):
            return None
        return found

    def bytes_of(self, url: str) -> bytes | None:
        """The bytes behind an address, as fal's own machines fetch them."""
        found = self.find(url)
        return found.read() if found else None

    def expire(self, url: str) -> None:
        """Let an object vanish, or `*`: all of them."""
        with self._lock:
            if url != ALL and url not in self._objects:
                raise KeyError(url)
            for address in list(self._objects) if url == ALL else [url]:
                self._objects[address] = replace(self._objects[address], until=0)
