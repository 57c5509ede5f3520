"""A film as its writer sees it. Pure values; the JSON Schema that editors use is made from them."""

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

RATES: Mapping[int | str, Fraction] = {
    **{rate: Fraction(rate) for rate in (24, 25, 30, 48, 50, 60)},
    **{f"{n}/1001": Fraction(n, 1001) for n in (24000, 30000, 60000)},
}
"""Frame rates a canvas may have, as written and as a fraction."""

LONGEST_SECONDS = 3600
LARGEST_USD = 10_000_000
SMALLEST_SIDE, LARGEST_SIDE = 64, 8192


class Join(StrEnum):
    """How a shot meets the one before it."""

    MATCH = "match"
    """Its start anchor is the previous clip's out frame."""
    CONTINUE = "continue"
    """The previous clip itself is handed over, where the endpoint takes video."""
    STILL = "still"
    """The previous shot's `end` still is also this shot's start."""
    CUT = "cut"
    """No relation."""


class AnchorPolicy(StrEnum):
    """Who approves the frames that other shots are pinned to."""

    REVIEW = "review"
    """A person looks at each one before anything is made from it."""
    AUTO = "auto"
    """The measures decide; a person is asked only where they cannot."""


class Fit(StrEnum):
    """How a picture of another shape than the canvas is brought to it; it is never stretched."""

    CROP = "crop"
    """The largest part of that shape, out of the middle."""
    PAD = "pad"
    """The whole picture, with black bars."""


def _wrong(kind: str, message: str, fix: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message, "fix": fix})


def _rate(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (int, str)) and not isinstance(value, bool) and value in RATES:
        return RATES[value]
    near = _near_rate(value)
    if near:
        raise _wrong("fps", f"{value} is only near to the rate that is meant", f'Write "{near}".')
    offered = ", ".join(str(rate) if isinstance(rate, int) else f'"{rate}"' for rate in RATES)
    raise _wrong(
        "fps", f"{value} is not a frame rate a canvas can have", f"Write one of {offered}."
    )


def _near_rate(value: object) -> str | None:
    """`24000/1001` for `23.976` and the like."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    for written, rate in RATES.items():
        if isinstance(written, str) and abs(Fraction(value) - rate) < Fraction(1, 50):
            return written
    return None


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wrong(
            "number", f"{_shown(value)} is not a number", "Write a number, without quotes."
        )
    return Decimal(str(value))


def _money(value: object) -> Decimal:
    if isinstance(value, str) and value.isascii():
        try:
            value = Decimal(value)
        except ArithmeticError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wrong("money", "this is not an amount in US dollars", 'Write it as in "25.00".')
    amount = Decimal(str(value))
    if not amount.is_finite() or not 0 <= amount <= LARGEST_USD:
        raise _wrong(
            "money",
            "this is not an amount that a film can cost",
            f'Write it as in "25.00", from 0 to {LARGEST_USD}.',
        )
    return amount


def _title(value: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in value):
        raise _wrong(
            "title", "a title is one line of text, without control characters", "Write it anew."
        )
    return value


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - fits a terminal line


def _even(value: int) -> int:
    if value % 2:
        raise _wrong(
            "even",
            f"{value} is odd, and H.264 in 4:2:0 has even sizes only",
            f"Write {value + 1} or {value - 1}.",
        )
    return value


def _ordered(value: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    if value[0] >= value[1]:
        raise _wrong(
            "use",
            f"use starts at {value[0]} s and ends at {value[1]} s, so nothing would be shown",
            "Write [from, to] in seconds of the clip, the second larger than the first.",
        )
    return value


def _pair(value: object) -> object:
    if isinstance(value, list | tuple) and len(value) == 2:  # noqa: PLR2004 - from and to
        return tuple(value)
    raise _wrong("use", "use takes two numbers", "Write [from, to] in seconds, as in [0, 4.5].")


def _seconds(value: object) -> Decimal:
    number = _number(value)
    if 0 <= number <= LONGEST_SECONDS:
        return number
    raise _wrong(
        "seconds",
        f"{_shown(value)} seconds is out of range",
        f"Write a number from 0 to {LONGEST_SECONDS}.",
    )


def _positive(value: Decimal) -> Decimal:
    if value == 0:
        raise _wrong("seconds", "a shot of no length shows nothing", "Write a number above 0.")
    return value


Rate = Annotated[
    Fraction,
    BeforeValidator(_rate),
    WithJsonSchema({"enum": list(RATES), "description": "Frames a second."}),
]
Moment = Annotated[
    Decimal,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": LONGEST_SECONDS}),
]
Seconds = Annotated[
    Decimal,
    BeforeValidator(_seconds),
    AfterValidator(_positive),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_SECONDS}),
]
Use = Annotated[
    tuple[Moment, Moment],
    BeforeValidator(_pair),
    AfterValidator(_ordered),
    WithJsonSchema(
        {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 2, "maxItems": 2}
    ),
]
Usd = Annotated[
    Decimal,
    BeforeValidator(_money),
    WithJsonSchema({"type": ["string", "number"], "examples": ["25.00"]}),
]
Side = Annotated[int, Field(ge=SMALLEST_SIDE, le=LARGEST_SIDE), AfterValidator(_even)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
Words = Annotated[str, Field(max_length=20_000)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


class _Part(BaseModel):
    """A part of a film: immutable, and with no room for keys that mean nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)


