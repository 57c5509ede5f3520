"""Whether a plan still holds: what differs between what was agreed to and what would be done now.

A plan that has been begun is gone on with: takes that appeared since are its own, as long as they
are of just what it said. Before that, a take that appears is somebody else's doing.
"""

import shlex
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError
from matchcut.plan.types import Plan
from matchcut.project import Project
from matchcut.render.attempts import Attempts
from matchcut.render.changes import changes, in_words
from matchcut.render.commands import film_path
from matchcut.render.database import Database, meta
from matchcut.render.desk import Desk
from matchcut.render.ledger import Ledger, TakeState, now
from matchcut.render.plan_file import KeptShot, PlanFile, Section, kept_of, settings_of
from matchcut.render.shelf import hashed_files
from matchcut.render.staleness import Staleness, Standing, State, stand
from matchcut.render.work import works_of

_begun = sa.Table(
    "matchcut_begun_plan",
    meta,
    sa.Column("film", sa.String, primary_key=True),
    sa.Column("by", sa.String, primary_key=True),
    sa.Column("plan", sa.String(64), primary_key=True),
    sa.Column("begun_at", sa.String, nullable=False),
)
_WRITTEN = ("join", "hero", "bridge", "start", "end", "clip", "use", "seconds")
"""What is compared of a planned shot beside its request."""


class Agreement:
    """A plan file held against the film as it is.

    Args:
        file: The plan.
        project: The film.
        plan: What would be planned now.
        database: The film's records.
        desk: Where it would be made.

    """

    def __init__(
        self, file: PlanFile, project: Project, plan: Plan, database: Database, desk: Desk
    ) -> None:
        self._file = file
        self._project = project
        self._plan = plan
        self._database = database
        self._desk = desk
        self._film = desk.film
        self._by = desk.provider.name
        self._section = file.section(self._by)

    def refuse_stale(self, standing: Staleness) -> None:
        """Stop where the plan is not what would be done.

        Args:
            standing: How the film stands now.

        Raises:
            MatchcutError: `plan.stale`, with every reason in words.

        """
        reasons = list(dict.fromkeys(self._reasons(standing)))
        if not reasons:
            return
        shown = reasons[:_MOST_REASONS]
        more = len(reasons) - len(shown)
        film = shlex.quote(film_path(self._project.path.name))
        raise MatchcutError(
            Code.PLAN_STALE,
            "the plan is not what would be done now: "
            + "; ".join(shown)
            + (f"; and {more} more" if more else "")
            + ". Nothing was made",
            where=str(self._file.path),
            fix=f"Look at it, and write it anew: `matchcut plan {film} -o {self._file.path.name}`.",
        )

    def settle(self) -> Decimal:
        """Begin to apply it, or go on, where it is what would be done.

        Returns:
            What a run may spend for it, US dollars, with what is in flight.

        Raises:
            MatchcutError: `plan.stale`.

        """
        standing = stand(self._desk, self._database, works_of(self._plan))
        self.refuse_stale(standing)
        left = self.left_usd()
        if standing.to_make:
            self._begin()
        return left

    def _begin(self) -> None:
        """Write down that it is begun, before anything is made."""
        if self.begun:
            return
        with self._database.transaction() as connection:
            connection.execute(
                _begun.insert().values(
                    film=self._film, by=self._by, plan=self._file.identity, begun_at=now()
                )
            )

    @property
    def begun(self) -> bool:
        """True where a run has begun to apply it."""
        mine = (
            _begun.c.film == self._film,
            _begun.c.by == self._by,
            _begun.c.plan == self._file.identity,
        )
        with self._database.transaction() as connection:
            return connection.execute(sa.select(_begun.c.plan).where(*mine)).first() is not None

    def left_usd(self) -> Decimal:
        """What of the plan's money is left, with what is in flight as a run's limit counts it."""
        sent = Attempts(self._database).all(self._film)
        flying = sum((one.counted_usd for one in sent if one.in_flight), Decimal(0))
        spent = sum((one.counted_usd for one in sent), Decimal(0))
        used = max(spent - self._section.spent_usd, Decimal(0)) if self.begun else Decimal(0)
        return max(self._section.total_usd - used, Decimal(0)) + flying

    def _reasons(self, standing: Staleness) -> Iterator[str]:
        written = list(self._film_reasons())
        yield from written
        section, begun = self._section, self.begun
        by_shot = {one.shot: one for one in standing.shots}
        for there in standing.shots:
            if there.shot in section.kept:
                kept = section.kept[there.shot]
                yield from _kept_reasons(kept, there, said=bool(written))
        for shot, take in self._rejected_since(section):
            yield f"take {take} of {shot} was rejected"
        for shot, made in section.make.items():
            if shot not in by_shot:
                continue
            there = by_shot[shot]
            if there.state is State.KEPT:
                if not begun:
                    yield f"take {there.take} of {shot} has appeared since"
                continue
            inputs = there.sending.inputs if there.sending else ""
            if not written and made.inputs and inputs != made.inputs:
                yield f"what would be sent for {shot} is another thing: {'; '.join(there.causes)}"
            yield from _price_reasons(shot, made.price, there.cost_usd)
        if not written and self._file.digest != self._plan.digest:
            yield "another version of matchcut would do it otherwise"

    def _film_reasons(self) -> Iterator[str]:
        """What is written otherwise in the film, and which of its files has changed."""
        for name, now_is in settings_of(self._project, self._plan).items():
            if self._file.settings.get(name) != now_is:
                yield f"the film's {name.replace('_', ' ')} changed"
        before = {str(shot.get("id")): shot for shot in self._file.shots}
        now = {shot.id: shot for shot in self._plan.shots}
        yield from (f"{shot} is not in the film any more" for shot in before if shot not in now)
        yield from (f"{shot} is new in the film" for shot in now if shot not in before)
        if set(before) == set(now) and list(before) != list(now):
            yield "its shots stand in another order"
        for shot, planned in now.items():
            if shot in before:
                yield from _shot_reasons(shot, before[shot], planned.to_json(), planned.roles)
        files = hashed_files(self._project)
        for written in sorted({*files, *self._file.files}):
            was, is_now = self._file.files.get(written), files.get(written)
            if was and is_now and was != is_now:
                yield f"{written} changed"

    def _rejected_since(self, section: Section) -> Iterator[tuple[str, int]]:
        ledger = Ledger(self._database)
        for shot in section.make:
            known = section.takes.get(shot, 0)
            for claim in ledger.of_shot(self._film, shot):
                if claim.number > known and claim.state is TakeState.REJECTED:
                    yield shot, claim.number


