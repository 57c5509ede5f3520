"""Contracts from their TOML files: the edge of this room, where files are read."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from matchcut.endpoints.contract import (
    Contained,
    Continuation,
    Contract,
    Coupling,
    Elements,
    Example,
    Exclusion,
    Kind,
    Output,
    Parameter,
    Price,
    Refusal,
    Role,
    Unit,
    Waiting,
)
from matchcut.endpoints.typed import mistyped
from matchcut.errors import Code, MatchcutError


@cache
def shipped() -> Mapping[str, Contract]:
    """The contracts that come with matchcut, by endpoint id, in order of id."""
    folder = resources.files("matchcut.endpoints") / "contracts"
    read = [
        parse_contract(file.read_text("utf-8"), file.name, tested=True)
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return MappingProxyType(
        {contract.id: contract for contract in sorted(read, key=lambda c: c.id)}
    )


def parse_contract(text: str, name: str, *, tested: bool = False) -> Contract:
    """Read one contract.

    Args:
        text: The TOML text.
        name: The file's name for messages.
        tested: The types of its values are held by a test already, and not looked at again.

    Returns:
        The contract.

    Raises:
        MatchcutError: `contract.broken` where the text is not TOML or lacks a piece.

    """
    try:
        contract = _contract(tomllib.loads(text, parse_float=Decimal))
        return contract if tested else _checked(contract)
    except tomllib.TOMLDecodeError as error:
        problem = f"it is not valid TOML: {error}"
    except KeyError as error:
        problem = f"{error} is missing"
    except RecursionError:
        problem = "it is nested too deeply"
    except (TypeError, ValueError, ArithmeticError) as error:
        problem = str(error)
    raise MatchcutError(
        Code.CONTRACT_BROKEN,
        f"this contract cannot be read: {problem}",
        where=name,
        fix="Compare it with a shipped contract.",
    )


def _checked(contract: Contract) -> Contract:
    wrong = mistyped(contract)
    if wrong:
        raise ValueError(wrong)
    return contract


def _contract(raw: dict[str, Any]) -> Contract:
    _known(raw, _KEYS, "the contract")
    for key in ("roles", "parameters", "output"):
        _must_be(raw[key], dict, f"`{key}`")
    parameters = {name: _parameter(name, entry) for name, entry in raw["parameters"].items()}
    roles = {Role(role): name for role, name in raw["roles"].items()}
    named = {
        *roles.values(),
        *(name for entry in raw.get("exclusions", ()) for name in entry["parameters"]),
        *(name for entry in raw.get("prices", ()) for name in entry.get("when", ())),
        *(name for entry in raw.get("couplings", ()) for name in (*entry["when"], *entry["then"])),
    }
    unknown = sorted(named - set(parameters))
    if unknown:
        raise ValueError(f"it names a parameter that is not listed: {', '.join(unknown)}")
    output = dict(raw["output"])
    if "rate" in output:
        output["rate"] = Fraction(output["rate"])
    if "seconds" in output:
        output["seconds"] = Decimal(output["seconds"])
    elements, continuation = raw.get("elements"), raw.get("continuation")
    return Contract(
        id=raw["id"],
        name=raw["name"],
        source=raw["source"],
        read=raw["read"],
        roles=MappingProxyType(roles),
        parameters=MappingProxyType(parameters),
        output=Output(**output),
        elements=Elements(**elements) if elements else None,
        exclusions=tuple(
            Exclusion(**{**entry, "parameters": tuple(entry["parameters"])})
            for entry in raw.get("exclusions", ())
        ),
        couplings=tuple(_coupling(entry) for entry in raw.get("couplings", ())),
        continuation=Continuation(
            **{**continuation, "contains_source": Contained(continuation["contains_source"])}
        )
        if continuation
        else None,
        refusals=tuple(
            Refusal(**{**entry, "roles": tuple(Role(role) for role in entry["roles"])})
            for entry in raw.get("refusals", ())
        ),
        prices=tuple(_price(entry) for entry in raw.get("prices", ())),
        examples=tuple(_example(entry) for entry in raw.get("examples", ())),
        waiting=_waiting(raw["waiting"]) if "waiting" in raw else None,
        notes=tuple(raw.get("notes", ())),
        inferred=tuple(raw.get("inferred", ())),
    )


_KEYS = frozenset(
    {
        *("id", "name", "source", "read", "notes", "inferred", "roles", "parameters", "output"),
        *("elements", "exclusions", "couplings", "continuation", "refusals", "prices", "examples"),
        "waiting",
    }
)


def _known(raw: dict[str, Any], keys: frozenset[str], where: str) -> None:
    odd = sorted(set(raw) - keys)
    if odd:
        raise ValueError(f"{where} has no key {', '.join(odd)}")


def _must_be(value: Any, kind: type, what: str) -> None:
    if not isinstance(value, kind):
        raise ValueError(f"{what} is no {'table' if kind is dict else 'list'}")  # noqa: TRY004


def _parameter(name: str, raw: dict[str, Any]) -> Parameter:
    _must_be(raw, dict, f"the parameter {name}")
    known = dict(raw)
    try:
        known["kind"] = Kind(known.pop("type"))
    except KeyError:
        raise ValueError(f"the parameter {name} has no type") from None
    for key in ("values", "formats", "fields"):
        _must_be(known.get(key, []), list, f"`{key}` of the parameter {name}")
        known[key] = tuple(known.get(key, ()))
    for key in ("minimum", "maximum"):
        if key in known:
            known[key] = Decimal(known[key])
    return Parameter(**known)


def _coupling(raw: dict[str, Any]) -> Coupling:
    sides = {
        side: MappingProxyType({name: tuple(values) for name, values in raw[side].items()})
        for side in ("when", "then")
    }
    return Coupling(**{**raw, **sides})


def _price(raw: dict[str, Any]) -> Price:
    price = Price(
        **{
            **raw,
            "usd": _usd(raw["usd"]),
            "unit": Unit(raw["unit"]),
            "when": MappingProxyType(dict(raw.get("when", {}))),
        }
    )
    if (price.unit is Unit.THOUSAND_TOKENS) != (price.tokens_rate is not None):
        raise ValueError("`tokens_rate` belongs to a price in thousand tokens, and to no other")
    return price


def _waiting(raw: dict[str, Any]) -> Waiting:
    _must_be(raw, dict, "`waiting`")
    waiting = Waiting(**{**raw, "per_second": Decimal(raw["per_second"])})
    if not waiting.per_second.is_finite() or waiting.per_second <= 0:
        raise ValueError("`per_second` of `waiting` is a number above 0")
    return waiting


def _example(raw: dict[str, Any]) -> Example:
    usd = None if raw["usd"] == "unknown" else _usd(raw["usd"])
    return Example(**{**raw, "usd": usd, "send": MappingProxyType(dict(raw["send"]))})


def _usd(text: Any) -> Decimal:
    """An amount, written as text so that no binary fraction comes near money."""
    if not isinstance(text, str):
        raise ValueError('an amount is written as text, as in "0.10"')  # noqa: TRY004 - one kind
    amount = Decimal(text)
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{text} is no amount")
    return amount
