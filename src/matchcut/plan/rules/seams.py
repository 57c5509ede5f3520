"""Rules on what meets at a seam: rates, shapes and sizes that the eye sees change."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from matchcut.endpoints.contract import Role
from matchcut.endpoints.offered import seconds
from matchcut.film.types import Join
from matchcut.findings import Finding, Severity
from matchcut.plan.fitting import SAME_SHAPE, lost_share
from matchcut.plan.rules.case import Case, linked
from matchcut.plan.setup import Setup

SAME_RATE = Fraction(1, 100)
"""Rates that differ by no more than this share are one: 23.976 and 24 are, 24 and 25 are not."""
_SEAMLESS = (Join.MATCH, Join.STILL, Join.CONTINUE)


def mixed_rates(case: Case) -> Iterator[Finding]:
    """A movement that goes on at another rate reads as a change of speed, or as a stutter."""
    for before, after in _seams(case):
        if before.endpoint == after.endpoint and not before.shot.clip and not after.shot.clip:
            continue
        one, other = _rate(case, before), _rate(case, after)
        if one is None or other is None or _alike(one, other):
            continue
        shared = _nearest(_rates(case, before) & _rates(case, after), case.film.canvas.fps)
        yield Finding(
            id="seam.rates",
            severity=Severity.WARNING,
            path=("shots", after.index, "endpoint"),
            message=f"`{after.shot.id}` goes on at {_shown(other)} frames a second where "
            f"`{before.shot.id}` had {_shown(one)}",
            fix=f"Set the canvas to {shared} fps, which both can make, or write `join: cut`."
            if shared
            else "Use one endpoint on both sides, or write `join: cut`.",
        )


def other_rate(case: Case) -> Iterator[Finding]:
    """An endpoint with one rate of its own is converted to the canvas's: frames repeat or drop."""
    said: set[str] = set()
    for setup in case.setups:
        contract, canvas = setup.contract, case.film.canvas.fps
        if contract is None or contract.id in said or Role.FPS in contract.roles:
            continue
        said.add(contract.id)
        rate = contract.output.rate
        if rate is not None and not _alike(rate, canvas):
            yield Finding(
                id="fps.fixed",
                severity=Severity.WARNING,
                path=("canvas", "fps"),
                message=f"{contract.name} makes {_shown(rate)} frames a second and the canvas has "
                f"{_shown(canvas)}",
                fix=f"Set the canvas to {_shown(rate)} fps, or accept that frames are repeated or "
                "dropped.",
            )


def mixed_shapes(case: Case) -> Iterator[Finding]:
    """A frame that is pinned to a clip of another shape is cropped or gets bars at the endpoint.

    What is pinned has the canvas's shape: pictures and anchors are brought to it before they are
    sent, as the film shows them.
    """
    canvas = case.film.canvas.aspect
    for before, after in _seams(case):
        pinned = before if before.bridge else after
        asked = _asked_shape(case, pinned)
        if asked is None or lost_share(asked, canvas) <= SAME_SHAPE:
            continue
        yield Finding(
            id="seam.shapes",
            severity=Severity.WARNING,
            path=("shots", pinned.index),
            message=f"`{pinned.shot.id}` is made {float(asked):.2f} times as wide as high, and is "
            f"pinned to a frame of the canvas's shape, {float(canvas):.2f} times",
            fix="Give the canvas a shape that the endpoint makes, or write `join: cut`.",
        )


def falling_size(case: Case) -> Iterator[Finding]:
    """A clip of fewer lines than the one it goes on from is softer, and the eye sees it happen."""
    for before, after in _seams(case):
        one, other = _lines(case, before), _lines(case, after)
        if one is None or other is None or other >= one:
            continue
        yield Finding(
            id="seam.softer",
            severity=Severity.WARNING,
            path=("shots", after.index, "resolution"),
            message=f"`{after.shot.id}` has {other} lines and goes on from `{before.shot.id}` with "
            f"{one}: the picture turns softer at the seam",
            fix=f"Ask for {one} lines on both sides, or for {other}.",
        )


