"""The record of seams: what was measured between takes, and what is shown in each film.

What was measured stays when a film goes on, so that an endpoint's habits are learnt over all takes
of a project: how often it shows an anchor over again, how it changes its tones.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import sqlalchemy as sa

from matchcut.inspect.lock import Triple
from matchcut.inspect.seam import Seam, tone
from matchcut.render.database import Database, meta
from matchcut.render.ledger import now

_seams = sa.Table(
    "matchcut_seam",
    meta,
    sa.Column("before", sa.String, primary_key=True),
    sa.Column("after", sa.String, primary_key=True),
    sa.Column("join", sa.String, primary_key=True),
    sa.Column("provider", sa.String, nullable=False),
    sa.Column("before_endpoint", sa.String),
    sa.Column("before_size", sa.String, nullable=False),
    sa.Column("after_endpoint", sa.String),
    sa.Column("after_size", sa.String, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("measured_at", sa.String, nullable=False),
)
_shown = sa.Table(
    "matchcut_shown",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("provider", sa.String, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("shown_at", sa.String, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One side of a seam: a clip at the frame where it is left or entered."""

    clip: str
    """SHA-256 of the clip."""
    frame: int
    """Counted from 0."""
    endpoint: str | None
    """Who made it; None for own footage."""
    size: str
    """As in `1280x720`."""

    @property
    def key(self) -> str:
        """What makes it the same end again."""
        return f"{self.clip}[{self.frame}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What an endpoint usually does at a resolution, learnt over a project; None is unknown."""

    seams: int
    """How many seams it rests on, each counted once."""
    head: int | None = None
    """Copies at the head of its clips, the median."""
    tail: int | None = None
    """Copies at the tail of its clips that land on something."""
    tone: Triple | None = None
    """By how much light at middle grey differs from the anchor, a channel, the median."""
    lock_psnr: float | None = None
    """Decibels of its first frames against their anchors, the median."""
    reach_psnr: float | None = None
    """Decibels of its last frames against their end anchors, the median."""

    def to_json(self) -> dict[str, Any]:
        """The habit as JSON has it."""
        return {
            "seams": self.seams,
            "head": self.head,
            "tail": self.tail,
            "tone": None if self.tone is None else list(self.tone),
            "lock_psnr": self.lock_psnr,
            "reach_psnr": self.reach_psnr,
        }


