"""What stands and what does not: for every shot its take in use, and why another one is needed.

A take is kept where just what would be sent now was sent for it. Nothing else makes it stale: no
price, no comment, no other shot. It is read from the records beside a run, and changes none.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from matchcut.plan.reference import hangs_on
from matchcut.plan.types import UNKNOWN, Plan
from matchcut.project import Project
from matchcut.render.archive import Sending
from matchcut.render.attempts import Attempts
from matchcut.render.causes import Around, causes
from matchcut.render.database import Database
from matchcut.render.desk import Desk, Spending
from matchcut.render.desks import desk_of
from matchcut.render.gates import Gates
from matchcut.render.ledger import Ledger
from matchcut.render.pins import OUT
from matchcut.render.provenance import Provenance
from matchcut.render.providers.protocol import Host, Provider
from matchcut.render.state import open_state
from matchcut.render.work import KeptTake, Work, works_of
from matchcut.store.folder import StateFolder


class State(StrEnum):
    """How a shot stands."""

    KEPT = "kept"
    """There is a take of just what would be sent."""
    STALE = "stale"
    """There is a take in use, and another one would be made now."""
    MISSING = "missing"
    """Nothing has been made of it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one shot stands."""

    shot: str
    state: State
    take: int | None = None
    """Number of the take in use; None where there is none, or it is own footage."""
    causes: tuple[str, ...] = ()
    """Why it is to be made, each a clause; empty where it is kept."""
    waits: tuple[str, ...] = ()
    """Anchors that a person has to look at before it is made, as `rooftop.out`."""
    cost_usd: Decimal | None = Decimal(0)
    """What making it may cost, US dollars; None is unknown. 0 where it is kept or made here."""
    kept: KeptTake | None = None
    sending: Sending | None = None
    """What would be sent; None for own footage, and where it is kept."""

    def said(self) -> str:
        """As a sentence without a full stop: `descent is stale because prompt changed`."""
        if self.state is State.KEPT:
            return f"{self.shot} is kept"
        why = f" because {'; '.join(self.causes)}" if self.state is State.STALE else ""
        missing = f": {'; '.join(self.causes)}" if self.state is State.MISSING else ""
        return f"{self.shot} is {self.state.value}{why}{missing}"

    def to_json(self) -> dict[str, Any]:
        """The standing as JSON has it."""
        return {
            "shot": self.shot,
            "state": self.state.value,
            "take": self.take,
            "causes": list(self.causes),
            "waits": list(self.waits),
            "cost_usd": UNKNOWN if self.cost_usd is None else str(self.cost_usd),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Staleness:
    """How a film stands, shot by shot."""

    film: str
    provider: str
    shots: tuple[Standing, ...]
    """In order of work."""
    waits: tuple[str, ...] = ()
    """Ends of bridges that nobody has taken yet; the film is not assembled before."""

    @property
    def to_make(self) -> tuple[Standing, ...]:
        """What a run would make, stale and missing shots."""
        return tuple(one for one in self.shots if one.state is not State.KEPT)

    @property
    def stale(self) -> tuple[Standing, ...]:
        """Shots whose take in use is not what would be made now."""
        return tuple(one for one in self.shots if one.state is State.STALE)

    @property
    def kept(self) -> dict[str, KeptTake]:
        """The takes that are kept, by shot."""
        return {one.shot: one.kept for one in self.shots if one.kept is not None}

    @property
    def total_usd(self) -> Decimal:
        """What all of known price that is to be made may cost together."""
        return sum((one.cost_usd for one in self.to_make if one.cost_usd is not None), Decimal(0))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Shots that are to be made and whose price is unknown."""
        return tuple(one.shot for one in self.to_make if one.cost_usd is None)

    def to_json(self) -> dict[str, Any]:
        """The whole as JSON has it."""
        return {
            "film": self.film,
            "provider": self.provider,
            "shots": [one.to_json() for one in self.shots],
            "waits": list(self.waits),
            "total_usd": str(self.total_usd),
            "unpriced": list(self.unpriced),
        }


def staleness(
    project: Project,
    plan: Plan,
    provider: Provider,
    spending: Spending | None = None,
    *,
    without: AbstractSet[str] = frozenset(),
) -> Staleness:
    """Say how a film stands. Nothing is made, sent, or held up; a run may be at work on it.

    Args:
        project: The film.
        plan: Its plan, without mistakes.
        provider: Who would make pixels; takes of another one count for nothing.
        spending: Prices, where a person knows more than the contracts.
        without: Shots to be taken for rejected: what would become stale with them.

    Raises:
        MatchcutError: The state cannot be read, or a file of the film.

    """
    with looking(project, plan, provider, spending or Spending()) as (desk, database):
        if desk is None or database is None:
            return _never_made(project, plan, provider, spending or Spending())
        return stand(desk, database, works_of(plan), without=without)


