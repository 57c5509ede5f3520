"""Further parameters that a film passes by their wire names: taken, or refused with the reason."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from matchcut.endpoints.contract import Contract, Kind, Parameter, Role
from matchcut.endpoints.offered import seconds, sendable
from matchcut.endpoints.problem import Problem, listed
from matchcut.findings import Severity, nearest

Elsewhere = Mapping[str, tuple[Role, ...]]
"""Wire names of other endpoints, with the roles they play there."""

OWN_WORDS: Mapping[Role | None, str] = {
    Role.PROMPT: "`prompt`",
    Role.START: "`start`, or join the shot before",
    Role.END: "`end`, or join a hero after it",
    Role.CONTINUE: "`join: continue`",
    Role.ELEMENTS: "a `cast` member with a `frontal` picture",
    Role.DURATION: "`duration`",
    Role.FRAMES: "`duration`",
    Role.RESOLUTION: "`resolution`",
    Role.ASPECT: "`canvas`",
    Role.FPS: "`fps` of the canvas",
    Role.SEED: "`seed`",
    Role.AUDIO: "`audio`",
}
"""What stands in a film for each role that matchcut binds itself."""

_MEANS: Mapping[Role, str] = {
    Role.PROMPT: "prompt",
    Role.NEGATIVE_PROMPT: "negative prompt",
    Role.START: "start picture",
    Role.END: "end picture",
    Role.CONTINUE: "clip to continue",
    Role.ELEMENTS: "elements",
    Role.DURATION: "length",
    Role.FRAMES: "length in frames",
    Role.RESOLUTION: "resolution",
    Role.ASPECT: "shape",
    Role.FPS: "frame rate",
    Role.SEED: "seed",
    Role.AUDIO: "sound",
    Role.EXPANSION: "prompt expansion",
}
OFF = (False, "disabled", "off", "none", "false")
"""How a switch says that it is off."""


def read_options(
    contract: Contract,
    options: Mapping[str, Any],
    bound: Mapping[str, Any],
    problems: list[Problem],
    elsewhere: Elsewhere | None = None,
) -> dict[str, Any]:
    """The options that can be sent.

    Args:
        contract: What the endpoint accepts.
        options: Values by wire name, as the film has them.
        bound: What is bound already.
        problems: Gets what cannot be sent.
        elsewhere: Wire names of other endpoints: one that is wrong here is told its name here.

    Returns:
        Values by wire name.

    """
    taken: dict[str, Any] = {}
    if not options:
        return taken
    by_name = {name: role for role, name in contract.roles.items()}
    for name, value in options.items():
        parameter = contract.parameters.get(name)
        role = by_name.get(name)
        if parameter is None:
            problems.append(_no_such_option(contract, name, elsewhere or {}))
        elif role in OWN_WORDS:
            problems.extend(_own_word(contract, name, role, value))
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
            taken[name] = sendable(value)
    expansion = contract.roles.get(Role.EXPANSION, "")
    if taken.get(expansion, False) not in OFF and contract.roles.get(Role.END) in bound:
        problems.append(
            Problem(
                id="end.expansion",
                key=expansion,
                severity=Severity.WARNING,
                message="prompt expansion is on beside an end anchor, and weakens it",
                fix="Leave the option out; matchcut switches expansion off.",
            )
        )
    return taken


def _own_word(contract: Contract, name: str, role: Role | None, value: Any) -> Iterator[Problem]:
    if role is Role.DURATION and seconds(value) is None:
        yield Problem(
            id="duration.unknown",
            key=name,
            message=f"with `{name}: {value}` {contract.name} chooses the length itself, and a cut "
            "needs to know it",
            fix="Give the shot a `duration` instead.",
        )
        return
    yield Problem(
        id="option.own-word",
        key=name,
        message=f"`{name}` is bound by matchcut from the film's own words",
        fix=f"Write {OWN_WORDS[role]} instead.",
    )
    video = contract.elements.video if contract.elements else None
    if role is not Role.ELEMENTS or video is None or not isinstance(value, list):
        return
    if sum(isinstance(element, dict) and video in element for element in value) > 1:
        yield Problem(
            id="element.second-video",
            key=name,
            message=f"{contract.name} takes one element with a `{video}` at most",
            fix="Show the others by pictures.",
        )


def _no_such_option(contract: Contract, name: str, elsewhere: Elsewhere) -> Problem:
    known = contract.roles
    roles = elsewhere.get(name, ())
    # `image_url` where the wire says `start_image_url`: the same word, longer or shorter.
    alike = [role for role, w in known.items() if w.endswith(name) or name.endswith(w)]
    role = next((role for role in roles or alike if role in known), None)
    if role is None and roles:
        return Problem(
            id="option.unknown",
            key=name,
            message=f"{contract.name} has no `{name}`: it takes no {_MEANS[roles[0]]}",
            fix="Remove it, or use an endpoint that has it; `matchcut endpoints` lists them.",
        )
    if role is not None:
        wire = known[role]
        return Problem(
            id="option.unknown",
            key=name,
            message=f"{contract.name} has no `{name}`: its name there is `{wire}`",
            fix=f"matchcut binds it: write {OWN_WORDS[role]} instead."
            if role in OWN_WORDS
            else f"Write `{wire}`.",
        )
    bound = {wire: role for role, wire in known.items() if role in OWN_WORDS}
    meant = nearest(name, contract.parameters)
    free = listed(wire for wire in contract.parameters if wire not in bound)
    fix = f"Did you mean `{meant}`?" if meant else f"It has {free or 'no further ones'}."
    if meant in bound:
        fix += f" matchcut binds it: write {OWN_WORDS[bound[meant]]} instead."
    return Problem(
        id="option.unknown",
        key=name,
        message=f"{contract.name} has no parameter `{name}`",
        fix=fix,
    )


def _fits(parameter: Parameter, value: Any) -> bool:
    if parameter.values:
        offered = [sendable(one) for one in parameter.values]
        return sendable(value) in offered and isinstance(value, bool) == (
            parameter.kind is Kind.BOOLEAN
        )
    return _OF_KIND[parameter.kind](parameter, value)


def _is_text(parameter: Parameter, value: Any) -> bool:
    longest = parameter.max_characters
    return isinstance(value, str) and (longest is None or len(value) <= longest)


def _is_number(parameter: Parameter, value: Any) -> bool:
    number = isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    return number and _within(parameter, value)


def _within(parameter: Parameter, value: Any) -> bool:
    low, high = parameter.minimum, parameter.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def _is_address(value: Any) -> bool:
    """A file of the user's is uploaded where a role is bound; nothing uploads it out of options."""
    return isinstance(value, str) and value.lower().startswith("https://")


