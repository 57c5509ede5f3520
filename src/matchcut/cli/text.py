"""Text of somebody else's on a terminal: what moves the cursor or turns the line is spelled out."""

import unicodedata

_TELLING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of controls, invisible marks (bidirectional ones among them), surrogates and
line separators. A film, a file name or an error answer may hold them; a terminal would obey."""


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
