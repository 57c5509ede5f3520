"""The reference page of the endpoints, from their contracts; `reference.py` writes it."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Protocol

from matchcut.endpoints.contract import (
    Contained,
    Contract,
    Example,
    Parameter,
    Price,
    Role,
    Unit,
)
from matchcut.endpoints.load import shipped

_INTRODUCTION = """\
What each hosted model takes and gives back, as its contract has it. `*` marks what must be sent. An
endpoint with a seed can be asked for the same result again; one without cannot. The last column
says whether sound is a choice. Lengths are seconds, in the endpoint's own writing.

What no source states is not in here: the notes say so, and a price that is not known is `unknown`.
Where sources disagree on a price, the highest counts. The examples are worked by hand, and a test
works them again."""
_CONTAINED = {
    Contained.YES: "the answer shows the clip again before it goes on",
    Contained.NO: "the answer begins after the clip",
    Contained.UNKNOWN: "whether the answer shows the clip again is not known",
}


class _Sourced(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def read(self) -> date: ...


def endpoints_page() -> str:
    """What each contract allows, from the contracts."""
    contracts = shipped().values()
    rows = [
        "| endpoint | start | end | continue | elements | seed | length | resolutions | sound |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(contract) for contract in contracts),
    ]
    sections = ["\n\n".join(_section(contract)) for contract in contracts]
    return "\n\n".join(["# Endpoints", _INTRODUCTION, "\n".join(rows), *sections]) + "\n"


def _row(contract: Contract) -> str:
    cells = [f"`{contract.id}`"]
    for role in (Role.START, Role.END, Role.CONTINUE, Role.ELEMENTS, Role.SEED):
        name = contract.roles.get(role)
        cells.append(f"`{name}`{'*' if contract.parameters[name].required else ''}" if name else "")
    for role in (Role.DURATION, Role.RESOLUTION):
        parameter = contract.parameter(role)
        cells.append(_span(parameter.values) if parameter else "")
    cells.append("yes" if Role.AUDIO in contract.roles else "")
    return f"| {' | '.join(cell or '-' for cell in cells)} |"


def _section(contract: Contract) -> Iterator[str]:
    yield f"## {contract.name}"
    yield f"`{contract.id}`{_of(contract)}."
    if contract.inferred:
        yield f"Inferred on import, read by nobody: {', '.join(contract.inferred)}."
    if contract.notes:
        yield _list(contract.notes)
    yield _parameters(contract)
    together = [*_elements(contract), *_exclusions(contract), *_couplings(contract)]
    if together:
        yield f"Together:\n\n{_list(together)}"
    yield f"Answer:\n\n{_list(_answer(contract))}"
    if contract.refusals:
        yield "Known to be turned away:\n\n" + _list(
            f"{refusal.what}, as {' or '.join(refusal.roles)}{_of(refusal)}"
            for refusal in contract.refusals
        )
    yield f"Prices:\n\n{_list(map(_price, contract.prices)) or '- unknown'}"
    if waiting := contract.waiting:
        yield f"Waiting:\n\n- {waiting.per_second} s for each second of the clip{_of(waiting)}"
    if contract.examples:
        yield f"Worked examples:\n\n{_list(map(_example, contract.examples))}"


def _parameters(contract: Contract) -> str:
    roles = {name: role for role, name in contract.roles.items()}
    rows = [
        f"| `{name}`{'*' if parameter.required else ''} | {roles.get(name, '')} "
        f"| {parameter.kind.value} | {', '.join(_accepted(parameter))} "
        f"| {'' if parameter.default is None else _shown(parameter.default)} |"
        for name, parameter in contract.parameters.items()
    ]
    return "| parameter | role | type | accepted | default |\n|---|---|---|---|---|\n" + "\n".join(
        rows
    )


def _accepted(parameter: Parameter) -> Iterator[str]:
    if parameter.values:
        yield _span(parameter.values)
    else:
        bounds = (("from", parameter.minimum), ("to", parameter.maximum))
        if found := " ".join(f"{word} {bound}" for word, bound in bounds if bound is not None):
            yield found
    if parameter.max_characters is not None:
        yield f"{parameter.max_characters} characters"
    if parameter.formats:
        yield " ".join(parameter.formats)
    if parameter.max_megabytes is not None:
        yield f"{parameter.max_megabytes} MB"
    if parameter.fields:
        yield f"with {', '.join(f'`{name}`' for name in parameter.fields)}"


def _elements(contract: Contract) -> Iterator[str]:
    if elements := contract.elements:
        video = f"; at most one has a `{elements.video}`" if elements.video else ""
        yield (
            f"The prompt names an element as `{elements.tag}`; its picture is "
            f"`{elements.frontal}`, up to {elements.max_references} more are "
            f"`{elements.references}`{video}"
        )


def _exclusions(contract: Contract) -> Iterator[str]:
    for rule in contract.exclusions:
        yield f"Only one of {' and '.join(f'`{name}`' for name in rule.parameters)}{_of(rule)}"


def _couplings(contract: Contract) -> Iterator[str]:
    for rule in contract.couplings:
        when, then = (
            " and ".join(
                f"`{name}` {' or '.join(map(_shown, values))}" for name, values in side.items()
            )
            for side in (rule.when, rule.then)
        )
        yield f"{when} only with {then}{_of(rule)}"


def _answer(contract: Contract) -> Iterator[str]:
    output = contract.output
    parts = [f"the clip at `{output.video}`"]
    if output.seed:
        parts.append(f"its seed at `{output.seed}`")
    if output.prompt:
        parts.append(f"the prompt as it was rewritten at `{output.prompt}`")
    if output.rate:
        parts.append(f"{output.rate} frames a second")
    if output.seconds:
        parts.append(f"{output.seconds} s long, always")
    yield ", ".join(parts) + _of(output)
    if contract.reproducible:
        yield f"Reproducible: `{contract.roles[Role.SEED]}` asks for a result again"
    else:
        yield "Not reproducible: it takes no seed"
    if contract.continuation:
        yield (
            f"Going on from a clip: {_CONTAINED[contract.continuation.contains_source]}"
            f"{_of(contract.continuation)}"
        )


def _price(price: Price) -> str:
    formula = (
        f", tokens being height x width x seconds x {price.tokens_rate} / 1024"
        if price.unit is Unit.THOUSAND_TOKENS
        else ""
    )
    billed = "; this is the unit that is billed" if price.billed else ""
    when = f", with {_sent(price.when)}" if price.when else ""
    return f"{price.usd} USD a {price.unit.value}{formula}{when}{billed}{_of(price)}"


def _example(example: Example) -> str:
    cost = "unknown" if example.usd is None else f"{example.usd} USD"
    sent = _sent(example.send) if example.send else "all defaults"
    return f"{sent}, {example.width} x {example.height}: {cost}"


def _sent(values: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}` {_shown(value)}" for name, value in values.items())


def _of(block: _Sourced) -> str:
    return f" ({block.source}; read {block.read})"


def _list(items: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _shown(value: Any) -> str:
    """A value as the wire has it, text without its quotes."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _span(values: tuple[Any, ...]) -> str:
    """Values in their order; whole numbers that follow each other as `4 to 15`."""
    numbers = [value for value in values if str(value).isdigit()]
    first = int(numbers[0]) if numbers else 0
    if len(numbers) < 4 or [int(n) for n in numbers] != [*range(first, first + len(numbers))]:
        return " ".join(map(str, values))
    words = [str(value) for value in values if value not in numbers]
    return " ".join([*words, f"{first} to {numbers[-1]}"])
