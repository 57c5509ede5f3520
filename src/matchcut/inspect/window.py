"""A window of frames judged: each against its own clip, and which of them to take."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matchcut.inspect.darkness import BLACK
from matchcut.inspect.reduced import Reduced
from matchcut.inspect.sharpness import relative_sharpness
from matchcut.inspect.verdict import WORST, Candidate, Judgement, Reason, Verdict

FEWEST = 5
"""Frames; with fewer there is no usual that a frame could be compared with."""
_STEP = 0.02
"""What a step of one frame away from the edge costs, in scores."""
_DEVIATION = 1.4826
"""Median absolute deviations of a normal distribution in one standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    floor: float
    """Least standard deviation, in the measure's own unit: a still clip has none of its own."""
    most: float
    """Standard deviations that are let pass."""


_LIMITS = {
    "sharpness": _Limit(floor=0.1, most=5),
    "exposure": _Limit(floor=0.5, most=6),
    "blocks": _Limit(floor=0.05, most=6),
}


def judge(frames: Sequence[Reduced], *, candidates: Sequence[int], first: int = 0) -> Judgement:
    """Judge the frames at an edge of a clip, and choose one.

    Args:
        frames: A stretch of one clip in display order, the window and what it is compared with.
        candidates: Positions in `frames` of those that may be taken, the pinned one first and
            then stepping away from the edge; at least one.
        first: The clip's own number of `frames[0]`.

    Returns:
        `PASS` where nothing speaks against the pinned frame; `STEP` where something does and
        another frame is free of it; `PERSON` where none is, or nothing can be compared.

    """
    scores, unmeasured = _measured(frames)
    looked = [_candidate(scores, position, first) for position in candidates]
    cost = {one.frame: one.score + _STEP * away for away, one in enumerate(looked)}
    ranked = tuple(sorted(looked, key=lambda one: cost[one.frame]))
    pinned, best = looked[0], ranked[0]
    if len(frames) < FEWEST or best.score > 1:
        verdict, chosen = Verdict.PERSON, best
    elif pinned.score <= 1:
        verdict, chosen = Verdict.PASS, pinned
    else:
        verdict, chosen = Verdict.STEP, best
    why = pinned.reasons[0] if pinned.reasons and verdict is not Verdict.PASS else None
    few = "too few frames" if verdict is Verdict.PERSON else ""
    return Judgement(
        verdict=verdict,
        chosen=chosen.frame,
        decided_by=why.measure if why else few,
        region=why.region if why else None,
        candidates=ranked,
        unmeasured=unmeasured,
    )


def _measured(
    frames: Sequence[Reduced],
) -> tuple[dict[str, npt.NDArray[np.float64]], tuple[str, ...]]:
    scores = {"black": np.array([WORST if frame.spread < BLACK else 0 for frame in frames])}
    if len(frames) < FEWEST:
        return scores, tuple(_LIMITS)
    sharp = relative_sharpness(np.stack([frame.fine for frame in frames]))
    light = np.array([np.median(frame.lab[..., 0]) for frame in frames])
    values = {
        "sharpness": None if sharp is None else -sharp,
        "exposure": np.abs(light - np.median(light)),
        "blocks": np.array([frame.blocks for frame in frames]),
    }
    for name, value in values.items():
        if value is not None:
            scores[name] = _scored(np.asarray(value, np.float64), _LIMITS[name])
    return scores, tuple(name for name, value in values.items() if value is None)


def _scored(values: npt.NDArray[np.float64], limit: _Limit) -> npt.NDArray[np.float64]:
    away = values - np.median(values)
    usual = max(limit.floor, _DEVIATION * float(np.median(np.abs(away))))
    return np.asarray(np.clip(away / usual / limit.most, 0, WORST))


def _candidate(scores: dict[str, npt.NDArray[np.float64]], position: int, first: int) -> Candidate:
    reasons = [
        Reason(measure=name, score=round(float(score[position]), 3))
        for name, score in scores.items()
        if score[position] > 0
    ]
    reasons.sort(key=lambda reason: -reason.score)
    return Candidate(
        frame=first + position,
        score=reasons[0].score if reasons else 0.0,
        reasons=tuple(reasons[:3]),
    )
