"""The state database: opened, checked, and spoken to in whole transactions.

The ledger's tables lie in the engine's database, so that one file (or one server) holds all that a
film's run knows. SQLAlchemy's core speaks to SQLite and PostgreSQL alike.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError

SCHEMA = 4
"""Raised when the tables or the workflow's steps change; runs of another schema are not resumed."""
_ADDED_TO = (3,)
"""Schemas that this one has only added tables to: what was written then is read on."""

meta = sa.MetaData()
_schema = sa.Table("matchcut_schema", meta, sa.Column("version", sa.Integer, primary_key=True))


_AWAY_SECONDS = 90.0
"""How long a server that was there is waited for: it restarts, or the network is gone."""
_LOCK = int.from_bytes(b"matchcut", "big") >> 1
"""Key of the advisory lock that whoever writes holds, as a signed 64-bit number."""
_IDLE_SECONDS = 15.0
"""How long whoever holds that lock may say nothing; a word takes milliseconds."""
_AGAIN_SECONDS = 0.5
_T = TypeVar("_T")


class Database:
    """One state database.

    Args:
        place: The SQLite file, made where it is not there; or the address of a PostgreSQL database,
            `postgresql://user@host:port/name`. What is not said in it, as the password, is taken
            from where libpq looks: `PGPASSWORD`, `~/.pgpass`.

    Raises:
        MatchcutError: `state.broken` where it is no database, or of another schema; `state.away`
            where a server cannot be reached.

    """

    def __init__(self, place: Path | str) -> None:
        self.shared = isinstance(place, str)
        """True for a server, where several machines may be at work on the same films."""
        if isinstance(place, str):
            address = server_address(place)
            self.name = shown_address(place)
        else:
            # A folder may be called `what?`, where an address ends, or have a name that is no
            # UTF-8: as a `file:` URI the path is spelled out byte for byte.
            uri = place.absolute().as_uri()
            address = sa.URL.create("sqlite", database=uri, query={"uri": "true"})
            self.name = str(place)
        self.url = address.render_as_string(hide_password=False)
        self._patience = 0.0
        self._engine = sa.create_engine(address, pool_pre_ping=self.shared)
        if not self.shared:
            sa.event.listen(self._engine, "connect", _prepare)
        sa.event.listen(self._engine, "begin", _lock_server if self.shared else _lock_file)
        with self.transaction() as connection:
            meta.create_all(connection)
            known = connection.execute(sa.select(_schema.c.version)).scalar()
            if known is None:
                connection.execute(_schema.insert().values(version=SCHEMA))
            elif known in _ADDED_TO:
                connection.execute(_schema.update().values(version=SCHEMA))
        if known not in (None, SCHEMA, *_ADDED_TO):
            raise MatchcutError(
                Code.STATE_BROKEN,
                f"the film's state was written by another version of matchcut (schema {known}, "
                f"and this one reads {SCHEMA})",
                where=self.name,
                fix="Use the version that wrote it, or move the folder away to begin anew; what "
                "was paid is then not known any more, and would be paid again.",
            )
        self._patience = _AWAY_SECONDS if self.shared else 0.0

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """All of it or nothing; nobody writes between its first look and its last word.

        A server that was there is waited for before the transaction begins. One that goes away in
        the middle of it is an error: nobody knows then whether the last word was heard.

        Raises:
            MatchcutError: `state.broken` where the database cannot be read or written,
                `state.away` where it cannot be reached any more.

        """
        try:
            with state_faults(self.name), self._begun() as connection:
                yield connection
        except (ValueError, ArithmeticError, TypeError, KeyError) as error:
            raise _broken(self.name, error) from error  # a row that was tampered with

    def settled(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Do in one transaction what may as well be done twice, until it is certain that it is.

        Args:
            work: Given the connection; doing it again changes nothing more.

        Raises:
            MatchcutError: As `transaction`.

        """
        until = time.monotonic() + self._patience
        while True:
            try:
                with self.transaction() as connection:
                    return work(connection)
            except MatchcutError as error:
                if error.code is not Code.STATE_AWAY or time.monotonic() > until:
                    raise

    @contextmanager
    def _begun(self) -> Iterator[sa.Connection]:
        with self._connected() as connection, connection.begin():
            yield connection

    def _connected(self) -> sa.Connection:
        until = time.monotonic() + self._patience
        while True:
            try:
                return self._engine.connect()
            except sa.exc.OperationalError:
                if not self.shared or time.monotonic() > until:
                    raise
            time.sleep(_AGAIN_SECONDS)


def server_address(place: str) -> sa.URL:
    """The address of a PostgreSQL database, with the driver that speaks to it.

    Raises:
        MatchcutError: `usage` where it is no such address; nothing of it is repeated, since it may
            hold a password.

    """
    try:
        address = sa.make_url(place)
        server = address.get_backend_name() == "postgresql"
    except (sa.exc.ArgumentError, ValueError):
        server = False
    if not server or not address.database:
        raise MatchcutError(
            Code.USAGE,
            "the database is named by what is no address of one",
            where="--database",
            fix="Write `postgresql://user@host:5432/name`; the password may stand in PGPASSWORD.",
        )
    return address.set(drivername="postgresql+psycopg")


def shown_address(place: str) -> str:
    """A database's address without its password, and without what else may be secret in it."""
    address = server_address(place).set(drivername="postgresql", query={})
    return sa.URL.create(
        address.drivername,
        username=address.username,
        host=address.host,
        port=address.port,
        database=address.database,
    ).render_as_string()


@contextmanager
def state_faults(name: str) -> Iterator[None]:
    """Whatever the database says in its own words, said in ours.

    Args:
        name: The database, for the message.

    Raises:
        MatchcutError: `folder.unwritable` where the disk is at fault, `state.away` where a server
            cannot be reached, `state.broken` where what it holds is.

    """
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise _broken(name, error.orig) from error
    except sa.exc.DBAPIError as error:
        if _says(error.orig, *_DISK, "locked"):
            raise _unwritable(name, error.orig) from error
        if is_away(error):
            raise MatchcutError(
                Code.STATE_AWAY,
                f"the database does not answer: {_first_line(error.orig)}",
                where=name,
                fix="Look whether it runs and takes this user, and whether PGPASSWORD or ~/.pgpass "
                "has the password; then run the same command again: what is finished is kept.",
            ) from error
        raise _broken(name, error.orig) from error
    except sa.exc.SQLAlchemyError as error:
        raise _broken(name, error) from error


def retold(name: str, said: str) -> MatchcutError | None:
    """What the engine tells again of the database, in our words; None where it is no disk's fault.

    It keeps no more of an error than its class and what it said.

    Args:
        name: The database, for the message.
        said: As `(sqlite3.OperationalError) disk I/O error`, and what SQLAlchemy adds to that.

    """
    found = _RETOLD.match(said)
    if found is None or not _says(found["said"], *_DISK):
        return None
    return _unwritable(name, found["said"])


def is_away(error: BaseException) -> bool:
    """True where a server is not there, is starting or stopping, or the way to it is cut."""
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    server = type(error.orig).__module__.startswith("psycopg")
    return server and (error.connection_invalidated or isinstance(error, sa.exc.OperationalError))


@contextmanager
def disk_faults(url: str) -> Iterator[list[sa.exc.DBAPIError]]:
    """Collect what goes wrong with the disk under a database, whoever speaks to it.

    The engine writes down what came of a step on threads of its own, and where it cannot, it says
    so to nobody: whoever waits for that step would wait for ever.

    Args:
        url: The database's address.

    Yields:
        The faults so far; it grows. A database that is only locked for a while is none.

    """
    faults: list[sa.exc.DBAPIError] = []
    database = sa.make_url(url).database

    def note(context: sa.engine.ExceptionContext) -> None:
        error, engine = context.sqlalchemy_exception, context.engine
        ours = engine is not None and engine.url.database == database
        if ours and isinstance(error, sa.exc.DBAPIError) and _says(error.orig, *_DISK):
            faults.append(error)

    sa.event.listen(sa.Engine, "handle_error", note)
    try:
        yield faults
    finally:
        sa.event.remove(sa.Engine, "handle_error", note)


_RETOLD = re.compile(r"\((?:sqlite3|psycopg)\.[\w.]+\) (?P<said>[^\n]*)")
_DISK = ("full", "no space left", "readonly", "read-only", "disk i/o", "unable to open")


def _says(error: object, *words: str) -> bool:
    return any(word in str(error).lower() for word in words)


def _first_line(error: object) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _unwritable(name: str, error: object) -> MatchcutError:
    return MatchcutError(
        Code.FOLDER_UNWRITABLE,
        f"the film's state cannot be written: {_first_line(error)}",
        where=name,
        fix="Look at the free space and the permissions there, then run the same command "
        "again: what is finished is kept.",
    )


def _broken(name: str, error: object) -> MatchcutError:
    return MatchcutError(
        Code.STATE_BROKEN,
        f"the film's state cannot be read: {_first_line(error)}",
        where=name,
        fix="Put it back from a copy: without it matchcut does not know what was paid already. "
        "The clips themselves are in the media folder beside it.",
    )


def _prepare(connection: Any, _record: Any) -> None:
    """Write-ahead log for speed, full sync so that what is written down survives a power cut.

    Python's own driver opens a transaction only before it writes; it is told not to, and
    `_lock_file` does it.
    """
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _lock_file(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock_server(connection: sa.Connection) -> None:
    """One writer at a time, as with a file: what is counted against a budget stays true.

    A process that is frozen in the middle of its word would keep all others waiting for as long,
    whoever has taken over its work; the server gives up its transaction instead.
    """
    connection.exec_driver_sql(
        "SELECT pg_advisory_xact_lock(%s) "
        "FROM set_config('idle_in_transaction_session_timeout', %s, true)",
        (_LOCK, f"{_IDLE_SECONDS * 1000:.0f}"),
    )
