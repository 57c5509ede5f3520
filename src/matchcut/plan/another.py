"""One shot planned anew: with other words, another seed or endpoint, and where it is to land."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matchcut.endpoints.contract import Contract
from matchcut.errors import Code, MatchcutError
from matchcut.film.types import Film
from matchcut.findings import Finding, Severity, nearest
from matchcut.plan.build import build_plan
from matchcut.plan.reference import Kind, clip_of, out_of, parse, still
from matchcut.plan.types import Media, Plan, PlannedShot

_SEEDS = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked of another take; None is as the film says."""

    shot: str
    endpoint: str | None = None
    prompt: str | None = None
    seed: int | None = None
    takes: int = 1
    """How many, at least 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """The film with one shot as it was asked for."""

    plan: Plan
    lands: bool
    """True where it ends on the first frame of the clip after it."""
    loose: str
    """Why it does not, though a shot hangs on it; else empty."""


def plan_another(
    film: Film,
    contracts: Mapping[str, Contract],
    media: Media,
    ask: Ask,
    *,
    land: bool = True,
) -> Another:
    """Plan another take of a shot.

    Args:
        film: What the user wrote; its own plan has no mistakes.
        contracts: What endpoints accept, by id.
        media: Facts of the files it names.
        ask: What is asked for.
        land: False where the clip after it is not there to be landed on.

    Raises:
        MatchcutError: `shot.unknown`; `usage` for own footage, or where what is asked for is out of
            range; `film.findings` where the film with that shot could not be rendered.

    """
    index = find_shot(film, ask.shot)
    _refuse_range(ask)
    own = film.shots[index]
    asked: dict[str, Any] = {"endpoint": ask.endpoint, "prompt": ask.prompt, "seed": ask.seed}
    changed = own.model_copy(update={k: v for k, v in asked.items() if v is not None})
    shots = (*film.shots[:index], changed, *film.shots[index + 1 :])
    varied = film.model_copy(update={"shots": shots})
    plain = build_plan(varied, contracts, media)
    for finding in _new(plain, build_plan(film, contracts, media)):
        raise MatchcutError(Code.FILM_FINDINGS, finding.message, where=ask.shot, fix=finding.fix)
    after = plain.shots[index + 1] if index + 1 < len(plain.shots) else None
    if after is None or not land or after.start not in (out_of(ask.shot), clip_of(ask.shot)):
        return Another(plan=plain, lands=plain.shots[index].bridge, loose="")
    if after.start == clip_of(ask.shot):
        said = f"`{after.id}` continues the clip itself"
        return Another(plan=plain, lands=False, loose=said)
    if parse(plain.shots[index].start or still("")).kind is Kind.CLIP:
        said = f"nobody says whether {plain.shots[index].endpoint} takes a clip and an end picture"
        return Another(plan=plain, lands=False, loose=said)
    landed = build_plan(varied, contracts, media, landing=ask.shot)
    for finding in _new(landed, plain):
        return Another(plan=plain, lands=False, loose=_why(finding, landed.shots[index]))
    return Another(plan=landed, lands=True, loose="")


def find_shot(film: Film, name: str) -> int:
    """The place of a shot of which another take can be made.

    Raises:
        MatchcutError: `shot.unknown`; `usage` for own footage.

    """
    ids = [shot.id for shot in film.shots]
    if name not in ids:
        near = nearest(name, ids)
        raise MatchcutError(
            Code.SHOT_UNKNOWN,
            f"the film has no shot `{name}`",
            where=name,
            fix=f"Did you mean `{near}`?" if near else "`matchcut plan` lists its shots.",
        )
    index = ids.index(name)
    if film.shots[index].clip:
        raise MatchcutError(
            Code.USAGE,
            "it is your own footage, and nobody can make another take of it",
            where=name,
            fix="Name another clip in the film file.",
        )
    return index


def _refuse_range(ask: Ask) -> None:
    if ask.takes < 1 or not 0 <= (ask.seed or 0) < _SEEDS:
        raise MatchcutError(
            Code.USAGE,
            f"{ask.takes} takes from seed {ask.seed} cannot be made",
            where=ask.shot,
            fix=f"Ask for 1 take or more, with a seed from 0 to {_SEEDS - 1}.",
        )


def _new(plan: Plan, before: Plan) -> list[Finding]:
    """The mistakes of a plan that another one has not."""
    known = {(finding.id, finding.path, finding.message) for finding in before.findings}
    return [
        finding
        for finding in plan.findings
        if finding.severity is Severity.ERROR
        and (finding.id, finding.path, finding.message) not in known
    ]


def _why(finding: Finding, shot: PlannedShot) -> str:
    """Why a shot cannot land, in the words of an order and not of a film."""
    return {
        "bridge.no-end-role": f"{shot.endpoint} takes no end picture",
        "bridge.use-trims-end": "`use` leaves out its last frame",
    }.get(finding.id, finding.message)
