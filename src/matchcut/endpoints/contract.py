"""A contract: what one endpoint accepts, returns and asks for it. Values only, made from TOML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any


class Role(StrEnum):
    """What a parameter is for, whatever its name on the wire."""

    PROMPT = "prompt"
    NEGATIVE_PROMPT = "negative_prompt"
    START = "start"
    END = "end"
    CONTINUE = "continue"
    ELEMENTS = "elements"
    DURATION = "duration"
    RESOLUTION = "resolution"
    ASPECT = "aspect"
    FPS = "fps"
    SEED = "seed"
    AUDIO = "audio"
    EXPANSION = "expansion"


class Kind(StrEnum):
    """The type a parameter has on the wire."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    URL = "url"
    OBJECTS = "objects"


class Unit(StrEnum):
    """What a price is for."""

    SECOND = "second"
    VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the wire."""

    kind: Kind
    values: tuple[Any, ...] = ()
    """What may be sent; empty where that is not stated."""
    default: Any = None
    """What the endpoint assumes where nothing is sent; None where that is not stated."""
    required: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    max_characters: int | None = None
    formats: tuple[str, ...] = ()
    """Of a picture or clip, lower case; empty where that is not stated."""
    max_megabytes: int | None = None
    fields: tuple[str, ...] = ()
    """Of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """How an endpoint takes recurring characters."""

    tag: str
    """How the prompt names the n-th, as in `@Element{n}`."""
    frontal: str
    references: str
    max_references: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Parameters of which at most one may be sent."""

    parameters: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit costs under conditions, as one source said on one day."""

    usd: Decimal
    unit: Unit
    when: Mapping[str, Any]
    """Wire parameters and the values they must have."""
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one endpoint accepts and returns."""

    id: str
    name: str
    source: str
    read: date
    roles: Mapping[Role, str]
    parameters: Mapping[str, Parameter]
    elements: Elements | None = None
    exclusions: tuple[Exclusion, ...] = ()
    output_rate: Fraction | None = None
    """Frames a second of what comes back, where that is stated and not asked for."""
    prices: tuple[Price, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def parameter(self, role: Role) -> Parameter | None:
        """The parameter that plays a role, or None where the endpoint has none."""
        name = self.roles.get(role)
        return self.parameters[name] if name else None

    @property
    def takes_anchors(self) -> bool:
        """False for a prompt-only endpoint: no picture and no clip can be pinned to it."""
        return any(role in self.roles for role in (Role.START, Role.END, Role.CONTINUE))
