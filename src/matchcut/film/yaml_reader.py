"""YAML to a tree with places.

PyYAML's event parser does the reading: it walks the text without recursion, so depth costs no
stack, and it makes no objects, so tags can do nothing. Scalars follow YAML 1.2's core schema
(https://yaml.org/spec/1.2.2/#103-core-schema, read 2026-11-22): `no` and `on` are words and `1:30`
is not a number, which PyYAML's own YAML 1.1 resolver would make them.
"""

import re
from decimal import Decimal
from typing import Any

import yaml

from matchcut.errors import MatchcutError
from matchcut.film.document import Builder, Mark, Node, Scalar, unreadable

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?")
_PLAIN_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


def read_yaml(text: str, name: str) -> Node:
    """Read one YAML document.

    Args:
        text: The whole file.
        name: What the file is called in messages.

    Returns:
        The tree.

    Raises:
        MatchcutError: `film.unreadable`, with the place, where it is not YAML, has tags, more than
            one document, or passes a limit of `matchcut.film.document`.

    """
    reading = _Reading(name)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            reading.take(event)
    except yaml.YAMLError as error:
        raise _broken(error, name, text) from None
    root = reading.builder.root
    if root is None:
        raise unreadable(name, "it is empty", "Write a film; `matchcut schema` lists its keys.")
    return root


class _Reading:
    """One pass over the events of a file."""

    def __init__(self, name: str) -> None:
        self.builder = Builder(name)
        self._documents = 0
        self._anchors: dict[str, Node | None] = {}
        self._open_anchors: list[str | None] = []

    def take(self, event: Any) -> None:
        mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self.builder.refuse(
                        mark, "it holds more than one document", "Remove the second `---`."
                    )
            case yaml.AliasEvent():
                self.builder.add(self._anchored(event.anchor, mark))
            case yaml.ScalarEvent():
                self._refuse_tag(event.tag, mark)
                self._scalar(event, mark)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._refuse_tag(event.tag, mark)
                if event.anchor:
                    self._anchors[event.anchor] = None
                self._open_anchors.append(event.anchor)
                self.builder.begin({} if isinstance(event, yaml.MappingStartEvent) else [], mark)
            case yaml.CollectionEndEvent():
                node = self.builder.end()
                anchor = self._open_anchors.pop()
                if anchor:
                    self._anchors[anchor] = node

    def _scalar(self, event: Any, mark: Mark) -> None:
        if self.builder.wants_key():
            self.builder.key(event.value, mark)
            return
        plain = event.implicit[0] and not event.style
        node = Node(_resolve(event.value) if plain else event.value, mark)
        if event.anchor:
            self._anchors[event.anchor] = node
        self.builder.add(node)

    def _anchored(self, anchor: str | None, mark: Mark) -> Node:
        if self.builder.wants_key():
            self.builder.refuse(mark, f"*{anchor} stands as a key", "Write the name out.")
        node = self._anchors.get(anchor or "")
        if node is None:
            self.builder.refuse(
                mark, f"*{anchor} stands before &{anchor} is complete", "Write the value out."
            )
        return node

    def _refuse_tag(self, tag: str | None, mark: Mark) -> None:
        if tag is not None and tag not in _PLAIN_TAGS:
            self.builder.refuse(
                mark, f"it has a tag, {tag[:60]}, and a film has none", "Remove the tag."
            )


def _resolve(text: str) -> Scalar:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return Decimal(text)
    return text


def _broken(error: yaml.YAMLError, name: str, text: str) -> MatchcutError:
    place = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    mark = Mark(place.line + 1, place.column + 1) if place is not None else None
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unknown reason"
    context = getattr(error, "context", None)
    said = f"{context}, {problem}" if context else str(problem)
    lines = text.splitlines()[: mark.line] if mark else []
    means, fix = _slip(str(problem), lines)
    return unreadable(name, f"it is not valid YAML here ({means or said})", fix, mark)


_LOOK = "Look at the quotes, the indentation and the brackets of this line and the one above."
_BRACED = re.compile(r"^[\s-]*(\w+):\s+\{[^{}]*\}\s*[^\s,#}]")
"""`prompt: {mara} runs`: a value that begins with a name in braces and goes on."""
_TABBED = re.compile(r"^ *\t")


def _slip(problem: str, lines: list[str]) -> tuple[str, str]:
    """What a person most likely did, and the cure; an empty first text where nobody can tell.

    Args:
        problem: What the parser says.
        lines: The file up to the line at which it says so.

    """
    last = lines[-1] if lines else ""
    if _TABBED.match(last):
        return "this line is indented with a tab", "Indent with spaces: YAML knows no tabs there."
    for number in (len(lines), len(lines) - 1):
        braced = _BRACED.match(lines[number - 1]) if number > 0 else None
        if braced:
            return (
                f"on line {number} a text begins with a name in braces, and YAML takes it for keys",
                f'Put the whole text in quotes, as in `{braced.group(1)}: "{{mara}} runs"`.',
            )
    opened = _open_quote(lines)
    if opened:
        return (
            f"a quote is opened on line {opened} and not closed there",
            f"Close it on line {opened}.",
        )
    if "mapping values are not allowed" in problem:
        return (
            "a colon stands inside a text, and YAML takes what is before it for a key",
            'Put the whole text in quotes, as in `prompt: "Evening: to the dial"`.',
        )
    return "", _LOOK


_OPENS = re.compile(r"""(?:^|[:,\[{-])[ \t]*(["'])|(?:^|\s)#.*""", re.MULTILINE)
"""The quote that a value begins with; or a comment, whose quotes mean nothing."""
_CLOSES = {
    '"': re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL),
    "'": re.compile(r"(?:[^']|'')*'(?!')", re.DOTALL),
}


def _open_quote(lines: list[str]) -> int:
    """The line, from 1, on which a text in quotes begins that reaches the last line; or 0."""
    text = "\n".join(lines)
    at, number = 0, 1
    while found := _OPENS.search(text, at):
        number += text.count("\n", at, found.end())
        at = found.end()
        if not found.group(1):
            continue
        closed = _CLOSES[found.group(1)].match(text, at)
        below = text.count("\n", at, closed.end()) if closed else 0
        if closed is None or (below and number + below == len(lines)):
            return number
        number, at = number + below, closed.end()
    return 0
