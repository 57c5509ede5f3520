"""The ledger of takes: every one written down before it is asked for, and what came of it.

What was sent for a take and what it cost stands in `attempts`, what was taken out of it in
`pictures`.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError
from matchcut.plan.types import Expectation
from matchcut.render.database import Database, meta

takes = sa.Table(
    "matchcut_take",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("provider", sa.String, nullable=False),
    sa.Column("inputs", sa.String(64), nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("expects", sa.Text, nullable=False, default="null"),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("note", sa.Text, nullable=False, default=""),
    sa.Column("clip", sa.String(64)),
    sa.Column("frames", sa.Integer),
    sa.Column("rate", sa.String),
    sa.Column("variable", sa.Boolean),
    sa.Column("cost_usd", sa.String),
    sa.Column("claimed_at", sa.String, nullable=False),
    sa.Column("done_at", sa.String),
    sa.Index("matchcut_take_inputs", "film", "shot", "inputs"),
)


class TakeState(StrEnum):
    """Where a take stands."""

    CLAIMED = "claimed"
    """Written down; it is being made, or its making was broken off."""
    DONE = "done"
    """Its clip is in the media store."""
    UNFIT = "unfit"
    """Its clip is in the media store and is not what was asked for: a person decides."""
    FAILED = "failed"
    """There is no clip and there will be none."""
    REJECTED = "rejected"
    """A person does not want it."""
    CANCELLED = "cancelled"
    """A person called it off on its way; it is made again only on their word."""


_OPEN = frozenset({TakeState.CLAIMED, TakeState.DONE})
"""What a run may write over. Anything else is a word that stands, whoever comes late."""
_MAY_BECOME: Mapping[TakeState, Collection[TakeState]] = {
    TakeState.DONE: {TakeState.UNFIT, TakeState.REJECTED, TakeState.CANCELLED},
    TakeState.REJECTED: frozenset(TakeState),
    TakeState.CANCELLED: {TakeState.CLAIMED, TakeState.CANCELLED},
}
"""What a person may make of a take, and where it must stand for that."""


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
    variable: bool = False
    """True where the distance between its frames is not constant."""
    suffix: str = ".mp4"
    cost_usd: Decimal | None = Decimal(0)
    """What it cost, as far as is known; None where the price is unknown."""

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
            "variable": self.variable,
            "suffix": self.suffix,
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Take":
        """The reverse of `to_json`."""
        cost = raw["cost_usd"]
        return cls(
            **{
                **raw,
                "rate": Fraction(raw["rate"]),
                "cost_usd": None if cost is None else Decimal(cost),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A take that was written down: what stands in its row."""

    shot: str
    number: int
    provider: str
    inputs: str
    state: TakeState
    note: str
    """What is wrong with its clip, why it was refused, or what stopped it, by where it stands."""
    clip: str | None
    frames: int
    """Of its clip; 0 where there is none, or none that can be decoded."""
    cost_usd: Decimal | None
    """What its clip cost, as far as is known; None where that is unknown, or there is none."""
    claimed_at: str
    """ISO 8601, UTC."""


