"""Jobs that were taken on, and the line in which they wait for a worker."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any

from hostile.answers import Answer
from matchcut.endpoints.contract import Contract


class State(Enum):
    """How far a job is."""

    QUEUED = auto()
    RUNNING = auto()
    DONE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a job ends that gives no clip."""

    error: str
    kind: str
    result: Answer
    """What is answered in place of the result."""


Spoil = Callable[[Path, Path], None]
"""Makes a spoiled copy of a clip: from, to."""


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """One job."""

    request_id: str
    contract: Contract
    input: Mapping[str, Any]
    sent_at: float
    stored: bool
    """False where the caller asked not to keep what was sent and made."""
    state: State = State.QUEUED
    started_at: float | None = None
    ended_at: float | None = None
    logs: list[dict[str, str]] = field(default_factory=list)
    result: dict[str, Any] | None = None
    units: str | None = None
    failure: Failure | None = None
    cancelled: bool = False

    # What was injected.
    endless: bool = False
    doom: Failure | None = None
    spoils: list[Spoil] = field(default_factory=list)
    expired: int | None = None
    """The status that the result answers with; None while it is there."""
    gone: bool = False
    """The request list has lost the result too."""

    @property
    def endpoint(self) -> str:
        """The id of the endpoint."""
        return self.contract.id

    @property
    def app(self) -> str:
        """Owner and alias: all of the endpoint's id that its URLs say."""
        return "/".join(self.endpoint.split("/")[:2])

    def log(self, message: str) -> None:
        """Say something in the job's own log."""
        moment = datetime.now(UTC).isoformat()
        self.logs.append({"message": message, "level": "INFO", "timestamp": moment})


class Stopped(Exception):  # noqa: N818 - it is no error
    """The server stops while a clip is being made."""


class Line:
    """The line, first come, first served.

    Args:
        work: Makes one job's result, or its failure; raises nothing but `Stopped`.
        workers: How many jobs are made at the same time.

    """

    def __init__(self, work: Callable[[Order], None], workers: int) -> None:
        self._work = work
        self._waiting: list[Order] = []
        self._changed = threading.Condition()
        self._held = False
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"hostile-worker-{n}", daemon=True)
            for n in range(workers)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop; what is being made is broken off by whoever makes it."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def hold(self, *, held: bool) -> None:
        """Begin no further job, or go on."""
        with self._changed:
            self._held = held
            self._changed.notify_all()

    def add(self, order: Order) -> None:
        """Put a job at the end."""
        with self._changed:
            self._waiting.append(order)
            self._changed.notify_all()

    def position(self, order: Order) -> int | None:
        """How many wait before it; None where it does not wait."""
        with self._changed:
            return self._waiting.index(order) if order in self._waiting else None

    def remove(self, order: Order) -> bool:
        """Take a job out of the line; False where it is not in it."""
        with self._changed:
            if order not in self._waiting:
                return False
            self._waiting.remove(order)
            return True

    def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait for something that is true once a job has begun or ended."""
        with self._changed:
            return self._changed.wait_for(holds, seconds)

    def _next(self) -> Order | None:
        return next((order for order in self._waiting if not order.endless), None)

    def _ready(self) -> bool:
        return self._stopping or (not self._held and self._next() is not None)

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._ready)
                order = self._next()
                if self._stopping or order is None:
                    return
                self._waiting.remove(order)
                order.state, order.started_at = State.RUNNING, time.time()
                self._changed.notify_all()
            try:
                self._work(order)
            except Stopped:
                return
            self.finish(order)

    def finish(self, order: Order) -> None:
        """A job has come to its end."""
        with self._changed:
            order.state, order.ended_at = State.DONE, time.time()
            self._changed.notify_all()