_MOST_REASONS = 8


def _shot_reasons(
    shot: str, before: Mapping[str, Any], now: Mapping[str, Any], roles: Mapping[str, str]
) -> Iterator[str]:
    """What is written otherwise of one shot, or planned otherwise by its contract."""
    said = False
    if before.get("endpoint") != now["endpoint"]:
        yield f"{shot}: endpoint {before.get('endpoint')} -> {now['endpoint']}"
        said = True
    old, new = before.get("arguments") or {}, now["arguments"] or {}
    if not said and isinstance(old, Mapping):
        for change in changes(old, new, planned=new, roles=roles):
            yield f"{shot}: {in_words(change)}"
            said = True
    for name in _WRITTEN:
        if not said and before.get(name) != now.get(name):
            yield f"{shot}: {name} changed"
            said = True
    if not said and before.get("expects") != now["expects"]:
        yield f"{shot}: another clip is expected of it"


def _kept_reasons(kept: KeptShot, there: Standing, *, said: bool) -> Iterator[str]:
    """Why a take that was to be kept is not what is kept now."""
    shot = there.shot
    if there.kept is None:
        # What is written otherwise is the reason already, and what hangs on it follows from it.
        if not said and there.sending is not None and there.sending.inputs:
            yield f"{shot} was to be kept, and is to be made: {'; '.join(there.causes)}"
        return
    now = kept_of(there.kept)
    if now == kept:
        return
    if now.clip != kept.clip:
        yield f"{shot} has take {now.take} now, and the plan keeps take {kept.take}"
    elif now.shown != kept.shown:
        yield (
            f"{shot} shows frames {now.shown[0]} to {now.shown[1]} now, and not "
            f"{kept.shown[0]} to {kept.shown[1]}"
        )
    elif now.pins != kept.pins:
        yield f"an anchor of {shot} was replaced, or is corrected otherwise"
    elif now.inputs != kept.inputs and not said:
        yield f"{shot} is kept for another request"


def _price_reasons(shot: str, agreed: Decimal | None, now: Decimal | None) -> Iterator[str]:
    if agreed == now or (agreed is not None and now is not None and now < agreed):
        return
    if now is None:
        yield f"nobody knows the price of {shot} any more"
    elif agreed is None:
        yield f"the price of {shot} was unknown, and is {now} USD"
    else:
        yield f"the price of {shot} rose from {agreed} to {now} USD"
