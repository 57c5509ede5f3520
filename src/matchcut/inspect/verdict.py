"""What comes of looking at an edge of a clip: which frame to take, and why."""

from dataclasses import dataclass
from enum import StrEnum

Region = tuple[float, float, float, float]
"""Left, top, width, height as parts of the picture, each 0 to 1."""

WORST = 99.0
"""The highest score there is."""


class Verdict(StrEnum):
    """What to do about a frame that a clip is pinned by."""

    PASS = "pass"  # noqa: S105 - a verdict
    STEP = "step"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one measure says of one frame."""

    measure: str
    """Its name, as in `window.LIMITS`: `local blur`."""
    score: float
    """How far the frame is from its clip's usual, 0 to `WORST`: 1 is as far as is let pass."""
    region: Region | None = None
    """Where it shows; None where it is the whole picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A frame that could be taken."""

    frame: int
    score: float
    """The worst of its reasons, 0 where there is none."""
    reasons: tuple[Reason, ...]
    """The measures that say most, worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Which frame to take."""

    verdict: Verdict
    chosen: int
    """For `PERSON` the frame that would be proposed, which may be the pinned one."""
    decided_by: str
    """The measure that decided; empty where nothing was found."""
    region: Region | None
    """Where in the picture it was found; None where it is the whole picture, or nothing."""
    candidates: tuple[Candidate, ...]
    """The frames of the window, the best one first."""
    unmeasured: tuple[str, ...]
    """Measures that nothing could be said by."""
