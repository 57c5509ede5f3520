"""Further parameters that a film passes by their wire names: taken, or refused with the reason."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from matchcut.endpoints.contract import Contract, Kind, Parameter, Role
from matchcut.endpoints.problem import Problem, listed
from matchcut.findings import Severity, nearest


def read_options(
    contract: Contract,
    options: Mapping[str, Any],
    bound: Mapping[str, Any],
    problems: list[Problem],
) -> dict[str, Any]:
    """The options that can be sent.

    Args:
        contract: What the endpoint accepts.
        options: Values by wire name, as the film has them.
        bound: What is bound already.
        problems: Gets what cannot be sent.

    Returns:
        Values by wire name.

    """
    taken: dict[str, Any] = {}
    by_name = {name: role for role, name in contract.roles.items()}
    for name, value in options.items():
        parameter = contract.parameters.get(name)
        role = by_name.get(name)
        if parameter is None:
            problems.append(_no_such_option(contract, name))
        elif role in _OWN_WORDS:
            problems.append(
                Problem(
                    id="option.own-word",
                    key=name,
                    message=f"`{name}` is bound by matchcut from the film's own words",
                    fix=f"Write {_OWN_WORDS[role]} instead.",
                )
            )
        elif not _fits(parameter, value):
            problems.append(
                Problem(
                    id="option.wrong-value",
                    key=name,
                    message=f"`{name}` of {contract.name} does not take {value}",
                    fix=f"It takes {_taken(parameter)}.",
                )
            )
        else:
            taken[name] = float(value) if isinstance(value, Decimal) else value
    expanded = taken.get(contract.roles.get(Role.EXPANSION, "")) is True
    if expanded and contract.roles.get(Role.END) in bound:
        problems.append(
            Problem(
                id="end.expansion",
                key=contract.roles[Role.EXPANSION],
                severity=Severity.WARNING,
                message="prompt expansion is on beside an end anchor, and weakens it",
                fix="Leave the option out; matchcut switches expansion off.",
            )
        )
    return taken


_OWN_WORDS: Mapping[Role | None, str] = {
    Role.PROMPT: "`prompt`",
    Role.START: "`start`, or join the shot before",
    Role.END: "`end`, or join a hero after it",
    Role.CONTINUE: "`join: continue`",
    Role.ELEMENTS: "a `cast` member with a `frontal` picture",
    Role.DURATION: "`duration`",
    Role.RESOLUTION: "`resolution`",
    Role.ASPECT: "`canvas`",
    Role.FPS: "`fps` of the canvas",
    Role.SEED: "`seed`",
    Role.AUDIO: "`audio`",
}


def _no_such_option(contract: Contract, name: str) -> Problem:
    for role, wire in contract.roles.items():
        # `image_url` where the wire says `start_image_url`: the same word, longer or shorter.
        if role in _OWN_WORDS and (wire.endswith(name) or name.endswith(wire)):
            return Problem(
                id="option.unknown",
                key=name,
                message=f"{contract.name} has no `{name}`: its name there is `{wire}`",
                fix=f"matchcut binds it: write {_OWN_WORDS[role]} instead.",
            )
    bound = set(contract.roles.values())
    free = [known for known in contract.parameters if known not in bound]
    meant = nearest(name, free)
    return Problem(
        id="option.unknown",
        key=name,
        message=f"{contract.name} has no parameter `{name}`",
        fix=f"Did you mean `{meant}`?" if meant else f"It has {listed(free) or 'no further ones'}.",
    )


def _fits(parameter: Parameter, value: Any) -> bool:
    if parameter.values:
        return value in parameter.values and isinstance(value, bool) == (
            parameter.kind is Kind.BOOLEAN
        )
    number = isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    match parameter.kind:
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.INTEGER:
            fits = isinstance(value, int) and number
        case Kind.NUMBER:
            fits = number
        case Kind.STRING | Kind.URL:
            longest = parameter.max_characters
            return isinstance(value, str) and (longest is None or len(value) <= longest)
        case Kind.OBJECTS:
            return isinstance(value, list) and all(
                isinstance(entry, dict) and set(entry) <= set(parameter.fields) for entry in value
            )
    low, high = parameter.minimum, parameter.maximum
    return fits and (low is None or value >= low) and (high is None or value <= high)


def _taken(parameter: Parameter) -> str:
    if parameter.values:
        return listed(parameter.values)
    bounds = [
        f"{word} {bound}"
        for word, bound in (("from", parameter.minimum), ("up to", parameter.maximum))
        if bound is not None
    ]
    kinds = {
        Kind.BOOLEAN: "true or false",
        Kind.INTEGER: "a whole number",
        Kind.NUMBER: "a number",
        Kind.STRING: "text",
        Kind.URL: "a URL",
        Kind.OBJECTS: f"a list of mappings with {listed(parameter.fields)}",
    }
    return " ".join([kinds[parameter.kind], *bounds])
