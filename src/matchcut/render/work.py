"""What the engine carries: a shot to be made, and a take that was, as plain JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from matchcut.plan.kept import Kept
from matchcut.plan.reference import is_reference
from matchcut.plan.types import Expectation, PlannedShot
from matchcut.render.ledger import Take

_CARRIERS = ("start", "end", "continue", "elements")
"""Roles whose arguments are references; text elsewhere is text, whatever it looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One shot as the workflow sees it."""

    shot: str
    endpoint: str | None
    arguments: Mapping[str, Any]
    roles: Mapping[str, str]
    expectation: Expectation | None
    use: tuple[Decimal, Decimal] | None
    needs: tuple[str, ...]
    footage: str | None
    """Own footage, as written in the film; there is nothing to generate then."""
    cost_usd: Decimal | None

    @classmethod
    def of(cls, shot: PlannedShot) -> "Work":
        """The work that a planned shot is."""
        return cls(
            shot=shot.id,
            endpoint=shot.endpoint,
            arguments=shot.request.arguments if shot.request else {},
            roles=shot.roles,
            expectation=shot.expectation,
            use=shot.use,
            needs=shot.needs,
            footage=shot.clip,
            cost_usd=shot.cost_usd,
        )

    def to_json(self) -> dict[str, Any]:
        """The work as the engine keeps it."""
        return {
            "shot": self.shot,
            "endpoint": self.endpoint,
            "arguments": dict(self.arguments),
            "roles": dict(self.roles),
            "expectation": self.expectation.to_json() if self.expectation else None,
            "use": [str(moment) for moment in self.use] if self.use else None,
            "needs": list(self.needs),
            "footage": self.footage,
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Work":
        """The reverse of `to_json`."""
        expects, use, cost = raw["expectation"], raw["use"], raw["cost_usd"]
        return cls(
            shot=raw["shot"],
            endpoint=raw["endpoint"],
            arguments=raw["arguments"],
            roles=raw["roles"],
            expectation=Expectation.from_json(expects) if expects else None,
            use=(Decimal(use[0]), Decimal(use[1])) if use else None,
            needs=tuple(raw["needs"]),
            footage=raw["footage"],
            cost_usd=None if cost is None else Decimal(cost),
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Every reference in the arguments, each once."""
        return tuple(
            dict.fromkeys(_references([self.arguments.get(name) for name in self._carriers]))
        )

    def replaced(self, by: Mapping[str, str]) -> dict[str, Any]:
        """The arguments with each reference replaced."""
        return replace_references(self.arguments, self.roles, by)

    @property
    def _carriers(self) -> tuple[str, ...]:
        return tuple(self.roles[role] for role in _CARRIERS if role in self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTake:
    """A take with the frames of it that are shown."""

    take: Take
    kept: Kept
    span: Fraction
    """How long those frames are shown, seconds."""

    def to_json(self) -> dict[str, Any]:
        """The take as the engine keeps it."""
        return {"take": self.take.to_json(), "kept": list(self.kept), "span": str(self.span)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "KeptTake":
        """The reverse of `to_json`."""
        first, last = raw["kept"]
        return cls(take=Take.from_json(raw["take"]), kept=(first, last), span=Fraction(raw["span"]))


def replace_references(
    arguments: Mapping[str, Any], roles: Mapping[str, str], by: Mapping[str, str]
) -> dict[str, Any]:
    """A request's arguments with each reference replaced.

    Args:
        arguments: By wire name.
        roles: Role to wire name; only arguments that carry pictures or clips are looked at.
        by: What stands for each reference.

    """
    carriers = {roles[role] for role in _CARRIERS if role in roles}
    return {
        name: _replaced(value, by) if name in carriers else value
        for name, value in arguments.items()
    }


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if is_reference(value):
            yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _references(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _references(entry)


def _replaced(value: Any, by: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return by.get(value, value)
    if isinstance(value, Mapping):
        return {key: _replaced(entry, by) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(entry, by) for entry in value]
    return value
