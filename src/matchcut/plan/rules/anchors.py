"""Rules on anchors and endpoints: what is pinned must be something the endpoint takes."""

from collections.abc import Iterator

from matchcut.endpoints.contract import Contract, Role
from matchcut.film.types import Join
from matchcut.findings import Finding, Severity
from matchcut.plan.rules.case import Case
from matchcut.plan.setup import Setup


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
    for setup in case.setups:
        contract = setup.contract
        if contract is None or not contract.takes_anchors:
            continue
        wants = (
            (Role.START, setup.start, "anchor.no-start", "a start picture"),
            (Role.CONTINUE, setup.carried, "continue.no-role", "a clip to continue"),
            (
                Role.END,
                setup.end,
                "bridge.no-end-role" if setup.bridge else "anchor.no-end",
                "an end picture, and a bridge must land on its hero"
                if setup.bridge
                else "an end picture",
            ),
        )
        for role, value, name, what in wants:
            if value and role not in contract.roles:
                yield Finding(
                    id=name,
                    path=("shots", setup.index, _key(setup, role)),
                    message=f"{contract.name} does not take {what}",
                    fix=f"Endpoints that do: {_with_role(case, role)}.",
                )


def start_missing(case: Case) -> Iterator[Finding]:
    """An image-to-video endpoint that must have a start picture gets one or is not called."""
    for setup in case.setups:
        contract = setup.contract
        parameter = contract.parameter(Role.START) if contract else None
        stands_alone = setup.shot.hero or setup.join is Join.CUT
        if contract and parameter and parameter.required and stands_alone and not setup.start:
            yield Finding(
                id="start.missing",
                path=("shots", setup.index),
                message=f"`{setup.shot.id}` has no start picture, and {contract.name} must "
                "have one",
                fix="Give it a `start`, or an endpoint that works from a prompt alone "
                f"({_prompt_only(case)}).",
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


def _prompt_only(case: Case) -> str:
    return _listed(
        [
            c
            for c in case.contracts.values()
            if (start := c.parameter(Role.START)) is None or not start.required
        ]
    )


def _listed(contracts: list[Contract]) -> str:
    return ", ".join(contract.id for contract in contracts) or "none is known"


RULES = (prompt_only, no_role, start_missing, continue_with_end)