class Ledger:
    """The record of takes of the films in one state folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def finished(self, film: str, shot: str, inputs: str) -> Take | None:
        """The latest finished take of a shot with these inputs, or None."""
        query = (
            sa.select(takes)
            .where(*_same(film, shot, inputs), takes.c.state == TakeState.DONE)
            .order_by(takes.c.number.desc())
            .limit(1)
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else _take(row)

    def finished_elsewhere(
        self, inputs: str, left_behind: Callable[[str, str], bool]
    ) -> Take | None:
        """The latest finished take with these inputs of a film or shot that has another name now.

        Args:
            inputs: Hash of what would be sent.
            left_behind: Whether a film and shot of the ledger are not there any more.

        """
        query = (
            sa.select(takes)
            .where(takes.c.inputs == inputs, takes.c.state == TakeState.DONE)
            .order_by(takes.c.number.desc())
        )
        with self._database.transaction() as connection:
            rows = list(connection.execute(query).mappings())
        return next((_take(row) for row in rows if left_behind(row["film"], row["shot"])), None)

    def take(self, film: str, shot: str, number: int) -> tuple[Take, TakeState] | None:
        """A take that has a clip, and where it stands; None where there is none."""
        row = (takes.c.film == film, takes.c.shot == shot, takes.c.number == number)
        with self._database.transaction() as connection:
            found = connection.execute(sa.select(takes).where(*row)).mappings().first()
        if found is None or found["clip"] is None:
            return None
        return _take(found), TakeState(found["state"])

    def claim(
        self,
        film: str,
        shot: str,
        inputs: str,
        *,
        provider: str,
        request: Mapping[str, Any],
        expects: Mapping[str, Any] | None,
        paid: bool,
    ) -> Claim:
        """Write down that a take is about to be asked for.

        Args:
            film: The film's file name.
            shot: The shot.
            inputs: Hash of what will be sent and to whom.
            provider: Who makes it.
            request: What will be sent, for people to read.
            expects: What the clip should be, as `Expectation.to_json` has it.
            paid: True where it costs money, so that a take that was made before is not made again
                without a person's word: its clip may be lost from here, and be had once more.

        Returns:
            The latest take with the same inputs where it is not over yet, else a new one.

        """
        with self._database.transaction() as connection:
            row = (
                connection.execute(
                    sa.select(takes)
                    .where(*_same(film, shot, inputs))
                    .order_by(takes.c.number.desc())
                    .limit(1)
                )
                .mappings()
                .first()
            )
            if row is not None and _stands(row, paid=paid):
                claim = _claim(row)
                if claim.state is TakeState.CLAIMED and claim.note:
                    taken_up = _row(film, shot, claim.number)
                    connection.execute(takes.update().where(*taken_up).values(note=""))
                return claim
            return begin(
                connection, film, shot, inputs, provider=provider, request=request, expects=expects
            )

    def claimed(self, film: str, shot: str, number: int) -> Claim | None:
        """A take's row, whatever came of it; None where there is none."""
        with self._database.transaction() as connection:
            return claimed(connection, film, shot, number)

    def request(self, film: str, shot: str, number: int) -> dict[str, Any]:
        """What was sent for a take: `endpoint` and `arguments`, hashes in place of pictures."""
        row = (takes.c.film == film, takes.c.shot == shot, takes.c.number == number)
        with self._database.transaction() as connection:
            text = connection.execute(sa.select(takes.c.request).where(*row)).scalar()
            known: dict[str, Any] = json.loads(text or "{}")
            return known

    def finish(self, film: str, take: Take, *, unfit: str = "") -> TakeState:
        """Write down that a take's clip is in the media store.

        What a person has decided meanwhile stands: the clip and its cost go on record beside it,
        and revive nothing.

        Args:
            film: The film's file name.
            take: The take.
            unfit: What is wrong with the clip, where it is not what was asked for.

        Returns:
            Where the take stands now.

        """
        state = TakeState.UNFIT if unfit else TakeState.DONE
        row = _row(film, take.shot, take.number)
        with self._database.transaction() as connection:
            # The clip first: from here on no other process can change the row before this is over.
            connection.execute(
                takes.update()
                .where(*row)
                .values(
                    clip=take.clip,
                    frames=take.frames,
                    rate=str(take.rate),
                    variable=take.variable,
                    cost_usd=None if take.cost_usd is None else str(take.cost_usd),
                    done_at=now(),
                )
            )
            connection.execute(
                takes.update().where(*row, takes.c.state.in_(_OPEN)).values(state=state, note=unfit)
            )
            stands = connection.execute(sa.select(takes.c.state).where(*row)).scalar()
        return TakeState(stands or state)

    def fail(self, film: str, shot: str, number: int, *, standing: str = "") -> None:
        """Write down that a take will give no clip, unless something else is known of it by now.

        Args:
            film: The film's file name.
            shot: The shot.
            number: The take's.
            standing: Why the same request would fail again; it is then not sent again by itself.

        """
        failed = {"state": TakeState.FAILED, "note": standing, "done_at": now()}
        self._set(film, shot, number, {TakeState.CLAIMED}, **failed)

    def stopped(self, film: str, shot: str, number: int, error: MatchcutError) -> None:
        """Write down what keeps a take from being made now; it is forgotten once it is taken up."""
        note = f"{error.code.value}: {error.message}"
        self._set(film, shot, number, {TakeState.CLAIMED}, note=note)

    def all(self, film: str) -> list[Claim]:
        """Every take of a film, in whatever state, by shot and number."""
        # What was sent is long, and nobody who asks for all of them reads it.
        columns = [column for column in takes.c if column.name not in ("request", "expects")]
        query = sa.select(*columns).where(takes.c.film == film)
        with self._database.transaction() as connection:
            rows = connection.execute(query.order_by(takes.c.shot, takes.c.number)).mappings().all()
        return [_claim(row) for row in rows]

    def of_shot(self, film: str, shot: str) -> list[Claim]:
        """Every take of a shot, in whatever state, the latest first."""
        query = (
            sa.select(takes)
            .where(takes.c.film == film, takes.c.shot == shot)
            .order_by(takes.c.number.desc())
        )
        with self._database.transaction() as connection:
            return [_claim(row) for row in connection.execute(query).mappings()]

    def expectation(self, film: str, shot: str, number: int) -> Expectation | None:
        """What a take's clip should be; None where nobody has said."""
        row = (takes.c.film == film, takes.c.shot == shot, takes.c.number == number)
        with self._database.transaction() as connection:
            text = connection.execute(sa.select(takes.c.expects).where(*row)).scalar()
            raw = json.loads(text or "null")
            return Expectation.from_json(raw) if raw else None

    def state(self, film: str, shot: str, number: int) -> TakeState | None:
        """Where a take stands; None where there is no such take."""
        query = sa.select(takes.c.state).where(*_row(film, shot, number))
        with self._database.transaction() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else TakeState(found)

    def decide(self, film: str, shot: str, number: int, state: TakeState) -> None:
        """Write down what a person decided of a take.

        Raises:
            MatchcutError: `decision.stale` where it does not stand any more where that could be
                decided of it.

        """
        if not self._set(film, shot, number, _MAY_BECOME[state], state=state, note=""):
            known = self.state(film, shot, number)
            raise MatchcutError(
                Code.DECISION_STALE,
                f"take {number} is {known or 'not there'} by now, and cannot become {state}",
                where=shot,
                fix="`matchcut status` says where each shot stands; decide on that.",
            )

    def take_back(self, film: str, shot: str, number: int) -> bool:
        """Let a cancelled take go on, since it could not be called off; False where it is over."""
        row = (*_row(film, shot, number), takes.c.clip.is_(None))
        back = takes.update().where(*row, takes.c.state == TakeState.CANCELLED)
        with self._database.transaction() as connection:
            return bool(connection.execute(back.values(state=TakeState.CLAIMED)).rowcount)

    def _set(
        self, film: str, shot: str, number: int, after: Collection[TakeState], **values: Any
    ) -> bool:
        """Write only where the take stands where this may follow; False where it does not."""
        row = (*_row(film, shot, number), takes.c.state.in_(after))
        with self._database.transaction() as connection:
            return bool(connection.execute(takes.update().where(*row).values(**values)).rowcount)


