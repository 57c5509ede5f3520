"""Rules on chains: how far a shot is from a picture that somebody chose, and who must last so long.

A chain is a shot that starts on something of its own, with those after it that each start on the
clip before them.
"""

from collections import Counter
from collections.abc import Iterator

from matchcut.endpoints.contract import Contract, Role
from matchcut.findings import Finding, Severity
from matchcut.plan.rules.case import Case, linked
from matchcut.plan.setup import Setup

MOST_HOPS = 4
"""Hops from a hero or still that pass without a word; at least 1, and larger is more patient.

Chosen, not measured: every hop hands on what the one before it changed, and the founding text has
ten shots lost to one bad anchor. At four hops it is less than half of that.
"""

FEWEST_SHOTS = 3
"""Shots of one chain, beyond its first, that name a cast member before it is said that nothing but
the frame holds them; at least 1, and larger is more patient."""


def far_from_hero(case: Case) -> Iterator[Finding]:
    """Colour, sharpness and faces drift with each hop, and one bad anchor spoils all after it."""
    for chain in _chains(case):
        first, last = chain[0], chain[-1]
        # The last one's end may be pinned: to the hero that it lands on, or to a still.
        far = chain[-2] if last.end and len(chain) > 1 else last
        hops = far.index - first.index
        if hops <= MOST_HOPS:
            continue
        middle = chain[(hops + 1) // 2].shot.id
        yield Finding(
            id="chain.long",
            severity=Severity.WARNING,
            path=("shots", far.index),
            message=f"`{far.shot.id}` is {hops} hops from the nearest hero or still, `"
            f"{first.shot.id}`; more than {MOST_HOPS} let colour, sharpness and faces drift",
            fix=f"Make `{middle}` a hero with a `start` of its own: the shot before will land on "
            "it."
            if hops <= 2 * MOST_HOPS + 1
            else f"Make about every {MOST_HOPS + 1}th shot a hero with a `start` of its own.",
        )


def unheld_cast(case: Case) -> Iterator[Finding]:
    """One frame does not keep a face over many shots: elements do, or a seed with fixed words."""
    if not case.film.cast:
        return
    for chain in _chains(case):
        if len(chain) <= FEWEST_SHOTS:
            continue
        loose: Counter[str] = Counter()
        first: dict[str, Setup] = {}
        for setup in chain[1:]:
            if setup.contract is None or _seeded(setup):
                continue
            for name in sorted(case.names[setup.index] & case.film.cast.keys()):
                if setup.contract.elements and case.film.cast[name].frontal:
                    continue
                loose[name] += 1
                first.setdefault(name, setup)
        for name, count in loose.items():
            if count >= FEWEST_SHOTS:
                yield Finding(
                    id="cast.unheld",
                    severity=Severity.WARNING,
                    path=("shots", first[name].index),
                    message=f"{{{name}}} is in {count} shots chained to `{chain[0].shot.id}`, and "
                    "nothing but the frame before holds who it is",
                    fix=_hold(case, first[name]),
                )


def _chains(case: Case) -> Iterator[list[Setup]]:
    chain: list[Setup] = []
    for setup in case.setups:
        if chain and not linked(setup):
            yield chain
            chain = []
        chain.append(setup)
    if chain:
        yield chain


def _seeded(setup: Setup) -> bool:
    return setup.seed is not None and setup.contract is not None and setup.contract.reproducible


def _hold(case: Case, setup: Setup) -> str:
    """What would hold a cast member, the nearest first."""
    contract = setup.contract
    seed = f"one with a seed ({_some(case, Role.SEED)}) and `seed`"
    if contract and contract.reproducible:
        seed = "the same `seed` on all of them"
    elements = f"an endpoint with elements ({_some(case, Role.ELEMENTS)}) and a `frontal` picture"
    if contract and contract.elements:
        elements = "a `frontal` picture"
    near = [seed, elements] if contract and contract.reproducible else [elements, seed]
    return f"Give it {near[0]}, or {near[1]}, or a hero in between."


def _some(case: Case, role: Role) -> str:
    """A few endpoints that start on a picture and have the role as well."""
    found: list[Contract] = [
        contract
        for contract in case.contracts.values()
        if role in contract.roles and Role.START in contract.roles
    ]
    return ", ".join(contract.id for contract in found[:3]) or "none is known"


RULES = (far_from_hero, unheld_cast)