def stopped_motion(case: Case) -> Iterator[Finding]:
    """A still carries no velocity: what moves fast at a seam stands for a moment after it."""
    for before, after in pairwise(case.setups):
        contract = after.contract
        if contract is None or Role.CONTINUE not in contract.roles:
            continue
        word = _hurry(before)
        # A bridge is left alone: few endpoints take a clip and an end picture together.
        if word is None or after.join is not Join.MATCH or not linked(after) or after.bridge:
            continue
        yield Finding(
            id="seam.velocity",
            severity=Severity.INFO,
            path=("shots", after.index, "join"),
            message=f"`{before.shot.id}` is likely to move fast where it ends ({word}), and a "
            f"still tells `{after.shot.id}` nothing of its speed",
            fix=f"Write `join: continue` on `{after.shot.id}`: {contract.name} takes the clip "
            "itself, with its motion. `matchcut seams` shows afterwards what stalled.",
        )


_CALM = re.compile(
    r"\b(?:slow(?:ly)?|gent(?:le|ly)|subtl[ey]|calm(?:ly)?|static|stops?|stopping|halts?|still)\b",
    re.IGNORECASE,
)
_HURRY = re.compile(
    r"\b(?:whip[ -]?pan(?:s|ning)?|crash zoom|tracking|follow(?:ing)? shot|drone|fpv"
    r"|chas(?:e|es|ing)|fast|quick(?:ly)?|rapid(?:ly)?|swift(?:ly)?|run(?:s|ning)?|sprint(?:s|ing)?|rac(?:es|ing)"
    r"|gallop(?:s|ing)?|dash(?:es|ing)|rush(?:es|ing)|hurtl(?:es|ing)|speed(?:s|ing))\b",
    re.IGNORECASE,
)
"""Words of motion at a shot's end, and words that take them back. Guessed from the words alone, so
that what they find is said as information."""


def _hurry(setup: Setup) -> str | None:
    """The word by which a shot is likely to move fast; camera and prompt each calm themselves."""
    for text in (setup.shot.camera or "", setup.shot.prompt):
        found = _HURRY.search(text)
        if found and not _CALM.search(text):
            return found.group()
    return None


def _seams(case: Case) -> Iterator[tuple[Setup, Setup]]:
    """Neighbours that are to meet without a cut."""
    return (pair for pair in pairwise(case.setups) if pair[1].join in _SEAMLESS)


def _rate(case: Case, setup: Setup) -> Fraction | None:
    if setup.shot.clip:
        footage = case.media.clips.get(setup.shot.clip)
        return None if footage is None or footage.variable else footage.rate
    expected = case.shots[setup.index].expectation
    return expected.rate if expected and expected.rate_known else None


def _rates(case: Case, setup: Setup) -> frozenset[Fraction]:
    """All rates that a shot could have."""
    parameter = setup.contract.parameter(Role.FPS) if setup.contract else None
    if parameter is None:
        rate = _rate(case, setup)
        return frozenset(() if rate is None else (rate,))
    numbers = [seconds(value) for value in parameter.values]
    return frozenset(Fraction(number) for number in numbers if number is not None)


def _nearest(rates: frozenset[Fraction], canvas: Fraction) -> Fraction | None:
    return min(sorted(rates), key=lambda rate: abs(rate - canvas), default=None)


def _alike(one: Fraction, other: Fraction) -> bool:
    return one == other or abs(one - other) <= SAME_RATE * max(one, other)


def _shown(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _lines(case: Case, setup: Setup) -> int | None:
    if setup.shot.clip:
        footage = case.media.clips.get(setup.shot.clip)
        return min(footage.width, footage.height) if footage else None
    expected = case.shots[setup.index].expectation
    known = expected is not None and expected.size_known
    return min(expected.width, expected.height) if expected and known else None


def _asked_shape(case: Case, setup: Setup) -> Fraction | None:
    """The shape that is asked of an endpoint; None where it takes that of its start picture."""
    contract, request = setup.contract, case.shots[setup.index].request
    wire = contract.roles.get(Role.ASPECT) if contract else None
    return _ratio(str(request.arguments.get(wire))) if wire and request else None


@lru_cache
def _ratio(text: str) -> Fraction | None:
    """The shape that `16:9` and its like name; None for `auto`."""
    width, _, height = text.partition(":")
    known = width.isdecimal() and height.isdecimal() and int(height) > 0
    return Fraction(int(width), int(height)) if known else None


RULES = (mixed_rates, other_rate, mixed_shapes, falling_size, stopped_motion)
