"""What a rule looks at."""

from collections.abc import Mapping
from dataclasses import dataclass

from matchcut.endpoints.contract import Contract
from matchcut.film.types import Film
from matchcut.plan.setup import Setup
from matchcut.plan.types import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A film with its shots set up, and what is known beside it."""

    film: Film
    setups: tuple[Setup, ...]
    media: Media
    contracts: Mapping[str, Contract]
    """All that are known, by endpoint id."""
