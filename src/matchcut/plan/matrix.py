"""The chaining matrix: what each endpoint can be pinned to, asked for and what a second costs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice, product
from typing import Any

from matchcut.endpoints.contract import Contract, Kind, Role
from matchcut.endpoints.offered import lines, seconds
from matchcut.endpoints.together import coupled
from matchcut.plan.cost import estimate

_MOST_OFFERS = 500
"""Of one endpoint; those that are shipped have twenty at most."""
_SHAPE = (16, 9)
"""Prices by the picture's size are those of this shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What can be asked for at once, and what a second of it costs."""

    resolution: Any
    """As it goes over the wire; None where the endpoint has no such parameter."""
    audio: bool | None
    """None where the endpoint has no parameter for sound."""
    duration: Decimal | None
    """Seconds; None where it takes none, or chooses itself."""
    usd: Decimal | None
    """A second; where sources disagree, the highest. None where it is not known."""

    @property
    def lines(self) -> int | None:
        """How many lines the picture has, where its resolution's name says it."""
        return None if self.resolution is None else lines(str(self.resolution))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One endpoint in the matrix."""

    contract: Contract
    offers: tuple[Offer, ...]

    @property
    def usd(self) -> tuple[Decimal, Decimal] | None:
        """The lowest and the highest price of a second; None where none is known."""
        known = [offer.usd for offer in self.offers if offer.usd is not None]
        return (min(known), max(known)) if known else None

    @property
    def partly_unpriced(self) -> bool:
        """True where something of what it offers has no known price."""
        return any(offer.usd is None for offer in self.offers)

    def to_json(self) -> dict[str, Any]:
        """The row as JSON has it."""
        contract, usd = self.contract, self.usd
        taken = {
            role.value: _parameter(contract, role)
            for role in (
                *(Role.START, Role.END, Role.CONTINUE, Role.ELEMENTS, Role.SEED, Role.EXPANSION),
                *(Role.RESOLUTION, Role.DURATION, Role.ASPECT, Role.FPS, Role.AUDIO),
            )
        }
        return {
            "id": contract.id,
            "name": contract.name,
            **taken,
            "reproducible": contract.reproducible,
            "seconds": _number(contract.output.seconds),
            "rate": None if contract.output.rate is None else str(contract.output.rate),
            "usd_a_second": "unknown"
            if usd is None
            else {"lowest": str(usd[0]), "highest": str(usd[1])},
            "partly_unpriced": self.partly_unpriced,
            "inferred": list(contract.inferred),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What an endpoint must be able to do; all of it at once."""

    roles: frozenset[Role] = frozenset()
    min_lines: int | None = None
    max_usd: Decimal | None = None
    """A second."""

    def met(self, row: Row) -> bool | None:
        """Whether an endpoint can do it; None where that hangs on what is not known of it."""
        if not self.roles <= set(row.contract.roles):
            return False
        found = [self._offer_met(offer) for offer in row.offers]
        return True if True in found else None if None in found else False

    def _offer_met(self, offer: Offer) -> bool | None:
        if Role.AUDIO in self.roles and offer.audio is False:
            return False
        size = _at_most(self.min_lines, offer.lines) if self.min_lines is not None else True
        price = _at_most(offer.usd, self.max_usd) if self.max_usd is not None else True
        if False in (size, price):
            return False
        return None if None in (size, price) else True


def matrix(contracts: Iterable[Contract]) -> tuple[Row, ...]:
    """A row for each endpoint, in the order in which they come."""
    return tuple(Row(contract=one, offers=tuple(_offers(one))) for one in contracts)


def _offers(contract: Contract) -> Iterator[Offer]:
    """Every resolution, with and without sound, at the shortest and at the longest length."""
    sizes = _choices(contract, Role.RESOLUTION)
    sounds = _choices(contract, Role.AUDIO)
    lengths = _lengths(contract)
    for size, sound, length in islice(product(sizes, sounds, lengths), _MOST_OFFERS):
        asked = {
            contract.roles[role]: value
            for role, value in ((Role.RESOLUTION, size), (Role.AUDIO, sound))
            if value is not None
        }
        wire, duration = length
        if wire is not None:
            asked[contract.roles[Role.DURATION]] = wire
        if any(coupled(contract, asked)):
            continue
        yield Offer(
            resolution=size, audio=sound, duration=duration, usd=_usd(contract, asked, duration)
        )


def _usd(contract: Contract, asked: Mapping[str, Any], duration: Decimal | None) -> Decimal | None:
    """The price of a second of it; None where it is not known, or how long the clip will be."""
    tall = lines(str(asked.get(contract.roles.get(Role.RESOLUTION, ""))))
    size = None if tall is None else (2 * round(tall * _SHAPE[0] / _SHAPE[1] / 2), tall)
    cost = estimate(contract, asked, duration, size)
    return None if cost is None or not duration else cost / duration


def _choices(contract: Contract, role: Role) -> tuple[Any, ...]:
    parameter = contract.parameter(role)
    if parameter is None:
        return (None,)
    if parameter.kind is Kind.BOOLEAN:
        return (False, True)
    return parameter.values or (parameter.default,)


def _lengths(contract: Contract) -> tuple[tuple[Any, Decimal | None], ...]:
    """The shortest and the longest length, as on the wire and in seconds."""
    parameter = contract.parameter(Role.DURATION)
    if parameter is None:
        return ((None, contract.output.seconds),)
    stated: tuple[Any, ...] = parameter.values
    if not stated:
        stated = tuple(
            int(bound) for bound in (parameter.minimum, parameter.maximum) if bound is not None
        )
    known = [(one, length) for one in stated if (length := seconds(one))]
    if not known:
        return ((parameter.default, seconds(parameter.default)),)
    known.sort(key=lambda one: one[1])
    return tuple(dict.fromkeys((known[0], known[-1])))


def _parameter(contract: Contract, role: Role) -> dict[str, Any] | None:
    parameter = contract.parameter(role)
    if parameter is None:
        return None
    return {
        "parameter": contract.roles[role],
        "required": parameter.required,
        "values": [_number(value) for value in parameter.values],
        "default": _number(parameter.default),
        "minimum": _number(parameter.minimum),
        "maximum": _number(parameter.maximum),
    }


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _at_most(small: Any, large: Any) -> bool | None:
    """Whether one is not larger than the other; None where one of them is not known."""
    return None if small is None or large is None else small <= large
