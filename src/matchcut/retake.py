"""A re-roll: new takes of one shot between the takes that stand around it.

It goes the way of any render: the same plan, the same ledger, the same limits. What is its own is
where it ends: on the first frame of the clip after it, so that nothing behind it need be made anew.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import matchcut.api as verbs
from matchcut.circling import Judged, Table, at_table
from matchcut.errors import Code, MatchcutError
from matchcut.plan.another import Another, Ask, find_shot, plan_another
from matchcut.render.attempt import Attempt, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.circled import MEASURES, STOOD, Circle
from matchcut.render.desk import Stopped
from matchcut.render.ledger import Take, TakeState
from matchcut.render.loops import away_from_loops
from matchcut.render.rendered import RenderError
from matchcut.render.rolls import Roll
from matchcut.render.run import Quote
from matchcut.render.work import KeptTake, Work, works_of
from matchcut.store.contracts import known

if TYPE_CHECKING:
    from matchcut.plan.types import Plan
    from matchcut.project import Project
    from matchcut.render.events import Listener
    from matchcut.render.paid import Patience
    from matchcut.render.providers.protocol import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class RerollQuote:
    """What a re-roll would make and cost, and what circling it may bring with it."""

    quote: Quote
    lands: bool
    """True where it ends on the first frame of the clip after it."""
    loose: str
    """Why it does not, though a shot hangs on it; else empty."""
    stale: Mapping[str, Decimal | None]
    """Shots that would be made anew where their seam is not met, with prices in US dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerolled:
    """What a re-roll came to."""

    shot: str
    takes: tuple[Judged, ...]
    """In the order in which they were asked for."""
    circled: int | None
    """Number of the one that was circled; None leaves it to a person."""


def quote_reroll(
    project: "Project",
    plan: "Plan",
    provider: "Provider",
    ask: Ask,
    *,
    prices: Mapping[str, Decimal] | None = None,
) -> RerollQuote:
    """Say what a re-roll would make and what that may cost. Nothing is sent.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        provider: Who would make pixels.
        ask: What is asked for.
        prices: US dollars by shot, where you know more than the contract does.

    Raises:
        MatchcutError: As `plan_another`; `resolve.nothing` where no take stands for the shot;
            `folder.busy`.

    """
    with _rolling(project, plan, provider, ask, prices=prices) as rolling:
        return rolling.quote()


