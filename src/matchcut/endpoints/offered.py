"""Length, size, shape, rate and seed: what a film asks for against what an endpoint offers.

Each function gives the value as it goes over the wire, or None, and says what could not be had with
the nearest that can.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from matchcut.endpoints.contract import Contract, Kind, Parameter, Role
from matchcut.endpoints.problem import Problem, listed
from matchcut.findings import Severity


def duration(contract: Contract, wanted: Decimal | None, problems: list[Problem]) -> Any:
    """A length in seconds, as the endpoint writes it."""
    parameter = contract.parameter(Role.DURATION)
    if parameter is None:
        problems += _of_one_length(contract, wanted)
        return None
    if wanted is None:
        if seconds(parameter.default) is None:
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
        return sendable(parameter.default)
    lengths = _lengths(parameter.values)
    if wanted in lengths:
        return lengths[wanted]
    near = _nearest(parameter, lengths, wanted)
    if near == wanted:
        return _written(parameter, wanted)
    longer = min((length for length in lengths if length > wanted), default=near)
    also = f", or for {longer} s" if longer not in (near, None) else ""
    part = "; `use` shows less of it" if longer and longer > wanted else ""
    problems.append(
        Problem(
            id="duration.not-offered",
            key="duration",
            message=f"{contract.name} does not make clips of {wanted} s",
            fix=f"Ask for {near} s, the nearest of {_taken(parameter, lengths)}{also}{part}.",
        )
    )
    return None


def _of_one_length(contract: Contract, wanted: Decimal | None) -> list[Problem]:
    """What is to be said of an endpoint that cannot be asked for a length."""
    only = contract.output.seconds
    if only is None:
        message = f"{contract.name} takes no length in seconds, and how long its clips are is not "
        fix = "Use an endpoint that takes a `duration`: a cut needs to know it."
        return [Problem(id="duration.unknown", key="duration", message=f"{message}known", fix=fix)]
    if wanted in (None, only):
        return []
    message = f"{contract.name} makes clips of {only} s and no others"
    fix = f"Write `duration: {only}`; `use` shows less of it."
    return [Problem(id="duration.not-offered", key="duration", message=message, fix=fix)]


def frames(
    contract: Contract, wanted: Decimal | None, rate: Fraction | None, problems: list[Problem]
) -> Any:
    """A length in frames at the rate of the clip, for an endpoint that takes no seconds."""
    parameter = contract.parameter(Role.FRAMES)
    if parameter is None or Role.DURATION in contract.roles:
        return None
    if not rate or (wanted is None and parameter.default is None):
        problems.append(
            Problem(
                id="duration.unknown",
                key="duration",
                message=f"{contract.name} takes its length in frames, and "
                + ("how many it makes is not known" if rate else "their rate is not known"),
                fix="Give the shot a `duration`."
                if rate
                else "Write the rate into the contract's `[output]`, or use another endpoint.",
            )
        )
        return None
    if wanted is None:
        return parameter.default
    counts = _lengths(parameter.values)
    exact = wanted * rate.numerator / rate.denominator
    near = _nearest(parameter, counts, exact)
    if near is None:
        return parameter.default
    if abs(near - exact) > Decimal("0.5"):
        length = round(near * rate.denominator / rate.numerator, 3)
        problems.append(
            Problem(
                id="duration.not-offered",
                key="duration",
                message=f"{contract.name} does not make clips of {wanted} s: that is {exact:f} "
                f"frames at {rate} a second",
                fix=f"Ask for {length.normalize():f} s, {near:f} frames, the nearest of "
                f"{_taken(parameter, counts)}.",
            )
        )
        return None
    return counts[near] if near in counts else _written(parameter, near)


def resolution(contract: Contract, wanted: str | None, problems: list[Problem]) -> Any:
    """A size by its name, as in `720p`."""
    parameter = contract.parameter(Role.RESOLUTION)
    if parameter is None or wanted is None:
        return parameter.default if parameter else None
    if wanted in parameter.values or not parameter.values:
        return wanted
    height = lines(wanted) or lines(f"{wanted}p")
    known = [value for value in parameter.values if lines(value) is not None]
    near = min(known, key=lambda v: abs((lines(v) or 0) - height)) if height and known else None
    problems.append(
        Problem(
            id="resolution.not-offered",
            key="resolution",
            message=f"{contract.name} does not offer {wanted}",
            fix=f"Write `resolution: {near or parameter.values[0]}`; it offers "
            f"{listed(parameter.values)}.",
        )
    )
    return None


def aspect(contract: Contract, wanted: Fraction, problems: list[Problem]) -> Any:
    """The canvas's shape, as in `16:9`."""
    parameter = contract.parameter(Role.ASPECT)
    if parameter is None:
        return None
    if not parameter.values:
        return f"{wanted.numerator}:{wanted.denominator}"
    shapes = _shapes(parameter.values)
    if wanted in shapes:
        return shapes[wanted]
    problems.append(
        Problem(
            id="aspect.not-offered",
            key="endpoint",
            severity=Severity.WARNING,
            message=f"{contract.name} does not offer the canvas's shape "
            f"({wanted.numerator}:{wanted.denominator})",
            fix="What it makes fills the canvas, and what does not fit is cut off; it offers "
            f"{listed(parameter.values)}.",
        )
    )
    return parameter.default


