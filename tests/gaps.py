"""What can be missing in a contract, or not hold together in it, for the tests that walk them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

from matchcut.endpoints.contract import Contract, Example, Kind, Parameter, Price, Role
from matchcut.endpoints.load import shipped
from matchcut.endpoints.offered import lines, seconds
from matchcut.plan.cost import estimate

TODAY = datetime.now(UTC).date()
# Hailuo 02 Pro lets nobody choose how long its clips are.
NO_LENGTH = {"fal-ai/minimax/hailuo-02/pro/image-to-video"}
KINDS = {
    Kind.STRING: str,
    Kind.INTEGER: int,
    Kind.NUMBER: int | Decimal,
    Kind.BOOLEAN: bool,
    Kind.URL: str,
}
ROLE_KINDS = {
    Role.START: {Kind.URL},
    Role.END: {Kind.URL},
    Role.CONTINUE: {Kind.URL},
    Role.ELEMENTS: {Kind.OBJECTS},
    Role.DURATION: {Kind.STRING, Kind.INTEGER},
    Role.FPS: {Kind.INTEGER},
    Role.SEED: {Kind.INTEGER},
    Role.AUDIO: {Kind.BOOLEAN},
    Role.EXPANSION: {Kind.BOOLEAN},
}
PLAYED = {name: role for contract in shipped().values() for role, name in contract.roles.items()}
PATH = re.compile(r"[a-z_]+(\.[a-z_]+)*")


def gaps(contract: Contract) -> list[str]:
    """What is missing or does not hold together in a contract, as sentences."""
    checks = (roles, elements, parameters, together, what_comes_back, prices, examples, sources)
    return [gap for check in checks for gap in check(contract)]


def roles(contract: Contract) -> Iterator[str]:
    if Role.PROMPT not in contract.roles:
        yield "no prompt"
    if (Role.DURATION in contract.roles) == (contract.id in NO_LENGTH):
        yield "no duration, or one where none is known"
    if "image-to-video" in contract.id and Role.START not in contract.roles:
        yield "image-to-video without a start"
    if ("text-to-video" in contract.id) == contract.takes_anchors:
        yield "an anchor on a prompt-only endpoint, or none on another"
    for role, name in contract.roles.items():
        kind = contract.parameters[name].kind
        if kind not in ROLE_KINDS.get(role, {Kind.STRING}):
            yield f"{name} is {kind.value} and plays {role.value}"
    for name in contract.parameters:
        if name in PLAYED and contract.roles.get(PLAYED[name]) != name:
            yield f"{name} plays no role here and does elsewhere"
    resolution = contract.parameter(Role.RESOLUTION)
    if resolution and not all(lines(value) for value in resolution.values):
        yield "a resolution that says no lines"


def elements(contract: Contract) -> Iterator[str]:
    named = contract.elements
    if (Role.ELEMENTS in contract.roles) != (named is not None):
        yield "elements without their fields, or fields without elements"
    elif named:
        fields = {named.frontal, named.references} | ({named.video} - {None})
        if not fields <= set(contract.parameters[contract.roles[Role.ELEMENTS]].fields):
            yield "an element's field that the parameter does not have"


def parameters(contract: Contract) -> Iterator[str]:
    for name, parameter in contract.parameters.items():
        for value in parameter.values:
            if not fits(parameter, value):
                yield f"{name}: {value!r} is no {parameter.kind.value} in its range"
        if parameter.default is not None and not allowed(parameter, parameter.default):
            yield f"{name}: its default is not one of its values"
        if len(set(parameter.values)) != len(parameter.values):
            yield f"{name}: a value twice"
        if parameter.required and parameter.default is not None:
            yield f"{name}: required, and has a default"
        limits = {
            "a range": (parameter.minimum, parameter.maximum) != (None, None),
            "characters": parameter.max_characters is not None,
            "formats": bool(parameter.formats) or parameter.max_megabytes is not None,
            "fields": bool(parameter.fields),
        }
        meant = {
            Kind.INTEGER: {"a range"},
            Kind.NUMBER: {"a range"},
            Kind.STRING: {"characters"},
            Kind.URL: {"formats"},
            Kind.OBJECTS: {"fields"},
        }.get(parameter.kind, set())
        odd = {limit for limit, stated in limits.items() if stated} - meant
        if odd or (parameter.kind is Kind.OBJECTS and not parameter.fields):
            yield f"{name}: limits that do not belong to its type, or an object without fields"


def fits(parameter: Parameter, value: Any) -> bool:
    """Whether a value has the wire type and lies in the range."""
    wire = KINDS.get(parameter.kind)
    if wire is None or not isinstance(value, wire) or isinstance(value, bool) != (wire is bool):
        return False
    low, high = parameter.minimum, parameter.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def allowed(parameter: Parameter, value: Any) -> bool:
    return fits(parameter, value) and (not parameter.values or value in parameter.values)


def together(contract: Contract) -> Iterator[str]:
    for rule in contract.exclusions:
        if len(set(rule.parameters)) < 2 or not set(rule.parameters) <= set(contract.parameters):
            yield "an exclusion of fewer than two known parameters"
    for coupling in contract.couplings:
        if not coupling.when or not coupling.then:
            yield "a coupling with one side"
        for name, values in (*coupling.when.items(), *coupling.then.items()):
            if not values or not all(allowed(contract.parameters[name], v) for v in values):
                yield f"a coupling of {name} with a value that it does not have"
    for refusal in contract.refusals:
        if not refusal.what or not refusal.roles or not set(refusal.roles) <= set(contract.roles):
            yield "a refusal of nothing, or in a role that is not there"


def what_comes_back(contract: Contract) -> Iterator[str]:
    output = contract.output
    for path in (output.video, output.seed, output.prompt):
        if path is not None and not PATH.fullmatch(path):
            yield f"{path!r} is no path into the answer"
    if output.rate is not None and (output.rate <= 0 or Role.FPS in contract.roles):
        yield "a rate that is none, or is asked for"
    if (Role.CONTINUE in contract.roles) != (contract.continuation is not None):
        yield "a continue role without its continuation, or the other way round"


def prices(contract: Contract) -> Iterator[str]:
    for price in contract.prices:
        if price.usd <= 0:
            yield "a price of nothing"
        for name, value in price.when.items():
            if not allowed(contract.parameters[name], value):
                yield f"a price for {name} {value!r}, which is not offered"
        if price.billed and "billed unit" not in price.source:
            yield "a billed unit that no source speaks of"
        if not decided(contract, price):
            yield f"no example that {price.usd} a {price.unit.value} decides, {dict(price.when)}"


def decided(contract: Contract, price: Price) -> bool:
    """Whether an example would come out otherwise without a price, or a dearer one overrules it."""
    overruled = any(
        (other.when, other.unit, other.tokens_rate) == (price.when, price.unit, price.tokens_rate)
        and other.usd > price.usd
        for other in contract.prices
    )
    only = replace(contract, prices=(price,))
    without = replace(contract, prices=tuple(p for p in contract.prices if p is not price))
    return any(
        worked(only, example) is not None and (overruled or worked(without, example) != example.usd)
        for example in contract.examples
    )


def worked(contract: Contract, example: Example) -> Decimal | None:
    """What the estimate makes of an example."""
    name = contract.roles.get(Role.DURATION)
    length = seconds(example.send.get(name, contract.parameters[name].default)) if name else None
    return estimate(contract, example.send, length, (example.width, example.height))


def examples(contract: Contract) -> Iterator[str]:
    for example in contract.examples:
        for name, value in example.send.items():
            if name not in contract.parameters or not allowed(contract.parameters[name], value):
                yield f"an example with {name} {value!r}, which is not offered"
        if (given := worked(contract, example)) != example.usd:
            yield f"an example of {example.usd} that comes out as {given}"
    asked = sorted({name for price in contract.prices for name in price.when})
    offered = [contract.parameters[name].values or (True, False) for name in asked]
    unpriced = any(
        estimate(contract, dict(zip(asked, chosen, strict=True)), Decimal(5), (1280, 720)) is None
        for chosen in product(*offered)
    )
    if unpriced and all(example.usd is not None for example in contract.examples):
        yield "no example of a request whose price is unknown"


def sources(contract: Contract) -> Iterator[str]:
    blocks = [
        *(contract, contract.output, *contract.exclusions, *contract.couplings),
        *(*contract.refusals, *contract.prices),
        *([contract.continuation] if contract.continuation else []),
        *([contract.waiting] if contract.waiting else []),
    ]
    for block in blocks:
        if not block.source.strip() or not date(2026, 1, 1) <= block.read <= TODAY:
            yield f"{type(block).__name__}: no source, or no day it was read on"
    if not contract.name or contract.inferred or not all(contract.notes):
        yield "no name, an empty note, or roles that nobody read"
