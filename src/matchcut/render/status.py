"""Where a film stands now: every shot, the money, and what a person can do next.

A view of the ledger, the attempts, the gates and the text of the film, read in a few questions for
the whole film. It keeps nothing, holds nothing and asks no provider. Whether a finished take still
fits a film that has been edited since is not looked at here.
"""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from matchcut.plan.setup import set_up
from matchcut.project import Project
from matchcut.render.attempt import Attempt
from matchcut.render.attempts import Attempts
from matchcut.render.beside import beside
from matchcut.render.commands import film_path, whole_film_command
from matchcut.render.gates import Gates, Spot
from matchcut.render.ledger import Claim, Ledger, TakeState
from matchcut.render.paused import Paused
from matchcut.render.rolls import Rolls
from matchcut.render.standing import Known, ShotStatus, Stage, stand
from matchcut.store.folder import Holder

PAID = "fal"
"""Whose takes are paid for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmStatus:
    """Where a film stands."""

    film: str
    """The film file's name."""
    title: str
    provider: str
    """Whose takes are shown."""
    shots: tuple[ShotStatus, ...]
    """In the film's order."""
    spent_usd: Decimal
    """What the film has cost, or may have, so far; what is in flight included."""
    in_flight_usd: Decimal
    budget_usd: Decimal | None
    to_pay_usd: Decimal
    """What the shots of known price that are not made may cost together."""
    unpriced: tuple[str, ...]
    """Shots that are not made and whose price is unknown."""
    paused_since: str | None
    """ISO 8601, UTC; None where it is not paused."""
    holder: Holder | None
    """Who is at work on it now; None where nobody is."""

    @property
    def counts(self) -> Mapping[Stage, int]:
        """How many shots stand where; what does not occur is left out."""
        found = dict.fromkeys(Stage, 0)
        for shot in self.shots:
            found[shot.standing] += 1
        return {standing: count for standing, count in found.items() if count}

    @property
    def gates(self) -> tuple[ShotStatus, ...]:
        """The shots that wait for a person's word."""
        return tuple(shot for shot in self.shots if shot.gate is not None)

    @property
    def next(self) -> tuple[str, ...]:
        """What a person can do now, a sentence each."""
        makeable = (Stage.NOT_BEGUN, Stage.FAILED, Stage.UNDER_WAY, Stage.BEHIND)
        left = any(shot.standing in makeable and not shot.gate for shot in self.shots)
        steps = []
        if self.gates:
            gates = whole_film_command(self.film, "gates")
            steps.append(f"{gates} lists what waits for you, with the commands that decide it.")
        if self.paused_since is not None:
            steps.append(f"{whole_film_command(self.film, 'resume')} lets the film go on.")
        elif self.holder is not None:
            watch = whole_film_command(self.film, "status --watch")
            steps.append(f"{watch} follows the run that is at work.")
        elif left or not self.gates:
            verb = "render" if self.provider == PAID else "rehearse"
            path = shlex.quote(film_path(self.film))
            # What has gone stale since is not looked at here, and would be made anew.
            whose = "" if self.provider == PAID else f" --by {self.provider}"
            stale = f"`matchcut plan {path} --check{whose}` says what that makes anew"
            goes = "makes what is left" if left else f"puts the film together; {stale}"
            steps.append(f"`matchcut {verb} {path}` {goes}.")
        return tuple(steps)

    def to_json(self) -> dict[str, Any]:
        """The film as JSON has it."""
        holder = self.holder
        return {
            "film": self.film,
            "title": self.title,
            "provider": self.provider,
            "at_work": None if holder is None else {"pid": holder.pid, "since": holder.since},
            "paused_since": self.paused_since,
            "counts": {standing.value: count for standing, count in self.counts.items()},
            "spent_usd": str(self.spent_usd),
            "in_flight_usd": str(self.in_flight_usd),
            "budget_usd": None if self.budget_usd is None else str(self.budget_usd),
            "to_pay_usd": str(self.to_pay_usd),
            "unpriced": list(self.unpriced),
            "next": list(self.next),
            "shots": [shot.to_json() for shot in self.shots],
        }


def status(project: Project, by: str | None = None) -> FilmStatus:
    """Say where a film stands. It disturbs no run, and is as good as the moment it was asked.

    Args:
        project: The film; `matchcut.project.read` is enough.
        by: Whose takes: `fal` or `rehearsal`; the paid ones where there are any, if not given.

    Raises:
        MatchcutError: `resolve.nothing` where the film was never made; the state cannot be read.

    """
    with beside(project) as (folder, database):
        film = folder.key(project.path.name)
        # What is made beside a take that stands holds the film up in nothing.
        rolled = Rolls(database).takes(film)
        claims = [
            claim
            for claim in Ledger(database).all(film)
            if claim.state is TakeState.DONE or (claim.shot, claim.number) not in rolled
        ]
        sent = Attempts(database).all(film)
        gates = Gates(database)
        spots, used = gates.waiting(film), gates.all_used(film)
        paused = Paused(database).since(film)
        holder = folder.holder()
    others = next((claim.provider for claim in claims if claim.provider != PAID), PAID)
    provider = by or (PAID if any(claim.provider == PAID for claim in claims) else others)
    known = _read(claims, sent, spots, used, provider)
    setups = set_up(project.film, {})
    shots = stand(film, setups, known, at_work=holder is not None)
    left = {one.shot for one in shots if one.to_pay and provider == PAID}
    prices = _prices(project, left) if left else {}
    return FilmStatus(
        film=project.path.name,
        title=project.film.title,
        provider=provider,
        shots=tuple(_priced(shot, prices) for shot in shots),
        spent_usd=sum((one.counted_usd for one in sent), Decimal(0)),
        in_flight_usd=sum((one.counted_usd for one in sent if one.in_flight), Decimal(0)),
        budget_usd=project.film.budget_usd,
        to_pay_usd=sum((usd for usd in prices.values() if usd is not None), Decimal(0)),
        unpriced=tuple(shot for shot, usd in prices.items() if usd is None),
        paused_since=paused,
        holder=holder,
    )


def _read(
    claims: Iterable[Claim],
    sent: Iterable[Attempt],
    spots: Iterable[Spot],
    used: Mapping[tuple[str, str], int],
    provider: str,
) -> Known:
    by_shot: dict[str, list[Claim]] = {}
    clips: set[tuple[str, int, str | None]] = set()
    for claim in claims:
        if claim.provider == provider:
            by_shot.setdefault(claim.shot, []).append(claim)
            if claim.state is TakeState.DONE:
                clips.add((claim.shot, claim.number, claim.clip))
    return Known(
        claims=by_shot,
        attempts={one.key: one for one in sorted(sent, key=lambda one: one.number)},
        # A gate of a take that is not the one that stands any more is asked anew by the next run.
        spots={
            spot.needed_by or spot.shot: spot
            for spot in spots
            if spot.shot not in by_shot or (spot.shot, spot.number, spot.clip) in clips
        },
        used={shot: number for (shot, by), number in used.items() if by == provider},
    )


def _prices(project: Project, shots: set[str]) -> dict[str, Decimal | None]:
    # What is loaded for this alone is not loaded for a film that is done.
    from matchcut.plan.build import prices  # noqa: PLC0415
    from matchcut.store.contracts import known  # noqa: PLC0415

    return prices(project.film, known().contracts, shots)


def _priced(shot: ShotStatus, prices: Mapping[str, Decimal | None]) -> ShotStatus:
    return replace(shot, usd=prices[shot.shot]) if shot.shot in prices else shot
