"""Where a clip is pinned by its neighbours: the frame that the measures or a person have chosen.

A frame that is stepped back is the clip's new out frame: the clip is cut there, so that the picture
still matches. A hero's head is stepped forward in the same way before a bridge lands on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from matchcut.edge import MEASURES, Choice, Side, Verdict, choose
from matchcut.film.types import AnchorPolicy
from matchcut.inspect.correct import Correction
from matchcut.plan.kept import Kept
from matchcut.render.gates import Decision, Gates, Spot

IN, OUT = "in", "out"
SIDES = {IN: Side.HEAD, OUT: Side.TAIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One edge of a take, as its neighbour is pinned to it."""

    frame: int
    """Of the clip, from 0; the first or last one that is shown."""
    pinned: int
    """The one that would be, had nobody stepped it."""
    settled: bool
    """False where a person has to look before anything is made from it."""
    verdict: Verdict
    """What the measures said."""
    said: str = ""
    """Why, where they did not pass it."""
    by: str = "measures"
    """Who vouches for it: `measures` or `person`."""
    still: str = ""
    """SHA-256 of a retouched still that stands for the frame."""
    pixels: str = ""
    """Hash of its pixels."""
    correction: Correction = field(default_factory=Correction)
    """What is done to its tones before it is handed on; the film shows the frame as it is."""

    def to_json(self) -> dict[str, Any]:
        """The pin as JSON has it."""
        return {
            "frame": self.frame,
            "pinned": self.pinned,
            "settled": self.settled,
            "verdict": self.verdict.value,
            "said": self.said,
            "by": self.by,
            "still": self.still,
            "pixels": self.pixels,
            "correction": self.correction.to_json(),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Pin":
        """The reverse of `to_json`."""
        return cls(
            **{
                **raw,
                "verdict": Verdict(raw["verdict"]),
                "correction": Correction.from_json(raw["correction"]),
            }
        )


def look_at(gates: Gates, clip: Path, spot: Spot) -> Choice:
    """What the measures say of an edge; measured once.

    Args:
        gates: Where it is kept.
        clip: The clip's file.
        spot: Which edge of it.

    Raises:
        MatchcutError: The clip cannot be read.

    """
    known = gates.look(spot, MEASURES)
    if known is not None:
        return Choice.from_json(known)
    choice = choose(clip, SIDES[spot.edge], kept=spot.kept)
    gates.keep_look(spot, MEASURES, choice.to_json())
    return choice


def pin_edges(
    gates: Gates,
    clip: Path,
    spots: tuple[Spot, ...],
    policy: AnchorPolicy,
    *,
    lands: bool = False,
) -> tuple[dict[str, Pin], Kept]:
    """Where a clip is pinned, and what is shown of it then.

    Args:
        gates: What was measured and decided.
        clip: The clip's file.
        spots: Its edges that others are pinned to, the head first; at least one.
        policy: Who vouches for them where nobody has decided.
        lands: True where the clip was made to end on the one after it: the measures do not step its
            out frame, and where they would have, a person looks before anything is made from it.

    Returns:
        The pins by edge, and the first and last frame that are shown.

    """
    pins: dict[str, Pin] = {}
    first, last = spots[0].kept
    for spot in spots:
        here = replace(spot, kept=(first, last))
        choice = look_at(gates, clip, here)
        pin = _pin(choice, gates.decision(here), here, policy)
        if lands and spot.edge == OUT and pin.by == "measures":
            settled = pin.settled and pin.frame == pin.pinned
            pin = replace(pin, frame=pin.pinned, settled=settled)
        pins[spot.edge] = pin
        first, last = (pin.frame, last) if spot.edge == IN else (first, pin.frame)
    return pins, (first, last)


def _pin(choice: Choice, decision: Decision | None, spot: Spot, policy: AnchorPolicy) -> Pin:
    if decision is None or not stands(decision, spot.kept):
        automatic = policy is AnchorPolicy.AUTO and choice.verdict is not Verdict.PERSON
        return Pin(
            frame=choice.chosen,
            pinned=spot.pinned,
            settled=automatic,
            verdict=choice.verdict,
            said=choice.said,
        )
    return Pin(
        frame=spot.pinned if decision.frame is None else decision.frame,
        pinned=spot.pinned,
        settled=True,
        verdict=choice.verdict,
        said=choice.said,
        by="person",
        still=decision.still,
        pixels=decision.pixels,
    )


def agrees(pin: Pin, decision: Decision | None, kept: Kept) -> bool:
    """True where a pin is what a person has decided, or nobody has."""
    if decision is None:
        return pin.by == "measures"
    if not stands(decision, kept):
        return True
    return (pin.frame, pin.still) == (decision.frame, decision.still)


def stands(decision: Decision, kept: Kept) -> bool:
    """True where a decision pins a frame, and one of those that are shown."""
    return decision.pin is not None and kept[0] <= decision.pin <= kept[1]
