"""The ledger: every take, written down before it is asked for.

Its tables lie in the engine's database. SQLAlchemy's core speaks to SQLite and PostgreSQL alike;
what must be atomic is one transaction here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError

SCHEMA = 1
"""Raised when the tables or the workflow's steps change; runs of another schema are not resumed."""

_meta = sa.MetaData()
_takes = sa.Table(
    "matchcut_take",
    _meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("provider", sa.String, nullable=False),
    sa.Column("inputs", sa.String(64), nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("clip", sa.String(64)),
    sa.Column("frames", sa.Integer),
    sa.Column("rate", sa.String),
    sa.Column("cost_usd", sa.String),
    sa.Column("claimed_at", sa.String, nullable=False),
    sa.Column("done_at", sa.String),
    sa.Index("matchcut_take_inputs", "film", "shot", "inputs"),
)
_anchors = sa.Table(
    "matchcut_anchor",
    _meta,
    sa.Column("clip", sa.String(64), primary_key=True),
    sa.Column("frame", sa.Integer, primary_key=True),
    sa.Column("still", sa.String(64), nullable=False),
    sa.Column("time", sa.String, nullable=False),
    sa.Column("pixels", sa.String(64), nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One attempt at a shot that gave a clip."""

    shot: str
    number: int
    """Counted from 1."""
    provider: str
    inputs: str
    """Hash of what was really sent and to whom."""
    clip: str
    """SHA-256 of the clip."""
    frames: int
    rate: Fraction
    suffix: str = ".mp4"

    def to_json(self) -> dict[str, Any]:
        """The take as the engine keeps it."""
        return {
            "shot": self.shot,
            "number": self.number,
            "provider": self.provider,
            "inputs": self.inputs,
            "clip": self.clip,
            "frames": self.frames,
            "rate": str(self.rate),
            "suffix": self.suffix,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Take":
        """The reverse of `to_json`."""
        return cls(**{**raw, "rate": Fraction(raw["rate"])})


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


class Ledger:
    """The record of takes and anchors of the films in one state folder.

    Args:
        database: The SQLite file; made where it is not there.

    """

    def __init__(self, database: Path) -> None:
        self.url = f"sqlite:///{database}"
        self._engine = sa.create_engine(self.url)
        sa.event.listen(self._engine, "connect", _prepare)
        try:
            _meta.create_all(self._engine)
        except sa.exc.DatabaseError as error:
            raise MatchcutError(
                Code.STATE_BROKEN,
                f"the film's state cannot be read: {error.orig}",
                where=str(database),
                fix="Put the file back from a copy, or move it away to begin anew: the clips stay "
                "in the media folder.",
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def finished(self, film: str, shot: str, inputs: str) -> Take | None:
        """The latest finished take of a shot with these inputs, or None."""
        query = (
            sa.select(_takes)
            .where(_takes.c.film == film, _takes.c.shot == shot, _takes.c.inputs == inputs)
            .where(_takes.c.state == "done")
            .order_by(_takes.c.number.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _take(row)

    def claim(
        self, film: str, shot: str, inputs: str, provider: str, request: Mapping[str, Any]
    ) -> int:
        """Write down that a take is about to be asked for.

        Returns:
            Its number: a new one, or that of an unfinished take with the same inputs.

        """
        mine = (_takes.c.film == film, _takes.c.shot == shot)
        with self._engine.begin() as connection:
            open_take = connection.execute(
                sa.select(_takes.c.number).where(
                    *mine, _takes.c.inputs == inputs, _takes.c.state == "claimed"
                )
            ).scalar()
            if open_take is not None:
                return int(open_take)
            last = connection.execute(sa.select(sa.func.max(_takes.c.number)).where(*mine)).scalar()
            number = int(last or 0) + 1
            connection.execute(
                _takes.insert().values(
                    film=film,
                    shot=shot,
                    number=number,
                    provider=provider,
                    inputs=inputs,
                    request=json.dumps(request, sort_keys=True, default=str),
                    state="claimed",
                    claimed_at=_now(),
                )
            )
        return number

    def finish(self, film: str, take: Take, cost_usd: Decimal) -> None:
        """Write down that a take's clip is in the media store."""
        with self._engine.begin() as connection:
            connection.execute(
                _takes.update()
                .where(
                    _takes.c.film == film,
                    _takes.c.shot == take.shot,
                    _takes.c.number == take.number,
                )
                .values(
                    state="done",
                    clip=take.clip,
                    frames=take.frames,
                    rate=str(take.rate),
                    cost_usd=str(cost_usd),
                    done_at=_now(),
                )
            )

    def anchor(self, clip: str, frame: int) -> AnchorRecord | None:
        """The anchor taken from a clip at a frame, or None."""
        query = sa.select(_anchors).where(_anchors.c.clip == clip, _anchors.c.frame == frame)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else AnchorRecord(**{**row, "time": Fraction(row["time"])})

    def keep_anchor(self, anchor: AnchorRecord) -> None:
        """Write down an anchor; the same one twice is one."""
        if self.anchor(anchor.clip, anchor.frame):
            return
        values = {
            "clip": anchor.clip,
            "frame": anchor.frame,
            "still": anchor.still,
            "time": str(anchor.time),
            "pixels": anchor.pixels,
        }
        with self._engine.begin() as connection:
            gone = (_anchors.c.clip == anchor.clip, _anchors.c.frame == anchor.frame)
            connection.execute(_anchors.delete().where(*gone))
            connection.execute(_anchors.insert().values(**values))


def _prepare(connection: Any, _record: Any) -> None:
    """Write-ahead log for speed, full sync so that what is written down survives a power cut."""
    connection.isolation_level = "IMMEDIATE"
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _take(row: sa.RowMapping) -> Take:
    return Take(
        shot=row["shot"],
        number=row["number"],
        provider=row["provider"],
        inputs=row["inputs"],
        clip=row["clip"],
        frames=row["frames"],
        rate=Fraction(row["rate"]),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