class Canvas(_Part):
    """The finished picture."""

    width: Side = Field(description="Pixels, even.")
    height: Side = Field(description="Pixels, even.")
    fps: Rate

    @property
    def aspect(self) -> Fraction:
        """Width over height."""
        return Fraction(self.width, self.height)


class Look(_Part):
    """What every shot shares; it opens each prompt, in this order."""

    style: Words | None = None
    lens: Words | None = None
    depth_of_field: Words | None = None
    light: Words | None = None


class CastMember(_Part):
    """Somebody or something that comes back; written `{name}` in a prompt."""

    subject: Text = Field(description="The locked description, used word for word.")
    frontal: str | None = Field(default=None, description="A picture seen from the front.")
    references: tuple[str, ...] = Field(
        default=(), strict=False, description="More pictures of the same subject."
    )


class Defaults(_Part):
    """What a shot has where it says nothing itself."""

    endpoint: str | None = Field(
        default=None, description="Id of a hosted model, as in `plan` output."
    )
    duration: Seconds | None = Field(default=None, description="Seconds asked of the endpoint.")
    resolution: str | None = Field(
        default=None, description="As the endpoint writes it, for instance 720p."
    )
    audio: bool | None = Field(
        default=None, description="Ask the endpoint for sound. Off unless said."
    )
    seed: Seed | None = None


class Shot(_Part):
    """One planned piece of picture."""

    id: Name = Field(description="Letters, digits, - and _; also the name of its files.")
    prompt: Words = Field(default="", description="What happens. {name} stands for a cast member.")
    hero: bool = Field(
        default=False, description="Rendered first, from its own start, clip or prompt."
    )
    join: Join | None = Field(
        default=None, strict=False, description="How it meets the shot before: match unless said."
    )
    start: str | None = Field(default=None, description="A still, relative to the film file.")
    end: str | None = Field(default=None, description="A still that the shot ends on.")
    clip: str | None = Field(
        default=None,
        description="Own footage; nothing is generated. It is shown as it is, up to the frame that "
        "the next shot starts on.",
    )
    camera: Words | None = Field(default=None, description="What the camera does and from where.")
    background: Words | None = Field(default=None, description="What is behind the action.")
    endpoint: str | None = Field(default=None, description="Id of a hosted model.")
    duration: Seconds | None = Field(default=None, description="Seconds asked of the endpoint.")
    resolution: str | None = Field(default=None, description="As the endpoint writes it.")
    audio: bool | None = Field(default=None, description="Ask the endpoint for sound.")
    seed: Seed | None = None
    fit: Fit | None = Field(
        default=None,
        strict=False,
        description="crop or pad: how its stills are brought to the canvas's shape.",
    )
    use: Use | None = Field(
        default=None, description="[from, to] in seconds of the clip: what is shown of it."
    )
    anchor: AnchorPolicy | None = Field(
        default=None,
        strict=False,
        description="Who approves the frames that its neighbours are pinned to: review or auto.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="Further parameters of the endpoint, by their wire names."
    )


class Film(_Part):
    """A written film."""

    schema_: str | None = Field(default=None, alias="$schema", description="For editors only.")
    title: Annotated[Text, AfterValidator(_title)]
    canvas: Canvas
    budget_usd: Usd | None = Field(
        default=None, description="A hard stop for paid renders, US dollars."
    )
    anchor: AnchorPolicy | None = Field(
        default=None,
        strict=False,
        description="Who approves the frames that shots are pinned to: review (a person, each of "
        "them) or auto (the measures, and a person where they cannot). Unless said, review for "
        "hosted endpoints and auto for rehearsals.",
    )
    fit: Fit = Field(
        default=Fit.CROP,
        strict=False,
        description="crop or pad (black bars): how stills of another shape are brought to the "
        "canvas's.",
    )
    correct_drift: bool = Field(
        default=True,
        description="Take back what has become of a hero's tones along a chain before a frame is "
        "handed on: a few per cent at most, and shown.",
    )
    look: Look = Look()
    cast: dict[Name, CastMember] = Field(default_factory=dict)
    defaults: Defaults = Defaults()
    shots: tuple[Shot, ...] = Field(min_length=1, max_length=100_000, strict=False)

    def join(self, index: int) -> Join:
        """How the shot at `index` meets the one before: the first is a cut, others match."""
        return self.shots[index].join or (Join.CUT if index == 0 else Join.MATCH)

    def is_bridge(self, index: int) -> bool:
        """True where the next shot is a hero that this one must land on."""
        after = index + 1
        return (
            after < len(self.shots)
            and self.shots[after].hero
            and self.join(after) is Join.MATCH
            and not self.shots[index].hero
        )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a film file (draft 2020-12)."""
    schema = Film.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Generated from matchcut's types; do not edit.",
        **schema,
    }