@contextmanager
def looking(
    project: Project, plan: Plan, provider: Provider, spending: Spending
) -> Iterator[tuple[Desk | None, Database | None]]:
    """A desk that leaves the records as they are; None where nothing was ever made."""
    folder = StateFolder(project.folder)
    if not folder.beside():
        yield None, None
        return
    database = open_state(folder)
    try:
        desk = desk_of(
            project, plan.digest, folder, database, provider, spending=spending, looks_only=True
        )
        yield desk, database
    finally:
        database.close()


def stand(
    desk: Desk, database: Database, works: list[Work], *, without: AbstractSet[str] = frozenset()
) -> Staleness:
    """How each shot stands, at a desk that is open.

    Args:
        desk: Where takes are looked up; the user's files are on its shelf.
        database: Its records.
        works: The plan's work, in its order.
        without: Shots to be taken for rejected.

    """
    provenance = Provenance(database, desk.film)
    kept: dict[str, KeptTake] = {}
    shots = []
    for work in works:
        behind = [need for need in work.needs if need not in kept]
        found = None if behind or work.shot in without else desk.archive.find(work, kept)
        if found is not None:
            kept[work.shot] = found
            number = None if work.footage else found.take.number
            shots.append(Standing(shot=work.shot, state=State.KEPT, take=number, kept=found))
            continue
        in_use = provenance.used(work.shot, desk.provider.name)
        sending = None if work.footage else desk.archive.would_send(work, kept)
        around = Around(provenance=provenance, kept=kept, own=desk.shelf.own)
        said = [f"it waits behind `{need}`" for need in behind]
        if in_use is not None and sending is not None:
            said = (
                [f"take {in_use.number} is rejected"]
                if work.shot in without
                else causes(in_use, sending, around)
            )
        shots.append(
            Standing(
                shot=work.shot,
                state=State.MISSING if in_use is None else State.STALE,
                take=in_use.number if in_use else None,
                causes=tuple(said or ["nothing has been made of it yet"]),
                waits=_waits(work, kept),
                cost_usd=desk.price(work) if isinstance(desk.provider, Host) else Decimal(0),
                sending=sending,
            )
        )
    ends = tuple(
        f"{work.shot}.{OUT}"
        for work in works
        if work.bridge and work.shot in kept and not kept[work.shot].pins[OUT].settled
    )
    return Staleness(film=desk.film, provider=desk.provider.name, shots=tuple(shots), waits=ends)


def makers(project: Project) -> set[str]:
    """Who has made takes that the film uses, by name; empty where nothing was ever made."""
    folder = StateFolder(project.folder)
    if not folder.beside():
        return set()
    database = open_state(folder)
    try:
        used = Gates(database).all_used(folder.key(project.path.name))
        return {by for _, by in used}
    finally:
        database.close()


def begun_and_spent(project: Project) -> tuple[dict[str, int], Decimal]:
    """How many takes of each shot were begun, and what the film has cost or may have, US dollars.

    Args:
        project: The film.

    """
    folder = StateFolder(project.folder)
    if not folder.beside():
        return {}, Decimal(0)
    film = folder.key(project.path.name)
    database = open_state(folder)
    try:
        takes = {
            shot.id: max(
                (claim.number for claim in Ledger(database).of_shot(film, shot.id)), default=0
            )
            for shot in project.film.shots
        }
        sent = Attempts(database).all(film)
    finally:
        database.close()
    return takes, sum((attempt.counted_usd for attempt in sent), Decimal(0))


def _waits(work: Work, kept: Mapping[str, KeptTake]) -> tuple[str, ...]:
    """Anchors of takes that are there and that nobody has vouched for."""
    found = []
    for reference in work.references:
        shot, edge = hangs_on(reference) or ("", "")
        pin = kept[shot].pins.get(edge) if shot in kept else None
        if pin is not None and not pin.settled:
            found.append(f"{shot}.{edge}")
    return tuple(found)


def _never_made(project: Project, plan: Plan, provider: Provider, spending: Spending) -> Staleness:
    paid = isinstance(provider, Host)
    shots = []
    for work in works_of(plan):
        price = (spending.prices or {}).get(work.shot, work.cost_usd) if paid else Decimal(0)
        if work.footage:
            shots.append(Standing(shot=work.shot, state=State.KEPT))
            continue
        said = [f"it waits behind `{need}`" for need in work.needs]
        shots.append(
            Standing(
                shot=work.shot,
                state=State.MISSING,
                causes=tuple(said or ["nothing has been made of it yet"]),
                cost_usd=price,
            )
        )
    return Staleness(film=project.path.name, provider=provider.name, shots=tuple(shots))
