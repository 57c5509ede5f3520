"""The plan file: what was agreed to, so that applying it does just that and nothing else.

JSON. It names its film, the files that the film names by their hashes, every shot as it would be
asked for, and for each provider which takes are kept, what is to be made, and for how much.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from matchcut.errors import Code, MatchcutError
from matchcut.plan.types import UNKNOWN, Plan
from matchcut.project import Project
from matchcut.render.shelf import hashed_files
from matchcut.render.staleness import Staleness, State
from matchcut.render.work import KeptTake

SUFFIX = ".plan"
SCHEMA = 1
_LARGEST_BYTES = 256 << 20
"""A film of 100 000 shots has less."""
Usd = Decimal | Literal["unknown"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeptShot(_Part):
    """A take that is kept, and what is shown of it."""

    take: int = Field(ge=0)
    inputs: str
    clip: str
    shown: tuple[int, int]
    pins: dict[str, dict[str, Any]]
    """By edge: the frame that its neighbours are pinned to, and what stands for it."""


class MadeShot(_Part):
    """A shot that is to be made."""

    inputs: str
    """Hash of what will be sent and to whom; empty where it hangs on what is not there yet."""
    price_usd: Usd
    why: tuple[str, ...]

    @property
    def price(self) -> Decimal | None:
        """US dollars; None is unknown."""
        return self.price_usd if isinstance(self.price_usd, Decimal) else None


class Section(_Part):
    """What one provider is to make."""

    kept: dict[str, KeptShot]
    make: dict[str, MadeShot]
    takes: dict[str, int]
    """Takes of each shot that had been begun."""
    spent_usd: Decimal
    """By the film, before."""
    total_usd: Decimal
    """Of all whose price is known."""


class _Document(_Part):
    matchcut_plan: Literal[1]
    film: str
    digest: str
    settings: dict[str, Any]
    files: dict[str, str]
    prices_said: dict[str, Decimal]
    shots: tuple[dict[str, Any], ...]
    by: dict[str, Section]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """A plan that was written down."""

    path: Path
    film: Path
    """The film file that it is for."""
    digest: str
    """Of the plan, as `Plan.digest`."""
    settings: Mapping[str, Any]
    """What of the film counts for all shots."""
    files: Mapping[str, str]
    """SHA-256 of each file that the film names, by the path written there."""
    prices: Mapping[str, Decimal]
    """US dollars by shot, where a person knew more than the contract."""
    shots: tuple[Mapping[str, Any], ...]
    """Each as `PlannedShot.to_json` has it, in the film's order."""
    by: Mapping[str, Section]
    """By provider."""
    identity: str
    """SHA-256 of what is in it."""

    def section(self, provider: str) -> Section:
        """What a provider is to make.

        Raises:
            MatchcutError: `plan.broken` where the plan says nothing of it.

        """
        found = self.by.get(provider)
        if found is None:
            raise MatchcutError(
                Code.PLAN_BROKEN,
                f"the plan says nothing of what {provider} is to make; it is for "
                f"{', '.join(self.by)}",
                where=str(self.path),
                fix="Write it anew with `matchcut plan`.",
            )
        return found


def write_plan(
    file: Path,
    project: Project,
    plan: Plan,
    standings: Mapping[str, tuple[Staleness, Mapping[str, int], Decimal]],
    prices: Mapping[str, Decimal],
) -> None:
    """Write a plan file, whole or not at all.

    Args:
        file: Where; its name ends in `.plan`.
        project: The film.
        plan: Its plan, without mistakes.
        standings: By provider: how the film stands, how many takes of each shot were begun, and
            what the film has cost so far, US dollars.
        prices: What a person has said that shots cost.

    Raises:
        MatchcutError: `usage` where the name has another ending, `folder.unwritable` where it
            cannot be written.

    """
    if file.suffix != SUFFIX:
        raise MatchcutError(
            Code.USAGE,
            f"a plan file is called by `{SUFFIX}`, and `{file.name}` is not",
            where="matchcut plan",
            fix=f"Write `-o {file.stem}{SUFFIX}`.",
        )
    document = {
        "matchcut_plan": SCHEMA,
        "film": Path(os.path.relpath(project.path, file.absolute().parent)).as_posix(),
        "digest": plan.digest,
        "settings": settings_of(project, plan),
        "files": hashed_files(project),
        "prices_said": {shot: str(usd) for shot, usd in prices.items()},
        "shots": [shot.to_json() for shot in plan.shots],
        "by": {name: _section(*known) for name, known in standings.items()},
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=file.absolute().parent, suffix=SUFFIX, delete=False
        ) as draft:
            draft.write(f"{text}\n")
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(file)
    except OSError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"the plan cannot be written: {error.strerror or error}",
            where=str(file),
            fix="Look at the free space and the permissions there.",
        ) from error


