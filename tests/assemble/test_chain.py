"""Ten hops over real stills: steps at the seams, drift, its forecast, and its correction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

import matchcut
from brighter import brighter
from matchcut.assemble.record import drifts
from matchcut.frames.clip import read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still, write_still
from matchcut.frames.types import Pixels
from matchcut.inspect.correct import Correction, apply, change, eased, then, undoing
from matchcut.inspect.drift import BUDGET, OUT, SHARES, Drift, Hop, Measure, drift
from matchcut.inspect.lock import Lock, lock
from matchcut.inspect.look import look
from matchcut.inspect.seam import Seam, Side, measure_seam, tone
from matchcut.render.providers.rehearsal import Scene, generate

ART = Path(__file__).parents[2] / "examples" / "courier" / "art"
MOVES = (
    "slow push in",
    "pan left",
    "tracking right",
    "tilt down",
    "slow push in",
    "orbit right",
    "crane up",
    "pull out",
    "pan right",
    "push in",
    "tracking left",
)
HOPS = 10
RATE = Fraction(24)
SIZE = 256, 144

HEAD = """
title: Ten hops
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: s0, hero: true, start: art/hero.png, prompt: a walk, camera: slow push in}
"""


def still(name: str) -> Pixels:
    return cv2.resize(read_still(ART / name), SIZE, interpolation=cv2.INTER_AREA)


def test_a_ten_hop_film_steps_nowhere_and_stays_within_its_budget(tmp_path: Path) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "art" / "hero.png").write_bytes(write_still(still("trail.jpg"), {}))
    shots = "".join(
        f"  - {{id: s{n}, prompt: a walk, camera: {MOVES[n]}}}\n" for n in range(1, HOPS + 1)
    )
    film = tmp_path / "film.yaml"
    film.write_text(HEAD + shots, encoding="utf-8")
    project = matchcut.load(film)
    made = matchcut.assemble(matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal()))
    seams = [shot.seam for shot in made.shown[1:]]
    assert len(seams) == HOPS
    ratios = [seam.ratio for seam in seams if seam and seam.ratio is not None]
    assert len(ratios) >= 7, "two slow pushes may be too small to tell"
    assert all(0.4 <= ratio <= 1.25 for ratio in ratios), ratios
    for seam in seams:
        assert seam is not None
        assert seam.head == 1
        assert not {"seam.freeze", "seam.step", "seam.gain", "seam.shift"} & set(seam.flags)
    (chain,) = drifts(made.shown)
    assert len(chain.shots) == HOPS + 1
    assert chain.within, [(one.measure, one.values) for one in chain.forecasts if one.broken]
    assert all(len(places) == len(SHARES) for places in chain.inside)


@dataclass(frozen=True)
class Made:
    """A chain as it was made: each clip, and the correction its anchor had."""

    clips: list[list[Pixels]]
    locks: list[Lock]
    corrections: list[Correction]

    def drift(self, hops: int = HOPS) -> Drift:
        return drift(
            [
                Hop(
                    shot=f"s{n}",
                    looks=[look(clip[round(share * (len(clip) - 1))]) for share in SHARES],
                    tone=tone(self.locks[n - 1]) if n else None,
                )
                for n, clip in enumerate(self.clips[: hops + 1])
            ]
        )


def made(folder: Path, name: str, gain: float, correct: Callable[[Correction], Correction]) -> Made:
    """Ten hops through an encoder; `correct` turns what has happened so far into a correction."""
    anchor, so_far = still(name), Correction()
    clips, locks, corrections = [], [], []
    for hop, words in enumerate(MOVES):
        scene = Scene(
            start=anchor,
            end=None,
            carried=None,
            prompt=words,
            seed=hop,
            width=SIZE[0],
            height=SIZE[1],
            frames=24,
            rate=RATE,
        )
        write_clip(
            folder / "clip.mp4",
            brighter(generate(scene), gain if hop else 1.0),
            rate=RATE,
            quality=Quality.TAKE,
        )
        clip = [frame.pixels for frame in read_frames(folder / "clip.mp4")]
        if clips:
            # Against the frame that was shown last, so that what the correction did is in it.
            locks.append(lock(clip[0], clips[-1][-1]))
            so_far = then(so_far, change(locks[-1]))
        clips.append(clip)
        corrections.append(correct(so_far))
        anchor = apply(clip[-1], corrections[-1])
    return Made(clips, locks, corrections)


def nothing(_: Correction) -> Correction:
    return Correction()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("planted"), "summit.jpg", 1.01, nothing)


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("corrected"), "summit.jpg", 1.01, undoing)


def tone_of(chain: Drift) -> tuple[int | None, list[float]]:
    (own,) = [one for one in chain.forecasts if one.measure is Measure.TONE]
    return own.breaks, [value or 0.0 for value in own.values]


def test_a_planted_gain_is_foreseen_within_one_hop(planted: Made) -> None:
    truth = next(n for n in range(1, 40) if 1.01**n - 1 > BUDGET[Measure.TONE])
    for seen in (3, 5, 8):
        breaks, values = tone_of(planted.drift(seen))
        assert values[1] == pytest.approx(0.01, abs=0.002)
        assert breaks is not None
        assert abs(breaks - truth) <= 1


def test_correction_keeps_it_inside(planted: Made, corrected: Made) -> None:
    assert max(map(abs, tone_of(planted.drift())[1])) > BUDGET[Measure.TONE] * 0.98
    breaks, values = tone_of(corrected.drift())
    assert breaks is None
    assert max(map(abs, values)) < 0.02
    assert corrected.drift().within


def test_what_flares_up_where_it_is_handed_on_is_over_its_budget(planted: Made) -> None:
    flare = Correction(gain=(2.0, 2.0, 2.0))
    flaring = [[*clip[:-1], apply(clip[-1], flare)] for clip in planted.clips[1:4]]
    found = replace(planted, clips=[planted.clips[0], *flaring]).drift(3)
    assert planted.drift(3).within
    assert not found.within
    first = found.first_break
    assert first is not None
    assert (first.breaks, first.place) == (1, OUT)


def _seam(before: list[Pixels], after: list[Pixels]) -> Seam:
    rate = float(RATE)
    return measure_seam(
        Side(frames=before[-6:], rate=rate), Side(frames=after[:5], rate=rate), joined=True
    )


def test_what_a_correction_did_shows_at_no_seam_once_it_is_undone(corrected: Made) -> None:
    largest = max(corrected.corrections, key=lambda one: abs(one.gain[1] - 1))
    assert abs(largest.gain[1] - 1) > 0.008
    length = 12
    shown = [corrected.clips[0]]
    for known, clip in zip(corrected.corrections, corrected.clips[1:], strict=False):
        undone = [apply(frame, eased(known, n, length)) for n, frame in enumerate(clip)]
        shown.append(undone)
    for before, after in pairwise(shown):
        seam = _seam(before, after[1:])  # the first frame is the copy of the anchor
        assert seam.ratio is None or 0.4 <= seam.ratio <= 1.25
        assert not {"seam.step", "seam.colour", "seam.freeze"} & set(seam.flags)
        means = [float(frame.mean()) for frame in (*before[-4:], *after[1:5])]
        assert np.abs(np.diff(means)).max() < 2.0


def test_a_large_correction_would_step_and_does_not_once_it_is_undone(planted: Made) -> None:
    """What a cut back to the hero would look like, and what easing makes of it."""
    known = Correction(gain=(0.9, 0.9, 0.9))
    before, after = planted.clips[7], planted.clips[8]
    hard = [apply(frame, known) for frame in after]
    soft = [apply(frame, then(known, eased(known, n, 20))) for n, frame in enumerate(after)]
    assert "seam.colour" in _seam(before, hard[1:]).flags
    assert "seam.colour" not in _seam(before, soft[1:]).flags
    steps = [abs(float(b.mean()) - float(a.mean())) for a, b in pairwise(soft)]
    plain = [abs(float(b.mean()) - float(a.mean())) for a, b in pairwise(after)]
    assert max(steps) < max(plain) + 1.0
