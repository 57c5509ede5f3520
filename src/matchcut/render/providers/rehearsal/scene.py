"""What the generator is asked for: one shot's pictures, words, size and length."""

from dataclasses import dataclass
from fractions import Fraction

from matchcut.frames.types import Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One shot to be rehearsed. All pictures are already fitted to (height, width).

    Where `carried` is given it decides the beginning and `start` is not looked at: the frame that
    a continued clip starts from is the later one of the two.
    """

    start: Pixels | None
    """The first frame, or None."""
    end: Pixels | None
    """The last frame, or None."""
    carried: tuple[Pixels, Pixels] | None
    """The last two frames of the clip that is continued; the later one precedes frame 0."""
    prompt: str
    """The composed prompt; camera words are read from it, nothing else is understood."""
    seed: int
    """Any integer; the same scene with the same seed gives the same frames."""
    width: int
    """Pixels, 1 and more."""
    height: int
    """Pixels, 1 and more."""
    frames: int
    """1 and more."""
    rate: Fraction
    """Frames a second, more than 0."""

    def __post_init__(self) -> None:
        """Refuse what no clip can be made of.

        Raises:
            ValueError: A length, size or rate below its range, or a picture of another shape.

        """
        if min(self.width, self.height, self.frames) < 1 or self.rate <= 0:
            raise ValueError("width, height, frames and rate are positive")
        shape = (self.height, self.width, 3)
        for picture in (self.start, self.end, *(self.carried or ())):
            if picture is not None and (picture.shape != shape or picture.dtype.name != "uint8"):
                raise ValueError(f"a picture of {picture.shape} stands in a scene of {shape}")

    def seconds(self, frame: int) -> float:
        """Time of a frame since frame 0, in seconds."""
        return float(frame / self.rate)
