"""Films that their user has paused: a row each, which any run of that film looks at."""

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError
from matchcut.render.commands import film_name, whole_film_command
from matchcut.render.database import Database, meta
from matchcut.render.ledger import now

_paused = sa.Table(
    "matchcut_paused",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("paused_at", sa.String, nullable=False),
)


class Paused:
    """The paused films of one state folder. A pause outlives every process, and costs nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, film: str) -> str | None:
        """Since when a film is paused, ISO 8601 in UTC; None where it is not."""
        query = sa.select(_paused.c.paused_at).where(_paused.c.film == film)
        with self._database.transaction() as connection:
            return connection.execute(query).scalar()

    def pause(self, film: str) -> bool:
        """Pause a film; False where it is paused already."""
        if self.since(film) is not None:
            return False
        with self._database.transaction() as connection:
            connection.execute(_paused.delete().where(_paused.c.film == film))
            connection.execute(_paused.insert().values(film=film, paused_at=now()))
        return True

    def resume(self, film: str) -> bool:
        """Let a film go on; False where it is not paused."""
        with self._database.transaction() as connection:
            gone = connection.execute(_paused.delete().where(_paused.c.film == film))
        return bool(gone.rowcount)

    def refuse(self, film: str, shot: str = "") -> None:
        """Stop where a film is paused.

        Args:
            film: The film file's name.
            shot: The shot that was to be begun; the film as a whole where it is empty.

        Raises:
            MatchcutError: `film.paused`.

        """
        since = self.since(film)
        if since is not None:
            raise is_paused(film, since, shot)


def is_paused(film: str, since: str, shot: str = "") -> MatchcutError:
    """That a film is paused.

    Args:
        film: The film file's name.
        since: ISO 8601, UTC.
        shot: The shot that was to be begun; the film as a whole where it is empty.

    """
    return MatchcutError(
        Code.FILM_PAUSED,
        f"the film is paused since {since[:19].replace('T', ' ')} UTC, and nothing new is begun",
        where=shot or film_name(film),
        fix=f"{whole_film_command(film, 'resume')} lets it go on; then run the same command again.",
    )
