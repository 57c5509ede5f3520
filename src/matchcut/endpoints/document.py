"""An OpenAPI document, and the schemas in it: references followed, parts put together.

A document may come from anybody. References lead to places in the same document and nowhere else;
circles, endless nesting and growth without bound are refused.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import reduce
from typing import Any

from matchcut.endpoints.schema import LONGEST_DESCRIPTION, Schema, both, one_of
from matchcut.errors import Code, MatchcutError

_DEEPEST = 40
"""References, parts and choices inside each other; a real document has about five."""
_MOST_STEPS = 50_000
"""A document of ten lines can stand for a billion schemas; a real one has a few hundred."""
_LONGEST_SHOWN = 80
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object"})


class Document:
    """An OpenAPI document, and where in it one stands.

    Args:
        raw: The parsed JSON.
        name: What it is called in messages.

    """

    def __init__(self, raw: Mapping[str, Any], name: str) -> None:
        self.raw = raw
        self.name = name
        self._steps = 0

    def broken(self, message: str, place: str = "", fix: str = "") -> MatchcutError:
        """The error for a place that cannot be read."""
        where = f"{self.name}#{shown(place)}" if place else self.name
        return MatchcutError(
            Code.DOCUMENT_BROKEN,
            message,
            where=where,
            fix=fix or "Take the endpoint's OpenAPI document as fal publishes it, as JSON.",
        )

    def mapping(self, node: Any, place: str) -> Mapping[str, Any]:
        """A node that must be a mapping."""
        if not isinstance(node, dict):
            raise self.broken(f"a mapping should stand here, and there is {_kind_of(node)}", place)
        return node

    def follow(self, node: Any, place: str) -> Mapping[str, Any]:
        """A mapping, or the one that its `$ref` leads to."""
        seen: list[str] = []
        found = self.mapping(node, place)
        while "$ref" in found:
            target = self._target(found["$ref"], place, seen)
            found = self.mapping(target, place)
        return found

    def flat(self, node: Any, place: str) -> Schema:
        """A schema, laid flat.

        Args:
            node: As it stands in the document.
            place: Where that is, as a JSON pointer.

        Raises:
            MatchcutError: `document.broken` where it is no schema.

        """
        return self._flat(node, place, ())

    def _flat(self, node: Any, place: str, seen: tuple[str, ...]) -> Schema:
        self._steps += 1
        if self._steps > _MOST_STEPS or len(seen) > _DEEPEST:
            raise self.broken("the schema is nested too deeply, or grows without end", place)
        if node is True:  # OpenAPI 3.1: anything
            return Schema()
        node = self.mapping(node, place)
        parts = [self._own(node, place)]
        if "$ref" in node:
            trail = [*seen]
            target = self._target(node["$ref"], place, trail)
            parts.append(self._flat(target, place, tuple(trail)))
        for word in ("allOf", "anyOf", "oneOf"):
            inner = [
                self._flat(part, f"{place}/{word}/{number}", (*seen, ""))
                for number, part in enumerate(self._list(node, word, place))
                if word == "allOf" or not _is_null(part)
            ]
            if word == "allOf":
                parts += inner
            elif inner:
                parts.append(one_of(inner))
        return reduce(both, parts)

    def _target(self, reference: Any, place: str, seen: list[str]) -> Any:
        if not isinstance(reference, str):
            raise self.broken("a `$ref` that is no text", place)
        if not reference.startswith("#"):
            raise self.broken(
                f"a `$ref` leads out of the document, to `{shown(reference)}`",
                place,
                "Only references inside the document are followed: put what it means into it.",
            )
        if reference in seen:
            raise self.broken(f"a `$ref` leads in a circle: `{shown(reference)}`", place)
        seen.append(reference)
        found: Any = self.raw
        for step in _steps_of(reference):
            if isinstance(found, dict) and step in found:
                found = found[step]
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                raise self.broken(f"a `$ref` leads nowhere: `{shown(reference)}`", place)
        return found

    def _own(self, node: Mapping[str, Any], place: str) -> Schema:
        """What a schema says by itself, without its parts."""
        types, values = self._types(node, place), self._values(node, place)
        low, high = self._bound(node, "minimum", place), self._bound(node, "maximum", place)
        properties = self.mapping(node.get("properties", {}), f"{place}/properties")
        return Schema(
            types=types or (frozenset({"object"}) if properties else frozenset()),
            values=values,
            default=node.get("default"),
            minimum=low,
            maximum=high,
            max_length=self._count(node, "maxLength", place),
            max_items=self._count(node, "maxItems", place),
            format=_text(node.get("format")),
            title=_text(node.get("title")),
            description=_text(node.get("description")),
            properties=properties,
            required=frozenset(self._names(node, "required", place)),
            order=tuple(self._names(node, "x-fal-order-properties", place)),
            items=node.get("items"),
        )

    def _types(self, node: Mapping[str, Any], place: str) -> frozenset[str]:
        stated = node.get("type", [])
        types = stated if isinstance(stated, list) else [stated]
        for one in types:
            if one != "null" and (not isinstance(one, str) or one not in _TYPES):
                raise self.broken(f"there is no type `{shown(str(one))}`", f"{place}/type")
        return frozenset(one for one in types if one != "null")

    def _values(self, node: Mapping[str, Any], place: str) -> tuple[Any, ...] | None:
        if node.get("const") is not None:
            return (node["const"],)
        if "enum" not in node:
            return None
        return tuple(one for one in self._list(node, "enum", place) if one is not None)

    def _bound(self, node: Mapping[str, Any], word: str, place: str) -> Decimal | None:
        """A limit; OpenAPI 3.0 marks one that is itself left out by true, 3.1 gives it."""
        stated = self._number(node, word, place)
        beyond = node.get(f"exclusive{word.capitalize()}")
        if beyond is None or beyond is False:
            return stated
        limit = (
            stated if beyond is True else self._number(node, f"exclusive{word.capitalize()}", place)
        )
        if limit is not None and node.get("type") == "integer":
            limit += 1 if word == "minimum" else -1
        return limit

    def _number(self, node: Mapping[str, Any], word: str, place: str) -> Decimal | None:
        stated = node.get(word)
        if stated is None:
            return None
        if isinstance(stated, bool) or not isinstance(stated, int | Decimal | float):
            raise self.broken(f"`{word}` is {_kind_of(stated)} and no number", place)
        return Decimal(str(stated))

    def _count(self, node: Mapping[str, Any], word: str, place: str) -> int | None:
        number = self._number(node, word, place)
        return None if number is None or abs(number) > _HUGE else int(number)

    def _list(self, node: Mapping[str, Any], word: str, place: str) -> list[Any]:
        stated = node.get(word, [])
        if not isinstance(stated, list):
            raise self.broken(f"`{word}` is {_kind_of(stated)} and no list", place)
        return stated

    def _names(self, node: Mapping[str, Any], word: str, place: str) -> list[str]:
        stated = node.get(word)
        if isinstance(stated, bool):  # OpenAPI 2 and many by hand: `required: true` on a property
            return []
        names = self._list(node, word, place)
        if not all(isinstance(name, str) for name in names):
            raise self.broken(f"`{word}` is no list of names", place)
        return names


_HUGE = 10**9


def shown(text: str) -> str:
    """A text of somebody else's, fit to stand in a message: printable, and not long."""
    clean = "".join(char if char.isprintable() else "?" for char in text[: _LONGEST_SHOWN + 1])
    return clean if len(clean) <= _LONGEST_SHOWN else f"{clean[:_LONGEST_SHOWN]}..."


def _is_null(node: Any) -> bool:
    return isinstance(node, dict) and (
        node.get("type") == "null" or node.get("enum") == [None] or node.get("const", 0) is None
    )


def _steps_of(reference: str) -> Iterator[str]:
    """The steps of a JSON pointer in a fragment (RFC 6901, section 6)."""
    pointer = _PERCENT.sub(lambda found: chr(int(found.group(1), 16)), reference[1:])
    for step in pointer.split("/")[1:]:
        yield step.replace("~1", "/").replace("~0", "~")


_PERCENT = re.compile(r"%([0-7][0-9A-Fa-f])")


def _text(value: Any) -> str:
    return value[:LONGEST_DESCRIPTION] if isinstance(value, str) else ""


def _kind_of(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float() | Decimal():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
    return "a mapping"
