"""A window judged: what is clean is kept, what is damaged is stepped over, what cannot be told is
a person's.
"""

from collections.abc import Sequence

import numpy as np
import pytest

from defects import STRENGTHS, Defect, damaged
from matchcut.frames.types import Pixels
from matchcut.inspect.onset import FEWEST
from matchcut.inspect.reduced import Reduced, reduce_frame
from matchcut.inspect.verdict import Judgement, Verdict
from matchcut.inspect.window import CUT, LIMITS, TOO_FEW, held, judge
from moving import FRAMES, reduced, scene, texture, with_tail

LAST = FRAMES - 1
WINDOW = range(LAST, LAST - 12, -1)


def bad_tail(defect: Defect, strength: int = 1, seed: int = 3) -> list[Pixels]:
    whole = scene(seed=seed)
    return [damaged(defect, strength, whole, i, 5) for i in range(FRAMES - 4, FRAMES)]


def tail(frames: Sequence[Reduced]) -> Judgement:
    return judge(frames, candidates=WINDOW)


@pytest.mark.parametrize("seed", [3, 11, 20])
def test_a_clean_clip_keeps_its_last_frame(seed: int) -> None:
    found = tail(reduced(seed=seed))
    assert (found.verdict, found.chosen, found.decided_by) == (Verdict.PASS, LAST, "")
    assert {one.frame for one in found.candidates} == set(WINDOW)
    assert found.region is None


DECIDERS = {
    Defect.MOTION: {"blur", "local blur"},
    Defect.DEFOCUS: {"blur", "local blur"},
    Defect.LOCAL: {"local blur"},
    Defect.GHOST: {"ghosting", "blur", "local blur"},
    Defect.FLASH: {"exposure", "light"},
    Defect.FADE: {"exposure", "light", "colour"},
    Defect.LIGHT: {"light", "exposure"},
    Defect.BLOCKS: {"blocks", "colour"},
}


@pytest.mark.parametrize("strength", [1, 2], ids=STRENGTHS[1:])
@pytest.mark.parametrize("defect", DECIDERS, ids=str)
def test_a_damaged_tail_is_stepped_over(defect: Defect, strength: int) -> None:
    found = tail(with_tail(*bad_tail(defect, strength)))
    assert found.verdict is Verdict.STEP
    assert LAST - 7 <= found.chosen <= LAST - 4, "no further than it must"
    assert found.decided_by in DECIDERS[defect]


@pytest.mark.parametrize("count", [1, 2, 8, 11])
def test_however_long_the_damage_is(count: int) -> None:
    whole = scene()
    bad = [damaged(Defect.DEFOCUS, 1, whole, i, 5) for i in range(FRAMES - count, FRAMES)]
    found = tail(with_tail(*bad))
    assert found.verdict is Verdict.STEP
    assert found.chosen <= LAST - count


def test_a_window_that_is_damaged_all_through_is_a_persons() -> None:
    whole = scene()
    bad = [damaged(Defect.FLASH, 2, whole, i, 5) for i in range(FRAMES - 12, FRAMES)]
    found = tail(with_tail(*bad))
    assert found.verdict is Verdict.PERSON
    assert found.decided_by in DECIDERS[Defect.FLASH]


@pytest.mark.parametrize("defect", [Defect.FLASH, Defect.FADE, Defect.DEFOCUS], ids=str)
def test_damage_that_is_over_is_no_reason_to_step(defect: Defect) -> None:
    whole = list(scene())
    for index in (FRAMES - 7, FRAMES - 6):
        whole[index] = damaged(defect, 1, whole, index, 5)
    found = tail([reduce_frame(frame) for frame in whole])
    assert (found.verdict, found.chosen) == (Verdict.PASS, LAST)
    worst = {one.frame for one in found.candidates if one.score > 1}
    assert {FRAMES - 7, FRAMES - 6} <= worst <= {FRAMES - 7, FRAMES - 6, FRAMES - 5}, (
        "they, and at most the frame that differs from them"
    )


def test_where_it_is_is_said() -> None:
    found = tail(with_tail(*bad_tail(Defect.LOCAL, 2)))
    assert found.region is not None
    left, top, width, height = found.region
    change = np.abs(bad_tail(Defect.LOCAL, 2)[-1].astype(int) - scene()[-1]).max(axis=2)
    rows, columns = np.nonzero(change > change.max() / 2)
    assert left <= np.median(columns) / change.shape[1] <= left + width
    assert top <= np.median(rows) / change.shape[0] <= top + height
    assert width * height < 0.4


