"""Rules on what is sent: what an endpoint must have, and what costs more than it need."""

from collections.abc import Iterator
from decimal import Decimal

from matchcut.endpoints.contract import Contract, Role
from matchcut.endpoints.options import OWN_WORDS
from matchcut.film.types import Join
from matchcut.findings import Finding, Severity
from matchcut.plan.cost import estimate
from matchcut.plan.rules.case import Case, listed
from matchcut.plan.setup import Setup
from matchcut.plan.types import PlannedShot


def required_missing(case: Case) -> Iterator[Finding]:
    """What an endpoint must have it gets, or it is not called."""
    needed = {
        contract.id: tuple(
            (name, next((role for role, wire in contract.roles.items() if wire == name), None))
            for name, parameter in contract.parameters.items()
            if parameter.required and parameter.default is None
        )
        for contract in case.contracts.values()
    }
    for setup in case.setups:
        contract, request = setup.contract, case.shots[setup.index].request
        if contract is None or request is None:
            continue
        for name, role in needed.get(contract.id, ()):
            if name in request.arguments or _said_elsewhere(setup, contract, role):
                continue
            wants = {
                Role.START: ("start.missing", "start picture", _start_cure(case)),
                Role.END: ("end.missing", "end picture", _end_cure(case)),
                Role.CONTINUE: ("continue.missing", "clip to continue", "Write `join: continue`."),
                Role.ELEMENTS: (
                    "elements.missing",
                    "element",
                    "Name a cast member that has a `frontal` picture.",
                ),
            }
            missing = (
                "option.missing",
                f"`{name}`",
                f"Write {OWN_WORDS[role]}."
                if role in OWN_WORDS
                else f"Write it in `options`, by its wire name `{name}`.",
            )
            found, what, fix = wants.get(role, missing) if role else missing
            yield Finding(
                id=found,
                path=("shots", setup.index),
                message=f"`{setup.shot.id}` has no {what}, and {contract.name} must have one",
                fix=fix,
            )


def sound_costs(case: Case) -> Iterator[Finding]:
    """Where sound costs more, what it costs is said; matchcut asks for none unless it is told."""
    by_default: dict[str, tuple[list[Setup], Decimal]] = {}
    for setup in case.setups:
        if not setup.audio or setup.contract is None:
            continue
        extra = _sound_usd(setup.contract, case.shots[setup.index])
        if not extra:
            continue
        if setup.shot.audio is None:
            setups, total = by_default.setdefault(setup.contract.name, ([], Decimal(0)))
            setups.append(setup)
            by_default[setup.contract.name] = setups, total + extra
            continue
        yield Finding(
            id="audio.costs-more",
            severity=Severity.INFO,
            path=("shots", setup.index, "audio"),
            message=f"sound makes `{setup.shot.id}` {extra.normalize():f} USD dearer",
            fix="Write `audio: false` where the sound is not needed.",
        )
    for name, (setups, total) in by_default.items():
        yield Finding(
            id="audio.costs-more",
            severity=Severity.WARNING,
            path=("defaults", "audio"),
            message=f"sound is on for all: on {name} it makes {listed(setups)} "
            f"{total.normalize():f} USD dearer",
            fix="Write `audio: true` only on shots whose sound is needed.",
        )


def over_budget(case: Case) -> Iterator[Finding]:
    """A budget that the plan already passes is said before anything is spent."""
    budget = case.film.budget_usd
    cost = sum((shot.cost_usd for shot in case.shots if shot.cost_usd is not None), Decimal(0))
    if budget is not None and cost > budget:
        yield Finding(
            id="budget.over",
            severity=Severity.WARNING,
            path=("budget_usd",),
            message=f"the plan costs {cost} USD and the budget is {budget} USD",
            fix="Raise the budget, or ask for shorter clips, smaller pictures or cheaper "
            "endpoints.",
        )


def _said_elsewhere(setup: Setup, contract: Contract, role: Role | None) -> bool:
    """True where binding or another rule says what is missing, or nothing is."""
    match role:
        case Role.START:
            return not (
                setup.shot.hero
                or setup.join is Join.CUT
                or (setup.join is Join.CONTINUE and Role.CONTINUE in contract.roles)
            )
        case Role.END:
            return setup.end is not None
        case Role.RESOLUTION:
            return setup.resolution is not None
        case Role.SEED:
            return setup.seed is not None
        case Role.DURATION | Role.ASPECT | Role.FPS:
            return True
    return False


def _start_cure(case: Case) -> str:
    free = [
        contract.id
        for contract in case.contracts.values()
        if (start := contract.parameter(Role.START)) is None or not start.required
    ]
    return (
        "Give it a `start`, or an endpoint that works from a prompt alone "
        f"({', '.join(free) or 'none is known'})."
    )


def _end_cure(case: Case) -> str:
    free = [
        contract.id
        for contract in case.contracts.values()
        if (end := contract.parameter(Role.END)) and not end.required
    ]
    return (
        "Let the next shot be a hero that it lands on, or give it an `end` picture and write "
        "`join: still` or `cut` on the next; or use an "
        f"endpoint that can do without ({', '.join(free[:3]) or 'none is known'})."
    )


def _sound_usd(contract: Contract, shot: PlannedShot) -> Decimal | None:
    """What sound adds to a request, US dollars; None where one of the two prices is unknown."""
    wire, request, expected = contract.roles.get(Role.AUDIO), shot.request, shot.expectation
    if wire is None or request is None or shot.cost_usd is None:
        return None
    silent = {**request.arguments, wire: False}
    size = (expected.width, expected.height) if expected else None
    cost = estimate(contract, silent, shot.seconds, size)
    return None if cost is None else max(shot.cost_usd - cost, Decimal(0))


RULES = (required_missing, sound_costs, over_budget)
