"""Facts of clips and stills: what is known of them without a pixel at hand."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Matrix(StrEnum):
    """How luma and colour difference are made from R'G'B'."""

    BT601 = "bt601"
    BT709 = "bt709"
    BT2020 = "bt2020"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipInfo:
    """Facts of a clip's picture, counted from its packets and not from what its header claims."""

    width: int
    height: int
    frames: int
    """Displayed frames: edit lists applied, discarded frames left out."""
    rate: Fraction
    """Frames a second, the average over the displayed frames."""
    variable: bool
    """True where the distance between frames is not constant."""
    start: Fraction
    """Presentation time of the first displayed frame, seconds."""
    duration: Fraction
    """From the first frame's start to the last frame's end, seconds."""
    codec: str
    pixel_format: str
    bit_depth: int
    matrix: Matrix
    matrix_tagged: bool
    """False where the file says nothing and the matrix was chosen by height."""
    full_range: bool
    has_sound: bool
    interlaced: bool = False
    """True where each frame is woven of two moments; it is shown so, and movement has combs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillInfo:
    """Facts of a picture file; width and height as shown, after its EXIF orientation."""

    width: int
    height: int
    format: str
    """Lower case, as in `jpeg`, `png`, `webp`."""
    bytes: int
    sha256: str
    odd: tuple[str, ...] = ()
    """What keeps the file from being taken as it is by just any reader, as `turned by its EXIF
    orientation`; it is then sent as another one that shows the same."""
