"""Findings: mistakes as values, collected and shown together instead of raised one by one."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from matchcut.errors import Code, MatchcutError

Path = tuple[str | int, ...]
"""Where in a film a value stands: `("shots", 3, "duration")`."""


class Severity(StrEnum):
    """What a finding does to the film."""

    ERROR = "error"
    """Nothing is rendered until it is mended."""
    WARNING = "warning"
    """It can be rendered, and is probably not what was meant."""
    INFO = "info"
    """Worth knowing; nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found in a film.

    `where` is the place in the file (`film.yaml:12:5`) and empty until the film's reader has filled
    it in; `path` is the place in the film (`shots[3].duration`).
    """

    id: str
    path: Path
    message: str
    fix: str
    severity: Severity = Severity.ERROR
    where: str = ""

    def to_json(self) -> dict[str, str]:
        """The finding as JSON has it."""
        return {
            "id": self.id,
            "severity": self.severity.value,
            "where": self.where,
            "path": show_path(self.path),
            "message": self.message,
            "fix": self.fix,
        }


class FindingsError(MatchcutError):
    """The film has mistakes that stop it; all of them are in `findings`."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        stopping = [f for f in self.findings if f.severity is Severity.ERROR]
        count = "1 mistake stops" if len(stopping) == 1 else f"{len(stopping)} mistakes stop"
        first = stopping[0] if stopping else None
        super().__init__(
            Code.FILM_FINDINGS,
            f"{count} this film: {first.message}" if first else f"{count} this film",
            where=first.where if first else "",
            fix=first.fix if first else "",
        )


def stops(findings: Iterable[Finding]) -> bool:
    """True where at least one finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def show_path(path: Path) -> str:
    """`("shots", 3, "duration")` as `shots[3].duration`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None where none is near."""
    return _nearest(word.lower(), tuple(known))


@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    """Kept, since a slip is often made in every shot of a film."""
    choices = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    return choices[found[0]] if found else None
