"""The parameters that a document's input schema states, as a contract has them."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from matchcut.endpoints import said
from matchcut.endpoints.contract import Kind, Parameter
from matchcut.endpoints.document import Document, shown
from matchcut.endpoints.infer import is_address_name
from matchcut.endpoints.said import Described
from matchcut.endpoints.schema import Schema

_MOST = 500
"""Parameters; the longest input in fal's endpoint map has about fifty."""
_LONGEST_NAME = 100
_DEEPEST_DEFAULT = 6
_WIRE: Mapping[Kind, tuple[type, ...]] = {
    Kind.STRING: (str,),
    Kind.URL: (str,),
    Kind.INTEGER: (int,),
    Kind.NUMBER: (int, float, Decimal),
    Kind.BOOLEAN: (bool,),
    Kind.URLS: (list,),
    Kind.OBJECT: (dict,),
    Kind.OBJECTS: (list,),
}


def read_parameters(
    document: Document, schema: Any, place: str
) -> tuple[dict[str, Described], list[str]]:
    """The parameters of an input, in the order in which the document shows them.

    Args:
        document: Where the schema stands.
        schema: Of the input.
        place: Where that is.

    Returns:
        The parameters by wire name, and what of them could not be taken over.

    Raises:
        MatchcutError: `document.broken` where that is no schema of an object.

    """
    whole = document.flat(schema, place)
    notes: list[str] = []
    if whole.choices:
        notes.append(f"It takes {len(whole.choices)} forms of input, put together here.")
        whole = _together(whole)
    if not whole.properties:
        raise document.broken("the input has no properties: nothing can be asked for", place)
    if len(whole.properties) > _MOST:
        raise document.broken(f"the input has more than {_MOST} properties", place)
    names = [name for name in whole.order if name in whole.properties]
    names += [name for name in whole.properties if name not in names]
    found = {}
    for name in names:
        if not (name.isascii() and name.isprintable() and 0 < len(name) <= _LONGEST_NAME):
            raise document.broken(f"`{shown(name)}` is no parameter's name", place)
        described = _describe(document, name, whole.properties[name], f"{place}/{name}", notes)
        parameter = replace(described.parameter, required=name in whole.required)
        found[name] = replace(described, parameter=parameter)
    return found, notes


def _together(whole: Schema) -> Schema:
    """Forms of an input as one: all properties, and required what all of them require."""
    properties = dict(whole.properties)
    for choice in whole.choices:
        properties |= choice.properties
    required = frozenset.intersection(*(choice.required for choice in whole.choices))
    return replace(whole, properties=properties, required=whole.required | required)


def _describe(
    document: Document, name: str, node: Any, place: str, notes: list[str], *, inner: bool = False
) -> Described:
    schema = document.flat(node, place)
    description = schema.description
    kind, item = _kind(document, name, schema, place)
    fields: dict[str, Described] = {}
    of_fields = item if kind is Kind.OBJECTS else _object_in(schema)
    if of_fields is not None and not inner:
        fields = {
            field: _describe(document, field, one, f"{place}/{field}", [], inner=True)
            for field, one in of_fields.properties.items()
        }
    values = _values(schema, kind)
    if values and not all(_is_of(kind, value) for value in values):
        notes.append(f"`{name}` lists values that are not of its own type.")
        kind = Kind.ANY
    default = _plain(schema.default)
    if default is not None and not _is_of(kind, default):
        whole = default == int(default) if isinstance(default, Decimal) else False
        if kind is Kind.INTEGER and whole:
            default = int(default)
        else:
            notes.append(f"The default of `{name}` is not of its own type, and is left out.")
            default = None
    is_file = kind in (Kind.URL, Kind.URLS)
    return Described(
        parameter=Parameter(
            kind=kind,
            values=values,
            default=default,
            minimum=schema.minimum if kind in (Kind.INTEGER, Kind.NUMBER) else None,
            maximum=schema.maximum if kind in (Kind.INTEGER, Kind.NUMBER) else None,
            max_characters=schema.max_length if kind is Kind.STRING else None,
            formats=said.formats(description) if is_file else (),
            max_megabytes=said.megabytes(description) if is_file else None,
            fields=tuple(fields),
        ),
        description=description,
        max_items=schema.max_items,
        fields=fields,
    )


def _kind(document: Document, name: str, schema: Schema, place: str) -> tuple[Kind, Schema | None]:
    """The kind, and the schema of a list's items."""
    types = schema.types or _types_of(schema.values or ())
    if schema.choices or len(types) != 1:
        numbers = types == {"integer", "number"} and not schema.choices
        return (Kind.NUMBER if numbers else Kind.ANY), None
    (one,) = types
    if one == "array":
        item = document.flat(schema.items, f"{place}/items") if schema.items is not None else None
        return _kind_of_list(name, schema, item), item
    if one == "string":
        address = schema.format in ("uri", "url") or is_address_name(name, schema.description)
        return (Kind.URL if address and not schema.values else Kind.STRING), None
    kinds = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.BOOLEAN}
    return kinds.get(one, Kind.OBJECT), None


def _kind_of_list(name: str, schema: Schema, item: Schema | None) -> Kind:
    if item is None or item.choices:
        return Kind.ANY
    if item.types == {"object"}:
        return Kind.OBJECTS
    address = item.format in ("uri", "url") or is_address_name(name, schema.description)
    return Kind.URLS if item.types == {"string"} and address and not item.values else Kind.ANY


def _object_in(schema: Schema) -> Schema | None:
    """The object that a value may be, be it alone or beside a text."""
    if schema.properties:
        return schema
    return next((choice for choice in schema.choices if choice.properties), None)


def _types_of(values: tuple[Any, ...]) -> frozenset[str]:
    names = {bool: "boolean", int: "integer", Decimal: "number", float: "number", str: "string"}
    return frozenset(names.get(type(value), "object") for value in values)


def _values(schema: Schema, kind: Kind) -> tuple[Any, ...]:
    """What may be sent; of something that may be a text or an object, the texts that are listed."""
    stated = schema.values
    if stated is None and kind is Kind.ANY and schema.choices:
        texts = [choice for choice in schema.choices if not choice.properties]
        if len(texts) == len(schema.choices) - 1 == 1:
            stated = texts[0].values
    plain = stated or ()
    return plain if all(isinstance(v, str | int | float | Decimal) for v in plain) else ()


def _is_of(kind: Kind, value: Any) -> bool:
    types = _WIRE.get(kind)
    if types is None:
        return True
    return isinstance(value, types) and (kind is Kind.BOOLEAN or not isinstance(value, bool))


def _plain(value: Any, depth: int = 0) -> Any:
    """A default as TOML can have it; None where it has nothing in it, or nothing that can be."""
    if isinstance(value, str | bool | int | float | Decimal):
        return value
    if depth > _DEEPEST_DEFAULT:
        return None
    if isinstance(value, list):
        inner = [_plain(one, depth + 1) for one in value]
        return None if not inner or any(one is None for one in inner) else inner
    if isinstance(value, dict):
        found = {str(key): _plain(one, depth + 1) for key, one in value.items()}
        return {key: one for key, one in found.items() if one is not None} or None
    return None
