"""Rendering a plan: what is there already is kept, and the rest is made."""

import asyncio
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from matchcut.errors import Code, MatchcutError
from matchcut.findings import FindingsError
from matchcut.inspect.correct import Correction
from matchcut.plan.types import Plan
from matchcut.project import Project
from matchcut.render.apply import Agreement
from matchcut.render.attempts import Attempts
from matchcut.render.commands import film_name
from matchcut.render.database import SCHEMA, Database, state_faults
from matchcut.render.desk import Desk, Opener, Spending, Stopped
from matchcut.render.desks import desk_of, nobody
from matchcut.render.events import FilmEvent, Listener, ShotEvent, State
from matchcut.render.gates import Gates
from matchcut.render.loops import away_from_loops
from matchcut.render.measured import corrections
from matchcut.render.order import Order
from matchcut.render.paused import Paused
from matchcut.render.pins import OUT
from matchcut.render.plan_file import PlanFile
from matchcut.render.providers.protocol import Host, Provider
from matchcut.render.rendered import Rendered, RenderedShot, RenderError, behind_gates
from matchcut.render.staleness import Staleness, stand
from matchcut.render.state import open_state
from matchcut.render.work import KeptTake, Work, timed, works_of
from matchcut.store.folder import StateFolder

Opening = Callable[[Database], Opener]
"""Says how, by the database that holds their states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a render would do and cost, before it is begun."""

    kept: tuple[str, ...]
    """Shots whose takes are there."""
    prices: Mapping[str, Decimal | None]
    """What each shot that is to be made may cost, US dollars; None is unknown."""
    spent_usd: Decimal
    """What the film has cost, or may have, so far; what is in flight included."""
    in_flight_usd: Decimal
    """Of that, what was sent and has not come to an end."""
    followed_usd: Decimal
    """Of that, what belongs to shots that are to be made: they are followed, not sent again."""
    standing: Staleness | None = None
    """How each shot stands, and why it is to be made."""
    most_usd: Decimal | None = None
    """What the plan file that is applied leaves to be spent, what is in flight included."""
    paused_since: str | None = None
    """ISO 8601, UTC; since when its user has paused the film. It is not rendered until resumed."""

    @property
    def total_usd(self) -> Decimal:
        """What all shots of known price may cost together."""
        return sum((price for price in self.prices.values() if price is not None), Decimal(0))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Shots that are to be made and whose price is unknown."""
        return tuple(shot for shot, price in self.prices.items() if price is None)


@contextmanager
def opened(project: Project, place: str = "") -> Iterator[tuple[StateFolder, Database]]:
    """Hold a film's state folder and open its database.

    Args:
        project: The film.
        place: Address of a PostgreSQL database, where the film's state is to lie in one.

    Raises:
        MatchcutError: The folder is busy, or the state cannot be read.

    """
    folder = StateFolder(project.folder)
    with folder.held():
        database = open_state(folder, place)
        try:
            yield folder, database
        finally:
            database.close()


def quote_plan(
    project: Project,
    plan: Plan,
    provider: Provider,
    spending: Spending,
    place: str = "",
    *,
    agreed: PlanFile | None = None,
) -> Quote:
    """Say what a render would make and what it may cost. Nothing is sent.

    Args:
        project: The film and its files.
        plan: Its plan; one with mistakes is refused.
        provider: Who would make pixels.
        spending: What may be spent.
        place: Address of a PostgreSQL database, where the film's state is to lie in one.
        agreed: A plan file that is to be applied.

    Raises:
        FindingsError: The plan has mistakes.
        MatchcutError: The folder is busy or cannot be written to; `plan.stale` where the plan file
            is not what would be done.

    """
    with at_desk(project, plan, provider, spending, nobody, place=place) as (desk, database, _):
        works = works_of(plan)
        standing = stand(desk, database, works)
        most = None
        if agreed:
            agreement = Agreement(agreed, project, plan, database, desk)
            agreement.refuse_stale(standing)
            most = agreement.left_usd()
        attempts = Attempts(database)
        sent = attempts.all(desk.film)
        flying = [attempt for attempt in sent if attempt.in_flight]
        followed = [a for a in flying if attempts.inputs_of(a.key) in desk.archive.wanted]
        return Quote(
            kept=tuple(standing.kept),
            prices={
                work.shot: desk.price(work) for work in works if work.shot not in standing.kept
            },
            standing=standing,
            most_usd=most,
            spent_usd=sum((attempt.counted_usd for attempt in sent), Decimal(0)),
            in_flight_usd=sum((attempt.counted_usd for attempt in flying), Decimal(0)),
            followed_usd=sum((attempt.counted_usd for attempt in followed), Decimal(0)),
            paused_since=Paused(database).since(desk.film),
        )


def render_plan(
    project: Project,
    plan: Plan,
    provider: Provider,
    spending: Spending,
    tell: Listener,
    *,
    place: str = "",
    opening: Opening | None = None,
    agreed: PlanFile | None = None,
) -> Rendered:
    """Render a plan.

    Args:
        project: The film and its files.
        plan: Its plan; one with mistakes is refused.
        provider: Who makes pixels.
        spending: What may be spent, where the provider is paid.
        tell: Called with each event, from any thread.
        place: Address of a PostgreSQL database, where the film's state is to lie in one.
        opening: Opens the desks of other films, whose work is on the same queues there.
        agreed: A plan file: just what it says is made, for no more money.

    Returns:
        Every shot with its take.

    Raises:
        FindingsError: The plan has mistakes.
        RenderError: A shot could not be made; shots that do not hang on it were finished.
        MatchcutError: The folder is busy or cannot be written to; `plan.stale`; the provider is
            paid and the film is paused.
        BrokenPipeError: `tell` has raised it; what was finished is kept.

    """
    with at_desk(project, plan, provider, spending, tell, place=place) as (desk, database, given):
        if isinstance(provider, Host):
            Paused(database).refuse(desk.film)
        opener = opening(database) if opening and database.shared else None
        try:
            order = given
            if agreed:
                order = _held_to(Agreement(agreed, project, plan, database, desk), desk, given)
            return _render(project, plan, desk, database, order=order, opener=opener)
        except Stopped:
            raise BrokenPipeError from None  # whoever listened has gone away


@contextmanager
def at_desk(
    project: Project,
    plan: Plan,
    provider: Provider,
    spending: Spending,
    tell: Listener,
    *,
    place: str = "",
) -> Iterator[tuple[Desk, Database, Order]]:
    """Hold a film's folder, and open the desk where its takes are looked up and made.

    Raises:
        FindingsError: The plan has mistakes.
        MatchcutError: The folder is busy or cannot be written to.

    """
    if not plan.renderable:
        raise FindingsError(plan.findings)
    if project.addresses and not isinstance(provider, Host):
        raise MatchcutError(
            Code.FILE_MISSING,
            f"the film names a picture by its address, and a {provider.name} is offline",
            where=project.path.name,
            fix="Save the picture beside the film and name it there; hosted endpoints take both.",
        )
    with opened(project, place) as (folder, database):
        Attempts(database).settle()
        order = Order(
            film=folder.key(project.path.name),
            file=str(project.path),
            allow=tuple(map(str, project.outside)),
            digest=plan.digest,
            provider=provider.name,
            run=uuid.uuid4().hex,
            run_usd=spending.limits.run_usd,
            prices=spending.prices or {},
            at_once_each=provider.at_once_each if isinstance(provider, Host) else 0,
            search_seconds=spending.patience.search,
        )
        desk = desk_of(
            project,
            plan.digest,
            folder,
            database,
            provider,
            spending=spending,
            tell=tell,
            run=order.run,
        )
        yield desk, database, order


def _render(
    project: Project,
    plan: Plan,
    desk: Desk,
    database: Database,
    *,
    order: Order,
    opener: Opener | None,
) -> Rendered:
    works = works_of(plan)
    kept = standing_takes(desk, works)
    fresh = frozenset(kept)
    Gates(database).close_all(desk.film, desk.provider.name)
    for work in works:
        if work.shot in kept:
            desk.tell(ShotEvent(shot=work.shot, state=State.KEPT))
            desk.keeper.open_gates(work, kept[work.shot], made=kept)
    by_shot = {work.shot: work for work in works}
    # In the film's order: it decides where nothing else does.
    unmade = (by_shot[shot.id] for shot in plan.shots if shot.id not in kept)
    paid = isinstance(desk.provider, Host)
    stale = timed(unmade, corrections(database, plan) if paid else None)
    if isinstance(desk.provider, Host):
        _refuse_unpriced(desk, stale)
        _rescue(desk, desk.provider)
    if stale:
        desk.tell(FilmEvent(step="render"))
        # The engine takes a second to import: a run that has nothing to make does without it.
        from matchcut.render.engine import Commission, run_film  # noqa: PLC0415
        from matchcut.render.workflow import error_of  # noqa: PLC0415

        name = _run_name(desk, plan, stale, kept)
        commission = Commission(name=name, order=order, works=stale, kept=kept)
        try:
            with state_faults(database.name):
                result = run_film(desk, database, commission, opener)
        except Exception:
            if desk.gone:
                raise BrokenPipeError from None
            raise
        failed = {shot: error_of(raw, shot) for shot, raw in result["failed"].items()}
        failed |= behind_gates(result["failed"], failed)
        for shot, error in failed.items():
            if error.code is Code.SHOT_BLOCKED:
                desk.tell(ShotEvent(shot=shot, state=State.BLOCKED, message=error.message))
        if failed:
            raise RenderError(failed)
        kept = {shot: KeptTake.from_json(raw) for shot, raw in result["kept"].items()}
    _stop_at_bridges(desk, works, kept)
    desk.keeper.refuse_overtaken(kept.values())
    return Rendered(
        project=project,
        plan=plan,
        film=desk.film,
        provider=desk.provider.name,
        shots=tuple(
            rendered_shot(desk, by_shot[shot.id], kept, new=shot.id not in fresh)
            for shot in plan.shots
        ),
    )


def _held_to(agreement: Agreement, desk: Desk, order: Order) -> Order:
    """The order where all is as it was agreed to, with no more money than is left of that."""
    limit = agreement.settle()
    return replace(order, run_usd=desk.hold_to(limit))


def _stop_at_bridges(desk: Desk, works: list[Work], kept: Mapping[str, KeptTake]) -> None:
    """A film is not put together with a bridge that lands nowhere, unless a person takes it."""
    failed = {
        work.shot: desk.keeper.waits(work, kept[work.shot].spot(OUT), kept[work.shot].pins[OUT])
        for work in works
        if work.bridge and not kept[work.shot].pins[OUT].settled
    }
    if failed:
        raise RenderError(failed)


def rendered_shot(
    desk: Desk, work: Work, kept: Mapping[str, KeptTake], *, new: bool = False
) -> RenderedShot:
    """A shot with its take, as the film shows it between the takes around it."""
    own, before = kept[work.shot], kept.get(work.starts_on or "")
    return RenderedShot(
        id=work.shot,
        take=own.take,
        clip=desk.path(own.take),
        kept=own.kept,
        span=own.span,
        new=new,
        pins=own.pins,
        stills=desk.keeper.retouched(own),
        started_from=before.pins[OUT].correction if before and not own.sent else Correction(),
        endpoint=desk.archive.endpoint(own.take),
        made_from=desk.keeper.made_from(own),
    )


def _rescue(desk: Desk, host: Host) -> None:
    taken = away_from_loops(lambda: asyncio.run(desk.rescue(host)))
    if taken:
        said = f"clips of an earlier version were still to be had: {', '.join(taken)}"
        desk.tell(FilmEvent(step="render", message=said))


def _refuse_unpriced(desk: Desk, works: list[Work]) -> None:
    unpriced = [work.shot for work in works if desk.price(work) is None]
    if unpriced:
        said = " ".join(f"--price {shot}=USD" for shot in unpriced[:3])
        raise MatchcutError(
            Code.PRICE_UNKNOWN,
            f"nobody knows what these shots cost, so nothing is sent: {', '.join(unpriced)}",
            where=film_name(desk.film),
            fix=f"Look the price up and say it, as in `{said}`; or choose an endpoint, a "
            "resolution or a length whose price is known.",
        )


def standing_takes(desk: Desk, works: list[Work]) -> dict[str, KeptTake]:
    """The takes that are there for just this work; what hangs on a missing one is missing too."""
    kept: dict[str, KeptTake] = {}
    for work in works:
        if all(need in kept for need in work.needs):
            found = desk.archive.find(work, kept)
            if found:
                kept[work.shot] = found
    return kept


def _run_name(
    desk: Desk,
    plan: Plan,
    stale: list[Work],
    kept: Mapping[str, KeptTake],
) -> str:
    """Names a run by the film with all that goes into it, and by what is to be made of it.

    So a run that was broken off is taken up again only where all that it had finished is still
    there, and by a version of matchcut that has the same steps.
    """
    identities = [dict(desk.provider.identity(s.expectation)) for s in plan.shots if s.expectation]
    wanted = [[work.shot, work.policy] for work in stale]
    there = {shot: take.to_json() for shot, take in kept.items()}
    files = sorted(desk.shelf.own.items())
    identity = [SCHEMA, plan.digest, desk.provider.name, files, identities, wanted, there]
    text = json.dumps(identity, sort_keys=True)
    return f"{desk.film}/{hashlib.sha256(text.encode()).hexdigest()[:16]}"
