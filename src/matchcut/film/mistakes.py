"""What a validation error means to a person, and how to read on without the wrong value."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from matchcut.film.types import (
    AnchorPolicy,
    Canvas,
    CastMember,
    Defaults,
    Film,
    Fit,
    Join,
    Look,
    Shot,
)
from matchcut.findings import Finding, Path, nearest, show_path

if TYPE_CHECKING:
    from enum import StrEnum

_CANVAS = {"width": 1280, "height": 720, "fps": 24}
_SHOT = {"id": "unnamed", "join": "cut"}
MISSING: Mapping[Path, Any] = {
    (): {"title": "untitled", "canvas": _CANVAS, "shots": [_SHOT]},
    ("title",): "untitled",
    ("canvas",): _CANVAS,
    ("canvas", "width"): 1280,
    ("canvas", "height"): 720,
    ("canvas", "fps"): 24,
    ("shots",): [_SHOT],
    ("shots", "*"): _SHOT,
    ("shots", "*", "id"): "unnamed",
    ("cast", "*", "subject"): "unnamed",
}
"""What stands in for a value that must be there and is missing or wrong, while reading on."""

_EXAMPLES: Mapping[str, str] = {
    "title": "title: Courier",
    "canvas": "canvas: {width: 1280, height: 720, fps: 24}",
    "width": "width: 1280",
    "height": "height: 720",
    "fps": "fps: 24",
    "shots": "shots: [{id: rooftop, prompt: ...}]",
    "id": "id: rooftop",
    "subject": 'subject: "a courier in her thirties, yellow rain jacket"',
}
_WANTED: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "model_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
    "tuple_type": "a list",
    "int_from_float": "a whole number",
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("{} or more", "ge"),
    "less_than_equal": ("{} or less", "le"),
    "string_too_short": ("at least {} character", "min_length"),
    "string_too_long": ("at most {} characters", "max_length"),
    "too_short": ("at least {} of them", "min_length"),
    "too_long": ("at most {} of them", "max_length"),
}
_LONGEST_SHOWN = 40
MOST_SLIPS = 20
"""A part with more wrong keys than this is no slip of the pen."""
_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("scenes", "clips", "sequence", "takes", "segments"), "shots"),
    **dict.fromkeys(("size", "format", "output", "dimensions"), "canvas"),
    **dict.fromkeys(("characters", "actors", "people", "elements"), "cast"),
    **dict.fromkeys(("name", "film"), "title"),
    **dict.fromkeys(("model", "provider"), "endpoint"),
    **dict.fromkeys(("text", "action", "description"), "prompt"),
    **dict.fromkeys(("length", "seconds"), "duration"),
    **dict.fromkeys(("image", "first_frame", "image_url", "start_image_url"), "start"),
    **dict.fromkeys(("last_frame", "end_image_url"), "end"),
    "budget": "budget_usd",
}
"""What other tools call our keys."""

_PARTS: Mapping[str, tuple[str, type[BaseModel]]] = {
    "": ("film", Film),
    "canvas": ("canvas", Canvas),
    "look": ("look", Look),
    "cast": ("cast member", CastMember),
    "defaults": ("defaults", Defaults),
    "shots": ("shot", Shot),
}


def describe(details: ErrorDetails, raw: Any) -> Finding:  # noqa: PLR0911 - one a kind
    """One of pydantic's errors as a finding: what is wrong, and what to do.

    Args:
        details: The error.
        raw: The film as plain values, to tell what stands beside the wrong one.

    """
    path: Path = path_of(details)
    kind, context = details["type"], details.get("ctx", {})
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        return _unknown_key(path, raw)
    if kind == "missing":
        return Finding(
            id="film.missing-key",
            path=path,
            message=f"{_owner(path[:-1])} has no `{key}`",
            fix=f"Add one, as in `{_EXAMPLES.get(key, key + ': ...')}`.",
        )
    if kind in _WANTED:
        wanted = _WANTED[kind]
        quotes = " Put it in quotes." if wanted == "text" else ""
        return Finding(
            id="film.wrong-type",
            path=path,
            message=f"`{show_path(path)}` should be {wanted}, and is {_kind(details['input'])}",
            fix=f"Write {wanted} there, or remove the key.{quotes}",
        )
    if kind == "enum":
        return _not_offered(path, details["input"])
    if kind == "string_pattern_mismatch":
        return Finding(
            id="film.wrong-name",
            path=path,
            message=f"`{details['input']}` cannot be a name: it is also the name of files",
            fix="Use letters, digits, - and _, beginning with a letter or a digit.",
        )
    if kind in _BOUNDS:
        bound, key_of_bound = _BOUNDS[kind]
        return Finding(
            id="film.wrong-value",
            path=path,
            message=f"`{show_path(path)}` is out of range: {_kind(details['input'])}",
            fix=f"Write {bound.format(context[key_of_bound])}.",
        )
    message = str(context.get("message") or f"`{show_path(path)}`: {details['msg'].lower()}")
    fix = str(context.get("fix") or "Write a value that fits; `matchcut schema` lists them.")
    return Finding(id="film.wrong-value", path=path, message=message, fix=fix)


def path_of(details: ErrorDetails) -> Path:
    """Where an error stands; a name that is wrong stands at the name."""
    path: Path = details["loc"]
    return path[:-1] if path and path[-1] == "[key]" else path


def slips(errors: Iterable[ErrorDetails]) -> Mapping[Path, list[str]]:
    """Keys that no part has, by the path of the part they stand in."""
    found: dict[Path, list[str]] = {}
    for details in errors:
        if details["type"] == "extra_forbidden":
            found.setdefault(details["loc"][:-1], []).append(str(details["loc"][-1]))
    return found


def follows(details: ErrorDetails, beside: Mapping[Path, list[str]]) -> bool:
    """True where an error only follows from another one and would confuse.

    A list is called too short once all its values are wrong, and a key is called missing where it
    is there with a slip of the pen or by another tool's name; `beside` are the keys that no part
    has.
    """
    path: Path = details["loc"]
    if details["type"] == "too_short":
        return bool(details["input"])
    if details["type"] != "missing":
        return False
    around = path[:-1]
    return any(meant(around, key) == path[-1] for key in beside.get(around, ())[:MOST_SLIPS])


def meant(around: Path, key: str) -> str | None:
    """The key of a part that somebody most likely meant by one that it has not, or None."""
    known = _keys(around)
    other = _SYNONYMS.get(key.lower())
    return other if other in known else nearest(key, known)


def _keys(around: Path) -> list[str]:
    _, model = _PARTS[str(around[0]) if around else ""]
    return [field.alias or name for name, field in model.model_fields.items()]


def prune(rest: Any, path: Path) -> None:
    """Take the value at `path` out of plain values, or put a stand-in where one must be.

    `rest` is changed in place; a path that is no longer there is left alone.
    """
    if path and path[-1] == "[key]":
        path = path[:-1]  # pydantic's word for the key itself
    owner = rest
    for part in path[:-1]:
        try:
            owner = owner[part]
        except (KeyError, IndexError, TypeError):
            return
    last = path[-1] if path else None
    general: Path = tuple(
        "*" if isinstance(part, int) or (at and path[0] == "cast") else part
        for at, part in enumerate(path)
    )
    if path[0] == "cast" and len(path) == 3:  # noqa: PLR2004 - cast, name, key
        general = ("cast", "*", path[2])
    if isinstance(owner, dict) and isinstance(last, str):
        if general in MISSING:
            owner[last] = MISSING[general]
        else:
            owner.pop(last, None)
    elif isinstance(owner, list) and isinstance(last, int) and last < len(owner):
        if general in MISSING:
            owner[last] = dict(MISSING[general])
        else:
            owner.pop(last)


def _unknown_key(path: Path, raw: Any) -> Finding:
    key, around = str(path[-1]), path[:-1]
    part, _ = _PARTS[str(around[0]) if around else ""]
    wanted = meant(around, key)
    taken = raw
    for step in around:
        taken = taken[step]
    if wanted and isinstance(taken, dict) and wanted not in taken:
        fix = f"Did you mean `{wanted}`?"
    elif wanted:
        fix = f"`{wanted}` stands beside it already: keep one of the two."
    else:
        fix = f"Remove it; the keys are {', '.join(k for k in _keys(around) if k != '$schema')}."
    article = "" if part == "defaults" else "a "
    return Finding(
        id="film.unknown-key", path=path, message=f"{article}{part} has no key `{key}`", fix=fix
    )


def _not_offered(path: Path, value: object) -> Finding:
    """A word where one of a few must stand."""
    kinds: dict[object, tuple[str, type[StrEnum]]] = {
        "fit": ("a way to fit a still", Fit),
        "anchor": ("a way to approve anchors", AnchorPolicy),
    }
    what, kind = kinds.get(path[-1], ("a way to join", Join))
    words = [word.value for word in kind]
    meant = nearest(str(value), words)
    return Finding(
        id="film.wrong-value",
        path=path,
        message=f"`{value}` is not {what}",
        fix=f"Did you mean `{meant}`?" if meant else f"Write one of {', '.join(words)}.",
    )


def _owner(path: Path) -> str:
    if not path:
        return "the film"
    return f"`{show_path(path)}`"


def _kind(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        shown = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."
        return f"the text {shown!r}" if value else "empty text"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else f"the number {value}"
