"""What a render comes to: every shot with its take, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from matchcut.errors import Code, Exit, MatchcutError
from matchcut.inspect.correct import Correction
from matchcut.plan.kept import Kept
from matchcut.plan.types import Plan
from matchcut.project import Project
from matchcut.render.ledger import Take
from matchcut.render.pins import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedShot:
    """A shot with the take that is circled for it."""

    id: str
    take: Take
    clip: Path
    kept: Kept
    """First and last shown frame, from 0."""
    span: Fraction
    """How long those frames are shown, seconds."""
    new: bool
    """True where it was made in this run."""
    pins: Mapping[str, Pin] = field(default_factory=dict)
    """By edge: where its neighbours are pinned to it."""
    stills: Mapping[str, Path] = field(default_factory=dict)
    """By edge: the retouched still that is shown in place of its outermost frame."""
    started_from: Correction = field(default_factory=Correction)
    """What was done to the tones of the frame that it started from."""
    endpoint: str | None = None
    """Who has made it; None for own footage."""
    made_from: Path | None = None
    """The still that it was made from, where another frame is shown before it: the clip before it
    lands on it, and their seam was accepted."""

    @property
    def accepted(self) -> bool:
        """True where such a seam was accepted."""
        return self.made_from is not None

    @property
    def cost_usd(self) -> Decimal | None:
        """What its take cost, as far as is known; None where that is unknown."""
        return self.take.cost_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a render came to: every shot in the film's order."""

    project: Project
    plan: Plan
    film: str
    """What the film is called in its state."""
    provider: str
    shots: tuple[RenderedShot, ...]

    @property
    def made(self) -> tuple[str, ...]:
        """Ids of the shots that were made in this run; empty where nothing had changed."""
        return tuple(shot.id for shot in self.shots if shot.new)


class RenderError(MatchcutError):
    """Some shots could not be made; `failed` says why, by shot. The others are kept."""

    def __init__(self, failed: Mapping[str, MatchcutError]) -> None:
        self.failed = dict(failed)
        own = {shot: error for shot, error in failed.items() if error.code is not Code.SHOT_BLOCKED}
        first = min((own or self.failed).values(), key=lambda error: _GRAVITY.get(error.exit, 9))
        super().__init__(
            first.code,
            first.message if len(self.failed) == 1 else f"{_counted(own, failed)}: {first.message}",
            where=first.where,
            fix=first.fix or "Mend it and run the same command again: what is finished is kept.",
        )


def _counted(own: Mapping[str, MatchcutError], failed: Mapping[str, MatchcutError]) -> str:
    """How many shots there are no takes of, and whether any of them has failed."""
    names = ", ".join(failed)
    if all(error.code is Code.FILM_PAUSED for error in own.values()):
        return f"{len(failed)} shots are not begun ({names})"
    if all(error.code is Code.GATE_WAITS for error in own.values()):
        waiting = "1 shot waits" if len(own) == 1 else f"{len(own)} shots wait"
        behind = len(failed) - len(own)
        return f"{waiting} for you ({', '.join(own)})" + (f", and {behind} behind" * bool(behind))
    return f"{len(failed)} shots could not be made ({names})"


# What a person must know first, where several shots failed in several ways.
_GRAVITY = {
    Exit.INTERNAL: 0,
    Exit.UNKNOWN_SUBMISSION: 1,
    Exit.GATE: 2,
    Exit.CONFIGURATION: 3,
    Exit.BUDGET: 4,
    Exit.PROVIDER: 5,
}


def behind_gates(
    raw: Mapping[str, Mapping[str, str]], failed: Mapping[str, MatchcutError]
) -> dict[str, MatchcutError]:
    """Shots that need one that waits have not failed: they wait as well."""
    behind = {}
    for shot in failed:
        root = shot
        while "needs" in raw[root]:
            root = raw[root]["needs"]
        if root != shot and failed[root].code in (Code.GATE_WAITS, Code.FILM_PAUSED):
            said = f"`{shot}` goes on once `{root}` does"
            behind[shot] = MatchcutError(Code.SHOT_BLOCKED, said, where=shot)
    return behind
