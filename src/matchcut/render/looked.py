"""An anchor as a person is shown it: what is pinned now, why, and what they may say of it."""

from dataclasses import dataclass
from pathlib import Path

from matchcut.edge import Choice, Verdict
from matchcut.plan.kept import Kept
from matchcut.render.gates import Action, Decision, Spot
from matchcut.render.landings import Landing
from matchcut.render.pins import OUT, stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """An anchor as a person is shown it."""

    spot: Spot
    clip: Path
    choice: Choice
    """What the measures say of the clip's edge."""
    decision: Decision | None
    """What was decided of this revision before, or None."""
    waits: bool
    """True where a shot waits for it."""
    ways: tuple[Action, ...]
    """What may be decided of it."""
    bounds: Kept
    """First and last frame that it may be stepped to."""
    still: str = ""
    """SHA-256 of a person's picture that is handed on; empty where it is the frame itself."""
    lands_on: str = ""
    """Of the end of a bridge: the hero that it lands on; empty for any other edge."""
    landing: Landing | None = None
    """Of the end of a bridge: how it lands, where a run has written that down."""

    @property
    def decided(self) -> Decision | None:
        """The decision that vouches for it now, or None."""
        decision = self.decision
        if decision is None or not stands(decision, self.spot.kept):
            return None
        return None if self.lands_on and decision.action is not Action.APPROVE else decision

    @property
    def proposed(self) -> int:
        """The frame that would be pinned, had nobody decided; a bridge is never stepped."""
        return self.spot.pinned if self.lands_on else self.choice.chosen

    @property
    def frame(self) -> int:
        """The frame that is pinned as things stand: decided, or else proposed."""
        pin = self.decided.pin if self.decided and not self.lands_on else None
        return self.proposed if pin is None else pin

    def inwards(self, frames: int) -> int:
        """The frame so many further in than the one that is pinned, as far as it may be stepped."""
        first, last = self.bounds
        inner = self.frame - frames if self.spot.edge == OUT else self.frame + frames
        return min(max(inner, first), last)

    @property
    def verdict(self) -> Verdict:
        """What the measures said; of a bridge's end, whether it lands."""
        if not self.lands_on:
            return self.choice.verdict
        return Verdict.PERSON if self.said else Verdict.PASS

    @property
    def said(self) -> str:
        """What speaks against the frame, in words; empty where nothing does."""
        if not self.lands_on:
            return self.choice.said
        if self.landing is not None:
            return self.landing.said
        # It was asked about by a version that did not write down why; there is one reason only.
        return "it does not reach what it was to land on" if self.waits else ""

    @property
    def needed_by(self) -> str:
        """The shot that waits for it; of a bridge's end the hero that it lands on."""
        return self.spot.needed_by or self.lands_on