def shape(contract: Contract, wanted: Fraction) -> Fraction:
    """The wanted shape where it is offered or nothing is said of shapes, else the first offered."""
    parameter = contract.parameter(Role.ASPECT)
    shapes = _shapes(parameter.values) if parameter else {}
    return wanted if wanted in shapes else next(iter(shapes), wanted)


def fps(contract: Contract, wanted: Fraction, problems: list[Problem]) -> Any:
    """The canvas's rate, or the nearest that is offered.

    A rate that is not offered is a warning and no error: frames are placed by their time, so that
    nothing changes its speed, and some are repeated or dropped.
    """
    parameter = contract.parameter(Role.FPS)
    if parameter is None:
        return None
    rates = _lengths(parameter.values)
    exact = Decimal(wanted.numerator) / wanted.denominator
    near = _nearest(parameter, rates, exact)
    if near is None:
        return parameter.default
    if near != exact:
        problems.append(
            Problem(
                id="fps.not-offered",
                key="endpoint",
                severity=Severity.WARNING,
                message=f"{contract.name} does not make {wanted} frames a second; {near} is asked "
                "for",
                fix=f"Set the canvas to {near} fps, or accept that frames are repeated or dropped.",
            )
        )
    return rates[near] if near in rates else _written(parameter, near)


def seed(contract: Contract, wanted: int | None, problems: list[Problem]) -> Any:
    """A seed, where the endpoint takes one of that size."""
    parameter = contract.parameter(Role.SEED)
    if parameter is None or wanted is None:
        return None
    low, high = parameter.minimum, parameter.maximum
    if (high is None or wanted <= high) and (low is None or wanted >= low):
        return wanted
    larger = low is not None and wanted < low
    problems.append(
        Problem(
            id="seed.out-of-range",
            key="seed",
            message=f"{contract.name} takes seeds "
            + (f"from {low}" if larger else f"up to {high}"),
            fix=f"Write a {'larger' if larger else 'smaller'} seed.",
        )
    )
    return None


def lines(resolution: str) -> int | None:
    """The lines that a resolution's name stands for: 720 for `720p`, 2160 for `4k`.

    None where the name says none.
    """
    text = resolution.lower()
    if text.endswith("k") and text[:-1].isdecimal():
        return int(text[:-1]) * 540
    return int(text[:-1]) if text.endswith("p") and text[:-1].isdecimal() else None


def seconds(value: Any) -> Decimal | None:
    """A number on the wire, `"6"`, `6` or `"6s"`, as it stands; None for `auto` and the like."""
    found = _NUMBER.fullmatch(str(value))
    return Decimal(found.group(1)) if found else None


def sendable(value: Any) -> Any:
    """A value as JSON has it: decimal numbers of films and contracts become floating ones."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [sendable(one) for one in value]
    if isinstance(value, dict):
        return {name: sendable(one) for name, one in value.items()}
    return value


_NUMBER = re.compile(r"(\d+(?:\.\d+)?)s?", re.ASCII)
_SHAPE = re.compile(r"(\d+):([1-9]\d*)", re.ASCII)


@lru_cache
def _lengths(values: tuple[Any, ...]) -> Mapping[Decimal, Any]:
    """Values on the wire by the number that each stands for; `auto` and the like are left out."""
    return {
        number: sendable(value)
        for value in values
        if not isinstance(value, bool) and (number := seconds(value)) is not None
    }


@lru_cache
def _shapes(values: tuple[Any, ...]) -> Mapping[Fraction, Any]:
    found = [(value, _SHAPE.fullmatch(str(value))) for value in values]
    return {Fraction(int(m.group(1)), int(m.group(2))): value for value, m in found if m}


def _nearest(
    parameter: Parameter, offered: Mapping[Decimal, Any], wanted: Decimal
) -> Decimal | None:
    """The nearest number that can be had; None where only words are offered."""
    if offered or parameter.values:
        return min(offered, key=lambda number: abs(number - wanted), default=None)
    near = wanted
    if parameter.kind is Kind.INTEGER:
        near = near.to_integral_value(ROUND_HALF_UP)
    if parameter.minimum is not None:
        near = max(near, parameter.minimum)
    return near if parameter.maximum is None else min(near, parameter.maximum)


def _taken(parameter: Parameter, offered: Mapping[Decimal, Any]) -> str:
    if offered or parameter.values:
        return listed(sorted(offered)) or listed(parameter.values)
    low, high = parameter.minimum, parameter.maximum
    whole = "whole numbers" if parameter.kind is Kind.INTEGER else "numbers"
    return whole + (f" from {low}" if low is not None else "") + (f" to {high}" if high else "")


def _written(parameter: Parameter, number: Decimal) -> Any:
    """A number as a parameter without a list of values has it on the wire."""
    whole = number == number.to_integral_value()
    if parameter.kind is not Kind.STRING:
        return int(number) if whole else float(number)
    unit = "s" if str(parameter.default).endswith("s") else ""
    return (f"{int(number)}" if whole else f"{number.normalize():f}") + unit
