"""What a test may set at any time, and the defaults."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any


class Continued(Enum):
    """What comes back where a clip is handed over to be continued."""

    NEW_ONLY = auto()
    """What follows on the clip, as long as was asked for."""
    SOURCE_BEFORE = auto()
    """The clip itself, and then what follows, as long as was asked for."""
    SOURCE_WITHIN = auto()
    """The clip and what follows, together as long as was asked for: perhaps nothing new at all."""


class Knobs:
    """How this fal behaves where nobody knows how the real one does."""

    list_unfinished: bool = False
    """Whether the platform's request list shows requests that have not ended."""
    listed_by: str = "sent_at"
    """The time that the list's `start` and `end` are held against: `sent_at` or `ended_at`."""
    validates_late: bool = False
    """A bad request is accepted and fails as a job, in place of a 422 at once."""
    continued: Continued = Continued.NEW_ONLY
    """Whatever the contract says of it: a caller must find out for itself."""
    pace: float = 0.0
    """Seconds for which a job is in progress at least."""
    replies: Mapping[str, Any] = {}
    """The whole answer of an endpoint that makes no clip, by its id."""
