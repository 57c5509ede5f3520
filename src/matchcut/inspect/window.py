"""A window of frames judged: each against its own clip, and which of them to take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from matchcut.inspect.blur import blur
from matchcut.inspect.cast import cast
from matchcut.inspect.darkness import BLACK
from matchcut.inspect.deviation import Deviation
from matchcut.inspect.exposure import exposure
from matchcut.inspect.frozen import repeats, run_lengths
from matchcut.inspect.ghosting import ghosting
from matchcut.inspect.lighting import lighting
from matchcut.inspect.local_blur import local_blur
from matchcut.inspect.motion import Motion, follow, likeness
from matchcut.inspect.onset import FEWEST, onset
from matchcut.inspect.reduced import Reduced
from matchcut.inspect.region import region_of
from matchcut.inspect.residual import residual
from matchcut.inspect.subject import clarity
from matchcut.inspect.verdict import WORST, Candidate, Judgement, Reason, Verdict

LIMITS: Mapping[str, float] = {
    "blur": 3.1,
    "local blur": 5.0,
    "exposure": 5.0,
    "colour": 3.0,
    "light": 2.4,
    "ghosting": 2.9,
    "blocks": 4.2,
    "residual": 8.4,
    "subject": 3.0,
}
"""Standard deviations of a clip's own that are let pass, a measure: chosen on real clips by
`bench/anchor.py --choose`, 2026-11-29."""
TOO_FEW = f"fewer than {FEWEST} frames to compare"
CUT = f"fewer than {FEWEST} frames since a cut"
FLAT_NAME, FROZEN_NAME = "flat tone", "frozen"

_STEP = 0.02
"""What a step of one frame away from the edge costs, in scores."""
_GOOD = 0.6
"""Scores that are as good as none: it is not stepped further for less."""
_BLOCKS_FLOOR = 0.04
_FREEZE = 3
"""Repeated frames in a row from which a stall is seen; one or two are how some clips are made."""
_STALL = 1.5
"""Score of a frame in a freeze: it is worth a step, and most other faults are worse."""
_SAME_SCENE = 0.55
"""Likeness below which two neighbouring frames show two scenes."""
_HOLD = 0.9
"""Score from which a frame counts as badly as the one before it did."""
_HELD = 1.01
"""The score that it has then: no worse than is needed to count."""
_MOST_REASONS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scores:
    """What the measures say of each frame of one scene; scores over 1 speak against it."""

    scores: dict[str, npt.NDArray[np.float32]]
    maps: dict[str, npt.NDArray[np.float32]]
    unmeasured: tuple[str, ...]

    def candidate(self, position: int, frame: int) -> Candidate:
        reasons = [
            Reason(
                measure=name,
                score=round(float(score[position]), 3),
                region=region_of(self.maps[name][position]) if name in self.maps else None,
            )
            for name, score in self.scores.items()
            if score[position] > 0
        ]
        reasons.sort(key=lambda reason: -reason.score)
        return Candidate(
            frame=frame,
            score=reasons[0].score if reasons else 0.0,
            reasons=tuple(reasons[:_MOST_REASONS]),
        )


def judge(
    frames: Sequence[Reduced], *, candidates: Sequence[int], numbers: Sequence[int] | None = None
) -> Judgement:
    """Judge the frames at an edge of a clip, and choose one.

    Args:
        frames: A stretch of one clip in display order, the window and what it is compared with;
            the pinned frame is the last one of it, or the first one.
        candidates: Numbers of those that may be taken, the pinned one first and then stepping away
            from the edge; at least one. What lies beyond a cut is not taken.
        numbers: The frames' numbers, rising; from 0 where they are not given.

    Returns:
        `PASS` where nothing speaks against the pinned frame; `STEP` where something does and
        another frame is free of it; `PERSON` where none is, or nothing can be compared.

    """
    ordered, known = list(frames), list(numbers or range(len(frames)))
    if known[0] == candidates[0]:
        ordered.reverse()
        known.reverse()
    motions = [follow(b, a) for a, b in pairwise(ordered)]
    begin = _scene(ordered, motions)
    scored = _scored(ordered[begin:], motions[begin:])
    places = {number: place for place, number in enumerate(known[begin:])}
    looked = [scored.candidate(places[number], number) for number in candidates if number in places]
    enough = len(places) >= FEWEST
    return _judgement(looked, scored.unmeasured, enough=enough, cut=begin > 0)


def deviations(frames: Sequence[Reduced], motions: Sequence[Motion]) -> dict[str, Deviation | None]:
    """What every measure of `LIMITS` says of each frame of one scene.

    Args:
        frames: At least `FEWEST` frames, in display order or in the opposite one.
        motions: From each frame but the first to the one before it.

    Returns:
        By the measure's name; None where it can say nothing.

    """
    fine = np.stack([frame.fine for frame in frames])
    lab = np.stack([frame.lab for frame in frames])
    blocks = np.array([frame.blocks for frame in frames], np.float32)
    lit = lighting(lab, motions)
    soft, smeared = blur(fine, motions), local_blur(frames, motions)
    lost = [said.values for said in (soft, smeared) if said is not None]
    return {
        "blur": soft,
        "local blur": smeared,
        "exposure": exposure(frames, lab, motions, lit.values),
        "colour": cast(lab, motions),
        "light": lit,
        "ghosting": ghosting(frames, motions, np.max(lost, axis=0)) if lost else None,
        "blocks": Deviation(values=onset(np.diff(blocks, prepend=blocks[:1]), _BLOCKS_FLOOR)),
        "residual": residual(frames, motions),
        "subject": clarity(frames, motions),
    }


def _scored(frames: Sequence[Reduced], motions: Sequence[Motion]) -> _Scores:
    flat = np.array([WORST if frame.spread < BLACK else 0 for frame in frames], np.float32)
    scores = {FLAT_NAME: flat}
    maps: dict[str, npt.NDArray[np.float32]] = {}
    if len(frames) < FEWEST:
        return _Scores(scores=scores, maps=maps, unmeasured=(*LIMITS, FROZEN_NAME))
    found = deviations(frames, motions)
    for name, limit in LIMITS.items():
        deviation = found[name]
        if deviation is None:
            continue
        scores[name] = held(np.clip(deviation.values / limit, 0, WORST))
        if deviation.maps is not None:
            maps[name] = deviation.maps
    unmeasured = [name for name in LIMITS if found[name] is None]
    repeated = repeats(frames)
    if repeated is None:
        unmeasured.append(FROZEN_NAME)
    else:
        scores[FROZEN_NAME] = _stalls(run_lengths(repeated))
    return _Scores(scores=scores, maps=maps, unmeasured=tuple(unmeasured))


def held(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What a frame is told of, the next one is too while it nearly is: damage wavers, it stays."""
    held = scores.copy()
    for index in range(1, len(held)):
        if held[index - 1] > 1 and _HOLD < held[index] <= 1:
            held[index] = _HELD
    return held


