"""How each bridge lands: the picture that its last frame was to reach, and whether it does.

A person who is asked about a bridge's end must know why, and see what it was to land on; neither is
in its clip.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from matchcut.render.database import Database, meta

_landings = sa.Table(
    "matchcut_landing",
    meta,
    sa.Column("clip", sa.String(64), primary_key=True),
    sa.Column("still", sa.String(64), nullable=False),
    sa.Column("said", sa.Text, nullable=False, default=""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """How a bridge lands."""

    still: str
    """SHA-256 of the picture that its last frame was to reach, a PNG in the media store."""
    said: str = ""
    """In what it does not reach it; empty where it does."""


class Landings:
    """The bridges of the films in one state folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, clip: str) -> Landing | None:
        """How a bridge lands, by its clip; None where no run has written it down yet."""
        query = sa.select(_landings).where(_landings.c.clip == clip)
        with self._database.transaction() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Landing(still=row["still"], said=row["said"])

    def keep(self, clip: str, landing: Landing) -> None:
        """Write down how a bridge lands; the latest word stands."""
        if self.of(clip) == landing:
            return
        with self._database.transaction() as connection:
            connection.execute(_landings.delete().where(_landings.c.clip == clip))
            connection.execute(
                _landings.insert().values(clip=clip, still=landing.still, said=landing.said)
            )
