"""A frame's ancestry: from the clip it is in, by the anchor each clip started on, to the first one.

It follows what was really sent, as the ledger has it, and not what the film says by now: a defect
came down this way whatever is written today.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchcut.errors import Code, MatchcutError
from matchcut.findings import nearest
from matchcut.inspect.seam import Seam
from matchcut.project import Project
from matchcut.render.beside import beside
from matchcut.render.database import Database
from matchcut.render.gates import Action, Decision, Gates, Spot
from matchcut.render.hand import frame_of
from matchcut.render.pins import IN, OUT
from matchcut.render.provenance import Origin, Provenance, TakeRow
from matchcut.render.providers.embedded import Rehearsal
from matchcut.render.seams import Seams
from matchcut.render.shelf import hashed_files
from matchcut.store.contracts import known
from matchcut.store.folder import StateFolder

PAID = "fal"
"""Who is meant first where a shot was rendered and rehearsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One clip of an ancestry, at the frame that was handed on."""

    shot: str
    take: int | None
    """None for own footage."""
    provider: str
    endpoint: str
    clip: str
    """SHA-256 of the clip."""
    file: Path
    frame: int
    """Of the clip, from 0: the one that was asked for, or that the next clip started on."""
    state: str
    """As the ledger has it; `footage` for own footage."""
    cost_usd: str | None
    """What the take cost; None where that is unknown."""
    started_on: str = ""
    """What its first frame was made from: `rooftop@71`, `still art/a.png`, or empty: the prompt."""
    anchor: Path | None = None
    """The still that was sent for that; None where there is none, or a clip was."""
    changes: tuple[str, ...] = ()
    """What was done to the frame that it started on, in words."""
    lands_on: str = ""
    """What its last frame was to reach, in the same words; empty where nothing."""
    seam: Seam | None = None
    """How it meets the clip it started on, where that was measured."""

    @property
    def name(self) -> str:
        """As it is written: `rooftop@71`."""
        return f"{self.shot}@{self.frame}"

    def to_json(self) -> dict[str, Any]:
        """The link as JSON has it."""
        return {
            "shot": self.shot,
            "take": self.take,
            "provider": self.provider,
            "endpoint": self.endpoint,
            "clip": self.clip,
            "file": str(self.file),
            "frame": self.frame,
            "state": self.state,
            "cost_usd": self.cost_usd,
            "started_on": self.started_on,
            "anchor": None if self.anchor is None else str(self.anchor),
            "changes": list(self.changes),
            "lands_on": self.lands_on,
            "seam": None if self.seam is None else self.seam.to_json(),
        }


def trace(project: Project, name: str, *, by: str = "") -> list[Link]:
    """Walk a frame's ancestry.

    Args:
        project: The film; a run may be at work on it.
        name: `rooftop` (its out frame), `rooftop.out`, `rooftop.in`, or `rooftop@71`, counted from
            0 in the shot's clip, negative ones from its end.
        by: Whose take of the shot; the paid one where there is one.

    Returns:
        The clip with the frame first, and last the one that started on no clip.

    Raises:
        MatchcutError: `shot.unknown`, `usage` where the clip has no such frame, `resolve.nothing`
            where there is no clip yet.

    """
    with beside(project) as (folder, database):
        return _Walk(project, folder, database).walk(name, by)


class _Walk:
    def __init__(self, project: Project, folder: StateFolder, database: Database) -> None:
        self._project = project
        self._film = folder.key(project.path.name)
        self._media = folder.media
        self._provenance = Provenance(database, self._film)
        self._gates = Gates(database)
        self._seams = Seams(database)
        self._contracts = known().contracts
        self._own = hashed_files(project)

    def walk(self, name: str, by: str) -> list[Link]:
        shot, place = self._taken_apart(name)
        asked = self._in_use(shot, by)
        row: TakeRow | None = asked
        frame: int | None = self._frame(asked, place, name)
        links: list[Link] = []
        while row is not None and row.clip and frame is not None:
            if any(link.clip == row.clip for link in links):
                break  # the records go in a circle; nothing we write does
            before = self._start(row)
            after, came_from = self._before(before)
            links.append(self._link(row, frame, before, came_from))
            if before and before.clip and after is None:
                links.append(self._footage(before))
            row, frame = after, before.frame if before else None
        return links

    def _link(self, row: TakeRow, frame: int, before: Origin | None, came_from: str) -> Link:
        end = self._origin(row, "end")
        changes = before.changes if before else ()
        if before and before.clip and not before.replaced:
            changes = (*self._stepped(before), *changes)
        seam = self._seams.between(before.clip, row.clip) if before and before.clip else None
        return Link(
            shot=row.shot,
            take=row.number,
            provider=row.provider,
            endpoint=row.endpoint,
            clip=row.clip,
            file=self._media.path(row.clip, ".mp4"),
            frame=frame,
            state=row.state.value,
            cost_usd=row.cost_usd,
            started_on=came_from,
            anchor=self._media.path(before.still, ".png") if before and before.still else None,
            changes=changes,
            lands_on=self._before(end)[1],
            seam=seam,
        )

    def _footage(self, origin: Origin) -> Link:
        """A user's own clip at the end of an ancestry."""
        owner = next((s for s in self._project.film.shots if self._owns(s.clip, origin.clip)), None)
        suffix = Path(owner.clip or "").suffix.lower() if owner else ".mp4"
        return Link(
            shot=owner.id if owner else "footage",
            take=None,
            provider="footage",
            endpoint="",
            clip=origin.clip,
            file=self._media.path(origin.clip, suffix),
            frame=origin.frame or 0,
            state="footage",
            cost_usd="0",
        )

    def _owns(self, clip: str | None, digest: str) -> bool:
        return clip is not None and self._own.get(clip) == digest

    def _start(self, row: TakeRow) -> Origin | None:
        return self._origin(row, "start") or self._origin(row, "continue")

    def _origin(self, row: TakeRow, role: str) -> Origin | None:
        contract = self._contracts.get(row.endpoint)
        roles = {key.value: wire for key, wire in contract.roles.items()} if contract else {}
        sent = row.arguments.get(roles.get(role, ""))
        return self._provenance.origin(sent) if isinstance(sent, str) else None

    def _before(self, origin: Origin | None) -> tuple[TakeRow | None, str]:
        """The take that a frame came from, and the frame in words."""
        if origin is None:
            return None, ""
        if origin.clip:
            row = self._provenance.of_clip(origin.clip)
            shot = row.shot if row else self._footage(origin).shot
            return row, f"{shot}@{origin.frame}"
        named = self._provenance.name_of(origin.picture)
        return None, f"still {named or origin.picture[:12]}"

    def _stepped(self, origin: Origin) -> tuple[str, ...]:
        """That a person or the measures moved the edge that a frame was taken from."""
        row = self._provenance.of_clip(origin.clip)
        if row is None or origin.frame is None:
            return ()
        for edge in (OUT, IN):
            spot = Spot(
                shot=row.shot,
                edge=edge,
                clip=row.clip,
                suffix=".mp4",
                kept=(0, row.frames - 1),
                number=row.number,
                provider=row.provider,
                inputs=row.inputs,
            )
            decision = self._gates.decision(spot)
            if _stepped_to(decision, origin.frame, spot.pinned):
                return (f"stepped by a person from frame {spot.pinned} to {origin.frame}",)
        last = row.frames - 1
        return (f"taken {last - origin.frame} frames before the clip's end",) * (
            0 < origin.frame < last
        )

    def _in_use(self, shot: str, by: str) -> TakeRow:
        names = [by] if by else [PAID, Rehearsal.name]
        for name in names:
            row = self._provenance.used(shot, name)
            if row is not None and row.clip:
                return row
        raise MatchcutError(
            Code.NOTHING_TO_RESOLVE,
            f"there is no clip of it{f' by {by}' if by else ''} yet, or it is your own footage",
            where=shot,
            fix="Rehearse or render the film first.",
        )

    def _taken_apart(self, name: str) -> tuple[str, str]:
        known_shots = [shot.id for shot in self._project.film.shots]
        for mark in ("@", "."):
            shot, found, place = name.rpartition(mark)
            if found and shot in known_shots:
                return shot, place
        if name in known_shots:
            return name, OUT
        meant = nearest(name.partition("@")[0], known_shots)
        raise MatchcutError(
            Code.SHOT_UNKNOWN,
            f"`{name}` names no shot of the film, and no frame of one",
            where=self._project.path.name,
            fix=f"Did you mean `{meant}`?" if meant else "`matchcut plan` lists the shots.",
        )

    def _frame(self, row: TakeRow, place: str, name: str) -> int:
        if place in (IN, OUT):
            return self._edge(row, place)
        return frame_of(place, row.frames, name)

    def _edge(self, row: TakeRow, edge: str) -> int:
        """The frame at an edge, as the film showed it last; the clip's own where it has not."""
        for facts in self._seams.shown(self._film, row.provider):
            if facts.get("clip") == row.clip:
                return int(facts["first" if edge == IN else "last"])
        return 0 if edge == IN else row.frames - 1


def _stepped_to(decision: Decision | None, frame: int, pinned: int) -> bool:
    return (
        decision is not None
        and decision.action is Action.STEP
        and decision.frame == frame
        and frame != pinned
    )
