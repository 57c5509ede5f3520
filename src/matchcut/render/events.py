"""What a run tells while it works, one value an event."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a shot stands."""

    ANCHORS = "anchors"
    """Its anchors are taken out of its neighbours' clips."""
    SENDING = "sending"
    """Its files are uploaded, and the request is sent."""
    LOOKING = "looking"
    """It may have been accepted, and is looked for."""
    QUEUED = "queued"
    """The provider has it, and has not begun."""
    RENDERING = "rendering"
    FETCHING = "fetching"
    DONE = "done"
    KEPT = "kept"
    """A take with the same inputs was there already."""
    WAITING = "waiting"
    """A frame that it is pinned to waits for a person."""
    FAILED = "failed"
    BLOCKED = "blocked"
    """A shot that it needs has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotEvent:
    """A shot came to stand somewhere."""

    shot: str
    state: State
    share: float = 0.0
    """Of the rendering, 0 to 1."""
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """The event as JSON has it."""
        return {
            "event": "shot",
            "shot": self.shot,
            "state": self.state.value,
            **({"share": round(self.share, 3)} if self.share else {}),
            **({"message": self.message} if self.message else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmEvent:
    """The film as a whole came to a step: `render` or `assemble`."""

    step: str
    share: float = 0.0
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """The event as JSON has it."""
        return {
            "event": "film",
            "step": self.step,
            **({"share": round(self.share, 3)} if self.share else {}),
            **({"message": self.message} if self.message else {}),
        }


Event = ShotEvent | FilmEvent
Listener = Callable[[Event], None]