@pytest.mark.parametrize("defect", [Defect.DEFOCUS, Defect.FLASH], ids=str)
def test_a_head_is_stepped_forward(defect: Defect) -> None:
    whole = scene()
    frames = list(reduced())
    for index in range(3):
        frames[index] = reduce_frame(damaged(defect, 1, whole, index, 5))
    found = judge(frames, candidates=range(100, 112), numbers=range(100, 136))
    assert found.verdict is Verdict.STEP
    assert 103 <= found.chosen <= 106


def test_black_is_stepped_over_and_a_black_clip_is_a_persons() -> None:
    black = reduce_frame(np.zeros_like(scene()[0]))
    found = tail([*reduced()[:-2], black, black])
    assert (found.verdict, found.decided_by) == (Verdict.STEP, "flat tone")
    assert found.chosen <= LAST - 2
    found = tail([black] * FRAMES)
    assert (found.verdict, found.decided_by) == (Verdict.PERSON, "flat tone")


def test_a_freeze_at_the_end_is_cut_off_at_its_first_frame() -> None:
    frames = [*reduced()[:-5], *[reduced()[-6]] * 5]
    found = tail(frames)
    assert (found.verdict, found.decided_by) == (Verdict.STEP, "frozen")
    assert found.chosen == LAST - 5, "the first of the frozen frames shows all there is"


def test_a_long_freeze_is_a_persons() -> None:
    for length in (14, 24, FRAMES - 3):
        found = tail([*reduced()[:-length], *[reduced()[-length - 1]] * length])
        assert (found.verdict, found.decided_by) == (Verdict.PERSON, "frozen"), length


def test_two_of_a_kind_are_no_freeze() -> None:
    every_second = [frame for frame in reduced()[: FRAMES // 2] for _ in (0, 1)]
    assert tail(every_second).decided_by != "frozen"


@pytest.mark.parametrize("noise", [0, 1])
def test_a_clip_that_stands_still_passes(noise: int) -> None:
    picture = texture(5, 480, 272)
    rng = np.random.default_rng(2)
    frames = [
        reduce_frame(np.clip(picture + rng.normal(0, noise, picture.shape), 0, 255).astype("uint8"))
        for _ in range(FRAMES)
    ]
    found = tail(frames)
    assert found.verdict is Verdict.PASS
    assert "frozen" in found.unmeasured


def test_beyond_a_cut_nothing_is_taken_or_compared() -> None:
    other = [reduce_frame(frame) for frame in scene(seed=40)[:FEWEST]]
    found = tail([*reduced()[: FRAMES - FEWEST], *other])
    assert (found.verdict, found.chosen) == (Verdict.PASS, LAST)
    assert {one.frame for one in found.candidates} == set(range(FRAMES - FEWEST, FRAMES))


def test_a_scene_of_a_few_frames_is_a_persons() -> None:
    other = [reduce_frame(frame) for frame in scene(seed=40)[:3]]
    found = tail([*reduced()[: FRAMES - 3], *other])
    assert (found.verdict, found.decided_by) == (Verdict.PERSON, CUT)


@pytest.mark.parametrize("count", range(1, FEWEST))
def test_too_few_frames_are_not_taken_for_good_ones(count: int) -> None:
    found = judge(reduced()[:count], candidates=range(count - 1, -1, -1))
    assert (found.verdict, found.decided_by) == (Verdict.PERSON, TOO_FEW)
    assert set(LIMITS) <= set(found.unmeasured)


def test_twelve_frames_are_enough() -> None:
    found = judge(reduced()[:FEWEST], candidates=range(FEWEST - 1, -1, -1))
    assert found.verdict is Verdict.PASS
    assert "ghosting" in found.unmeasured
    whole = scene()
    hurt = reduce_frame(damaged(Defect.DEFOCUS, 1, whole, FEWEST - 1, 5))
    found = judge([*reduced()[: FEWEST - 1], hurt], candidates=range(FEWEST - 1, -1, -1))
    assert (found.verdict, found.chosen) == (Verdict.STEP, FEWEST - 2)


@pytest.mark.parametrize("size", [(2, 2), (1, 40), (16, 16), (40, 9)])
def test_any_size_is_looked_at(size: tuple[int, int]) -> None:
    frames = [reduce_frame(np.ascontiguousarray(f[: size[1], : size[0]])) for f in scene()[:12]]
    found = judge(frames, candidates=range(11, -1, -1))
    assert found.verdict in Verdict


def test_what_was_told_is_told_while_it_nearly_is() -> None:
    told = np.array([0.95, 1.2, 0.95, 0.92, 0.5, 0.95], np.float32)
    assert held(told).tolist() == pytest.approx([0.95, 1.2, 1.01, 1.01, 0.5, 0.95])
