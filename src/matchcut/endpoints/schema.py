"""JSON Schema as OpenAPI 3.0 and 3.1 have it, laid flat: what a value may be, and its use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What a value may be, laid flat. Null is left out: what is left away is not sent."""

    types: frozenset[str] = frozenset()
    """Empty where no type is stated."""
    values: tuple[Any, ...] | None = None
    """None where they are not stated."""
    default: Any = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    max_length: int | None = None
    max_items: int | None = None
    format: str = ""
    title: str = ""
    description: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """Schemas as they stand in the document, for `Document.flat`."""
    required: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()
    """The properties as they should be shown, where the document says (fal's extension)."""
    items: Any = None
    choices: tuple["Schema", ...] = ()
    """What it may be instead, where it may be one of several things."""


def one_of(inner: list[Schema]) -> Schema:
    """Choices that come down to one are that one; lists of values are put together."""
    if len(inner) == 1:
        return inner[0]
    if all(one.values is not None and len(one.types) <= 1 for one in inner):
        values = tuple(dict.fromkeys(v for one in inner for v in one.values or () if _is_plain(v)))
        return Schema(types=frozenset().union(*(one.types for one in inner)), values=values)
    types = {one.types for one in inner}
    if len(types) == 1 and not any(one.properties or one.items for one in inner):
        return Schema(types=inner[0].types)  # listed values, or any other of that type
    return Schema(choices=tuple(inner))


def both(one: Schema, other: Schema) -> Schema:
    """What holds for a value that keeps to both; the first has the word in what only describes."""
    properties = dict(one.properties)
    for name, node in other.properties.items():
        properties[name] = {"allOf": [properties[name], node]} if name in properties else node
    return replace(
        one,
        types=_common_types(one.types, other.types),
        values=_common_values(one.values, other.values),
        default=other.default if one.default is None else one.default,
        minimum=max(_stated(one.minimum, other.minimum), default=None),
        maximum=min(_stated(one.maximum, other.maximum), default=None),
        max_length=min(_stated(one.max_length, other.max_length), default=None),
        max_items=min(_stated(one.max_items, other.max_items), default=None),
        format=one.format or other.format,
        title=one.title or other.title,
        description=_joined(one.description, other.description),
        properties=properties,
        required=one.required | other.required,
        order=one.order or other.order,
        items=other.items if one.items is None else one.items,
        choices=one.choices or other.choices,
    )


def _joined(one: str, other: str) -> str:
    """Both: a limit may stand in what is said of the type, and the use in what is said of it."""
    if not one or not other or other in one:
        return one or other
    return f"{one}\n{other}"[:LONGEST_DESCRIPTION]


def _stated(*limits: Any) -> Iterator[Any]:
    return (limit for limit in limits if limit is not None)


def _common_types(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    if not one or not other:
        return one | other
    if {"integer", "number"} <= one | other:  # a whole number is a number
        one, other = (side | {"integer"} if "number" in side else side for side in (one, other))
    return one & other or one | other


def _common_values(
    one: tuple[Any, ...] | None, other: tuple[Any, ...] | None
) -> tuple[Any, ...] | None:
    if one is None or other is None:
        return other if one is None else one
    return tuple(value for value in one if value in other)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | Decimal | bool)
