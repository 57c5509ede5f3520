"""What is found in a still, and how a detector's answer is read: whole, or not at all."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are one past the last."""

_VERSION = 1
_MOST = 200
_CORNERS = 4


class Kind(StrEnum):
    """What is looked at closely."""

    FACE = "face"
    HAND = "hand"
    HAIR = "hair"
    """The outline of a head, where hair meets what is behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Something that was located; it says nothing of whether it is well formed."""

    kind: Kind
    box: Box
    score: float
    """How sure the detector is that there is one, 0 to 1; of hair, that of its face."""

    def to_json(self) -> dict[str, Any]:
        """The place as JSON has it."""
        return {"kind": self.kind.value, "box": list(self.box), "score": self.score}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What came of looking."""

    places: tuple[Place, ...] | None
    """None where it was not measured; empty where nothing was found."""
    reason: str = ""
    """Why it was not measured."""
    fix: str = ""
    """What would make it measurable; empty where nothing is known to."""

    def to_json(self) -> dict[str, Any]:
        """What came of it as JSON has it."""
        places = None if self.places is None else [place.to_json() for place in self.places]
        return {"places": places, "reason": self.reason}


def not_measured(reason: str, fix: str = "") -> Places:
    """Say that it was not measured."""
    return Places(places=None, reason=reason, fix=fix)


def read_answer(data: bytes, size: tuple[int, int]) -> Places:
    """Read what a detector answered of a still.

    Args:
        data: Its answer, one JSON object (see `worker`).
        size: Width and height of the still.

    Returns:
        The places in its order; not measured where anything in the answer is not as it should be.

    """
    try:
        raw = json.loads(data)
        if not isinstance(raw, Mapping) or raw.get("version") != _VERSION:
            return not_measured("the detector's answer is of another kind than is understood")
        if (raw["width"], raw["height"]) != size:
            return not_measured("the detector's answer is of a picture of another size")
        if len(raw["places"]) > _MOST:
            return not_measured(f"the detector names more than {_MOST} places")
        return Places(places=tuple(_place(entry, size) for entry in raw["places"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return not_measured("the detector's answer is malformed")


def _place(raw: Mapping[str, Any], size: tuple[int, int]) -> Place:
    box, score = raw["box"], raw["score"]
    if len(box) != _CORNERS or any(type(edge) is not int for edge in box):
        raise ValueError
    left, top, right, bottom = box
    if not (0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]):
        raise ValueError
    if type(score) not in (int, float) or not math.isfinite(score) or not 0 <= score <= 1:
        raise ValueError
    return Place(kind=Kind(raw["kind"]), box=(left, top, right, bottom), score=float(score))
