"""All that is known of one endpoint, for a person."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from matchcut.cli.text import plain
from matchcut.endpoints.contract import Contract, Parameter

_WIDTH = 100
_UNITS = {"second": "a second", "video": "a clip", "thousand tokens": "a thousand tokens"}


def describe(contract: Contract, file: Path | None) -> str:
    """A contract as text.

    Args:
        contract: Which.
        file: Where it lies, where it is the user's own.

    """
    where = "comes with matchcut" if file is None else f"your own, {file}"
    named = where if contract.name == contract.id else f"{contract.name}; {where}"
    head = [contract.id, named, _sourced("Source", contract)]
    sections = {
        "Roles": _roles(contract),
        "Parameters": _parameters(contract),
        "Only one of": _lines((", ".join(rule.parameters), rule) for rule in contract.exclusions),
        "Only together": _lines(
            (f"{_pairs(rule.when)} needs {_pairs(rule.then)}", rule) for rule in contract.couplings
        ),
        "Elements": _elements(contract),
        "A continued clip": _continued(contract),
        "Refused": _lines(
            (f"{rule.what} as {', '.join(role.value for role in rule.roles)}", rule)
            for rule in contract.refusals
        ),
        "What comes back": _output(contract),
        "Waiting": _waiting(contract),
        "Prices; where sources disagree the highest counts": _prices(contract),
        "Worked examples": _examples(contract),
        "Notes": list(contract.notes),
    }
    lines = [line for one in head for line in _wrapped(one, "")]
    for title, entries in sections.items():
        if entries:
            lines += ["", title]
            lines += [line for entry in entries for line in _wrapped(entry, "  ")]
    return "\n".join(lines)


def _roles(contract: Contract) -> list[str]:
    guessed = {*contract.inferred}
    return [
        f"{role.value:<16} {name}{'  (a guess)' if role.value in guessed else ''}"
        for role, name in contract.roles.items()
    ]


def _parameters(contract: Contract) -> list[str]:
    width = max((len(name) for name in contract.parameters), default=0)
    return [
        f"{name:<{width}}  {', '.join(_said(one))}" for name, one in contract.parameters.items()
    ]


def _said(parameter: Parameter) -> Iterator[str]:
    yield parameter.kind.value
    if parameter.required:
        yield "must be given"
    if parameter.values:
        yield f"one of {_row(parameter.values)}"
    if parameter.minimum is not None:
        yield f"from {parameter.minimum:f}"
    if parameter.maximum is not None:
        yield f"up to {parameter.maximum:f}"
    if parameter.max_characters is not None:
        yield f"up to {parameter.max_characters} characters"
    if parameter.formats:
        yield f"as {' '.join(parameter.formats)}"
    if parameter.max_megabytes is not None:
        yield f"up to {parameter.max_megabytes} MB"
    if parameter.fields:
        yield f"with {' '.join(parameter.fields)}"
    if parameter.default is not None:
        yield f"{_value(parameter.default)} by default"


def _elements(contract: Contract) -> list[str]:
    elements = contract.elements
    if elements is None:
        return []
    more = f"up to {elements.max_references} more in {elements.references}"
    return [
        f"A prompt names the n-th by `{elements.tag}`.",
        f"Its picture is in {elements.frontal}, {more}.",
        *([f"One of them may have a clip, in {elements.video}."] if elements.video else []),
    ]


def _continued(contract: Contract) -> list[str]:
    known = contract.continuation
    if known is None:
        return []
    told = {
        "yes": "The answer shows the clip again before it goes on",
        "no": "The answer does not show the clip again",
        "unknown": "Whether the answer shows the clip again is not known",
    }
    return [_sourced(told[known.contains_source.value], known)]


def _waiting(contract: Contract) -> list[str]:
    known = contract.waiting
    if known is None:
        return []
    return [_sourced(f"{known.per_second} s for each second of the clip", known)]


def _output(contract: Contract) -> list[str]:
    output = contract.output
    places = [f"the clip at {output.video}"]
    if output.seed:
        places.append(f"the seed at {output.seed}")
    if output.prompt:
        places.append(f"the prompt that was used at {output.prompt}")
    rate = "not known" if output.rate is None else str(output.rate)
    asked = "as asked" if "fps" in contract.roles else rate
    return [_sourced(f"{', '.join(places)}; frames a second: {asked}", output)]


def _prices(contract: Contract) -> list[str]:
    if not contract.prices:
        return ["unknown"]
    lines = []
    for price in contract.prices:
        text = f"{price.usd} USD {_UNITS[price.unit.value]}"
        if price.when:
            text += " where " + ", ".join(
                f"{name} is {_value(v)}" for name, v in price.when.items()
            )
        if price.tokens_rate is not None:
            text += f"; tokens = height x width x seconds x {price.tokens_rate} / 1024"
        lines.append(_sourced(text, price))
    return lines


def _examples(contract: Contract) -> list[str]:
    return [
        f"{', '.join(f'{name} {_value(v)}' for name, v in one.send.items()) or 'nothing asked'} at "
        f"{one.width} x {one.height}: {'unknown' if one.usd is None else f'{one.usd} USD'}"
        for one in contract.examples
    ]


def _lines(entries: Iterable[tuple[str, Any]]) -> list[str]:
    return [_sourced(text, rule) for text, rule in entries]


def _sourced(text: str, thing: Any) -> str:
    separator = ": " if text == "Source" else " ("
    end = "" if text == "Source" else ")"
    return f"{text}{separator}{thing.source}, read {thing.read}{end}"


def _pairs(values: Mapping[str, tuple[Any, ...]]) -> str:
    return " and ".join(f"{name} {_row(allowed)}" for name, allowed in values.items())


def _row(values: Iterable[Any]) -> str:
    return " ".join(_value(value) for value in values)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f'"{value}"' if value == "" or (isinstance(value, str) and " " in value) else str(value)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        plain(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_on_hyphens=False,
        break_long_words=False,
    )
