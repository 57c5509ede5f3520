"""Roles to wire arguments, through the contract only: no endpoint is named in code."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from matchcut.endpoints import offered
from matchcut.endpoints.contract import Contract, Kind, Role
from matchcut.endpoints.options import OFF, Elsewhere, read_options
from matchcut.endpoints.problem import Problem
from matchcut.endpoints.together import coupled, exclusive


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


def bind(contract: Contract, wants: Wants, elsewhere: Elsewhere | None = None) -> Bound:
    """Bind what a shot wants to an endpoint's parameters.

    Anchors, end pictures and clips that the endpoint has no role for are left out: the rules of the
    plan refuse them with their reason, and such a request is never sent.

    Args:
        contract: What the endpoint accepts.
        wants: What the shot asks for.
        elsewhere: Wire names of other endpoints, from `names_elsewhere`: an option that is right
            only there is told its name here.

    Returns:
        The arguments in the contract's order, with what could not be bound.

    """
    problems: list[Problem] = []
    fps = offered.fps(contract, wants.rate, problems)
    counted = None if fps is None else offered.seconds(fps)
    rate = contract.output.rate if counted is None else Fraction(counted)
    asked = {
        Role.PROMPT: _prompt(contract, wants.prompt, problems),
        Role.START: wants.start,
        Role.END: wants.end,
        Role.CONTINUE: wants.carried,
        Role.ELEMENTS: _elements(contract, wants.elements),
        Role.DURATION: None
        if Role.FRAMES in contract.roles
        else offered.duration(contract, wants.duration, problems),
        Role.FRAMES: offered.frames(contract, wants.duration, rate, problems),
        Role.RESOLUTION: offered.resolution(contract, wants.resolution, problems),
        Role.ASPECT: offered.aspect(contract, wants.aspect, problems),
        Role.FPS: fps,
        Role.SEED: offered.seed(contract, wants.seed, problems),
        Role.AUDIO: _switch(contract, Role.AUDIO, on=wants.audio),
        # Expansion rewrites the prompt: the locked subject would not stay word for word, and an end
        # frame is weakened (the founding text; Wan's own parameter is on where nothing is sent).
        Role.EXPANSION: _switch(contract, Role.EXPANSION, on=False),
    }
    values = {
        name: asked[role] for role, name in contract.roles.items() if asked.get(role) is not None
    }
    values |= read_options(contract, wants.options, values, problems, elsewhere)
    ordered = {name: values[name] for name in contract.parameters if name in values}
    if contract.exclusions:
        problems += exclusive(contract, ordered, wants.options)
    if contract.couplings:
        problems += coupled(contract, ordered)
    return Bound(
        arguments=ordered,
        seconds=_seconds(contract, ordered),
        rate=_answered_rate(contract, ordered, wants.rate),
        problems=tuple(problems),
    )


def names_elsewhere(contracts: Iterable[Contract]) -> Elsewhere:
    """The wire names of all these endpoints, each with the roles it plays, the commonest first."""
    counts: dict[str, Counter[Role]] = {}
    for contract in contracts:
        for role, name in contract.roles.items():
            counts.setdefault(name, Counter())[role] += 1
    return {name: tuple(role for role, _ in roles.most_common()) for name, roles in counts.items()}


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


def _switch(contract: Contract, role: Role, *, on: bool) -> Any:
    """On or off in the endpoint's own values; None where it has no word for it."""
    parameter = contract.parameter(role)
    if parameter is None:
        return None
    if parameter.kind in (Kind.BOOLEAN, Kind.ANY):
        return on
    return next((value for value in parameter.values if value in (_ON if on else OFF)), None)


_ON = (True, "enabled", "on", "true")


def _seconds(contract: Contract, arguments: Mapping[str, Any]) -> Decimal | None:
    frames = arguments.get(contract.roles.get(Role.FRAMES, ""))
    if frames is not None:
        asked = offered.seconds(arguments.get(contract.roles.get(Role.FPS, "")))
        rate = contract.output.rate if asked is None else Fraction(asked)
        return Decimal(frames) * rate.denominator / rate.numerator if rate else None
    name = contract.roles.get(Role.DURATION)
    return offered.seconds(arguments.get(name)) if name else contract.output.seconds


def _answered_rate(contract: Contract, arguments: Mapping[str, Any], canvas: Fraction) -> Fraction:
    asked = arguments.get(contract.roles.get(Role.FPS, ""))
    number = None if asked is None else offered.seconds(asked)
    if number is None:
        return contract.output.rate or canvas
    # A rate as 24000/1001 goes over the wire as a decimal number, and is meant exactly.
    return canvas if str(asked) == str(float(canvas)) else Fraction(number)