class Seams:
    """The record of seams of the films in one state folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, before: End, after: End, join: str, provider: str, seam: Seam) -> None:
        """Write down what was measured, in place of what was known of the same two ends."""
        same = (_seams.c.before == before.key, _seams.c.after == after.key, _seams.c.join == join)
        with self._database.transaction() as connection:
            connection.execute(_seams.delete().where(*same))
            connection.execute(
                _seams.insert().values(
                    before=before.key,
                    after=after.key,
                    join=join,
                    provider=provider,
                    before_endpoint=before.endpoint,
                    before_size=before.size,
                    after_endpoint=after.endpoint,
                    after_size=after.size,
                    facts=json.dumps(seam.to_json()),
                    measured_at=now(),
                )
            )

    def between(self, before: str, after: str) -> Seam | None:
        """The seam between two clips as it was measured last, by their hashes; None where not."""
        query = (
            sa.select(_seams.c.facts)
            .where(_seams.c.before.startswith(f"{before}[", autoescape=True))
            .where(_seams.c.after.startswith(f"{after}[", autoescape=True))
            .order_by(_seams.c.measured_at.desc())
            .limit(1)
        )
        with self._database.transaction() as connection:
            text = connection.execute(query).scalar()
        return None if text is None else _read(text)

    def around(self, clip: str) -> tuple[Seam | None, Seam | None]:
        """What was measured last where a clip is entered, and where it is left."""
        entered, left = (
            sa.select(_seams.c.facts)
            .where(side.startswith(f"{clip}["))
            .order_by(_seams.c.measured_at.desc())
            .limit(1)
            for side in (_seams.c.after, _seams.c.before)
        )
        with self._database.transaction() as connection:
            texts = [connection.execute(query).scalar() for query in (entered, left)]
        before, after = (_read(text) if text else None for text in texts)
        return before, after

    def habit(self, provider: str, endpoint: str, size: str) -> Habit | None:
        """What an endpoint usually does at a size, by this provider; None where nothing is known.

        A rehearsal says nothing about the hosted model that it stands in for, so the two are kept
        apart.
        """
        entered = self._facts(
            provider, _seams.c.after_endpoint, _seams.c.after_size, endpoint, size
        )
        left = self._facts(provider, _seams.c.before_endpoint, _seams.c.before_size, endpoint, size)
        # A seam between two clips of one endpoint tells of an end and of a start, and is one seam.
        heads = {key: seam.head for key, seam in entered.items() if seam.head is not None}
        tails = {key: seam.tail for key, seam in left.items() if seam.tail is not None}
        locks = {key: seam.lock for key, seam in entered.items() if seam.lock}
        reaches = {key: seam.reach for key, seam in left.items() if seam.reach}
        rests = {*heads, *tails, *locks, *reaches}
        if not rests:
            return None
        tones = [changed for changed in map(tone, locks.values()) if changed]
        return Habit(
            seams=len(rests),
            head=_whole(heads.values()),
            tail=_whole(tails.values()),
            tone=_triple(tones),
            lock_psnr=median(lock.psnr for lock in locks.values()) if locks else None,
            reach_psnr=median(lock.psnr for lock in reaches.values()) if reaches else None,
        )

    def habits(self, provider: str) -> dict[tuple[str, str], Habit]:
        """Every habit that is known, by endpoint and size."""
        columns = (
            (_seams.c.after_endpoint, _seams.c.after_size),
            (
                _seams.c.before_endpoint,
                _seams.c.before_size,
            ),
        )
        found: set[tuple[str, str]] = set()
        with self._database.transaction() as connection:
            for pair in columns:
                query = sa.select(*pair).where(_seams.c.provider == provider, pair[0].is_not(None))
                found |= {(row[0], row[1]) for row in connection.execute(query.distinct())}
        known = {key: self.habit(provider, *key) for key in sorted(found)}
        return {key: habit for key, habit in known.items() if habit}

    def _facts(
        self, provider: str, whose: Any, sized: Any, endpoint: str, size: str
    ) -> dict[tuple[str, ...], Seam]:
        """Seams by what makes each the same again: its two ends and its join."""
        query = sa.select(_seams.c.before, _seams.c.after, _seams.c.join, _seams.c.facts).where(
            _seams.c.provider == provider, whose == endpoint, sized == size
        )
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        known = {tuple(row[:3]): _read(row[3]) for row in rows}
        return {key: seam for key, seam in known.items() if seam}

    def show(self, film: str, provider: str, shots: Sequence[dict[str, Any]]) -> None:
        """Write down what a film shows now, shot by shot, in place of what it showed before.

        Args:
            film: The film's file name.
            provider: Who made it.
            shots: Facts of each shot in the film's order.

        """
        mine = (_shown.c.film == film, _shown.c.provider == provider)
        moment = now()
        with self._database.transaction() as connection:
            connection.execute(_shown.delete().where(*mine))
            for position, facts in enumerate(shots):
                connection.execute(
                    _shown.insert().values(
                        film=film,
                        provider=provider,
                        position=position,
                        facts=json.dumps(facts),
                        shown_at=moment,
                    )
                )

    def shown(self, film: str, provider: str) -> list[dict[str, Any]]:
        """What a film by this provider shows, as `show` was told; empty where nobody has said."""
        query = (
            sa.select(_shown.c.facts)
            .where(_shown.c.film == film, _shown.c.provider == provider)
            .order_by(_shown.c.position)
        )
        with self._database.transaction() as connection:
            return [json.loads(text) for text in connection.scalars(query)]

    def touch(self, film: str, provider: str) -> None:
        """Write down that this is what the film shows now, whoever else made it before."""
        mine = (_shown.c.film == film, _shown.c.provider == provider)
        with self._database.transaction() as connection:
            connection.execute(_shown.update().where(*mine).values(shown_at=now()))

    def latest(self, film: str) -> str | None:
        """Who made what the film shows now; None where it has not been assembled."""
        query = (
            sa.select(_shown.c.provider)
            .where(_shown.c.film == film)
            .order_by(_shown.c.shown_at.desc())
            .limit(1)
        )
        with self._database.transaction() as connection:
            return connection.execute(query).scalar()


def _read(text: str) -> Seam | None:
    """A seam as it was written down; None where another version wrote it otherwise."""
    try:
        return Seam.from_json(json.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None


def _whole(counts: Collection[int]) -> int | None:
    """The median, the lower one of two: what is dropped wrongly jumps, what stays only stalls."""
    return sorted(counts)[(len(counts) - 1) // 2] if counts else None


def _triple(values: list[Triple]) -> Triple | None:
    if not values:
        return None
    red, green, blue = (median(part) for part in zip(*values, strict=True))
    return red, green, blue