def reroll(
    project: "Project",
    plan: "Plan",
    provider: "Provider",
    ask: Ask,
    on_event: "Listener | None" = None,
    *,
    circle: bool | None = None,
    max_usd: Decimal | None = None,
    prices: Mapping[str, Decimal] | None = None,
    patience: "Patience | None" = None,
) -> Rerolled:
    """Make new takes of one shot between the takes that stand around it, and judge their seams.

    Safe to call again with the same `ask`: takes that were begun are gone on with, and paid once.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        provider: Who makes pixels.
        ask: What is asked for.
        on_event: Called with each event while it works, from any thread.
        circle: True circles the first take that the measures have nothing against, False none; None
            circles it where one take was asked for.
        max_usd: What this run may spend at most.
        prices: US dollars by shot, where you know more than the contract does.
        patience: How long to go on with a paid provider that does not answer.

    Returns:
        Each take with its seams, and which one is circled.

    Raises:
        RenderError: Several takes could not be made; those that were are kept.
        MatchcutError: As `quote_reroll`, and why a take could not be made.
        BrokenPipeError: `on_event` has raised it.

    """
    verbs.refuse_boundless(project, provider, max_usd)
    with _rolling(
        project,
        plan,
        provider,
        ask,
        max_usd=max_usd,
        prices=prices,
        patience=patience,
        tell=on_event,
    ) as rolling:
        try:
            made = rolling.make()
        except Stopped:
            raise BrokenPipeError from None  # whoever listened has gone away
        judged = [rolling.table.judge(take) for take in made]
        wanted = ask.takes == 1 if circle is None else circle
        best = next((one for one in judged if one.passes), None) if wanted else None
        table = rolling.table
        if best:
            table.circle(table.wave(best.take, best.against), MEASURES)
        else:
            table.rolls.close(table.desk.film, table.shot)
        number = best.take.number if best else None
        return Rerolled(
            shot=ask.shot,
            takes=tuple(replace(one, circled=one.take.number == number) for one in judged),
            circled=number,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rolling:
    """A re-roll with the desk that it is made at."""

    table: Table
    ask: Ask
    another: Another
    work: Work
    kept: Mapping[str, KeptTake]
    """The takes that it lies between."""
    roll: Roll
    attempts: Attempts

    @property
    def places(self) -> range:
        """The takes that are asked for, those included that were begun."""
        return range(max(self.ask.takes, *(place + 1 for place in self.roll.begun), 1))

    def quote(self) -> RerollQuote:
        desk = self.table.desk
        sent = self.attempts.all(desk.film)
        flying = [attempt for attempt in sent if attempt.in_flight]
        mine = {self._key(number) for number in self.roll.begun.values()}
        followed = [attempt for attempt in flying if attempt.key in mine]
        price = desk.price(self.work)
        missing = [place for place in self.places if not self._there(place)]
        one = price is None or len(self.places) == 1
        return RerollQuote(
            quote=Quote(
                kept=tuple(self.table.around.kept),
                prices={
                    self.ask.shot if one else f"{self.ask.shot}, take {place + 1}": price
                    for place in missing
                },
                spent_usd=_total(sent),
                in_flight_usd=_total(flying),
                followed_usd=_total(followed),
            ),
            lands=self.another.lands,
            loose=self.another.loose,
            stale=self.table.around.behind(),
        )

    def make(self) -> list[Take]:
        """Have every take made that is not there yet."""
        table = self.table
        stands = Circle(
            shot=table.shot,
            take=table.around.standing().take.number,
            wanted=table.around.wanted(),
        )
        # Takes of just what the film sends may come of it: none of them stands by itself.
        if table.circles.circled(table.desk.film, table.shot, stands.wanted) != stands.take:
            table.circles.circle(table.desk.film, [stands], STOOD)
        results = away_from_loops(lambda: asyncio.run(self._make()))
        failed: dict[str, MatchcutError] = {}
        made: list[Take] = []
        for place, result in zip(self.places, results, strict=True):
            if isinstance(result, MatchcutError):
                failed[f"{self.ask.shot}, take {place + 1}"] = result
            elif isinstance(result, BaseException):
                raise result
            else:
                made.append(result)
        if len(failed) == len(self.places) == 1:
            raise next(iter(failed.values()))
        if failed:
            raise RenderError(failed)
        return made

    async def _make(self) -> list[Take | BaseException]:
        desk = self.table.desk
        free = asyncio.Semaphore(desk.provider.at_once)
        shared = asyncio.Lock()
        seeded = self.work.reseeded(1) is not self.work

        async def one(place: int) -> Take:
            async with free:
                # Each seed is an input of its own, and found again by it.
                alone = asyncio.Lock() if seeded else shared
                return await desk.roll(self._drawn(place), self.kept, self.roll, place, alone)

        return await asyncio.gather(*map(one, self.places), return_exceptions=True)

    def _drawn(self, place: int) -> Work:
        """The work of a place: the film's own seed has been drawn, one that is asked for not."""
        further = 0 if self.ask.seed is not None else self.roll.number
        return self.work.reseeded(further + place)

    def _there(self, place: int) -> bool:
        number = self.roll.begun.get(place, 0)
        known = self.table.ledger.claimed(self.table.desk.film, self.ask.shot, number)
        return known is not None and known.state is TakeState.DONE

    def _key(self, number: int) -> TakeKey:
        return TakeKey(film=self.table.desk.film, shot=self.ask.shot, take=number)


@contextmanager
def _rolling(
    project: "Project",
    plan: "Plan",
    provider: "Provider",
    ask: Ask,
    *,
    max_usd: Decimal | None = None,
    prices: Mapping[str, Decimal] | None = None,
    patience: "Patience | None" = None,
    tell: "Listener | None" = None,
) -> Iterator[_Rolling]:
    contracts, media = known().contracts, project.media
    plain = plan_another(project.film, contracts, media, ask, land=False)
    spending = verbs.spending_of(project, plain.plan, max_usd, prices)
    spending = spending if patience is None else replace(spending, patience=patience)
    with at_table(project, plan, provider, ask.shot, spending=spending, tell=tell) as table:
        table.around.standing()
        after = plan.shots[find_shot(project.film, ask.shot) + 1 :][:1]
        there = any(shot.id in table.around.kept for shot in after)
        another = plan_another(project.film, contracts, media, ask) if there else plain
        work = next(work for work in works_of(another.plan) if work.shot == ask.shot)
        kept = {shot: take for shot, take in table.around.kept.items() if shot != ask.shot}
        missing = [need for need in work.needs if need not in kept]
        if missing:
            raise _lonely(ask.shot, missing)
        asked = table.desk.archive.inputs(work, table.desk.shelf.items(work, kept))
        lands = another.lands
        roll = table.rolls.open(table.desk.film, ask.shot, asked, lands=lands)
        yield _Rolling(
            table=table,
            ask=ask,
            another=another,
            work=work,
            kept=kept,
            roll=roll,
            attempts=table.attempts,
        )


def _total(attempts: list[Attempt]) -> Decimal:
    return sum((attempt.counted_usd for attempt in attempts), Decimal(0))


def _lonely(shot: str, missing: list[str]) -> MatchcutError:
    return MatchcutError(
        Code.NOTHING_TO_RESOLVE,
        f"there is no take of {', '.join(missing)} that it could be made between",
        where=shot,
        fix="Render the film first; a re-roll keeps to what is there.",
    )
