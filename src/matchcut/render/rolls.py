"""Takes that are made beside one that stands: what was asked for, and which take each became.

A take is known by what was sent, and several takes may be asked for of just the same. So each place
of a re-roll (the first, the second, ...) is written down with its take in one transaction: whatever
breaks off, the same command finds the takes that were begun, and asks for no others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchcut.render.attempt import TakeKey
from matchcut.render.database import Database, meta
from matchcut.render.ledger import Claim, TakeState, begin, claimed, last_number, takes

_rolled = sa.Table(
    "matchcut_rolled",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("shot", sa.String, primary_key=True),
    sa.Column("roll", sa.Integer, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("asked", sa.String(64), nullable=False),
    sa.Column("take", sa.Integer, nullable=False),
    sa.Column("lands", sa.Boolean, nullable=False),
    sa.Column("over", sa.Boolean, nullable=False),
    sa.Index("matchcut_rolled_take", "film", "shot", "take"),
)
_STANDS = frozenset({TakeState.CLAIMED, TakeState.DONE, TakeState.UNFIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """One re-roll of a shot."""

    film: str
    shot: str
    asked: str
    """Hash of what is asked for, whatever the number of takes."""
    lands: bool
    """True where its takes are to end on the first frame of the clip after them."""
    number: int
    """How many takes the shot had before; no two re-rolls of a shot have the same."""
    begun: Mapping[int, int]
    """By place, from 0: the number of the take that it has become."""


class Rolls:
    """The re-rolls of the films in one state folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, film: str, shot: str, asked: str, *, lands: bool) -> Roll:
        """The re-roll that was begun and is not over, or else a new one; nothing is written yet."""
        mine = (_rolled.c.film == film, _rolled.c.shot == shot)
        with self._database.transaction() as connection:
            rows = connection.execute(
                sa.select(_rolled.c.roll, _rolled.c.place, _rolled.c.take)
                .where(*mine, _rolled.c.asked == asked, _rolled.c.over == sa.false())
                .order_by(_rolled.c.roll.desc())
            ).all()
            last = last_number(connection, film, shot)
        number = rows[0].roll if rows else last
        begun = {row.place: row.take for row in rows if row.roll == number}
        return Roll(film=film, shot=shot, asked=asked, lands=lands, number=number, begun=begun)

    def claim(self, roll: Roll, place: int, inputs: str, **facts: Any) -> Claim:
        """Write down that the take of a place is about to be asked for.

        Args:
            roll: From `open`.
            place: Which of the takes, from 0.
            inputs: Hash of what will be sent and to whom.
            facts: `provider`, `request` and `expects`, as `Ledger.claim` takes them.

        Returns:
            The take that stands there already, whatever came of it, unless it failed in a way that
            may pass or a person has rejected it; else a new one.

        """
        mine = (
            _rolled.c.film == roll.film,
            _rolled.c.shot == roll.shot,
            _rolled.c.roll == roll.number,
            _rolled.c.place == place,
        )
        with self._database.transaction() as connection:
            known = connection.execute(sa.select(_rolled.c.take).where(*mine)).scalar()
            if known is not None:
                claim = claimed(connection, roll.film, roll.shot, known)
                refused = claim is not None and claim.state is TakeState.FAILED and claim.note
                if claim is not None and (claim.state in _STANDS or refused):
                    return claim
                connection.execute(_rolled.delete().where(*mine))
            claim = begin(connection, roll.film, roll.shot, inputs, **facts)
            connection.execute(
                _rolled.insert().values(
                    film=roll.film,
                    shot=roll.shot,
                    roll=roll.number,
                    place=place,
                    asked=roll.asked,
                    take=claim.number,
                    lands=roll.lands,
                    over=False,
                )
            )
        return claim

    def close(self, film: str, shot: str) -> None:
        """End the re-rolls of a shot that have no take in the making: the next is another one."""
        mine = (_rolled.c.film == film, _rolled.c.shot == shot, _rolled.c.over == sa.false())
        making = sa.select(_rolled.c.roll).where(
            *mine,
            takes.c.film == film,
            takes.c.shot == shot,
            takes.c.number == _rolled.c.take,
            takes.c.state == TakeState.CLAIMED,
        )
        with self._database.transaction() as connection:
            begun = set(connection.execute(making).scalars())
            over = _rolled.update().where(*mine, _rolled.c.roll.not_in(begun))
            connection.execute(over.values(over=True))

    def takes(self, film: str) -> frozenset[tuple[str, int]]:
        """Shot and number of each take that was made beside one that stands."""
        query = sa.select(_rolled.c.shot, _rolled.c.take).where(_rolled.c.film == film)
        with self._database.transaction() as connection:
            return frozenset((row.shot, row.take) for row in connection.execute(query))

    def lands(self, film: str, shot: str, take: int) -> bool:
        """True for a take that was made to end on the first frame of the clip after it."""
        query = sa.select(_rolled.c.lands).where(
            _rolled.c.film == film, _rolled.c.shot == shot, _rolled.c.take == take
        )
        with self._database.transaction() as connection:
            return bool(connection.execute(query).scalar())


def hand_over(connection: sa.Connection, was: TakeKey, now_is: TakeKey) -> None:
    """Give a take's place in a re-roll to what it is called now; that re-roll is over."""
    mine = (
        _rolled.c.film == was.film,
        _rolled.c.shot == was.shot,
        _rolled.c.take == was.take,
    )
    # A roll's number says how many takes there were, so each that moves has one of its own.
    values = {"film": now_is.film, "shot": now_is.shot, "take": now_is.take}
    again = {"roll": now_is.take - 1, "place": 0, "over": True}
    connection.execute(_rolled.update().where(*mine).values(**values, **again))
