"""A shot among the takes that stand around it: what another take of it would mean for them."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from decimal import Decimal

from matchcut.errors import Code, MatchcutError
from matchcut.plan.reference import hangs_on
from matchcut.plan.types import Plan
from matchcut.render.circled import Circle
from matchcut.render.commands import render_commands
from matchcut.render.desk import Desk
from matchcut.render.ledger import Take
from matchcut.render.providers.protocol import Host
from matchcut.render.run import standing_takes
from matchcut.render.work import KeptTake, Work, works_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """What comes of circling a take."""

    kept: Mapping[str, KeptTake]
    """Every take that stands then."""
    stands: tuple[Circle, ...]
    """What is written down for it: the take itself, and the seams that are accepted with it."""
    stale: Mapping[str, Decimal | None]
    """Shots that would be made anew, with their prices in US dollars; None is unknown."""


class Around:
    """A shot and the takes around it.

    Args:
        desk: Where takes are looked up.
        plan: The film's plan.
        shot: The shot's id.

    Raises:
        MatchcutError: `shot.unknown`; `usage` for own footage, of which nobody can make a take.

    """

    def __init__(self, desk: Desk, plan: Plan, shot: str) -> None:
        self._desk = desk
        self.works = works_of(plan)
        self.work = next(work for work in self.works if work.shot == shot)
        self.kept = standing_takes(desk, self.works)

    @property
    def shot(self) -> str:
        """The shot's id."""
        return self.work.shot

    def standing(self) -> KeptTake:
        """The take that stands for the shot.

        Raises:
            MatchcutError: `resolve.nothing` where there is none yet.

        """
        if self.shot not in self.kept:
            free = not isinstance(self._desk.provider, Host)
            raise MatchcutError(
                Code.NOTHING_TO_RESOLVE,
                f"no take by {self._desk.provider.name} stands for it, so there is none to replace",
                where=self.shot,
                fix=f"{render_commands(self._desk.film, free=free)} makes it.",
            )
        return self.kept[self.shot]

    def wanted(self) -> str:
        """Hash of what the film as written would send for the shot, between the takes there are."""
        return self._desk.archive.inputs(self.work, self._desk.shelf.items(self.work, self.kept))

    def hanging(self) -> tuple[str, ...]:
        """Shots whose takes stand, and that were made from a frame of this one."""
        return tuple(w.shot for w in self.works if w.shot in self.kept and self._hangs(w))

    def behind(self) -> dict[str, Decimal | None]:
        """Shots whose takes stand and that hang on this one, however far behind; with prices."""
        found: dict[str, Decimal | None] = {}
        for work in self.works:
            further = self._hangs(work) or any(need in found for need in work.needs)
            if work.shot in self.kept and work.shot != self.shot and further:
                found[work.shot] = self._desk.price(work)
        return found

    def wave(self, take: Take, accepted: Container[str]) -> Wave:
        """What would come of circling a take; nothing is written.

        Args:
            take: A take of the shot that has a clip.
            accepted: Shots that hang on it and whose seams are accepted where that is needed.

        """
        desk, kept = self._desk, dict[str, KeptTake]()
        stands: list[Circle] = []
        stale: dict[str, Decimal | None] = {}
        for work in self.works:
            found: KeptTake | None = None
            if work.shot == self.shot:
                stands.append(Circle(shot=work.shot, take=take.number, wanted=self.wanted()))
                found = desk.archive.keep_as(work, take, desk.shelf.items(work, kept), kept)
            elif all(need in kept for need in work.needs):
                found = desk.archive.look_up(work, kept)
                if found is None and work.shot in accepted and work.shot in self.kept:
                    found = self._accepted(work, kept, stands)
            if found:
                kept[work.shot] = found
            elif work.shot in self.kept:
                stale[work.shot] = desk.price(work)
        return Wave(kept=kept, stands=tuple(stands), stale=stale)

    def _accepted(
        self, work: Work, kept: Mapping[str, KeptTake], stands: list[Circle]
    ) -> KeptTake | None:
        """A shot's take as it stands once its seam with another take of the shot is accepted."""
        if not self._hangs(work) or work.carried:
            return None  # what is handed the clip itself has no frame that another could meet
        desk, own = self._desk, self.kept[work.shot].take
        items = desk.shelf.items(work, kept)
        sent = desk.archive.sent_to(work, own, self.kept) if work.starts_on == self.shot else None
        seam = Circle(
            shot=work.shot, take=own.number, wanted=desk.archive.inputs(work, items), sent=sent
        )
        stands.append(seam)
        return desk.archive.keep_as(work, own, items, kept, seam)

    def _hangs(self, work: Work) -> bool:
        hooks = (hangs_on(reference) for reference in work.references)
        return any(hook and hook[0] == self.shot for hook in hooks)
