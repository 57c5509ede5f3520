"""Roles to wire arguments, through the contract only: no endpoint is named in code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from matchcut.endpoints.contract import Contract, Role
from matchcut.endpoints.options import read_options
from matchcut.endpoints.problem import Problem, listed
from matchcut.findings import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A recurring character, as references to pictures."""

    frontal: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What a shot asks of an endpoint, in the film's own words. None asks for nothing."""

    prompt: str
    start: str | None = None
    end: str | None = None
    carried: str | None = None
    """The clip to continue."""
    elements: tuple[Element, ...] = ()
    duration: Decimal | None = None
    resolution: str | None = None
    aspect: Fraction
    rate: Fraction
    seed: int | None = None
    audio: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further parameters by their wire names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The arguments as they go over the wire, and what could not be bound."""

    arguments: Mapping[str, Any]
    seconds: Decimal | None
    """Length that is asked for; None where the endpoint chooses it."""
    rate: Fraction
    """Frames a second that the answer should have."""
    problems: tuple[Problem, ...]


def bind(contract: Contract, wants: Wants) -> Bound:
    """Bind what a shot wants to an endpoint's parameters.

    Anchors, end pictures and clips that the endpoint has no role for are left out: the rules of the
    plan refuse them with their reason, and such a request is never sent.

    Args:
        contract: What the endpoint accepts.
        wants: What the shot asks for.

    Returns:
        The arguments in the contract's order, with what could not be bound.

    """
    problems: list[Problem] = []
    values: dict[str, Any] = {}

    def put(role: Role, value: Any) -> None:
        if value is not None and role in contract.roles:
            values[contract.roles[role]] = value

    put(Role.PROMPT, _prompt(contract, wants.prompt, problems))
    put(Role.START, wants.start)
    put(Role.END, wants.end)
    put(Role.CONTINUE, wants.carried)
    put(Role.ELEMENTS, _elements(contract, wants.elements))
    put(Role.DURATION, _duration(contract, wants.duration, problems))
    put(Role.RESOLUTION, _resolution(contract, wants.resolution, problems))
    put(Role.ASPECT, _aspect(contract, wants.aspect, problems))
    put(Role.FPS, _fps(contract, wants.rate, problems))
    put(Role.SEED, _seed(contract, wants.seed, problems))
    put(Role.AUDIO, wants.audio)
    # Expansion rewrites the prompt: the locked subject would not stay word for word, and an end
    # frame is weakened (the founding text; Wan's own parameter is on where nothing is sent).
    put(Role.EXPANSION, False)
    values |= read_options(contract, wants.options, values, problems)
    ordered = {name: values[name] for name in contract.parameters if name in values}
    problems += _excluded(contract, ordered)
    return Bound(
        arguments=ordered,
        seconds=_seconds(contract, ordered),
        rate=_answered_rate(contract, ordered, wants.rate),
        problems=tuple(problems),
    )


def _prompt(contract: Contract, prompt: str, problems: list[Problem]) -> str:
    parameter = contract.parameter(Role.PROMPT)
    longest = parameter.max_characters if parameter else None
    if longest is not None and len(prompt) > longest:
        problems.append(
            Problem(
                id="prompt.too-long",
                key="prompt",
                message=f"the composed prompt has {len(prompt)} characters and {contract.name} "
                f"takes {longest}",
                fix="Shorten it; `matchcut plan --request` shows all that is in it.",
            )
        )
    return prompt


def _elements(contract: Contract, elements: tuple[Element, ...]) -> list[dict[str, Any]] | None:
    if contract.elements is None or not elements:
        return None
    names = contract.elements
    return [
        {names.frontal: element.frontal}
        | ({names.references: list(element.references)} if element.references else {})
        for element in elements
    ]


def _duration(contract: Contract, wanted: Decimal | None, problems: list[Problem]) -> Any:
    parameter = contract.parameter(Role.DURATION)
    if parameter is None:
        return None
    if wanted is None:
        if _as_seconds(parameter.default) is None:
            problems.append(
                Problem(
                    id="duration.unknown",
                    key="duration",
                    message=f"{contract.name} chooses the length itself where none is asked for, "
                    "and a cut needs to know it",
                    fix="Give the shot a `duration`.",
                )
            )
            return None
        return parameter.default
    offered = _lengths(parameter.values)
    if wanted in offered:
        return offered[wanted]
    lengths = sorted(length for length in offered if length is not None)
    near = min(lengths, key=lambda length: abs(length - wanted), default=None)
    problems.append(
        Problem(
            id="duration.not-offered",
            key="duration",
            message=f"{contract.name} does not make clips of {wanted} s",
            fix=f"Ask for {near} s, the nearest of {listed(lengths)}; `use` shows less of it.",
        )
    )
    return None


def _resolution(contract: Contract, wanted: str | None, problems: list[Problem]) -> Any:
    parameter = contract.parameter(Role.RESOLUTION)
    if parameter is None or wanted is None:
        return parameter.default if parameter else None
    if wanted in parameter.values or not parameter.values:
        return wanted
    height = lines(wanted)
    known = [value for value in parameter.values if lines(value) is not None]
    near = min(known, key=lambda v: abs((lines(v) or 0) - height)) if height and known else None
    problems.append(
        Problem(
            id="resolution.not-offered",
            key="resolution",
            message=f"{contract.name} does not offer {wanted}",
            fix=f"Write `resolution: {near or parameter.values[0]}` on this shot; "
            f"it offers {listed(parameter.values)}.",
        )
    )
    return None


def _aspect(contract: Contract, wanted: Fraction, problems: list[Problem]) -> Any:
    parameter = contract.parameter(Role.ASPECT)
    if parameter is None:
        return None
    for value in parameter.values:
        width, colon, height = str(value).partition(":")
        if colon and Fraction(int(width), int(height)) == wanted:
            return value
    problems.append(
        Problem(
            id="aspect.not-offered",
            key="endpoint",
            severity=Severity.WARNING,
            message=f"{contract.name} does not offer the canvas's shape "
            f"({wanted.numerator}:{wanted.denominator})",
            fix="Its picture will be fitted to the canvas with bars, never stretched; it offers "
            f"{listed(parameter.values)}.",
        )
    )
    return parameter.default


def _fps(contract: Contract, wanted: Fraction, problems: list[Problem]) -> Any:
    parameter = contract.parameter(Role.FPS)
    if parameter is None:
        return None
    if wanted in parameter.values:
        return int(wanted)
    near = min(parameter.values, key=lambda value: abs(value - wanted))
    problems.append(
        Problem(
            id="fps.not-offered",
            key="endpoint",
            severity=Severity.WARNING,
            message=f"{contract.name} does not make {wanted} frames a second; {near} is asked for",
            fix=f"Set the canvas to {near} fps, or accept that frames are repeated or dropped.",
        )
    )
    return near


def _seed(contract: Contract, wanted: int | None, problems: list[Problem]) -> Any:
    parameter = contract.parameter(Role.SEED)
    if parameter is None or wanted is None:
        return None
    if parameter.maximum is not None and wanted > parameter.maximum:
        problems.append(
            Problem(
                id="seed.out-of-range",
                key="seed",
                message=f"{contract.name} takes seeds up to {parameter.maximum}",
                fix="Write a smaller seed.",
            )
        )
        return None
    return wanted


def _excluded(contract: Contract, arguments: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(
            id="request.exclusive",
            key="endpoint",
            message=f"{contract.name} takes only one of {listed(rule.parameters)}",
            fix="Ask for one of them.",
        )
        for rule in contract.exclusions
        if sum(name in arguments for name in rule.parameters) > 1
    ]


def _seconds(contract: Contract, arguments: Mapping[str, Any]) -> Decimal | None:
    name = contract.roles.get(Role.DURATION)
    return _as_seconds(arguments.get(name)) if name else None


def _answered_rate(contract: Contract, arguments: Mapping[str, Any], canvas: Fraction) -> Fraction:
    asked = arguments.get(contract.roles.get(Role.FPS, ""))
    return Fraction(asked) if asked else contract.output.rate or canvas


@lru_cache
def _lengths(values: tuple[Any, ...]) -> Mapping[Decimal | None, Any]:
    """Durations on the wire by what they are in seconds; None stands for `auto`."""
    return {_as_seconds(value): value for value in values}


def _as_seconds(value: Any) -> Decimal | None:
    """A duration on the wire, `"6"`, `6` or `"6s"`, in seconds; None for `auto` and the like."""
    text = str(value).removesuffix("s")
    return Decimal(text) if text.isdigit() else None


def lines(resolution: str) -> int | None:
    """The lines that a resolution's name stands for: 720 for `720p`, 2160 for `4k`.

    None where the name says none.
    """
    text = resolution.lower()
    if text.endswith("k") and text[:-1].isdigit():
        return int(text[:-1]) * 540
    return int(text[:-1]) if text.endswith("p") and text[:-1].isdigit() else None
