"""JSON to a tree with places, by the same limits as YAML.

The standard library's reader keeps no places, so the structure is walked here; strings are read by
its own `scanstring`. No recursion: depth costs no stack.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from json import JSONDecodeError
from json.decoder import scanstring as _scanstring  # type: ignore[attr-defined]
from typing import NoReturn

from matchcut.film.document import Builder, Mark, Node, Scalar, unreadable

_scan: Callable[[str, int], tuple[str, int]] = _scanstring
_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


def read_json(text: str, name: str) -> Node:
    """Read one JSON document.

    Args:
        text: The whole file.
        name: What the file is called in messages.

    Returns:
        The tree.

    Raises:
        MatchcutError: `film.unreadable`, with the place, where it is not JSON or passes a limit of
            `matchcut.film.document`.

    """
    reading = _Reading(text, name)
    reading.run()
    root = reading.builder.root
    if root is None:
        raise unreadable(name, "it is empty", "Write a film; `matchcut schema` lists its keys.")
    return root


class _Reading:
    """One pass over the text; `_closers` holds the bracket that ends each open value."""

    def __init__(self, text: str, name: str) -> None:
        self.builder = Builder(name)
        self._text = text
        self._at = 0
        self._closers: list[str] = []
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._line = 0
        self._after_first = False

    def run(self) -> None:
        self._value()
        while self._closers:
            self._skip()
            if self._peek() == self._closers[-1]:
                self._close()
            else:
                self._next_member()
        self._skip()
        if self._at < len(self._text):
            self._refuse("something stands after its end")

    def _next_member(self) -> None:
        if self._after_first:
            if self._peek() != ",":
                self._refuse(f"a comma or {self._closers[-1]} should stand here")
            self._at += 1
            self._skip()
        if self._closers[-1] == "}":
            if self._peek() != '"':
                self._refuse("a name in double quotes should stand here")
            mark = self._mark()
            self.builder.key(self._string(), mark)
            self._skip()
            if self._peek() != ":":
                self._refuse("a colon should stand here")
            self._at += 1
            self._skip()
        self._value()

    def _value(self) -> None:
        self._skip()
        mark, character = self._mark(), self._peek()
        if character in "{[" and character:
            self.builder.begin({} if character == "{" else [], mark)
            self._closers.append("}" if character == "{" else "]")
            self._at += 1
            self._after_first = False
            return
        self.builder.add(Node(self._scalar(), mark))
        self._after_first = True

    def _close(self) -> None:
        self.builder.end()
        self._closers.pop()
        self._at += 1
        self._after_first = True

    def _scalar(self) -> Scalar:
        if self._peek() == '"':
            return self._string()
        for word, value in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return value
        found = _NUMBER.match(self._text, self._at)
        if not found:
            self._refuse("a value should stand here")
        self._at = found.end()
        whole = not (found.group(1) or found.group(2))
        return int(found.group()) if whole else Decimal(found.group())

    def _string(self) -> str:
        try:
            text, self._at = _scan(self._text, self._at + 1)
        except JSONDecodeError as error:
            self._at = min(error.pos, len(self._text))
            self._refuse(error.msg)
        return text

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self) -> None:
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _mark(self) -> Mark:
        while self._line + 1 < len(self._starts) and self._starts[self._line + 1] <= self._at:
            self._line += 1
        return Mark(self._line + 1, self._at - self._starts[self._line] + 1)

    def _refuse(self, message: str) -> NoReturn:
        self.builder.refuse(
            self._mark(), f"it is not valid JSON here ({message})", "Mend this place."
        )
