"""What vouches for an anchor: what was measured of a clip's edge, and what a person decided of it.

A look is what the measures said of one edge of one clip; it is never measured twice. A decision is
a person's, bound to the revision that they saw: another clip, or another `use` of it, is another
revision, and the decision says nothing of that. A gate is an edge that something waits for; it
costs nothing, and is gone once it is decided.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from matchcut.plan.kept import Kept
from matchcut.render.database import Database, meta
from matchcut.render.ledger import now

_looks = sa.Table(
    "matchcut_look",
    meta,
    sa.Column("clip", sa.String(64), primary_key=True),
    sa.Column("edge", sa.String, primary_key=True),
    sa.Column("first", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, primary_key=True),
    sa.Column("measures", sa.Integer, primary_key=True),
    sa.Column("choice", sa.Text, nullable=False),
)
decisions = sa.Table(
    "matchcut_decision",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("edge", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("revision", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("frame", sa.Integer),
    sa.Column("still", sa.String(64), nullable=False, default=""),
    sa.Column("pixels", sa.String(64), nullable=False, default=""),
    sa.Column("instead_of", sa.String(64), nullable=False, default=""),
    sa.Column("inputs", sa.String(64), nullable=False, default=""),
    sa.Column("why", sa.Text, nullable=False, default=""),
    sa.Column("decided_at", sa.String, nullable=False),
    sa.Index("matchcut_decision_inputs", "film", "shot", "inputs"),
)
_locks = sa.Table(
    "matchcut_lock",
    meta,
    sa.Column("clip", sa.String(64), primary_key=True),
    sa.Column("anchor", sa.String, primary_key=True),
    sa.Column("lock", sa.Text, nullable=False),
)
_gates = sa.Table(
    "matchcut_gate",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("edge", sa.String, primary_key=True),
    sa.Column("by", sa.String, primary_key=True),
    sa.Column("revision", sa.String, nullable=False),
    sa.Column("clip", sa.String(64), nullable=False),
    sa.Column("suffix", sa.String, nullable=False),
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("provider", sa.String, nullable=False),
    sa.Column("inputs", sa.String(64), nullable=False),
    sa.Column("needed_by", sa.String, nullable=False),
    sa.Column("note", sa.Text, nullable=False, default=""),
    sa.Column("opened_at", sa.String, nullable=False),
)


used_takes = sa.Table(
    "matchcut_used_take",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("by", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)


class Action(StrEnum):
    """What a person may decide of an anchor."""

    APPROVE = "approve"
    """The frame that the measures propose."""
    STEP = "step"
    """Another frame of the clip; the clip is cut there."""
    REPLACE = "replace"
    """A retouched still in place of the frame."""
    REJECT = "reject"
    """The take is not wanted: another is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided."""

    action: Action
    frame: int | None = None
    """Of the clip, from 0; for a rejection where the defect was seen, or None."""
    still: str = ""
    """SHA-256 of the retouched still, a PNG in the media store."""
    pixels: str = ""
    """Hash of its pixels."""
    instead_of: str = ""
    """Hash of the pixels of the frame that it stands for."""
    inputs: str = ""
    """What was sent for the take that was rejected."""
    why: str = ""

    @property
    def pin(self) -> int | None:
        """The frame that it pins; None for a rejection, which pins nothing."""
        return None if self.action is Action.REJECT else self.frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One edge of one take's clip: what a person looks at."""

    shot: str
    edge: str
    """`in` or `out`."""
    clip: str
    """SHA-256 of the clip."""
    suffix: str
    kept: Kept
    """First and last frame of the clip that its `use` shows."""
    number: int
    """The take's."""
    provider: str
    inputs: str
    needed_by: str = ""
    """The shot that waits for it."""
    note: str = ""
    """What else is to be known of it, as that its tones are corrected before it is sent."""

    @property
    def name(self) -> str:
        """As it is written: `rooftop.out`."""
        return f"{self.shot}.{self.edge}"

    @property
    def pinned(self) -> int:
        """The frame at the edge, before anybody has stepped it."""
        return self.kept[1] if self.edge == "out" else self.kept[0]

    @property
    def revision(self) -> str:
        """What a decision is bound to: this frame at the edge of this clip."""
        return revision_of(self.clip, self.edge, self.pinned)


