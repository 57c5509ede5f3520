"""A contract that people write by hand, checked against its own types."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    date: "a date",
    Decimal: "a number",
    Fraction: "a number",
    tuple: "a list",
    Mapping: "a table",
}


def mistyped(thing: Any) -> str | None:
    """Say what in a value type is not of the type that its class names.

    Args:
        thing: A dataclass of this room.

    Returns:
        A sentence with the place, as `parameters.seed.maximum is no number`; None where all is as
        it should be.

    """
    return _in_fields(thing, "")


def _in_fields(thing: Any, place: str) -> str | None:
    hints = _hints(thing.__class__)
    return next(
        (
            wrong
            for one in fields(thing)
            if (wrong := _wrong(getattr(thing, one.name), hints[one.name], f"{place}{one.name}"))
        ),
        None,
    )


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _wrong(value: Any, hint: Any, place: str) -> str | None:
    if get_origin(hint) is UnionType:
        if value is None:
            return None
        hint = next(one for one in get_args(hint) if one is not type(None))
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind is not Any and not _is(value, kind):
        return f"{place} is not {_WORDS.get(kind, 'what it should be')}"
    found: Iterable[str | None] = ()
    if kind is tuple:
        found = (_wrong(one, inner[0], f"{place}[{n}]") for n, one in enumerate(value))
    elif kind is Mapping:
        found = (_wrong(one, inner[1], f"{place}.{_key(key)}") for key, one in value.items())
    elif is_dataclass(value):
        found = (_in_fields(value, f"{place}."),)
    return next((one for one in found if one), None)


def _is(value: Any, kind: Any) -> bool:
    if kind in (int, Decimal, Fraction) and isinstance(value, bool):
        return False
    if kind is date and isinstance(value, datetime):
        return False
    return isinstance(value, kind)


def _key(key: Any) -> str:
    return str(key.value if isinstance(key, Enum) else key)
