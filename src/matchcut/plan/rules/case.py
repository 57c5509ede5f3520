"""What a rule looks at, and what several rules ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matchcut.endpoints.contract import Contract
from matchcut.film.types import Film, Join, Shot
from matchcut.plan.prompt import mentions
from matchcut.plan.setup import Setup
from matchcut.plan.types import Media, PlannedShot


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A film with its shots set up and planned, and what is known beside it."""

    film: Film
    setups: tuple[Setup, ...]
    shots: tuple[PlannedShot, ...]
    """As they would be sent, each at its setup's place."""
    names: tuple[frozenset[str], ...]
    """The names in braces in each shot's words, in the cast or not."""
    media: Media
    contracts: Mapping[str, Contract]
    """All that are known, by endpoint id."""


def named(shot: Shot) -> frozenset[str]:
    """The names in braces in a shot's words, in the cast or not."""
    return frozenset([name for _, name in mentions(shot)])


def linked(setup: Setup) -> bool:
    """True where a shot starts on the clip before it."""
    return (
        setup.index > 0
        and not setup.shot.hero
        and not setup.shot.clip
        and setup.join in (Join.MATCH, Join.CONTINUE)
    )


def listed(setups: Sequence[Setup]) -> str:
    """Shots as a person reads them: `a`, `b`, `c` and 9 more."""
    most = 5
    names = ", ".join(f"`{setup.shot.id}`" for setup in setups[:most])
    return f"{names} and {len(setups) - most} more" if len(setups) > most else names