def revision_of(clip: str, edge: str, pinned: int) -> str:
    """Names a frame at an edge of a clip, for a decision on it."""
    return hashlib.sha256(f"{clip}/{edge}/{pinned}".encode()).hexdigest()[:10]


class Gates:
    """The looks, decisions and gates of the films in one state folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look(self, spot: Spot, measures: int) -> dict[str, Any] | None:
        """What that version of the measures said of an edge, or None."""
        query = sa.select(_looks.c.choice).where(*_of_look(spot, measures))
        with self._database.transaction() as connection:
            text = connection.execute(query).scalar()
            return json.loads(text) if text else None

    def keep_look(self, spot: Spot, measures: int, choice: Mapping[str, Any]) -> None:
        """Write down what the measures said."""
        with self._database.transaction() as connection:
            connection.execute(_looks.delete().where(*_of_look(spot, measures)))
            connection.execute(
                _looks.insert().values(
                    clip=spot.clip,
                    edge=spot.edge,
                    first=spot.kept[0],
                    last=spot.kept[1],
                    measures=measures,
                    choice=json.dumps(choice),
                )
            )

    def lock(self, clip: str, anchor: str) -> dict[str, Any] | None:
        """How a clip's first frame holds the anchor it was sent, where that was measured."""
        query = sa.select(_locks.c.lock).where(_locks.c.clip == clip, _locks.c.anchor == anchor)
        with self._database.transaction() as connection:
            text = connection.execute(query).scalar()
            return json.loads(text) if text else None

    def keep_lock(self, clip: str, anchor: str, lock: Mapping[str, Any]) -> None:
        """Write down how a clip's first frame holds its anchor."""
        with self._database.transaction() as connection:
            connection.execute(
                _locks.delete().where(_locks.c.clip == clip, _locks.c.anchor == anchor)
            )
            connection.execute(
                _locks.insert().values(clip=clip, anchor=anchor, lock=json.dumps(lock))
            )

    def decision(self, spot: Spot) -> Decision | None:
        """The latest decision on just this revision, or None.

        A revision is a frame of a clip, whatever the shot or the film file is called by now.
        """
        query = (
            sa.select(decisions)
            .where(decisions.c.edge == spot.edge, decisions.c.revision == spot.revision)
            .order_by(decisions.c.decided_at.desc(), decisions.c.number.desc())
            .limit(1)
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _decision(row)

    def decide(self, film: str, spot: Spot, decision: Decision) -> None:
        """Write a decision down, and close the gate; earlier decisions stay on record."""
        mine = _of_edge(decisions, film, spot)
        with self._database.transaction() as connection:
            last = connection.execute(sa.select(sa.func.max(decisions.c.number)).where(*mine))
            connection.execute(
                decisions.insert().values(
                    film=film,
                    shot=spot.shot,
                    edge=spot.edge,
                    number=int(last.scalar() or 0) + 1,
                    revision=spot.revision,
                    action=decision.action,
                    frame=decision.frame,
                    still=decision.still,
                    pixels=decision.pixels,
                    instead_of=decision.instead_of,
                    inputs=decision.inputs,
                    why=decision.why,
                    decided_at=now(),
                )
            )
            mine = (*_of_edge(_gates, film, spot), _gates.c.revision == spot.revision)
            connection.execute(_gates.delete().where(*mine))

    def rejections(
        self, film: str, shot: str, inputs: str, left_behind: Callable[[str, str], bool]
    ) -> int:
        """How many takes with these inputs a person has rejected.

        Args:
            film: The film's file name.
            shot: The shot.
            inputs: Hash of what would be sent.
            left_behind: Whether another film and shot of the record are not there any more: what
                was renamed keeps what was decided of it.

        """
        query = sa.select(decisions.c.film, decisions.c.shot).where(
            decisions.c.inputs == inputs, decisions.c.action == Action.REJECT
        )
        with self._database.transaction() as connection:
            found = connection.execute(query).all()
        return sum((row[0], row[1]) == (film, shot) or left_behind(row[0], row[1]) for row in found)

    def forgive(self, film: str, shot: str, inputs: str) -> None:
        """Take a rejection back."""
        with self._database.transaction() as connection:
            connection.execute(
                decisions.delete().where(
                    decisions.c.film == film,
                    decisions.c.shot == shot,
                    decisions.c.inputs == inputs,
                    decisions.c.action == Action.REJECT,
                )
            )

    def use(self, film: str, shot: str, by: str, number: int) -> None:
        """Write down which take a film uses now, in such a run."""
        mine = (used_takes.c.film == film, used_takes.c.shot == shot, used_takes.c.by == by)
        with self._database.transaction() as connection:
            known = connection.execute(sa.select(used_takes.c.number).where(*mine)).scalar()
            if known == number:
                return
            connection.execute(used_takes.delete().where(*mine))
            connection.execute(
                used_takes.insert().values(film=film, shot=shot, by=by, number=number)
            )

    def used(self, film: str, shot: str) -> list[int]:
        """Numbers of the takes that a film uses, in rehearsals and in paid runs."""
        query = sa.select(used_takes.c.number).where(
            used_takes.c.film == film, used_takes.c.shot == shot
        )
        with self._database.transaction() as connection:
            return sorted(set(connection.execute(query).scalars()))

    def all_used(self, film: str) -> dict[tuple[str, str], int]:
        """By shot and by whose run: the number of the take that a film uses."""
        query = sa.select(used_takes.c.shot, used_takes.c.by, used_takes.c.number).where(
            used_takes.c.film == film
        )
        with self._database.transaction() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def open(self, film: str, spot: Spot, by: str) -> None:
        """Write down that something waits for a decision on this edge.

        Args:
            film: The film's file name.
            spot: The edge.
            by: Whose run waits: a rehearsal's gates are others than a paid render's.

        """
        with self._database.transaction() as connection:
            mine = (*_of_edge(_gates, film, spot), _gates.c.by == by)
            connection.execute(_gates.delete().where(*mine))
            connection.execute(
                _gates.insert().values(
                    film=film,
                    shot=spot.shot,
                    edge=spot.edge,
                    by=by,
                    revision=spot.revision,
                    clip=spot.clip,
                    suffix=spot.suffix,
                    first=spot.kept[0],
                    last=spot.kept[1],
                    number=spot.number,
                    provider=spot.provider,
                    inputs=spot.inputs,
                    needed_by=spot.needed_by,
                    note=spot.note,
                    opened_at=now(),
                )
            )

    def close_all(self, film: str, by: str) -> None:
        """Forget what waited: such a run begins, and finds out anew."""
        with self._database.transaction() as connection:
            connection.execute(_gates.delete().where(_gates.c.film == film, _gates.c.by == by))

    def waiting(self, film: str) -> list[Spot]:
        """What waits for a person, the longest first."""
        query = sa.select(_gates).where(_gates.c.film == film).order_by(_gates.c.opened_at)
        with self._database.transaction() as connection:
            return [_spot(row) for row in connection.execute(query).mappings()]


def _of_look(spot: Spot, measures: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _looks.c.clip == spot.clip,
        _looks.c.edge == spot.edge,
        _looks.c.first == spot.kept[0],
        _looks.c.last == spot.kept[1],
        _looks.c.measures == measures,
    )


def _of_edge(table: sa.Table, film: str, spot: Spot) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.film == film, table.c.shot == spot.shot, table.c.edge == spot.edge)


def _decision(row: sa.RowMapping) -> Decision:
    return Decision(
        action=Action(row["action"]),
        frame=row["frame"],
        still=row["still"],
        pixels=row["pixels"],
        instead_of=row["instead_of"],
        inputs=row["inputs"],
        why=row["why"],
    )


def _spot(row: sa.RowMapping) -> Spot:
    return Spot(
        shot=row["shot"],
        edge=row["edge"],
        clip=row["clip"],
        suffix=row["suffix"],
        kept=(row["first"], row["last"]),
        number=row["number"],
        provider=row["provider"],
        inputs=row["inputs"],
        needed_by=row["needed_by"],
        note=row["note"],
    )
