"""What a contract says of parameters together: which exclude each other, which need each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from matchcut.endpoints.contract import Contract, Coupling, Role
from matchcut.endpoints.offered import lines, seconds
from matchcut.endpoints.options import OWN_WORDS
from matchcut.endpoints.problem import Problem, listed

_OF_THE_CANVAS = (Role.FPS, Role.ASPECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A value of a request that would have to be another."""

    role: Role | None
    name: str
    value: Any

    @property
    def words(self) -> str:
        """What to write in the film."""
        match self.role:
            case Role.DURATION:
                return f"`duration: {seconds(self.value) or self.value}`"
            case Role.FPS:
                return f"a canvas of {self.value} fps"
            case Role.ASPECT:
                return f"a canvas of {self.value}"
            case Role.RESOLUTION | Role.SEED | Role.AUDIO:
                return f"`{self.role.value}: {_shown(self.value)}`"
        return f"`options: {{{self.name}: {_shown(self.value)}}}`"


def exclusive(
    contract: Contract, arguments: Mapping[str, Any], by_hand: Mapping[str, Any]
) -> Iterator[Problem]:
    """Parameters that are sent together and may not be.

    Args:
        contract: What the endpoint accepts.
        arguments: What would be sent.
        by_hand: Those of them that the film gives by their wire names.

    """
    for rule in contract.exclusions:
        sent = [name for name in rule.parameters if name in arguments]
        if len(sent) < 2:  # noqa: PLR2004 - one alone excludes nothing
            continue
        own = [name for name in sent if name in by_hand]
        roles = {name: role for role, name in contract.roles.items()}
        words = [OWN_WORDS.get(roles.get(name), f"`{name}`") for name in sent]
        yield Problem(
            id="request.exclusive",
            key=own[0] if own else "endpoint",
            message=f"{contract.name} takes only one of {listed(rule.parameters)}",
            fix=f"Remove `{own[0]}`: matchcut sends the other one itself."
            if own and len(own) < len(sent)
            else f"Ask for one of them; in the film they are {listed(words)}.",
        )


def coupled(contract: Contract, arguments: Mapping[str, Any]) -> Iterator[Problem]:
    """Values that the endpoint takes only beside certain others, with what would mend it.

    The change that touches fewest keys is named first; of two alike, the one that leaves the canvas
    as it is.
    """
    roles = {name: role for role, name in contract.roles.items()}
    values = {
        name: arguments.get(name, parameter.default)
        for name, parameter in contract.parameters.items()
    }
    for rule in contract.couplings:
        if any(values[name] not in allowed for name, allowed in rule.when.items()):
            continue
        wrong = [name for name, allowed in rule.then.items() if values[name] not in allowed]
        if not wrong:
            continue
        ways = sorted(_ways(contract, rule, values, wrong, roles), key=_effort)
        fix = ", or ".join(" and ".join(change.words for change in way) for way in ways)
        first = ways[0][0]
        yield Problem(
            id="request.coupled",
            key=first.role.value if first.role else first.name,
            message=f"{contract.name} takes {_pairs(rule.when, values)} only with "
            + " and ".join(f"`{name}` {_or(rule.then[name])}" for name in wrong)
            + f", and the request has {_pairs(wrong, values)}",
            fix=f"Write {fix}.",
        )


def _ways(
    contract: Contract,
    rule: Coupling,
    values: Mapping[str, Any],
    wrong: list[str],
    roles: Mapping[str, Role],
) -> Iterator[list[_Change]]:
    yield [
        _Change(role=roles.get(name), name=name, value=_nearest(rule.then[name], values[name]))
        for name in wrong
    ]
    for name, coupled_values in rule.when.items():
        free = tuple(v for v in contract.parameters[name].values if v not in coupled_values)
        if free:
            near = _nearest(free, values[name])
            yield [_Change(role=roles.get(name), name=name, value=near)]


def _effort(way: list[_Change]) -> tuple[int, int]:
    return len(way), sum(change.role in _OF_THE_CANVAS for change in way)


def _nearest(offered: tuple[Any, ...], wanted: Any) -> Any:
    asked = _number(wanted)
    if asked is None:
        return offered[0]
    return min(offered, key=lambda value: abs((_number(value) or 0) - asked))


def _number(value: Any) -> float | None:
    found = lines(str(value)) or seconds(value)
    return None if found is None else float(found)


def _pairs(names: Mapping[str, Any] | list[str], values: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}` {_shown(values[name])}" for name in names)


def _or(values: tuple[Any, ...]) -> str:
    return " or ".join(map(_shown, values))


def _shown(value: Any) -> str:
    """A value as YAML has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