def last_number(connection: sa.Connection, film: str, shot: str) -> int:
    """The highest number of a shot's takes; 0 where it has none."""
    mine = (takes.c.film == film, takes.c.shot == shot)
    return int(
        connection.execute(sa.select(sa.func.max(takes.c.number)).where(*mine)).scalar() or 0
    )


def claimed(connection: sa.Connection, film: str, shot: str, number: int) -> Claim | None:
    """A take's row, read in a transaction that is under way."""
    row = (takes.c.film == film, takes.c.shot == shot, takes.c.number == number)
    found = connection.execute(sa.select(takes).where(*row)).mappings().first()
    return None if found is None else _claim(found)


def begin(
    connection: sa.Connection,
    film: str,
    shot: str,
    inputs: str,
    *,
    provider: str,
    request: Mapping[str, Any],
    expects: Mapping[str, Any] | None,
) -> Claim:
    """Write a new take down in a transaction that is under way; arguments as `Ledger.claim`."""
    number = last_number(connection, film, shot) + 1
    connection.execute(
        takes.insert().values(
            film=film,
            shot=shot,
            number=number,
            provider=provider,
            inputs=inputs,
            request=json.dumps(request, sort_keys=True, default=str),
            expects=json.dumps(expects),
            state=TakeState.CLAIMED,
            note="",
            claimed_at=now(),
        )
    )
    new = sa.select(takes).where(*_row(film, shot, number))
    return _claim(connection.execute(new).mappings().one())


def now() -> str:
    """This moment, as the ledger writes it: ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _stands(row: sa.RowMapping, *, paid: bool) -> bool:
    """True for a take that is not over, or must not be made anew by itself."""
    state = TakeState(row["state"])
    if state is TakeState.CLAIMED:
        return True
    waits = state in (TakeState.UNFIT, TakeState.DONE, TakeState.CANCELLED)
    refused = state is TakeState.FAILED and row["note"] != ""
    return paid and (waits or refused)


def _row(film: str, shot: str, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (takes.c.film == film, takes.c.shot == shot, takes.c.number == number)


def _same(film: str, shot: str, inputs: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (takes.c.film == film, takes.c.shot == shot, takes.c.inputs == inputs)


def _claim(row: sa.RowMapping) -> Claim:
    cost = row["cost_usd"]
    return Claim(
        shot=row["shot"],
        number=row["number"],
        provider=row["provider"],
        inputs=row["inputs"],
        state=TakeState(row["state"]),
        note=row["note"],
        clip=row["clip"],
        frames=row["frames"] or 0,
        cost_usd=None if cost is None else Decimal(cost),
        claimed_at=row["claimed_at"],
    )


def _take(row: sa.RowMapping) -> Take:
    cost = row["cost_usd"]
    return Take(
        shot=row["shot"],
        number=row["number"],
        provider=row["provider"],
        inputs=row["inputs"],
        clip=str(row["clip"]),
        frames=int(row["frames"]),
        rate=Fraction(row["rate"]),
        variable=bool(row["variable"]),
        cost_usd=None if cost is None else Decimal(cost),
    )
