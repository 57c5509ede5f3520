"""Which take of a shot is circled: its seams measured as assembly would meet them, and judged."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import matchcut.api as verbs
from matchcut.assemble.record import usual_of
from matchcut.assemble.survey import survey
from matchcut.errors import Code, MatchcutError
from matchcut.inspect.seam import Seam
from matchcut.plan.another import find_shot
from matchcut.render.around import Around, Wave
from matchcut.render.attempts import Attempts
from matchcut.render.circled import PERSON, Circles
from matchcut.render.ledger import Ledger, Take, TakeState
from matchcut.render.rolls import Rolls
from matchcut.render.run import at_desk, rendered_shot, standing_takes
from matchcut.render.seams import Seams
from matchcut.render.work import KeptTake

if TYPE_CHECKING:
    from matchcut.plan.types import Plan
    from matchcut.project import Project
    from matchcut.render.database import Database
    from matchcut.render.desk import Desk, Spending
    from matchcut.render.events import Event, Listener
    from matchcut.render.providers.protocol import Provider

_ASKED_FOR = frozenset({"seam.stall", "seam.jump", "seam.sound"})
"""Flags of what a film may want, as a camera that turns between two shots: where the seam had one
of them before, the new take is not blamed for it."""


BEFORE, AFTER = "before", "after"
Against = tuple[tuple[str, str], ...]
"""Flags of seams, each with the side of the shot where the seam is: `before` or `after`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A take of a shot between the takes that stand around it."""

    shot: str
    take: Take
    clip: Path
    endpoint: str | None
    """Who has made it."""
    before: Seam | None
    """How it meets the clip before it; None where there is none to meet."""
    after: Seam | None
    """How the clip after it meets it; None where there is none."""
    against: Against
    """What the measures have against circling it."""
    stale: Mapping[str, Decimal | None]
    """Shots that would be made anew, were it circled, by what the measures accept; with prices in
    US dollars, None where that is unknown."""
    circled: bool = False
    """True where it stands for the shot now."""

    @property
    def passes(self) -> bool:
        """True where the measures have nothing against it, and nothing would be made anew."""
        return not self.against and not self.stale


class Table:
    """A desk with one shot laid out on it, and what is known of seams."""

    def __init__(
        self, project: "Project", plan: "Plan", desk: "Desk", database: "Database", shot: str
    ) -> None:
        self._project = project
        self._plan = plan
        self.desk = desk
        self.seams = Seams(database)
        self.circles = Circles(database)
        self.ledger = Ledger(database)
        self.rolls = Rolls(database)
        self.attempts = Attempts(database)
        self.around = Around(desk, plan, shot)
        self._index = next(n for n, one in enumerate(plan.shots) if one.id == shot)
        self._usual = self._seams(self.around.kept) if shot in self.around.kept else (None, None)

    @property
    def shot(self) -> str:
        """The shot's id."""
        return self.around.shot

    def judge(self, take: Take) -> Judged:
        """Measure a take's seams and say what would come of circling it; nothing is circled."""
        hanging = self.around.hanging()
        laid = self.around.wave(take, hanging)
        before, after = self._seams(laid.kept)
        against = tuple(
            (place, flag)
            for place, seam, usual in zip(
                (BEFORE, AFTER), (before, after), self._usual, strict=True
            )
            for flag in (seam.flags if seam else ())
            if usual is None or flag not in _ASKED_FOR & frozenset(usual.flags)
        )
        return Judged(
            shot=self.shot,
            take=take,
            clip=self.desk.path(take),
            endpoint=self.desk.archive.endpoint(take),
            before=before,
            after=after,
            against=against,
            stale=self.wave(take, against).stale,
        )

    def wave(self, take: Take, against: Against) -> Wave:
        """What comes of circling a take whose seams have that against them."""
        ids = [one.id for one in self._plan.shots]
        sides = {BEFORE: ids[self._index - 1 : self._index], AFTER: ids[self._index + 1 :][:1]}
        flagged = {place for place, _ in against}
        met = {shot for place, shots in sides.items() if place not in flagged for shot in shots}
        return self.around.wave(take, met)

    def circle(self, wave: Wave, by: str) -> None:
        """Circle a wave's take with the seams that it accepts; what was asked beside it is over."""
        self.circles.circle(self.desk.film, wave.stands, by)
        self.rolls.close(self.desk.film, self.shot)
        standing_takes(self.desk, self.around.works)

    def _seams(self, kept: Mapping[str, KeptTake]) -> tuple[Seam | None, Seam | None]:
        return self._met(self._index - 1, kept), self._met(self._index, kept)

    def _met(self, index: int, kept: Mapping[str, KeptTake]) -> Seam | None:
        """The seam between a shot and the next one, as assembly would meet it; kept on record."""
        pair = self._plan.shots[max(index, 0) : index + 2]
        if len(pair) < 2 or any(one.id not in kept for one in pair):  # noqa: PLR2004 - two sides
            return None
        works = {work.shot: work for work in self.around.works}
        shots = [rendered_shot(self.desk, works[one.id], kept) for one in pair]
        by = self.desk.provider.name
        usual = partial(usual_of, self.seams, by)
        met = survey(self._project, self._plan.canvas, pair, shots, usual).met[0]
        self.seams.keep(met.before, met.after, pair[1].join.value, by, met.seam)
        return met.seam


