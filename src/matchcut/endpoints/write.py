"""A contract to TOML, as `load.parse_contract` reads it, and to JSON for programs."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import tomli_w

from matchcut.endpoints.contract import Contract, Example

_HEAD = "# Written by `matchcut endpoints import`; edit it as you like. SHA-256 of what follows: "
_COLUMNS = 100


def to_toml(contract: Contract) -> str:
    """A contract as a file of the user's own.

    Returns:
        The text. Its first line says who wrote it, and lets `is_untouched` tell edited files.

    """
    body = _ONE_LINE.sub(_on_one_line, tomli_w.dumps(_table(contract)))
    return f"{_HEAD}{_digest(body)}\n{body}"


def is_untouched(text: str) -> bool:
    """True where a file is as an import has written it, and nobody has edited it."""
    head, _, body = text.partition("\n")
    return head == f"{_HEAD}{_digest(body)}"


def to_json(contract: Contract) -> dict[str, Any]:
    """A contract as JSON has it: amounts of money as text, all other numbers as numbers."""
    return {key: _in_json(value) for key, value in _table(contract).items()}


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _table(thing: Any) -> dict[str, Any]:
    """A value type as a table; what is as it is where nothing is said is left out."""
    table = {}
    for one in fields(thing):
        value = getattr(thing, one.name)
        if isinstance(thing, Example) and one.name == "usd" and value is None:
            value = "unknown"
        if value is None or (one.default is not MISSING and value == one.default):
            continue
        # An amount is text, so that no binary fraction comes near money.
        key = "type" if one.name == "kind" else one.name
        table[key] = str(value) if one.name == "usd" else _plain(value)
    return table


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case Fraction():
            return int(value) if value.denominator == 1 else str(value)
        case Decimal() if value == value.to_integral_value():
            return int(value)
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items() if one is not None}
        case tuple() | list():
            return [_plain(one) for one in value]
    return _table(value) if is_dataclass(value) else value


def _in_json(value: Any) -> Any:
    match value:
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case dict():
            return {key: _in_json(one) for key, one in value.items()}
        case list():
            return [_in_json(one) for one in value]
    return value


_ONE_LINE = re.compile(r"^(\S+ = )\[\n((?: {4}[^\n]*,\n)+)\]$", re.MULTILINE)


def _on_one_line(found: re.Match[str]) -> str:
    """A list that fits in a line, in one: `tomli_w` gives each value its own."""
    # Not `splitlines`: a text in the list may hold what that takes for the end of a line.
    items = [line[4:-1] for line in found.group(2).removesuffix("\n").split("\n")]
    line = f"{found.group(1)}[{', '.join(items)}]"
    nested = any(item.endswith("[") for item in items)
    return found.group() if nested or len(line) > _COLUMNS else line