def _stalls(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Score the frames of a freeze at the end, where the clip has none as long before."""
    last = int(lengths[-1])
    before = lengths[: len(lengths) - last]
    stalls = np.zeros(len(lengths), np.float32)
    if last >= _FREEZE and last > before.max(initial=0) + 1:
        stalls[len(lengths) - last :] = _STALL
    return stalls


def _judgement(
    looked: Sequence[Candidate], unmeasured: tuple[str, ...], *, enough: bool, cut: bool
) -> Judgement:
    cost = {one.frame: max(one.score, _GOOD) + _STEP * away for away, one in enumerate(looked)}
    ranked = tuple(sorted(looked, key=lambda one: cost[one.frame]))
    pinned, best = looked[0], ranked[0]
    if not enough or best.score > 1:
        verdict, chosen = Verdict.PERSON, best
    elif pinned.score <= 1:
        verdict, chosen = Verdict.PASS, pinned
    else:
        verdict, chosen = Verdict.STEP, best
    why = pinned.reasons[0] if verdict is not Verdict.PASS and pinned.score > 1 else None
    nothing = (CUT if cut else TOO_FEW) if verdict is Verdict.PERSON else ""
    return Judgement(
        verdict=verdict,
        chosen=chosen.frame,
        decided_by=why.measure if why else nothing,
        region=why.region if why else None,
        candidates=ranked,
        unmeasured=unmeasured,
    )


def _scene(frames: Sequence[Reduced], motions: Sequence[Motion]) -> int:
    """First frame of the scene that the last frame, the pinned one, is in."""
    cuts = [
        index
        for index, motion in enumerate(motions, 1)
        if likeness(frames[index], frames[index - 1], motion) < _SAME_SCENE
    ]
    return max(cuts, default=0)
