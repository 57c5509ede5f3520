"""Takes that wait for a person: read from the ledger's own rows, for the whole film at once.

Nothing waits in memory for what stands here, and nothing looks whether it was decided: the next run
does.
"""

from dataclasses import dataclass

from matchcut.project import Project
from matchcut.render.attempt import AttemptState, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.beside import beside
from matchcut.render.commands import resolve_command
from matchcut.render.ledger import Ledger, TakeState
from matchcut.render.rolls import Rolls
from matchcut.render.standing import Kind
from matchcut.render.status import PAID, status


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTake:
    """A take that a person must decide of."""

    shot: str
    number: int
    kind: Kind
    why: str
    ways: tuple[str, ...]
    """What to choose from: commands in backquotes, or what to change in the film."""


def waiting_takes(project: Project) -> list[WaitingTake]:
    """Every take that waits for a person, in the film's order.

    They are clips that are not what was asked for, refusals that stand, submissions that are
    unknown (also those of an earlier version of a shot: they count as spent), what was cancelled,
    and what a budget or a run's limit has stopped.
    """
    found = [
        WaitingTake(shot=shot.shot, number=shot.take, kind=shot.gate, why=shot.said, ways=shot.ways)
        for shot in status(project, PAID).gates
        if shot.gate is not None and shot.gate is not Kind.ANCHOR and shot.take is not None
    ]
    listed = {(one.shot, one.number) for one in found}
    order = {shot.id: place for place, shot in enumerate(project.film.shots)}
    others = (*_unknown(project), *_odd(project))
    found += [one for one in others if (one.shot, one.number) not in listed]
    return sorted(found, key=lambda one: (order.get(one.shot, len(order)), one.number))


def _unknown(project: Project) -> list[WaitingTake]:
    """Every unknown submission, whatever has been made since."""
    with beside(project) as (folder, database):
        film = folder.key(project.path.name)
        open_takes = {
            TakeKey(film=film, shot=claim.shot, take=claim.number)
            for claim in Ledger(database).all(film)
            if claim.state is TakeState.CLAIMED
        }
        lost = [
            attempt.key
            for attempt in Attempts(database).all(film)
            if attempt.state is AttemptState.UNKNOWN and attempt.key in open_takes
        ]
    return [
        WaitingTake(
            shot=key.shot,
            number=key.take,
            kind=Kind.UNKNOWN,
            why="nobody knows whether it was accepted; it is of an earlier version of the shot",
            ways=tuple(
                resolve_command(film, key.shot, way, key.take)
                for way in ("--adopt REQUEST_ID", "--resubmit")
            ),
        )
        for key in lost
    ]


def _odd(project: Project) -> list[WaitingTake]:
    """Every odd clip of a take that was made beside one that stands."""
    with beside(project) as (folder, database):
        film = folder.key(project.path.name)
        rolled = Rolls(database).takes(film)
        odd = [
            claim
            for claim in Ledger(database).all(film)
            if claim.state is TakeState.UNFIT and (claim.shot, claim.number) in rolled
        ]
    return [
        WaitingTake(
            shot=claim.shot,
            number=claim.number,
            kind=Kind.UNFIT,
            why=f"the clip is not what was asked for: {claim.note}",
            ways=tuple(
                resolve_command(film, claim.shot, way, claim.number)
                for way in ("--accept", "--resubmit")
            ),
        )
        for claim in odd
    ]
