"""The cut list: which frames of which clip stand where in the film. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from matchcut.film.types import Join
from matchcut.plan.kept import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A clip as it goes into the cut."""

    shot: str
    kept: Kept
    rate: Fraction
    join: Join
    """How it meets the one before."""
    span: Fraction | None = None
    """How long the kept frames are shown, seconds; None where the rate is constant."""
    lands_on_next: bool = False
    """True for a bridge: the seam's frame is the next clip's, and this clip ends on a copy."""
    head_copies: int = 0
    """Frames from the kept head on that show the frame before the seam over again."""
    tail_copies: int = 0
    """Frames up to the kept tail that show the frame after the seam beforehand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a clip in the film."""

    shot: str
    join: Join
    first: int
    """First shown frame of the clip, from 0."""
    last: int
    """Last shown frame of the clip, also shown."""
    rate: Fraction
    """The clip's own."""
    begins: int
    """Frame of the film at which it begins, from 0."""
    frames: int
    """Frames of the film that it fills."""
    dropped_head: int
    dropped_tail: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CutList:
    """The film, piece by piece."""

    rate: Fraction
    pieces: tuple[Piece, ...]

    @property
    def frames(self) -> int:
        """Frames of the film."""
        return sum(piece.frames for piece in self.pieces)


def cut_list(sources: Sequence[Source], rate: Fraction) -> CutList:
    """Lay clips one after the other.

    At a seam that matches, the frame that both clips have is shown once: the copy goes, the frame
    it was copied from stays. A bridge is the copy of the hero it lands on; any other clip is the
    copy of the one before it. A clip keeps at least one frame.

    Args:
        sources: The clips in the film's order.
        rate: Frames a second of the film.

    Returns:
        The cut list. Where a clip has another rate than the film, its length in film frames follows
        from its place on the time line, so that rounding never adds up.

    """
    pieces: list[Piece] = []
    time, begins = Fraction(0), 0
    for source in sources:
        first, last = source.kept
        head = 0 if source.join is Join.CUT else min(source.head_copies, last - first)
        tail = min(source.tail_copies, last - first - head) if source.lands_on_next else 0
        span = source.span or Fraction(last - first + 1) / source.rate
        first, last = first + head, last - tail
        time += max(span - (head + tail) / source.rate, 1 / source.rate)
        pieces.append(
            Piece(
                shot=source.shot,
                join=source.join,
                first=first,
                last=last,
                rate=source.rate,
                begins=begins,
                frames=max(1, round(time * rate) - begins),
                dropped_head=head,
                dropped_tail=tail,
            )
        )
        begins += pieces[-1].frames
    return CutList(rate=rate, pieces=tuple(pieces))