@contextmanager
def at_table(
    project: "Project",
    plan: "Plan",
    provider: "Provider",
    shot: str,
    *,
    spending: "Spending | None" = None,
    tell: "Listener | None" = None,
) -> "Iterator[Table]":
    """Hold a film's folder, and lay out one shot of it."""
    find_shot(project.film, shot)
    spending = spending or verbs.spending_of(project, plan, None, None)
    with at_desk(project, plan, provider, spending, tell or _silent) as (desk, database, _):
        yield Table(project, plan, desk, database, shot)


def circle(
    project: "Project",
    plan: "Plan",
    provider: "Provider",
    shot: str,
    number: int,
    *,
    accept: bool = False,
    anew: bool = False,
) -> Judged:
    """Circle a take: it stands for its shot, until the film itself sends something else.

    Where the clip after it begins as the take ends, their seam is accepted, and nothing is made
    anew. That is for the measures to say, or for you.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        provider: Whose takes are meant.
        shot: The shot's id.
        number: The take's.
        accept: Accept its seams whatever the measures say.
        anew: Circle it though other shots are made anew then, by the next render.

    Returns:
        The take, with its seams as they were measured, and what the next render makes anew.

    Raises:
        MatchcutError: `shot.unknown`; `resolve.nothing` where there is no such take, or none by
            this provider, or none that can be used; `spending.unconfirmed` where shots would be
            made anew and nobody has said that they may be.

    """
    with at_table(project, plan, provider, shot) as table:
        table.around.standing()
        take = _take(table, number)
        judged = table.judge(take)
        wave = table.wave(take, () if accept else judged.against)
        if wave.stale and not anew:
            raise _would_be_stale(judged, wave)
        table.circle(wave, PERSON)
        return replace(judged, stale=wave.stale, circled=True)


def in_words(against: Against) -> str:
    """What the measures have against a take, as in `seam.step after it`."""
    return ", ".join(f"{flag} {place} it" for place, flag in against)


def priced(stale: Mapping[str, Decimal | None]) -> str:
    """Shots and what they cost together, as in `descent, street: 1.68 USD`."""
    known = sum((usd for usd in stale.values() if usd is not None), Decimal(0))
    more = " and what nobody knows the price of" if None in stale.values() else ""
    return f"{', '.join(stale)}: {known} USD{more}"


def _take(table: Table, number: int) -> Take:
    film, by = table.desk.film, table.desk.provider.name
    known = table.ledger.take(film, table.shot, number)
    if known is None or known[1] is not TakeState.DONE or known[0].provider != by:
        why = (
            f"there is no take {number} of it with a clip"
            if known is None
            else f"take {number} is by {known[0].provider}, and is {known[1].value}"
        )
        raise MatchcutError(
            Code.NOTHING_TO_RESOLVE,
            f"it cannot be circled for {by}: {why}",
            where=table.shot,
            fix="`matchcut takes` lists them; `matchcut resolve` takes an odd clip after all.",
        )
    return known[0]


def _would_be_stale(judged: Judged, wave: Wave) -> MatchcutError:
    against = f" ({in_words(judged.against)})" if judged.against else ""
    accept = "`--accept` takes the seams as they are, and " if judged.against else ""
    return MatchcutError(
        Code.SPENDING_UNCONFIRMED,
        f"with take {judged.take.number} these would be made anew: {priced(wave.stale)}; their "
        f"seam is not met within limits{against}",
        where=judged.shot,
        fix=f"{accept}`--yes` circles it all the same; the next render asks before it pays.",
    )


def _silent(_event: "Event") -> None:
    """Nobody listens."""
