"""Rules on content that an endpoint is known to turn away."""

from collections.abc import Iterator

from matchcut.endpoints.contract import Contract, Refusal, Role
from matchcut.findings import Finding, Severity
from matchcut.plan.rules.case import Case, listed
from matchcut.plan.setup import Setup

_PEOPLE = frozenset({"people", "person", "persons", "faces", "face", "humans", "human"})
_DRAWN = frozenset(
    {
        *("animated", "animation", "anime", "cartoon", "claymation", "comic", "drawing", "drawn"),
        *("engraving", "illustrated", "illustration", "manga", "painted", "painting", "puppet"),
        *("sketch", "watercolor", "watercolour", "woodcut"),
    }
)
"""Words of a look's style that say that nothing in it is photographed."""


def people_refused(case: Case) -> Iterator[Finding]:
    """Some endpoints refuse photographed people as a frame, and a chain hands on just that.

    Nobody here sees whether a frame shows a person: a cast member who is named counts as one.
    """
    style = set((case.film.look.style or "").lower().replace(",", " ").split())
    if not case.film.cast or style & _DRAWN:
        return
    known = {c.id: (c, found) for c in case.contracts.values() if (found := _of_people(c))}
    met: dict[str, list[Setup]] = {}
    cast: dict[str, set[str]] = {}
    for setup in case.setups:
        if setup.contract is None or setup.contract.id not in known:
            continue
        contract, refusal = known[setup.contract.id]
        seen: set[str] = set()
        for role in refusal.roles:
            seen |= _seen(case, setup, role) & case.film.cast.keys()
        if seen:
            met.setdefault(contract.id, []).append(setup)
            cast.setdefault(contract.id, set()).update(seen)
    for name, setups in met.items():
        contract, refusal = known[name]
        who = ", ".join(f"{{{member}}}" for member in sorted(cast[name]))
        others = [c.id for c in case.contracts.values() if c.id not in known and _does(c, setups)]
        yield Finding(
            id="people.refused",
            severity=Severity.WARNING,
            path=("shots", setups[0].index),
            message=f"{contract.name} may refuse {listed(setups)}: it is known to turn away "
            f"{refusal.what} in a {' or '.join(role.value for role in refusal.roles)} frame, and "
            f"the frames may show {who}",
            fix="If that is a photographed person, use an endpoint with the same roles "
            f"({', '.join(others[:3]) or 'none is known'}), or put a cutaway without people in "
            "between.",
        )


def _of_people(contract: Contract) -> Refusal | None:
    for refusal in contract.refusals:
        if _PEOPLE & set(refusal.what.lower().replace(",", " ").split()):
            return refusal
    return None


def _seen(case: Case, setup: Setup, role: Role) -> frozenset[str]:
    """Who may be in the frame that is pinned for a role: whoever its two shots name."""
    here, index = case.names[setup.index], setup.index
    match role:
        case Role.START if setup.start:
            return here | case.names[index - 1] if index - 1 in setup.needs else here
        case Role.CONTINUE if setup.carried:
            return here | case.names[index - 1]
        case Role.END if setup.end:
            return here | case.names[index + 1] if setup.bridge else here
    return frozenset()


def _does(contract: Contract, setups: list[Setup]) -> bool:
    """True where an endpoint has every role that these shots need."""
    needs = {
        role
        for setup in setups
        for role, value in (
            (Role.START, setup.start),
            (Role.END, setup.end),
            (Role.CONTINUE, setup.carried),
        )
        if value
    }
    return needs <= contract.roles.keys()


RULES = (people_refused,)
