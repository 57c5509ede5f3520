"""References: what stands in a request for a picture or clip until its address is known.

`anchor://SHOT/out` is the last shown frame of a shot's clip, `anchor://SHOT/in` the first,
`clip://SHOT` the clip cut at its out frame, `still://PATH` a picture of the user's, where PATH may
also be an `https` address of their own.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from matchcut.address import bare
from matchcut.film.types import Fit


class Kind(StrEnum):
    """What a reference stands for; also its scheme."""

    ANCHOR = "anchor"
    CLIP = "clip"
    STILL = "still"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference, taken apart."""

    kind: Kind
    name: str
    """The shot, or the picture as written in the film."""
    edge: str = ""
    """`in` or `out` of an anchor."""
    fit: Fit | None = None
    """How a picture is brought to `aspect`; None leaves it as it is."""
    aspect: Fraction = Fraction(1)
    """Width over height; only with `fit`."""


def out_of(shot: str) -> str:
    """Reference of the last shown frame of a shot's clip."""
    return f"{Kind.ANCHOR}://{shot}/out"


def in_of(shot: str) -> str:
    """Reference of the first kept frame of a shot's clip."""
    return f"{Kind.ANCHOR}://{shot}/in"


def clip_of(shot: str) -> str:
    """Reference of a shot's clip, cut at its out frame."""
    return f"{Kind.CLIP}://{shot}"


def still(path: str) -> str:
    """Reference of a picture of the user's: a file, or an address without its signature."""
    return f"{Kind.STILL}://{bare(path)}"


def shaped(reference: str, fit: Fit, aspect: Fraction) -> str:
    """Reference of a picture of the user's that is brought to a shape."""
    path = reference.removeprefix(f"{Kind.STILL}://")
    return f"{fit}://{aspect.numerator}:{aspect.denominator}/{path}"


def parse(reference: str) -> Reference:
    """Take a reference apart.

    Raises:
        ValueError: It is none.

    """
    scheme, _, rest = reference.partition("://")
    if scheme in _FITS:
        shape, _, name = rest.partition("/")
        width, _, height = shape.partition(":")
        aspect = Fraction(int(width), int(height))
        return Reference(kind=Kind.STILL, name=name, fit=Fit(scheme), aspect=aspect)
    kind = Kind(scheme)
    if kind is Kind.ANCHOR:
        name, _, edge = rest.rpartition("/")
        return Reference(kind=kind, name=name, edge=edge)
    return Reference(kind=kind, name=rest)


def hangs_on(reference: str) -> tuple[str, str] | None:
    """The shot and the edge that a reference is taken from; None for a picture of the user's.

    A clip that is handed over ends at its out frame, and hangs on that.
    """
    parsed = parse(reference)
    if parsed.kind is Kind.STILL:
        return None
    return parsed.name, parsed.edge or "out"


def is_reference(text: str) -> bool:
    """True where a text of a request stands for a picture or a clip."""
    return text.partition("://")[0] in _SCHEMES


_FITS = frozenset(Fit)
_SCHEMES = frozenset(Kind) | _FITS
