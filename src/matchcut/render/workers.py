"""Who is at work on a shared database, and who has died at it.

The engine takes a process's work up again when that process comes back; that another one has died
it does not notice. So each writes down every few seconds that it lives, by the server's own clock:
no clock of a machine that jumps makes anybody dead. Who is silent for too long is taken for dead,
and its work is put back into its queues. Where it lives after all, two work on one take for a
while; the ledger sees to it that nothing is sent twice.
"""

import os
import platform
import threading
from collections.abc import Callable
from contextlib import suppress

import sqlalchemy as sa

from matchcut.errors import MatchcutError
from matchcut.render.database import Database, meta

BEAT_SECONDS = 2.0
DEAD_SECONDS = 20.0
"""Silence after which a process is taken for dead, unless somebody says otherwise."""

_workers = sa.Table(
    "matchcut_worker",
    meta,
    sa.Column("executor", sa.String, primary_key=True),
    sa.Column("host", sa.String, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("beat_at", sa.Float, nullable=False),
)
_NOW = sa.extract("epoch", sa.func.clock_timestamp())
_HOST = platform.node()


class Workers:
    """The processes that are at work on one shared database.

    Args:
        database: Where they stand; a server.
        executor: Names this one.
        dead_seconds: Silence after which another one is taken for dead.

    """

    def __init__(
        self, database: Database, executor: str, *, dead_seconds: float = DEAD_SECONDS
    ) -> None:
        self._database = database
        self._executor = executor
        self._dead_seconds = dead_seconds
        with database.transaction() as connection:
            _workers.create(connection, checkfirst=True)  # only who works with others needs it

    def beat(self) -> None:
        """Write down that this process lives; also after it was taken for dead."""
        mine = _workers.c.executor == self._executor

        def write(connection: sa.Connection) -> None:
            known = connection.execute(_workers.update().where(mine).values(beat_at=_NOW))
            if not known.rowcount:
                connection.execute(
                    _workers.insert().values(
                        executor=self._executor, host=_HOST, pid=os.getpid(), beat_at=_NOW
                    )
                )

        self._database.settled(write)

    def bury(self, take_over: Callable[[str], None]) -> list[str]:
        """Have the work of those that have died taken over.

        Only one process does so at a time; where it dies at it, the next one does it again.

        Args:
            take_over: Given an executor, puts its work back into its queues.

        Returns:
            Who was taken for dead.

        """
        others = _workers.c.executor != self._executor
        with self._database.transaction() as connection:
            silent = (_NOW - _workers.c.beat_at).label("silent")
            rows = connection.execute(sa.select(_workers, silent).where(others)).mappings().all()
            dead = [
                row["executor"]
                for row in rows
                if row["silent"] > self._dead_seconds or _gone(row["host"], row["pid"])
            ]
            for executor in dead:
                take_over(executor)
                connection.execute(_workers.delete().where(_workers.c.executor == executor))
        return dead

    def leave(self, take_over: Callable[[str], None]) -> None:
        """Say that this process ends, and let others have what it had not finished."""
        with self._database.transaction() as connection:
            take_over(self._executor)
            connection.execute(_workers.delete().where(_workers.c.executor == self._executor))


def watch(workers: Workers, take_over: Callable[[str], None], stop: threading.Event) -> None:
    """Beat, and look after the others, until told to stop.

    A thread of its own does this: an event loop may be deep in a frame for longer than that.

    Args:
        workers: Where.
        take_over: As `Workers.bury` has it.
        stop: Set once this process ends.

    """
    while True:
        with suppress(MatchcutError):  # a server that is away for a while hears nobody
            workers.beat()
            workers.bury(take_over)
        if stop.wait(BEAT_SECONDS):
            return


def _gone(host: str, pid: int) -> bool:
    """True for a process of this very machine that is not there any more."""
    if host != _HOST:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
