"""The record of pictures: anchors and cut clips that were taken out of takes, stills made ready.

Each is made once, and known again by what it was made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import sqlalchemy as sa

from matchcut.render.database import Database, meta

anchors = sa.Table(
    "matchcut_anchor",
    meta,
    sa.Column("clip", sa.String(64), primary_key=True),
    sa.Column("frame", sa.Integer, primary_key=True),
    sa.Column("still", sa.String(64), nullable=False),
    sa.Column("time", sa.String, nullable=False),
    sa.Column("pixels", sa.String(64), nullable=False),
)
_cuts = sa.Table(
    "matchcut_cut_clip",
    meta,
    sa.Column("clip", sa.String(64), primary_key=True),
    sa.Column("last", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
)
prepared_stills = sa.Table(
    "matchcut_prepared",
    meta,
    sa.Column("source", sa.String(64), primary_key=True),
    sa.Column("how", sa.String, primary_key=True),
    sa.Column("still", sa.String(64), nullable=False),
    sa.Column("pixels", sa.String(64), nullable=False),
)
named_files = sa.Table(
    "matchcut_named_file",
    meta,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("written", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRecord:
    """One frame of a clip, taken out."""

    clip: str
    frame: int
    still: str
    """SHA-256 of the PNG file."""
    time: Fraction
    """Presentation time in the clip, seconds."""
    pixels: str
    """Hash of the decoded pixels."""


class Pictures:
    """What was taken out of the clips in one state folder, and made of the pictures there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def anchor(self, clip: str, frame: int) -> AnchorRecord | None:
        """The anchor taken from a clip at a frame, or None."""
        query = sa.select(anchors).where(anchors.c.clip == clip, anchors.c.frame == frame)
        with self._database.transaction() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else AnchorRecord(**{**row, "time": Fraction(row["time"])})

    def keep_anchor(self, anchor: AnchorRecord) -> None:
        """Write down an anchor in place of what was known of that frame."""
        gone = (anchors.c.clip == anchor.clip, anchors.c.frame == anchor.frame)
        with self._database.transaction() as connection:
            connection.execute(anchors.delete().where(*gone))
            connection.execute(
                anchors.insert().values(
                    clip=anchor.clip,
                    frame=anchor.frame,
                    still=anchor.still,
                    time=str(anchor.time),
                    pixels=anchor.pixels,
                )
            )

    def cut_clip(self, clip: str, last: int) -> str | None:
        """The hash of a clip's copy that ends at a frame, or None."""
        query = sa.select(_cuts.c.digest).where(_cuts.c.clip == clip, _cuts.c.last == last)
        with self._database.transaction() as connection:
            return connection.execute(query).scalar()

    def keep_cut_clip(self, clip: str, last: int, digest: str) -> None:
        """Write down a clip's copy that ends at a frame."""
        with self._database.transaction() as connection:
            connection.execute(_cuts.delete().where(_cuts.c.clip == clip, _cuts.c.last == last))
            connection.execute(_cuts.insert().values(clip=clip, last=last, digest=digest))

    def name_files(self, names: Mapping[str, str]) -> None:
        """Write down what files are called that films name, by their SHA-256; the first name stays.

        Args:
            names: The path written in the film, by hash.

        """
        with self._database.transaction() as connection:
            query = sa.select(named_files.c.digest)
            known = set(connection.execute(query).scalars())
            new = [
                {"digest": digest, "written": written}
                for digest, written in names.items()
                if digest not in known
            ]
            if new:
                connection.execute(named_files.insert(), new)

    def prepared(self, source: str, how: str) -> tuple[str, str] | None:
        """What was made of a picture: the hash of the PNG file and that of its pixels, or None.

        Args:
            source: SHA-256 of the picture's file.
            how: What was done to it.

        """
        wanted = (prepared_stills.c.source == source, prepared_stills.c.how == how)
        query = sa.select(prepared_stills.c.still, prepared_stills.c.pixels).where(*wanted)
        with self._database.transaction() as connection:
            row = connection.execute(query).first()
            return None if row is None else (row.still, row.pixels)

    def keep_prepared(self, source: str, how: str, still: str, pixels: str) -> None:
        """Write down what was made of a picture."""
        gone = (prepared_stills.c.source == source, prepared_stills.c.how == how)
        with self._database.transaction() as connection:
            connection.execute(prepared_stills.delete().where(*gone))
            connection.execute(
                prepared_stills.insert().values(source=source, how=how, still=still, pixels=pixels)
            )
