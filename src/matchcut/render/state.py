"""Which database holds a film's state: the file in its folder, or a server that many share."""

import os

from matchcut.errors import Code, MatchcutError
from matchcut.render.database import Database, shown_address
from matchcut.store.folder import StateFolder

VARIABLE = "MATCHCUT_DATABASE"
"""Environment variable with the address of a server, password and all."""


def open_state(folder: StateFolder, place: str = "") -> Database:
    """Open the database that holds a film's state.

    A film's first run settles where that is; it is written down in its folder, without a password.

    Args:
        folder: The film's state folder.
        place: Address of a PostgreSQL database, where one is named; else `MATCHCUT_DATABASE` is
            looked at, which a film that has its state in its folder does not mind.

    Raises:
        MatchcutError: `state.elsewhere` where the film's state is in another one: it would not be
            known there what was paid; and as `Database`.

    """
    named, known = place or os.environ.get(VARIABLE, ""), folder.shared
    here = folder.database.is_file() and not known
    if not named and not known:
        return Database(folder.database)
    if here and not place:
        return Database(folder.database)
    shown = shown_address(named) if named else known
    if here or (known and known != shown):
        raise MatchcutError(
            Code.STATE_ELSEWHERE,
            f"the state of this film is in {known or folder.database}, and not in {shown}: what "
            "was paid would not be known there, and be paid again",
            where=str(folder.path),
            fix=f"Leave `--database` and {VARIABLE} away, or name that one; to begin anew there, "
            "use a copy of the film without its `.matchcut`.",
        )
    database = Database(named or known)
    if not known:
        folder.share(shown)
    return database
