"""What an endpoint does not take, as a value that a rule of the plan gives its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from matchcut.findings import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something the endpoint does not take; `key` is the film's word it stands at."""

    id: str
    key: str
    message: str
    fix: str
    severity: Severity = Severity.ERROR


def listed(values: Iterable[Any]) -> str:
    """Values as a person reads them: `4, 5, 6`."""
    return ", ".join(str(value) for value in values)
