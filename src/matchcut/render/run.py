"""Rendering a plan: what is there already is kept, and the rest is made."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from matchcut.errors import MatchcutError
from matchcut.findings import FindingsError
from matchcut.plan.kept import Kept
from matchcut.plan.types import Plan
from matchcut.project import Project
from matchcut.render.desk import Desk
from matchcut.render.events import FilmEvent, Listener, ShotEvent, State
from matchcut.render.ledger import Ledger, Take
from matchcut.render.providers.protocol import Provider
from matchcut.render.work import KeptTake, Work
from matchcut.store.folder import StateFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedShot:
    """A shot with the take that is circled for it."""

    id: str
    take: Take
    clip: Path
    kept: Kept
    """First and last shown frame, from 0."""
    new: bool
    """True where it was made in this run."""
    cost_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a render came to: every shot in the film's order."""

    project: Project
    plan: Plan
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
        first = next(iter(self.failed.values()))
        count = len(self.failed)
        shots = "1 shot" if count == 1 else f"{count} shots"
        super().__init__(
            first.code,
            f"{shots} could not be made: {first.message}",
            where=first.where,
            fix=first.fix or "Mend it and run the same command again: what is finished is kept.",
        )


def render_plan(project: Project, plan: Plan, provider: Provider, tell: Listener) -> Rendered:
    """Render a plan.

    Args:
        project: The film and its files.
        plan: Its plan; one with mistakes is refused.
        provider: Who makes pixels.
        tell: Called with each event, from any thread.

    Returns:
        Every shot with its take.

    Raises:
        FindingsError: The plan has mistakes.
        RenderError: A shot could not be made; shots that do not hang on it were finished.
        MatchcutError: The folder is busy or cannot be written to.

    """
    if not plan.renderable:
        raise FindingsError(plan.findings)
    folder = StateFolder(project.folder)
    with folder.held():
        ledger = Ledger(folder.database)
        try:
            return _render(project, plan, Desk(project, folder, ledger, provider, tell), ledger)
        finally:
            ledger.close()


def _render(project: Project, plan: Plan, desk: Desk, ledger: Ledger) -> Rendered:
    sources = desk.own_files()
    works = [Work.of(shot) for shot in plan.work]
    kept = _fresh(desk, works)
    fresh = frozenset(kept)
    for name in kept:
        desk.tell(ShotEvent(shot=name, state=State.KEPT))
    stale = _longest_first([work for work in works if work.shot not in kept])
    if stale:
        desk.tell(FilmEvent(step="render"))
        # The engine takes a second to import: a run that has nothing to make does without it.
        from matchcut.render.engine import run_film  # noqa: PLC0415
        from matchcut.render.workflow import error_of  # noqa: PLC0415

        name = _run_name(project, plan, desk.provider, sources)
        result = run_film(desk, ledger.url, name, stale, kept)
        failed = {shot: error_of(raw, shot) for shot, raw in result["failed"].items()}
        for shot, error in failed.items():
            if "needs" in result["failed"][shot]:
                desk.tell(ShotEvent(shot=shot, state=State.BLOCKED, message=error.message))
        if failed:
            raise RenderError(failed)
        kept = {shot: KeptTake.from_json(raw) for shot, raw in result["kept"].items()}
    return Rendered(
        project=project,
        plan=plan,
        provider=desk.provider.name,
        shots=tuple(
            RenderedShot(
                id=shot.id,
                take=kept[shot.id].take,
                clip=desk.path(kept[shot.id].take),
                kept=kept[shot.id].kept,
                new=shot.id not in fresh,
                cost_usd=Decimal(0) if desk.provider.free else shot.cost_usd or Decimal(0),
            )
            for shot in plan.shots
        ),
    )


def _fresh(desk: Desk, works: list[Work]) -> dict[str, KeptTake]:
    """The takes that are there for just this work; what hangs on a missing one is missing too."""
    kept: dict[str, KeptTake] = {}
    for work in works:
        if all(need in kept for need in work.needs):
            found = desk.find(work, kept)
            if found:
                kept[work.shot] = found
    return kept


def _longest_first(works: list[Work]) -> list[Work]:
    """The order in which ready work is begun: by how many frames hang on it, its own included."""
    by_shot = {work.shot: work for work in works}
    ahead: dict[str, int] = {}
    # Work stands after what it needs, so from the back each shot's followers are known.
    for work in reversed(works):
        frames = work.expectation.frames if work.expectation else 0
        ahead[work.shot] = ahead.get(work.shot, 0) + frames
        for need in work.needs:
            if need in by_shot:
                ahead[need] = max(ahead.get(need, 0), ahead[work.shot])
    return sorted(works, key=lambda work: -ahead[work.shot])


def _run_name(project: Project, plan: Plan, provider: Provider, sources: Mapping[str, str]) -> str:
    """Names a film with all that goes into it: a changed film is another run."""
    identities = [dict(provider.identity(s.expectation)) for s in plan.shots if s.expectation]
    identity = [plan.digest, provider.name, sorted(sources.items()), identities]
    text = json.dumps(identity, sort_keys=True)
    return f"{project.path.name}/{hashlib.sha256(text.encode()).hexdigest()[:16]}"
