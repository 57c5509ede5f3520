"""What differs between what a take was sent and what would be sent now. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
_ABSENT = object()
_CARRIERS = frozenset({"start", "end", "continue", "elements"})
_SHORT = 24
"""Characters of a value that is worth spelling out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One argument that is another one now."""

    name: str
    """Wire name."""
    role: str
    """What it is for, by the contract; the wire name where it is for nothing in particular."""
    before: Any
    """As it was sent; None where it was not."""
    now: Any
    reference: str = ""
    """What stands there now for a picture or a clip, as `anchor://rooftop/out`."""


def changes(
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    *,
    planned: Mapping[str, Any],
    roles: Mapping[str, str],
) -> list[Change]:
    """Compare two requests of one endpoint.

    Args:
        before: Arguments as they were sent, with identities for pictures and clips.
        now: Arguments as they would be sent.
        planned: The same as the plan has them, with references.
        roles: Role to wire name.

    Returns:
        Each place where they differ, pictures and clips in lists each by itself.

    """
    whose = {name: role for role, name in roles.items()}
    old, new, references = (dict(_leaves(part)) for part in (before, now, planned))
    found = []
    for path in dict.fromkeys((*old, *new)):
        was, will = old.get(path, _ABSENT), new.get(path, _ABSENT)
        if was == will and type(was) is type(will):
            continue
        name = str(path[0])
        role = whose.get(name, name)
        reference = references.get(path) if role in _CARRIERS else None
        found.append(
            Change(
                name=name,
                role=role,
                before=None if was is _ABSENT else was,
                now=None if will is _ABSENT else will,
                reference=reference if isinstance(reference, str) else "",
            )
        )
    return found


def in_words(change: Change) -> str:
    """A change of a plain argument, as `seed 42 -> 43` or `prompt changed`."""
    said = change.role.replace("_", " ")
    was, will = _short(change.before), _short(change.now)
    if change.role == "prompt" or was is None or will is None:
        return f"{said} changed"
    return f"{said} {was} -> {will}"


def _short(value: Any) -> str | None:
    text = "unset" if value is None else str(value)
    text = text.lower() if isinstance(value, bool) else text
    return text if len(text) <= _SHORT and text.isprintable() else None


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _leaves(entry, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, entry in enumerate(value):
            yield from _leaves(entry, (*path, place))
    else:
        yield path, value
