"""Rules on anchors and endpoints: what is pinned must be something the endpoint takes."""

from collections.abc import Iterator

from matchcut.endpoints.contract import Contract, Role
from matchcut.findings import Finding, Severity
from matchcut.plan.kept import kept_frames
from matchcut.plan.reference import hangs_on
from matchcut.plan.rules.case import Case
from matchcut.plan.setup import Setup

JUDGED = 12
"""Frames that must lie behind an anchor for the measures to compare it with: as many as
`inspect.onset.FEWEST`, which the plan does not load."""


def prompt_only(case: Case) -> Iterator[Finding]:
    """A prompt-only endpoint takes no anchor, and is never exchanged for another in silence."""
    for setup in case.setups:
        contract = setup.contract
        if contract is None or contract.takes_anchors or not setup.has_anchor:
            continue
        key, what = _anchor_named(setup)
        yield Finding(
            id="anchor.prompt-only",
            path=("shots", setup.index, key),
            message=f"{contract.name} is prompt-only and cannot take {what}",
            fix="Write `join: cut` and no pictures, or use an endpoint that takes anchors "
            f"({_with_role(case, Role.START)}).",
        )


def no_role(case: Case) -> Iterator[Finding]:
    """An anchor for which the endpoint has no parameter would be dropped on the way."""
    plain = {
        Role.START: ("anchor.no-start", "a start picture"),
        Role.CONTINUE: ("continue.no-role", "a clip to continue"),
        Role.END: ("anchor.no-end", "an end picture"),
    }
    bridge = ("bridge.no-end-role", "an end picture, and a bridge must land on its hero")
    for setup in case.setups:
        contract = setup.contract
        if contract is None:
            continue
        wants = (
            (Role.START, setup.start),
            (Role.CONTINUE, setup.carried),
            (Role.END, setup.end),
        )
        for role, value in wants:
            if value is None or role in contract.roles or not contract.takes_anchors:
                continue
            name, what = bridge if role is Role.END and setup.bridge else plain[role]
            yield Finding(
                id=name,
                path=("shots", setup.index, _key(setup, role)),
                message=f"{contract.name} does not take {what}",
                fix=f"Endpoints that do: {_with_role(case, role)}.",
            )


def continue_with_end(case: Case) -> Iterator[Finding]:
    """A shot that continues a clip and lands on an end frame asks for what nobody documents."""
    for setup in case.setups:
        if setup.carried and setup.end and setup.contract:
            yield Finding(
                id="continue.with-end",
                severity=Severity.WARNING,
                path=("shots", setup.index, "join"),
                message=f"`{setup.shot.id}` continues a clip and is pinned at its end; whether "
                f"{setup.contract.name} takes both is not documented",
                fix="Join by `match`, which it is known to take with an end frame.",
            )


def _anchor_named(setup: Setup) -> tuple[str, str]:
    if setup.carried:
        return "join", "a clip to continue"
    if setup.start:
        return ("start", "a start picture") if setup.shot.start else ("join", "a start frame")
    return _key(setup, Role.END), "an end frame"


def _key(setup: Setup, role: Role) -> str:
    """The key of the shot that asks for an anchor; a join that is not written has the shot's."""
    if role is Role.END:
        return "end" if setup.shot.end else "endpoint"
    if role is Role.CONTINUE:
        return "join"
    return "start" if setup.shot.start else "join"


def _with_role(case: Case, role: Role) -> str:
    return _listed([c for c in case.contracts.values() if role in c.roles])


def _listed(contracts: list[Contract]) -> str:
    return ", ".join(contract.id for contract in contracts) or "none is known"


def too_short_to_judge(case: Case) -> Iterator[Finding]:
    """An anchor is judged by the frames behind it: where there are too few, a person must look."""
    pinned = {
        hangs_on(reference)
        for setup in case.setups
        for reference in filter(None, (setup.start, setup.carried, setup.end))
    }
    for setup in case.setups:
        shot, expected = setup.shot, case.shots[setup.index].expectation
        there = case.media.clips.get(shot.clip or "") or expected
        kept = kept_frames(shot.use, there.rate, there.frames) if there and shot.use else None
        if there is None or kept is None:
            continue
        behind = {"out": kept[1] + 1, "in": there.frames - kept[0]}
        for edge, frames in behind.items():
            landing = setup.bridge and edge == "out"
            if (shot.id, edge) not in pinned or landing or frames >= JUDGED:
                continue
            yield Finding(
                id="use.unjudged",
                severity=Severity.WARNING,
                path=("shots", setup.index, "use"),
                message=f"`{shot.id}.{edge}` has {frames} frames behind it, and is compared with "
                f"{JUDGED} at least: a person must look at it",
                fix="Show more of the clip, or have an eye on `matchcut gates`.",
            )


RULES = (prompt_only, no_role, continue_with_end, too_short_to_judge)
