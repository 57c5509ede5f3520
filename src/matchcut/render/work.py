"""What the engine carries: a shot to be made, and a take that was, as plain JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from matchcut.plan.kept import Kept
from matchcut.plan.types import Expectation, PlannedShot
from matchcut.render.ledger import Take

REFERENCES = ("anchor://", "clip://", "still://")


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
            expectation=Expectation(
                width=expects["width"],
                height=expects["height"],
                rate=Fraction(expects["fps"]),
                frames=expects["frames"],
            )
            if expects
            else None,
            use=(Decimal(use[0]), Decimal(use[1])) if use else None,
            needs=tuple(raw["needs"]),
            footage=raw["footage"],
            cost_usd=None if cost is None else Decimal(cost),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTake:
    """A take with the frames of it that are shown."""

    take: Take
    kept: Kept

    def to_json(self) -> dict[str, Any]:
        """The take as the engine keeps it."""
        return {"take": self.take.to_json(), "kept": list(self.kept)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "KeptTake":
        """The reverse of `to_json`."""
        first, last = raw["kept"]
        return cls(take=Take.from_json(raw["take"]), kept=(first, last))


def references(value: Any) -> Iterator[str]:
    """Every reference in a request's arguments, however deep."""
    if isinstance(value, str):
        if value.startswith(REFERENCES):
            yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from references(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from references(entry)


def replaced(value: Any, by: Mapping[str, str]) -> Any:
    """The same arguments with each reference replaced."""
    if isinstance(value, str):
        return by.get(value, value)
    if isinstance(value, Mapping):
        return {key: replaced(entry, by) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(entry, by) for entry in value]
    return value
