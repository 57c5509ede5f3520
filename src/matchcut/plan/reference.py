"""References: what stands in a request for a picture or clip until its address is known.

`anchor://SHOT/out` is the last shown frame of a shot's clip, `anchor://SHOT/in` the first,
`clip://SHOT` the clip cut at its out frame, `still://PATH` a picture of the user's, where PATH may
also be an `https` address of their own.
"""

from dataclasses import dataclass
from enum import StrEnum

from matchcut.address import bare


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


def parse(reference: str) -> Reference:
    """Take a reference apart.

    Raises:
        ValueError: It is none.

    """
    scheme, _, rest = reference.partition("://")
    kind = Kind(scheme)
    if kind is Kind.ANCHOR:
        name, _, edge = rest.rpartition("/")
        return Reference(kind=kind, name=name, edge=edge)
    return Reference(kind=kind, name=rest)


def is_reference(text: str) -> bool:
    """True where a text of a request stands for a picture or a clip."""
    return text.partition("://")[0] in frozenset(Kind)
