"""Bytes of a film file to a film and every mistake in it.

A mistake never hides the next: what is wrong is taken out, the rest is read on, and the rules of
the plan see a film as whole as it can be made. Such a film is never rendered.
"""

import codecs
import copy
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from matchcut.film.document import LARGEST_BYTES, Mark, Node, unreadable
from matchcut.film.json_reader import read_json
from matchcut.film.mistakes import (
    MISSING,
    MOST_SLIPS,
    describe,
    follows,
    meant,
    path_of,
    prune,
    slips,
)
from matchcut.film.types import Film
from matchcut.film.yaml_reader import read_yaml
from matchcut.findings import Finding, Path

_ROUNDS = 8
"""Taking a wrong value out can show another below it; a film has five levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmText:
    """A film as read, with what is wrong with it and where things stand."""

    name: str
    film: Film
    findings: tuple[Finding, ...]
    muted: frozenset[Path]
    """Paths whose value was wrong and is already reported; nothing more is said of them."""
    root: Node

    def locate(self, finding: Finding) -> Finding:
        """The finding with `where` filled in."""
        mark = self.root.place(finding.path)
        return replace(finding, where=_where(self.name, mark))

    def says(self, finding: Finding) -> bool:
        """False where the finding follows from a mistake that is already reported."""
        path = finding.path
        return not any(path[:length] in self.muted for length in range(len(path) + 1))


def read_film(data: bytes, name: str) -> FilmText:
    """Read a film.

    Args:
        data: The file's bytes, UTF-8.
        name: The file's name for messages; `.json` is read as JSON, all else as YAML.

    Returns:
        The film, as whole as it could be made, with its mistakes.

    Raises:
        MatchcutError: `film.unreadable` where there is no tree to look at.

    """
    text = _decode(data, name)
    root = read_json(text, name) if name.lower().endswith(".json") else read_yaml(text, name)
    if not isinstance(root.value, dict):
        raise unreadable(
            name,
            "it is not a mapping of keys to values",
            "Begin with `title:`, `canvas:` and `shots:`; `matchcut schema` lists the keys.",
            root.mark,
        )
    film, findings, muted = _validate(root.plain())
    located = [
        *(replace(one, where=_where(name, root.place(one.path))) for one in findings),
        *(replace(_repeated(path), where=_where(name, mark)) for path, mark in root.repeats()),
    ]
    return FilmText(
        name=name, film=film, findings=tuple(located), muted=frozenset(muted), root=root
    )


def _validate(raw: Any) -> tuple[Film, list[Finding], set[Path]]:
    findings: list[Finding] = []
    muted: set[Path] = set()
    rest = raw
    for _ in range(_ROUNDS):
        try:
            return Film.model_validate(rest), findings, muted
        except ValidationError as error:
            errors = error.errors(include_url=False)
        if rest is raw:
            rest = copy.deepcopy(raw)
        beside = slips(errors)
        # What a slip of the pen was to say is not missing: it is there, under another name.
        for around, keys in beside.items():
            muted |= {(*around, word) for key in keys[:MOST_SLIPS] if (word := meant(around, key))}
        for details in errors:
            path = path_of(details)
            known = any(path[: length + 1] in muted for length in range(len(path)))
            if not known and not follows(details, beside):
                findings.append(describe(details, raw))
            if details["type"] != "too_short" or not details["input"]:
                muted.add(path)
        # From the end, so that no path below is shifted by what is taken out above it.
        for details in sorted(errors, key=_order, reverse=True):
            if details["type"] != "too_short" or not details["input"]:
                prune(rest, details["loc"])
    # Nothing of it could be read: what the rules would find is not the user's film.
    return Film.model_validate(MISSING[()]), findings, muted | {()}


def _order(details: ErrorDetails) -> tuple[str, ...]:
    return tuple(f"{part:09d}" if isinstance(part, int) else part for part in details["loc"])


def _repeated(path: Path) -> Finding:
    return Finding(
        id="film.repeated-key",
        path=path,
        message=f"`{path[-1]}` stands here a second time",
        fix="Keep one of the two.",
    )


def _where(name: str, mark: Mark) -> str:
    return f"{name}:{mark.line}:{mark.column}"


def _decode(data: bytes, name: str) -> str:
    if len(data) > LARGEST_BYTES:
        raise unreadable(
            name,
            f"it is larger than {LARGEST_BYTES // 2**20} MiB",
            "Split the film; if this is a picture or a clip, name the film file instead.",
        )
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise unreadable(name, "it is UTF-32", "Save it as UTF-8.")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise unreadable(name, "it is UTF-16", "Save it as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(
            name,
            f"byte {error.object[error.start]:#04x} is not UTF-8",
            "Save it as UTF-8; if this is a picture or a clip, name the film file instead.",
            _mark_of(data, error.start),
        ) from None
    nul = text.find("\0")
    if nul >= 0:
        raise unreadable(
            name,
            "it holds a NUL byte",
            "Save it as plain UTF-8 text.",
            _mark_of(data, data.find(b"\0")),
        )
    return text


def _mark_of(data: bytes, at: int) -> Mark:
    before = data[:at]
    return Mark(before.count(b"\n") + 1, at - (before.rfind(b"\n") + 1) + 1)
