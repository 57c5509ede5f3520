"""A film file as a tree that remembers where each value stood. Both readers end here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

from matchcut.errors import Code, MatchcutError
from matchcut.findings import Path

LARGEST_BYTES = 16 * 1024 * 1024
"""A film of 10 000 shots is about 3 MB; more than this is not a film."""
DEEPEST = 32
"""Levels of nesting; a film has five."""
MOST_VALUES = 2_000_000
"""Values after aliases are written out, so that a small file cannot become a huge film."""

_SURROGATE = re.compile("[\ud800-\udfff]")

Scalar = str | int | bool | Decimal | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file; line and column count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Node:
    """A value and where it stood; `keys` says where each key of a mapping stood."""

    value: "Scalar | list[Node] | dict[str, Node]"
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)
    repeated: list[tuple[str, Mark]] = field(default_factory=list)
    size: int = 1
    depth: int = 0
    """Levels of lists and mappings below it, aliases written out."""

    def plain(self) -> Any:
        """The value without places: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def place(self, path: Path) -> Mark:
        """Where `path` stands, or as much of it as there is; a key's place before its value's."""
        node, mark = self, self.mark
        for part in path:
            if isinstance(node.value, dict) and isinstance(part, str) and part in node.value:
                mark, node = node.keys[part], node.value[part]
            elif (
                isinstance(node.value, list)
                and isinstance(part, int)
                and -1 < part < len(node.value)
            ):
                node = node.value[part]
                mark = node.mark
            else:
                break
        return mark

    def repeats(self, path: Path = ()) -> Iterator[tuple[Path, Mark]]:
        """Every key that a mapping has twice, with the place of the second."""
        yield from (((*path, key), mark) for key, mark in self.repeated)
        if isinstance(self.value, dict):
            for key, node in self.value.items():
                yield from node.repeats((*path, key))
        elif isinstance(self.value, list):
            for index, node in enumerate(self.value):
                yield from node.repeats((*path, index))


class Builder:
    """Builds a tree from a reader's events, within the limits; raises where one is passed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[Node] = []
        self._pending: list[tuple[str, Mark] | None] = []
        self._values = 0
        self.root: Node | None = None

    def begin(self, value: "list[Node] | dict[str, Node]", mark: Mark) -> None:
        """Open a list or a mapping."""
        if len(self._open) >= DEEPEST:
            self._refuse_depth(mark)
        node = Node(value, mark, depth=1)
        self._open.append(node)
        self._pending.append(None)

    def end(self) -> Node:
        """Close the innermost list or mapping, hand it to the one around it, and return it."""
        node = self._open.pop()
        self._pending.pop()
        self.add(node)
        return node

    def wants_key(self) -> bool:
        """True where the next scalar is the key of a mapping."""
        return (
            bool(self._open)
            and isinstance(self._open[-1].value, dict)
            and self._pending[-1] is None
        )

    def key(self, text: str, mark: Mark) -> None:
        """Take the key of the next value."""
        self._refuse_surrogates(text, mark)
        self._pending[-1] = (text, mark)

    def add(self, node: Node) -> None:
        """Take a whole value."""
        self._count(node)
        if isinstance(node.value, str):
            self._refuse_surrogates(node.value, node.mark)
        if len(self._open) + node.depth > DEEPEST:
            self._refuse_depth(node.mark)
        if not self._open:
            self.root = node
            return
        around = self._open[-1]
        around.size += node.size
        around.depth = max(around.depth, node.depth + 1)
        if isinstance(around.value, list):
            around.value.append(node)
        elif isinstance(around.value, dict):
            pending = self._pending[-1]
            if pending is None:
                self.refuse(node.mark, "a list or a mapping stands as a key", "Write a name there.")
            text, mark = pending
            if text in around.value:
                around.repeated.append((text, mark))
            around.value[text] = node
            around.keys[text] = mark
            self._pending[-1] = None

    def _count(self, node: Node) -> None:
        self._values += 1 if node.size == 1 else 0
        if max(self._values, node.size) > MOST_VALUES:
            self.refuse(
                node.mark,
                f"it grows to more than {MOST_VALUES:,} values",
                "Repeat less with anchors and aliases (& and *), or split the film.",
            )

    def _refuse_depth(self, mark: Mark) -> NoReturn:
        self.refuse(mark, f"it is nested more than {DEEPEST} levels deep", "Flatten it.")

    def _refuse_surrogates(self, text: str, mark: Mark) -> None:
        if _SURROGATE.search(text):
            self.refuse(
                mark,
                "it holds half of a character (a lone surrogate)",
                "Write the character itself.",
            )

    def refuse(self, mark: Mark, message: str, fix: str) -> NoReturn:
        """Raise `film.unreadable` at a place."""
        raise unreadable(self._name, message, fix, mark)


def unreadable(name: str, message: str, fix: str, mark: Mark | None = None) -> MatchcutError:
    """The error of a film file that cannot be read at all."""
    where = f"{name}:{mark.line}:{mark.column}" if mark else name
    return MatchcutError(
        Code.FILM_UNREADABLE, f"the film file cannot be read: {message}", where=where, fix=fix
    )
