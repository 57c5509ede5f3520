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
    Contract,
    Elements,
    Exclusion,
    Kind,
    Parameter,
    Price,
    Role,
    Unit,
)
from matchcut.errors import Code, MatchcutError


@cache
def shipped() -> Mapping[str, Contract]:
    """The contracts that come with matchcut, by endpoint id, in order of id."""
    folder = resources.files("matchcut.endpoints") / "contracts"
    read = [
        parse_contract(file.read_text("utf-8"), file.name)
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return MappingProxyType(
        {contract.id: contract for contract in sorted(read, key=lambda c: c.id)}
    )


def parse_contract(text: str, name: str) -> Contract:
    """Read one contract.

    Args:
        text: The TOML text.
        name: The file's name for messages.

    Returns:
        The contract.

    Raises:
        MatchcutError: `contract.broken` where the text is not TOML or lacks a piece.

    """
    try:
        return _contract(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        problem = f"it is not valid TOML: {error}"
    except KeyError as error:
        problem = f"{error} is missing"
    except (TypeError, ValueError, ArithmeticError) as error:
        problem = str(error)
    raise MatchcutError(
        Code.CONTRACT_BROKEN,
        f"this contract cannot be read: {problem}",
        where=name,
        fix="Compare it with a shipped contract.",
    )


def _contract(raw: dict[str, Any]) -> Contract:
    parameters = {name: _parameter(entry) for name, entry in raw["parameters"].items()}
    roles = {Role(role): name for role, name in raw["roles"].items()}
    unknown = sorted(set(roles.values()) - set(parameters))
    if unknown:
        raise ValueError(f"a role names a parameter that is not listed: {', '.join(unknown)}")
    output = raw.get("output", {})
    elements = raw.get("elements")
    return Contract(
        id=raw["id"],
        name=raw["name"],
        source=raw["source"],
        read=raw["read"],
        roles=MappingProxyType(roles),
        parameters=MappingProxyType(parameters),
        elements=Elements(**elements) if elements else None,
        exclusions=tuple(
            Exclusion(parameters=tuple(entry["parameters"]), source=entry["source"])
            for entry in raw.get("exclusions", ())
        ),
        output_rate=Fraction(output["fps"]) if "fps" in output else None,
        prices=tuple(_price(entry) for entry in raw.get("prices", ())),
        notes=tuple(raw.get("notes", ())),
    )


def _parameter(raw: dict[str, Any]) -> Parameter:
    known = dict(raw)
    known["kind"] = Kind(known.pop("type"))
    for key in ("values", "formats", "fields"):
        known[key] = tuple(known.get(key, ()))
    for key in ("minimum", "maximum"):
        if key in known:
            known[key] = Decimal(known[key])
    return Parameter(**known)


def _price(raw: dict[str, Any]) -> Price:
    return Price(
        usd=Decimal(raw["usd"]),
        unit=Unit(raw["unit"]),
        when=MappingProxyType(dict(raw.get("when", {}))),
        source=raw["source"],
        read=raw["read"],
    )
