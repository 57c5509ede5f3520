"""A request held against its contract, as a model's own schema would hold it: every mistake, at its
place, in fal's words. Stricter in one thing: a parameter that is not known is a mistake too.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hostile.answers import detail
from hostile.files import wrong_file
from hostile.openapi import plain
from matchcut.endpoints.contract import Contract, Coupling, Exclusion, Kind, Parameter, Role

Fetch = Callable[[str], bytes | None]
"""From an address to what is behind it, None where it cannot be had."""
Mistakes = Iterator[dict[str, Any]]
Loc = tuple[str | int, ...]

_TYPES: Mapping[Kind, tuple[tuple[type, ...], str]] = {
    Kind.STRING: ((str,), "string"),
    Kind.URL: ((str,), "string"),
    Kind.INTEGER: ((int,), "integer"),
    Kind.NUMBER: ((int, float), "number"),
    Kind.BOOLEAN: ((bool,), "boolean"),
    Kind.URLS: ((list,), "list"),
    Kind.OBJECT: ((dict,), "dictionary"),
    Kind.OBJECTS: ((list,), "list"),
}
_PICTURES = frozenset({Role.START, Role.END})


def check(contract: Contract, body: Any, fetch: Fetch) -> list[dict[str, Any]]:
    """All that is wrong with a request.

    Args:
        contract: What the endpoint accepts.
        body: The request's JSON.
        fetch: How fal's machines get at a file.

    Returns:
        Details of a 422, none where the request is good.

    """
    if not isinstance(body, dict):
        return [detail("model_attributes_type", "Input should be a valid dictionary", (), body)]
    return [
        *_missing(contract, body),
        *(mistake for name, value in body.items() for mistake in _named(contract, name, value)),
        *(mistake for rule in contract.exclusions for mistake in _excluded(rule, body)),
        *(mistake for rule in contract.couplings for mistake in _coupled(contract, rule, body)),
        *_files(contract, body, fetch),
    ]


def _missing(contract: Contract, body: Mapping[str, Any]) -> Mistakes:
    for name, parameter in contract.parameters.items():
        if parameter.required and name not in body:
            yield detail("missing", "Field required", (name,), body)


def _named(contract: Contract, name: str, value: Any) -> Mistakes:
    parameter = contract.parameters.get(name)
    if parameter is None:
        yield detail("extra_forbidden", "Extra inputs are not permitted", (name,), value)
        return
    yield from _valued(parameter, (name,), value)
    if name == contract.roles.get(Role.ELEMENTS) and isinstance(value, list):
        yield from _elements(contract, name, value)


def _valued(parameter: Parameter, loc: Loc, value: Any) -> Mistakes:
    if not _is(parameter.kind, value):
        word = _TYPES[parameter.kind][1]
        yield detail(f"{word}_type", f"Input should be a valid {word}", loc, value)
    elif parameter.values and value not in (offered := [plain(one) for one in parameter.values]):
        expected = " or ".join(repr(one) for one in offered)
        yield detail("literal_error", f"Input should be {expected}", loc, value, expected=expected)
    elif parameter.kind in (Kind.INTEGER, Kind.NUMBER):
        yield from _bounded(parameter, loc, value)
    elif isinstance(value, str):
        longest = parameter.max_characters
        if longest is not None and len(value) > longest:
            sentence = f"String should have at most {longest} characters"
            yield detail("string_too_long", sentence, loc, value, max_length=longest)
    elif parameter.kind in (Kind.OBJECT, Kind.OBJECTS):
        yield from _objects(parameter, loc, value if isinstance(value, list) else [value])


def _is(kind: Kind, value: Any) -> bool:
    if kind is Kind.ANY:
        return True
    if isinstance(value, bool):
        return kind is Kind.BOOLEAN
    return isinstance(value, _TYPES[kind][0])


def _bounded(parameter: Parameter, loc: Loc, value: float) -> Mistakes:
    low, high = parameter.minimum, parameter.maximum
    if low is not None and value < low:
        sentence = f"Input should be greater than or equal to {low}"
        yield detail("greater_than_equal", sentence, loc, value, ge=float(low))
    if high is not None and value > high:
        sentence = f"Input should be less than or equal to {high}"
        yield detail("less_than_equal", sentence, loc, value, le=float(high))


def _objects(parameter: Parameter, loc: Loc, entries: list[Any]) -> Mistakes:
    for number, entry in enumerate(entries):
        place = (*loc, number) if parameter.kind is Kind.OBJECTS else loc
        if not isinstance(entry, dict):
            yield detail("dictionary_type", "Input should be a valid dictionary", place, entry)
            continue
        for odd in (name for name in entry if parameter.fields and name not in parameter.fields):
            sentence = "Extra inputs are not permitted"
            yield detail("extra_forbidden", sentence, (*place, odd), entry[odd])


def _elements(contract: Contract, name: str, entries: list[Any]) -> Mistakes:
    """What is said of elements beside their fields: how many references, and of videos one."""
    names = contract.elements
    if names is None:
        return
    for number, entry in enumerate(entry for entry in entries if isinstance(entry, dict)):
        given = entry.get(names.references)
        if given is not None and not 1 <= len(given) <= names.max_references:
            sentence = f"List should have 1 to {names.max_references} items"
            yield detail("sequence_too_long", sentence, (name, number, names.references), given)
    if sum(bool(names.video) and names.video in entry for entry in entries) > 1:
        yield detail("value_error", "At most one element may have a video", (name,), entries)


def _excluded(rule: Exclusion, body: Mapping[str, Any]) -> Mistakes:
    given = [name for name in rule.parameters if body.get(name) is not None]
    if len(given) > 1:
        yield detail("value_error", f"Only one of {', '.join(given)} can be set", (), dict(body))


def _coupled(contract: Contract, rule: Coupling, body: Mapping[str, Any]) -> Mistakes:
    def stands(name: str) -> Any:
        return body.get(name, plain(contract.parameters[name].default))

    if not all(stands(name) in map(plain, values) for name, values in rule.when.items()):
        return
    for name, values in rule.then.items():
        if stands(name) not in (offered := [plain(value) for value in values]):
            wanted = " or ".join(repr(value) for value in offered)
            yield detail("value_error", f"{name} must be {wanted} here", (name,), stands(name))


def _files(contract: Contract, body: Mapping[str, Any], fetch: Fetch) -> Mistakes:
    pictures = {contract.roles.get(role) for role in _PICTURES}
    clip = contract.roles.get(Role.CONTINUE)
    for loc, url in addresses(contract, body):
        name = str(loc[-1]) if isinstance(loc[-1], str) else str(loc[-2])
        parameter = contract.parameters.get(name, Parameter(kind=Kind.URL))
        picture = name in pictures or (name not in contract.parameters and "image" in name)
        what = "image" if picture else "video" if name == clip else "file"
        problem = wrong_file(fetch(url), what, parameter.formats, parameter.max_megabytes)
        if problem is not None:
            kind, sentence = problem
            yield detail(kind, sentence, loc, url)


def addresses(contract: Contract, body: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Every address in a request, with its place; those of elements too."""
    for name, value in body.items():
        kind = contract.parameters[name].kind if name in contract.parameters else None
        if kind is Kind.URL and isinstance(value, str):
            yield (name,), value
        elif kind is Kind.URLS and isinstance(value, list):
            yield from (((name, n), url) for n, url in enumerate(value) if isinstance(url, str))
        elif kind is Kind.OBJECTS and isinstance(value, list):
            for number, entry in enumerate(value):
                yield from _within(entry, (name, number))


def _within(entry: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if not isinstance(entry, dict):
        return
    for field, value in entry.items():
        if field.endswith("_url") and isinstance(value, str):
            yield (*loc, field), value
        elif field.endswith("_urls") and isinstance(value, list):
            yield from (((*loc, field, n), url) for n, url in enumerate(value))