def _is_object(parameter: Parameter, value: Any) -> bool:
    fields = parameter.fields
    return isinstance(value, dict) and (not fields or set(value) <= set(fields))


_OF_KIND: Mapping[Kind, Callable[[Parameter, Any], bool]] = {
    Kind.BOOLEAN: lambda _, value: isinstance(value, bool),
    Kind.INTEGER: lambda parameter, value: isinstance(value, int) and _is_number(parameter, value),
    Kind.NUMBER: _is_number,
    Kind.STRING: _is_text,
    Kind.URL: lambda _, value: _is_address(value),
    Kind.URLS: lambda _, value: isinstance(value, list) and all(map(_is_address, value)),
    Kind.OBJECT: _is_object,
    Kind.OBJECTS: lambda parameter, value: (
        isinstance(value, list) and all(_is_object(parameter, one) for one in value)
    ),
    Kind.ANY: lambda _parameter, _value: True,
}


def _taken(parameter: Parameter) -> str:
    if parameter.values:
        return listed(parameter.values)
    bounds = [
        f"{word} {bound}"
        for word, bound in (("from", parameter.minimum), ("up to", parameter.maximum))
        if bound is not None
    ]
    if parameter.max_characters is not None:
        bounds.append(f"of up to {parameter.max_characters} characters")
    mapping = f"mapping with {listed(parameter.fields)}" if parameter.fields else "mapping"
    kinds = {
        Kind.BOOLEAN: "true or false",
        Kind.INTEGER: "a whole number",
        Kind.NUMBER: "a number",
        Kind.STRING: "text",
        Kind.URL: "an `https` address",
        Kind.URLS: "a list of `https` addresses",
        Kind.OBJECT: f"a {mapping}",
        Kind.OBJECTS: f"a list of {mapping.replace('mapping', 'mappings')}",
        Kind.ANY: "anything",
    }
    return " ".join([kinds[parameter.kind], *bounds])
