"""The user's stills brought to the film's shape: cropped or padded as it says, never stretched.

An image-to-video endpoint usually answers in the shape of its start picture. A picture of another
shape would make a clip of which the film shows only a part, and a shot with pictures of two shapes
at its ends would have to change its shape on the way.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from matchcut.film.types import Film, Fit, Join
from matchcut.frames.facts import StillInfo
from matchcut.plan.reference import shaped, still
from matchcut.plan.setup import Setup

SAME_SHAPE = Fraction(3, 100)
"""Shapes that differ by no more than this share of a side are one: models round sides to whole
blocks of up to 64 pixels (832x480, 864x496, 1216x704 and 1920x1088 all stand for 16:9), and a
picture cropped for so little at every hop would creep inwards."""


def lost_share(own: Fraction, wanted: Fraction) -> Fraction:
    """The share of one side that a picture loses where it is cropped to a shape, from 0 to 1."""
    return 1 - min(own / wanted, wanted / own)


def fit_stills(
    film: Film, setups: tuple[Setup, ...], stills: Mapping[str, StillInfo]
) -> tuple[Setup, ...]:
    """Say at each start and end still how it is brought to the film's shape, where it has another.

    Args:
        film: What the user wrote.
        setups: Its shots, set up.
        stills: Facts of the pictures, by path; a picture that nobody has looked at is left alone.

    Returns:
        The same setups with those references replaced.

    """
    if not stills:
        return setups
    return tuple(_fit(film, setup, stills) for setup in setups)


def policy(film: Film, index: int) -> Fit:
    """How the pictures that a shot names are fitted: its own word before the film's."""
    return film.shots[index].fit or film.fit


def _fit(film: Film, setup: Setup, stills: Mapping[str, StillInfo]) -> Setup:
    start = _fitted(film, _owner(setup), setup.start, stills)
    end = _fitted(film, setup.index, setup.end, stills)
    if (start, end) == (setup.start, setup.end):
        return setup
    return replace(setup, start=start, end=end)


def _owner(setup: Setup) -> int:
    """The shot whose word holds for a start: where two share a still, the one that names it.

    So both have the very same picture.
    """
    return setup.index - 1 if setup.join is Join.STILL and setup.index else setup.index


def _fitted(
    film: Film, owner: int, reference: str | None, stills: Mapping[str, StillInfo]
) -> str | None:
    if reference is None:
        return None
    shot, aspect = film.shots[owner], film.canvas.aspect
    for written in (shot.start, shot.end):
        info = stills.get(written or "")
        if info is None or written is None or still(written) != reference:
            continue
        if lost_share(Fraction(info.width, info.height), aspect) > SAME_SHAPE:
            return shaped(reference, policy(film, owner), aspect)
    return reference
