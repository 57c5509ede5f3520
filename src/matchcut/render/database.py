"""The state database: opened, checked, and spoken to in whole transactions.

The ledger's tables lie in the engine's database, so that one file (or one server) holds all that a
film's run knows. SQLAlchemy's core speaks to SQLite and PostgreSQL alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError

SCHEMA = 3
"""Raised when the tables or the workflow's steps change; runs of another schema are not resumed."""

meta = sa.MetaData()
_schema = sa.Table("matchcut_schema", meta, sa.Column("version", sa.Integer, primary_key=True))


class Database:
    """One state database.

    Args:
        file: The SQLite file; made where it is not there.

    Raises:
        MatchcutError: `state.broken` where it is no database, or of another schema.

    """

    def __init__(self, file: Path) -> None:
        # A folder may be called `what?`, where an address ends, or have a name that is no UTF-8:
        # as a `file:` URI the path is spelled out byte for byte.
        self.url = sa.URL.create(
            "sqlite", database=file.absolute().as_uri(), query={"uri": "true"}
        ).render_as_string()
        self.file = file
        self._engine = sa.create_engine(self.url)
        sa.event.listen(self._engine, "connect", _prepare)
        sa.event.listen(self._engine, "begin", _begin)
        with self.transaction() as connection:
            meta.create_all(connection)
            known = connection.execute(sa.select(_schema.c.version)).scalar()
            if known is None:
                connection.execute(_schema.insert().values(version=SCHEMA))
        if known not in (None, SCHEMA):
            raise MatchcutError(
                Code.STATE_BROKEN,
                f"the film's state was written by another version of matchcut (schema {known}, "
                f"and this one reads {SCHEMA})",
                where=str(file),
                fix="Use the version that wrote it, or move the folder away to begin anew; what "
                "was paid is then not known any more, and would be paid again.",
            )

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """All of it or nothing; nobody writes between its first look and its last word.

        Raises:
            MatchcutError: `state.broken` where the database cannot be read or written.

        """
        try:
            with state_faults(self.file), self._engine.begin() as connection:
                yield connection
        except (ValueError, ArithmeticError, TypeError, KeyError) as error:
            raise _broken(self.file, error) from error  # a row that was tampered with


@contextmanager
def state_faults(file: Path) -> Iterator[None]:
    """Whatever the database says in its own words, said in ours.

    Args:
        file: The database, for the message.

    Raises:
        MatchcutError: `folder.unwritable` where the disk is at fault, `state.broken` where the
            file is.

    """
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise _broken(file, error.orig) from error
    except sa.exc.DBAPIError as error:
        if _says(error.orig, *_DISK, "locked"):
            raise MatchcutError(
                Code.FOLDER_UNWRITABLE,
                f"the film's state cannot be written: {error.orig}",
                where=str(file),
                fix="Look at the free space and the permissions there, then run the same command "
                "again: what is finished is kept.",
            ) from error
        raise _broken(file, error.orig) from error
    except sa.exc.SQLAlchemyError as error:
        raise _broken(file, error) from error


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


_DISK = ("full", "readonly", "read-only", "disk i/o", "unable to open")


def _says(error: object, *words: str) -> bool:
    return any(word in str(error).lower() for word in words)


def _broken(file: Path, error: object) -> MatchcutError:
    said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return MatchcutError(
        Code.STATE_BROKEN,
        f"the film's state cannot be read: {said}",
        where=str(file),
        fix="Put it back from a copy: without it matchcut does not know what was paid already. "
        "The clips themselves are in the media folder beside it.",
    )


def _prepare(connection: Any, _record: Any) -> None:
    """Write-ahead log for speed, full sync so that what is written down survives a power cut.

    Python's own driver opens a transaction only before it writes; it is told not to, and `_begin`
    does it.
    """
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
