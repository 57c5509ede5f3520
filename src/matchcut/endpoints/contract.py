"""A contract: what one endpoint accepts, returns and asks for it. Values only, made from TOML."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    FRAMES = "frames"
    """The length as a number of frames, on endpoints that take no seconds."""
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
    URLS = "urls"
    OBJECT = "object"
    OBJECTS = "objects"
    ANY = "any"
    """A type that an imported document states in no way that is understood; sent as written."""


class Unit(StrEnum):
    """What a price is for."""

    SECOND = "second"
    """A second of the clip that is asked for."""
    VIDEO = "video"
    """One clip, whatever its length."""
    THOUSAND_TOKENS = "thousand tokens"
    """Tokens are height x width x seconds x the price's `tokens_rate` / 1024."""


class Contained(StrEnum):
    """Whether the answer to a continued clip shows that clip again before it goes on."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


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
    video: str | None = None
    """Field of a video reference, where an element may have one; at most one element may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Parameters of which at most one may be sent."""

    parameters: tuple[str, ...]
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """Where `when` holds, each parameter of `then` must have one of its values."""

    when: Mapping[str, tuple[Any, ...]]
    then: Mapping[str, tuple[Any, ...]]
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A content that the endpoint is known to turn away, and in which roles."""

    what: str
    roles: tuple[Role, ...]
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What comes back: paths into the answer's JSON, as `video.url`, and what is known of the clip.

    A path that is None is not in the answer; a rate that is None is not documented.
    """

    video: str
    source: str
    read: date
    seed: str | None = None
    prompt: str | None = None
    """The prompt as the endpoint rewrote it."""
    rate: Fraction | None = None
    """Frames a second, where that is stated and not asked for."""
    seconds: Decimal | None = None
    """Length of the clip, where that is stated and cannot be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What is known of a clip that goes on from another."""

    contains_source: Contained
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit costs under conditions, as one source said on one day."""

    usd: Decimal
    unit: Unit
    when: Mapping[str, Any]
    """Wire parameters and the values they must have."""
    source: str
    read: date
    tokens_rate: int | None = None
    """Frames a second of the token formula; for `Unit.THOUSAND_TOKENS` only."""
    billed: bool = False
    """True where the source says that the answer's billable units are this price's units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long a clip is waited for, as one source said on one day."""

    per_second: Decimal
    """Typical seconds from sending to the answer, for each second of the clip; above 0."""
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request worked out by hand, which the estimate must give again."""

    send: Mapping[str, Any]
    """Wire parameters; what is not sent counts as its default."""
    usd: Decimal | None
    """None where the price of such a request is unknown."""
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one endpoint accepts and returns."""

    id: str
    name: str
    source: str
    read: date
    roles: Mapping[Role, str]
    parameters: Mapping[str, Parameter]
    output: Output
    elements: Elements | None = None
    exclusions: tuple[Exclusion, ...] = ()
    couplings: tuple[Coupling, ...] = ()
    continuation: Continuation | None = None
    refusals: tuple[Refusal, ...] = ()
    prices: tuple[Price, ...] = ()
    examples: tuple[Example, ...] = ()
    waiting: Waiting | None = None
    """None where no source says how long it takes."""
    notes: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    """Roles that an import guessed from names; empty in a contract that a person has read."""

    def parameter(self, role: Role) -> Parameter | None:
        """The parameter that plays a role, or None where the endpoint has none."""
        name = self.roles.get(role)
        return self.parameters[name] if name else None

    @property
    def takes_anchors(self) -> bool:
        """False for a prompt-only endpoint: no picture and no clip can be pinned to it."""
        return any(role in self.roles for role in (Role.START, Role.END, Role.CONTINUE))

    @property
    def reproducible(self) -> bool:
        """True where a result can be asked for again: the endpoint takes a seed."""
        return Role.SEED in self.roles