def read_plan(file: Path | str) -> PlanFile:
    """Read a plan file.

    Raises:
        MatchcutError: `plan.broken` where it is none, or of another version.

    """
    path = Path(file)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _broken(path, "it is too large for a plan")
        data = path.read_bytes()
        document = _Document.model_validate_json(data)
    except OSError as error:
        raise _broken(path, f"it cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        said = f"{place}: {first['msg']}" if place else first["msg"]
        raise _broken(path, f"it is no plan of this version of matchcut: {said}") from error
    film = Path(document.film)
    if film.is_absolute() or not document.film:
        raise _broken(path, "it does not name its film by a relative path")
    for section in document.by.values():
        _refuse_money(path, section)
    return PlanFile(
        path=path,
        film=path.parent / film,
        digest=document.digest,
        settings=document.settings,
        files=document.files,
        prices=document.prices_said,
        shots=document.shots,
        by=document.by,
        identity=hashlib.sha256(document.model_dump_json().encode()).hexdigest(),
    )


def settings_of(project: Project, plan: Plan) -> dict[str, Any]:
    """What of a film counts for all its shots, beside the shots themselves."""
    canvas = plan.canvas
    return {
        "title": plan.title,
        "canvas": f"{canvas.width}x{canvas.height} at {canvas.fps}",
        "correct_drift": project.film.correct_drift,
    }


def kept_of(kept: KeptTake) -> KeptShot:
    """A kept take as a plan has it: who vouches for its pins is left out."""
    pins = {
        edge: {
            "frame": pin.frame,
            "still": pin.still,
            "correction": pin.correction.to_json(),
        }
        for edge, pin in kept.pins.items()
    }
    take = kept.take
    return KeptShot(
        take=take.number, inputs=take.inputs, clip=take.clip, shown=kept.kept, pins=pins
    )


def _section(standing: Staleness, takes: Mapping[str, int], spent_usd: Decimal) -> dict[str, Any]:
    make = {
        one.shot: {
            "inputs": one.sending.inputs if one.sending else "",
            "price_usd": UNKNOWN if one.cost_usd is None else str(one.cost_usd),
            "why": list(one.causes),
        }
        for one in standing.to_make
    }
    return {
        # Own footage is known by its file's hash, and there may be no state to keep it in yet.
        "kept": {
            one.shot: kept_of(one.kept).model_dump(mode="json")
            for one in standing.shots
            if one.state is State.KEPT and one.kept is not None and one.take is not None
        },
        "make": make,
        "takes": dict(takes),
        "spent_usd": str(spent_usd),
        "total_usd": str(standing.total_usd),
    }


def _refuse_money(path: Path, section: Section) -> None:
    """A plan's total is the sum of its prices, and no price is below nothing."""
    prices = [one.price for one in section.make.values()]
    known = [price for price in prices if price is not None]
    amounts = (*known, section.spent_usd, section.total_usd)
    if not all(amount.is_finite() and amount >= 0 for amount in amounts):
        raise _broken(path, "it holds an amount that is no money")
    if sum(known, Decimal(0)) != section.total_usd:
        raise _broken(path, "its total is not the sum of its prices")


def _broken(path: Path, why: str) -> MatchcutError:
    return MatchcutError(
        Code.PLAN_BROKEN,
        f"this plan cannot be applied: {why}",
        where=str(path),
        fix="Write it anew: `matchcut plan film.yaml -o film.plan`.",
    )
