"""Which take is circled for a shot, and which seams were accepted with it.

Both are bound to what the film as written would send for the shot now. So a take that was made
otherwise (of other words, another seed, another endpoint, or from a frame that is not the one shown
before it any more) stands for the shot exactly until the film itself would send something else;
then what was said of it lapses, and nobody has to take it back.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from matchcut.inspect.correct import Correction
from matchcut.render import attempts, rolls
from matchcut.render.attempt import TakeKey
from matchcut.render.database import Database, meta
from matchcut.render.ledger import claimed, last_number, now

_circled = sa.Table(
    "matchcut_circled",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("wanted", sa.String(64), primary_key=True),
    sa.Column("take", sa.Integer, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("circled_at", sa.String, nullable=False),
)
_accepted = sa.Table(
    "matchcut_accepted_seam",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("take", sa.Integer, primary_key=True),
    sa.Column("wanted", sa.String(64), primary_key=True),
    sa.Column("sent", sa.Text, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("accepted_at", sa.String, nullable=False),
)
MEASURES, PERSON, STOOD = "measures", "person", "stood"
"""Who circles a take: the measures, a person, or nobody: it stood when another was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The start anchor that a take was really made from, where another frame is shown before it."""

    identity: str
    """What makes it the same again."""
    digest: str
    """SHA-256 of its file."""
    suffix: str
    tones: Correction = field(default_factory=Correction)
    """What had become of the hero's tones in it."""

    def to_json(self) -> dict[str, Any]:
        """The anchor as JSON has it."""
        return {
            "identity": self.identity,
            "digest": self.digest,
            "suffix": self.suffix,
            "tones": self.tones.to_json(),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Sent":
        """The reverse of `to_json`."""
        return cls(**{**raw, "tones": Correction.from_json(raw["tones"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """That a take stands for a shot, whatever else the film would send for it."""

    shot: str
    take: int
    wanted: str
    """Hash of what the film as written would send now."""
    sent: Sent | None = None
    """What it really started from, where that is not the frame that is shown before it."""


class Circles:
    """The circled takes and accepted seams of the films in one state folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def circled(self, film: str, shot: str, wanted: str) -> int | None:
        """Number of the take that stands for a shot while the film would send this, or None."""
        query = sa.select(_circled.c.take).where(*_of(_circled, film, shot, wanted))
        with self._database.transaction() as connection:
            return connection.execute(query).scalar()

    def circle(self, film: str, stands: Sequence[Circle], by: str) -> None:
        """Circle takes in place of those that stood, with their seams. All of them or none.

        Args:
            film: The film's file name.
            stands: The takes.
            by: Who says so: `measures`, `person` or `stood`.

        """
        with self._database.transaction() as connection:
            for one in stands:
                same = _of(_circled, film, one.shot, one.wanted)
                key = {"film": film, "shot": one.shot, "wanted": one.wanted, "take": one.take}
                connection.execute(_circled.delete().where(*same))
                connection.execute(_circled.insert().values(**key, by=by, circled_at=now()))
                if one.sent is None:
                    continue
                same = _of(_accepted, film, one.shot, one.wanted)
                known = _accepted.delete().where(*same, _accepted.c.take == one.take)
                sent = json.dumps(one.sent.to_json())
                connection.execute(known)
                connection.execute(
                    _accepted.insert().values(**key, sent=sent, by=by, accepted_at=now())
                )

    def take_over(
        self, film: str, shot: str, wanted: str, left_behind: Callable[[str, str], bool]
    ) -> int | None:
        """Give a take that was circled for just this to the shot that would send it now.

        A film file or a shot that was renamed keeps what was chosen for it.

        Args:
            film: The film's file name.
            shot: The shot.
            wanted: Hash of what the film as written would send.
            left_behind: Whether a film and shot of the record are not there any more.

        Returns:
            The take's number under its new name; None where there was none.

        """
        query = sa.select(_circled.c.film, _circled.c.shot, _circled.c.take, _circled.c.by)
        query = query.where(_circled.c.wanted == wanted).order_by(_circled.c.circled_at.desc())
        with self._database.transaction() as connection:
            for row in connection.execute(query).all():
                was = TakeKey(film=row.film, shot=row.shot, take=row.take)
                known = claimed(connection, was.film, was.shot, was.take)
                if known is None or not left_behind(row.film, row.shot):
                    continue
                number = last_number(connection, film, shot) + 1
                now_is = TakeKey(film=film, shot=shot, take=number)
                attempts.hand_over(connection, was, now_is)
                rolls.hand_over(connection, was, now_is)
                moved = {"film": film, "shot": shot, "take": number}
                for table in (_circled, _accepted):
                    same = _of(table, row.film, row.shot, wanted)
                    mine = table.update().where(*same, table.c.take == row.take)
                    connection.execute(mine.values(**moved))
                return number
        return None

    def sent(self, film: str, shot: str, wanted: str, take: int) -> Sent | None:
        """What a take really started from, where its seam was accepted; else None."""
        query = sa.select(_accepted.c.sent).where(
            *_of(_accepted, film, shot, wanted), _accepted.c.take == take
        )
        with self._database.transaction() as connection:
            text = connection.execute(query).scalar()
            return Sent.from_json(json.loads(text)) if text else None


def _of(table: sa.Table, film: str, shot: str, wanted: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.film == film, table.c.shot == shot, table.c.wanted == wanted)
