"""Every take of a shot: who made it, what differs, what it cost, how its seams were measured."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchcut.assemble.takes_sheet import draw_takes
from matchcut.errors import Code, MatchcutError
from matchcut.inspect.seam import Seam
from matchcut.plan.another import find_shot
from matchcut.render.beside import beside
from matchcut.render.gates import Gates
from matchcut.render.ledger import Claim, Ledger, TakeState
from matchcut.render.seams import Seams

if TYPE_CHECKING:
    from matchcut.project import Project
    from matchcut.store.folder import StateFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedTake:
    """A take of a shot, whatever came of it."""

    number: int
    provider: str
    endpoint: str
    state: TakeState
    note: str
    """Why it is not used, where it is not."""
    clip: Path | None
    """None where there is none, or it is lost from here."""
    frames: int
    cost_usd: Decimal | None
    """None where that is unknown, or nothing is paid yet."""
    circled: bool
    """True for the one that stands in the film, as it was made last by this provider."""
    differs: dict[str, Any]
    """Arguments that are others than those of the circled take by the same provider; pictures are
    hashes, and an argument that was not sent is None."""
    before: Seam | None
    """How it met the clip before it, measured last; None where that was not measured."""
    after: Seam | None
    """How the clip after it met it."""

    def to_json(self) -> dict[str, Any]:
        """The take as JSON has it."""
        return {
            "take": self.number,
            "provider": self.provider,
            "endpoint": self.endpoint,
            "state": self.state.value,
            "note": self.note,
            "clip": str(self.clip) if self.clip else None,
            "frames": self.frames,
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
            "circled": self.circled,
            "differs": self.differs,
            "seams": {
                place: seam.to_json() if seam else None
                for place, seam in (("before", self.before), ("after", self.after))
            },
        }


def list_takes(project: "Project", shot: str) -> tuple[LoggedTake, ...]:
    """Every take of a shot, in the order in which they were asked for.

    A run that is under way is not disturbed.

    Args:
        project: The film, from `load`.
        shot: The shot's id.

    Raises:
        MatchcutError: `shot.unknown`; `usage` for own footage; `resolve.nothing` where nothing was
            made yet.

    """
    find_shot(project.film, shot)
    with beside(project) as (folder, database):
        film = folder.key(project.path.name)
        ledger, seams = Ledger(database), Seams(database)
        claims = sorted(ledger.of_shot(film, shot), key=lambda claim: claim.number)
        used = Gates(database).used(film, shot)
        requests = {claim.number: ledger.request(film, shot, claim.number) for claim in claims}
        standing = {
            claim.provider: requests[claim.number] for claim in claims if claim.number in used
        }
        logged = []
        for claim in claims:
            found = ledger.take(film, shot, claim.number)
            take = found[0] if found else None
            before, after = seams.around(claim.clip) if claim.clip else (None, None)
            own = requests[claim.number]
            logged.append(
                LoggedTake(
                    number=claim.number,
                    provider=claim.provider,
                    endpoint=str(own.get("endpoint", "")),
                    state=claim.state,
                    note=claim.note,
                    clip=_there(folder, claim),
                    frames=claim.frames,
                    cost_usd=take.cost_usd if take else None,
                    circled=claim.number in used and claim.state is TakeState.DONE,
                    differs=_apart(own, standing.get(claim.provider, own)),
                    before=before,
                    after=after,
                )
            )
        return tuple(logged)


def draw_takes_sheet(project: "Project", shot: str, takes: tuple[LoggedTake, ...]) -> Path:
    """Write a picture of a shot's takes, a row each, into `out/anchors/`.

    Raises:
        MatchcutError: `resolve.nothing` where none has a clip; a clip cannot be read;
            `folder.unwritable` where the picture cannot be written.

    """
    rows = [
        (one.clip, one.frames, f"{shot}, take {one.number}", _in_words(one), one.circled)
        for one in takes
        if one.clip and one.frames
    ]
    if not rows:
        raise MatchcutError(
            Code.NOTHING_TO_RESOLVE,
            "no take of it has a clip that could be shown",
            where=shot,
            fix="Rehearse or render the film first.",
        )
    with beside(project) as (folder, _):
        place = folder.anchors / f"{project.path.stem}-{shot}.takes.png"
        folder.media.replace(place, draw_takes(project.film.canvas.aspect, rows))
        return place


def _in_words(one: LoggedTake) -> str:
    words = [one.endpoint, one.state.value if one.state is not TakeState.DONE else ""]
    words += [f"{name} differs" for name in one.differs]
    return ", ".join(word for word in words if word)


def _there(folder: "StateFolder", claim: Claim) -> Path | None:
    if claim.clip is None or not folder.media.has(claim.clip, ".mp4"):
        return None
    return folder.media.path(claim.clip, ".mp4")


def _apart(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What a request has otherwise than another."""
    mine, theirs = own.get("arguments", {}), other.get("arguments", {})
    apart = {
        name: mine.get(name)
        for name in sorted({*mine, *theirs})
        if mine.get(name) != theirs.get(name)
    }
    if own.get("endpoint") != other.get("endpoint"):
        apart = {"endpoint": own.get("endpoint"), **apart}
    return apart
