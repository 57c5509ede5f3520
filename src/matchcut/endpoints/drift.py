"""A contract against the endpoint's live document: what is not as it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from matchcut.endpoints.contract import Contract, Kind, Parameter
from matchcut.endpoints.problem import listed
from matchcut.findings import Severity

_TEXTS = (Kind.STRING, Kind.URL)
"""Both are text on the wire; which of them one is, is told from the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as the contract has it.

    An `error` can have requests refused, or make something else of them; a `warning` changes what
    comes back; an `info` offers more than the contract knows.
    """

    severity: Severity
    where: str
    """The parameter's wire name, or `output`."""
    message: str

    def to_json(self) -> dict[str, str]:
        """The difference as JSON has it."""
        return {
            "severity": self.severity.value,
            "where": self.where,
            "message": self.message,
        }


def drift(contract: Contract, live: Contract) -> tuple[Difference, ...]:
    """Compare.

    Roles, limits of files, prices and notes are left out: a document states none of them. A limit
    that the contract has and the document does not is no difference; it may come from a page.

    Args:
        contract: What matchcut goes by.
        live: Read from the endpoint's document of today.

    Returns:
        What differs, parameter by parameter, in the contract's order; empty where nothing does.

    """
    found: list[Difference] = []
    for name, was in contract.parameters.items():
        now = live.parameters.get(name)
        if now is None:
            found.append(_one(Severity.ERROR, name, "it is not there any more"))
        else:
            found += _parameter(name, was, now)
    for name, now in live.parameters.items():
        if name not in contract.parameters:
            severity = Severity.ERROR if now.required else Severity.INFO
            must = ", and must be given" if now.required else ""
            found.append(_one(severity, name, f"it is new{must}: {_offers(now)}"))
    found += _output(contract, live)
    return tuple(found)


def _parameter(name: str, was: Parameter, now: Parameter) -> Iterator[Difference]:
    if _wire(was.kind) != _wire(now.kind) and Kind.ANY not in (was.kind, now.kind):
        yield _one(Severity.ERROR, name, f"it was {was.kind.value} and is {now.kind.value}")
        return
    if was.required != now.required:
        yield _one(
            Severity.ERROR if now.required else Severity.INFO,
            name,
            "it must be given now" if now.required else "it need not be given any more",
        )
    yield from _values(name, was, now)
    if _default(was) != _default(now):
        yield _one(
            Severity.WARNING,
            name,
            f"its default was {_or_none(was.default)} and is {_or_none(now.default)}",
        )
    yield from _limits(name, was, now)
    gone = [one for one in was.fields if one not in now.fields]
    more = [one for one in now.fields if one not in was.fields]
    if gone:
        yield _one(Severity.ERROR, name, f"it has lost the fields {listed(gone)}")
    if more and was.fields:
        yield _one(Severity.INFO, name, f"it has the new fields {listed(more)}")


def _values(name: str, was: Parameter, now: Parameter) -> Iterator[Difference]:
    before, after = _listed(was, now), _listed(now, was)
    if before and not after:
        yield _one(Severity.WARNING, name, f"its values are not listed any more: {listed(before)}")
        return
    gone = [value for value in before if not _among(value, after)]
    more = [value for value in after if not _among(value, before)]
    if gone:
        yield _one(Severity.ERROR, name, f"it does not take {listed(gone)} any more")
    if more and before:
        yield _one(Severity.INFO, name, f"it takes {listed(more)} too")
    elif more:
        yield _one(Severity.WARNING, name, f"it takes nothing but {listed(more)} now")


def _listed(one: Parameter, other: Parameter) -> tuple[Any, ...]:
    """Its values; whole numbers between two bounds are values where the other lists them."""
    low, high = one.minimum, one.maximum
    if one.values or not other.values or one.kind is not Kind.INTEGER:
        return one.values
    if low is None or high is None or high - low > len(other.values) + _NEAR:
        return ()
    return tuple(range(int(low), int(high) + 1))


_NEAR = 1000


def _limits(name: str, was: Parameter, now: Parameter) -> Iterator[Difference]:
    limits: tuple[tuple[str, str, int], ...] = (
        ("minimum", "its smallest value", 1),
        ("maximum", "its largest value", -1),
        ("max_characters", "its longest text", -1),
    )
    for attribute, what, narrower in limits:
        before: Decimal | int | None = getattr(was, attribute)
        after: Decimal | int | None = getattr(now, attribute)
        if after is None or before == after or (before is None and was.values):
            continue
        narrow = before is None or (after - before) * narrower > 0
        yield _one(
            Severity.ERROR if narrow else Severity.INFO,
            name,
            f"{what} was {_or_none(before)} and is {after}",
        )


def _output(contract: Contract, live: Contract) -> Iterator[Difference]:
    before, after = contract.output, live.output
    if before.video != after.video:
        yield _one(
            Severity.ERROR, "output", f"the clip was at {before.video} and is at {after.video}"
        )
    for what, was, now in (
        ("seed", before.seed, after.seed),
        ("prompt", before.prompt, after.prompt),
    ):
        if was != now:
            yield _one(
                Severity.INFO if was is None else Severity.WARNING,
                "output",
                f"the {what} was at {_or_none(was)} and is at {_or_none(now)}",
            )


def _wire(kind: Kind) -> Kind:
    return Kind.STRING if kind in _TEXTS else kind


def _default(parameter: Parameter) -> Any:
    """A default as far as it counts.

    The endpoint map that contracts were made from leaves out defaults that are off or zero, so
    `false` and nothing cannot be told apart.
    """
    value = parameter.default
    return None if isinstance(value, bool | int | Decimal | str) and not value else value


def _among(value: Any, values: tuple[Any, ...]) -> bool:
    return any(value == one and isinstance(value, str) == isinstance(one, str) for one in values)


def _offers(parameter: Parameter) -> str:
    values = f" of {listed(parameter.values)}" if parameter.values else ""
    default = f", {parameter.default} by default" if parameter.default is not None else ""
    return f"{parameter.kind.value}{values}{default}"


def _or_none(value: Any) -> str:
    return "not stated" if value is None else str(value)


def _one(severity: Severity, where: str, message: str) -> Difference:
    return Difference(severity=severity, where=where, message=message)
