"""Text of somebody else's on a terminal: what moves the cursor or turns the line is spelled out."""

import shutil
import textwrap
import unicodedata
from typing import TextIO

_TELLING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of controls, invisible marks (bidirectional ones among them), surrogates and
line separators. A film, a file name or an error answer may hold them; a terminal would obey."""

_NARROWEST = 40
_MINUTES = 60


def plain(text: str) -> str:
    """The text in one line; a character that is not shown as itself is written out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _TELLING
        else character
        for character in text
    )


def counted(number: int, thing: str) -> str:
    """`1 shot`, `3 shots`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def lasting(seconds: float) -> str:
    """A length of time as people say it: `40 s`, `6 min 10 s`, `3 h 5 min`."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if minutes < 1:
        return f"{rest} s"
    if minutes < _MINUTES:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), _MINUTES)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def wrapped(text: str, stream: TextIO, indent: str = "") -> str:
    """A text broken between words where it is shown on a terminal; one line for programs."""
    if not stream.isatty():
        return f"{indent}{text}"
    width = max(shutil.get_terminal_size().columns, _NARROWEST)
    return textwrap.fill(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
