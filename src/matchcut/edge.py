"""One side of a clip looked at: whether its outermost frame can be trusted, and which one else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import frame_times, read_frames
from matchcut.inspect.onset import FEWEST
from matchcut.inspect.reduced import reduce_frame
from matchcut.inspect.verdict import Candidate, Reason, Region, Verdict
from matchcut.inspect.window import judge

__all__ = ["Candidate", "Choice", "Reason", "Region", "Side", "Verdict", "choose"]

MEASURES = 3
"""Raised when the same clip gives another choice; what was measured before is measured anew."""
_REFERENCE = 3
"""Times as long as the window is what its frames are compared with, itself among them: then even
a window that is damaged all through is a third of it, and a median does not follow."""
_RATE = 30
"""Frames a second that are looked at, about: the rate of clips that limits were chosen on. Of
faster ones every second frame (third, fourth) is, which also costs no more."""


class Side(StrEnum):
    """An end of a clip."""

    HEAD = "head"
    TAIL = "tail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which frame of a clip's side to take, and why. Frames count from 0 in display order."""

    frames: int
    """Displayed frames of the whole clip."""
    pinned: int
    """The outermost frame that is kept."""
    chosen: int
    """The frame to take: `pinned` for `PASS`; for `PERSON` what would be proposed."""
    verdict: Verdict
    decided_by: str
    """The measure that decided; empty where nothing was found."""
    region: Region | None
    """Where in the picture; None where it is the whole picture, or nothing was found."""
    candidates: tuple[Candidate, ...]
    """The frames of the window, the best one first."""
    unmeasured: tuple[str, ...] = ()
    """Measures that nothing could be said by."""

    @property
    def said(self) -> str:
        """Which measure decided, and where; empty where nothing was found."""
        if not self.decided_by:
            return ""
        return f"{self.decided_by} {_place(self.region)}".strip()

    def against(self, frame: int) -> str:
        """What speaks against a frame of the window, and where; empty where nothing does."""
        for one in self.candidates:
            if one.frame == frame and one.score > 1 and one.reasons:
                worst = one.reasons[0]
                return f"{worst.measure} {_place(worst.region)}".strip()
        return ""

    def to_json(self) -> dict[str, Any]:
        """The choice as plain JSON."""
        return {
            "frames": self.frames,
            "pinned": self.pinned,
            "chosen": self.chosen,
            "verdict": self.verdict.value,
            "decided_by": self.decided_by,
            "region": _region_to_json(self.region),
            "candidates": [
                {
                    "frame": candidate.frame,
                    "score": candidate.score,
                    "reasons": [
                        {
                            "measure": reason.measure,
                            "score": reason.score,
                            "region": _region_to_json(reason.region),
                        }
                        for reason in candidate.reasons
                    ],
                }
                for candidate in self.candidates
            ],
            "unmeasured": list(self.unmeasured),
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Choice":
        """A choice out of what `to_json` made.

        Raises:
            KeyError, TypeError, ValueError: It is nothing that `to_json` makes.

        """
        return cls(
            frames=int(facts["frames"]),
            pinned=int(facts["pinned"]),
            chosen=int(facts["chosen"]),
            verdict=Verdict(facts["verdict"]),
            decided_by=str(facts["decided_by"]),
            region=_region_of(facts["region"]),
            candidates=tuple(
                Candidate(
                    frame=int(candidate["frame"]),
                    score=float(candidate["score"]),
                    reasons=tuple(
                        Reason(
                            measure=str(reason["measure"]),
                            score=float(reason["score"]),
                            region=_region_of(reason["region"]),
                        )
                        for reason in candidate["reasons"]
                    ),
                )
                for candidate in facts["candidates"]
            ),
            unmeasured=tuple(str(name) for name in facts["unmeasured"]),
        )


def choose(
    clip: Path,
    side: Side,
    *,
    kept: tuple[int, int] | None = None,
    seconds: Fraction = Fraction(1, 2),
) -> Choice:
    """Look at a side of a clip, and choose the frame to go on from (or to land on).

    Args:
        clip: A local file.
        side: `TAIL` looks at the last frames and steps back, `HEAD` at the first and steps forward.
        kept: First and last frame that are shown, counted from 0; the whole clip where it is not
            given. The choice never leaves them; what its frames are compared with may leave them
            by the other end, for a change that begins after the pinned frame is none of its own.
        seconds: How far it may step, above 0; at least `FEWEST` frames, where they are there.

    Returns:
        The choice.

    Raises:
        MatchcutError: `USAGE` where `seconds` is not above 0; `CLIP_NO_FRAMES` where the clip has
            no such frames; else as `frames.clip.probe`.

    """
    if seconds <= 0:
        raise MatchcutError(
            Code.USAGE,
            f"a window of {float(seconds):g} s holds no frame",
            where=clip.name,
            fix="Give a length above 0.",
        )
    times = frame_times(clip)
    frames = len(times) - 1
    first, last = kept if kept is not None else (0, frames - 1)
    if not 0 <= first <= last < frames:
        raise MatchcutError(
            Code.CLIP_NO_FRAMES,
            f"frames {first} to {last} cannot be kept of a clip with {frames} frames",
            where=clip.name,
            fix=f"Keep frames from 0 to {frames - 1}.",
        )
    window = _window(times, side, first, last, seconds)
    looked = _reference(window, frames)
    begin, end = min(looked), max(looked) + 1
    reduced = [
        reduce_frame(frame.pixels)
        for number, frame in enumerate(read_frames(clip, begin, end), begin)
        if number in looked
    ]
    found = judge(reduced, numbers=sorted(looked), candidates=window)
    return Choice(
        frames=frames,
        pinned=window[0],
        chosen=found.chosen,
        verdict=found.verdict,
        decided_by=found.decided_by,
        region=found.region,
        candidates=found.candidates,
        unmeasured=found.unmeasured,
    )


def _window(
    times: Sequence[Fraction], side: Side, first: int, last: int, seconds: Fraction
) -> range:
    """The frames that may be chosen, the pinned one first."""
    if side is Side.TAIL:
        near = sum(times[last + 1] - time <= seconds for time in times[first : last + 1])
    else:
        near = sum(time - times[first] < seconds for time in times[first : last + 1])
    every = max(1, round(near / (_RATE * seconds)))
    length = max(near, FEWEST * every)
    if side is Side.TAIL:
        return range(last, max(first - 1, last - length), -every)
    return range(first, min(last + 1, first + length), every)


def _reference(window: range, frames: int) -> range:
    """What the window is compared with, itself among it; the pinned frame first.

    Nothing beyond that frame is: damage that the clip gets over later is damage there.
    """
    reach = _REFERENCE * max(len(window), FEWEST) * window.step
    end = window.start + reach
    return range(window.start, max(end, -1) if reach < 0 else min(end, frames), window.step)


def _place(region: Region | None) -> str:
    """Where in the picture, in words; empty for the whole of it."""
    if region is None:
        return ""
    left, top, width, height = region
    across = _third(left + width / 2, ("left", "", "right"))
    if not across:
        return _third(top + height / 2, ("at the top", "in the middle", "at the bottom"))
    down = _third(top + height / 2, ("upper", "", "lower"))
    return f"at the {' '.join(filter(None, (down, across)))}"


def _third(share: float, names: tuple[str, str, str]) -> str:
    return names[min(int(share * 3), 2)]


def _region_to_json(region: Region | None) -> list[float] | None:
    return None if region is None else list(region)


def _region_of(found: Sequence[float] | None) -> Region | None:
    if found is None:
        return None
    left, top, width, height = map(float, found)
    return left, top, width, height
