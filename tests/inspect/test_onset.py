"""What comes at once and stays is told from what wavers, drifts, or is over."""

import numpy as np
import pytest

from matchcut.inspect.deviation import steps
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import FEWEST, onset, onset_places

FRAMES = 36
LOUD, QUIET = 8.0, 6.0
STILL = [Motion(flow=np.zeros((18, 32, 2), np.float32))] * (FRAMES - 1)


def found(levels: np.ndarray) -> np.ndarray:
    return onset(np.diff(levels, prepend=levels[:1]).astype(np.float32), 0.1)


def wavering(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(50, 2, FRAMES)


@pytest.mark.parametrize("seed", range(4))
def test_a_flicker_hides_no_change_that_stays(seed: int) -> None:
    levels = wavering(seed)
    assert found(levels)[-1] > -QUIET
    levels[-4:] -= 20
    assert found(levels)[-1] < -QUIET


def test_a_drift_is_none() -> None:
    levels = 50 + 2.0 * np.arange(FRAMES) + np.random.default_rng(1).normal(0, 0.2, FRAMES)
    assert np.abs(found(levels)).max() < QUIET
    levels[-4:] += 8
    assert found(levels)[-4:].min() > LOUD


def test_what_is_over_leaves_nothing() -> None:
    levels = 50 + np.random.default_rng(2).normal(0, 0.2, FRAMES)
    levels[-7:-5] += 20
    assert found(levels)[-7:-5].min() > LOUD
    assert np.abs(found(levels)[-5:]).max() < QUIET


@pytest.mark.parametrize(("late", "by", "told"), [(11, 1.5, True), (14, 1.5, False), (14, 6, True)])
def test_what_began_before_the_window_must_be_larger(late: int, by: float, *, told: bool) -> None:
    levels = 50 + np.random.default_rng(3).normal(0, 0.05, FRAMES)
    levels[-late:] += by
    assert bool(np.abs(found(levels)[-1]) > LOUD) is told


def test_what_began_in_the_first_third_is_how_the_clip_looks() -> None:
    levels = 50 + np.random.default_rng(3).normal(0, 0.05, FRAMES)
    levels[11:] += 4
    assert np.abs(found(levels)[-1]) < QUIET


def test_a_few_frames_are_looked_at_as_well() -> None:
    levels = np.array([50, 50.1, 49.9] * 3 + [50, 50.1, 60], np.float32)
    assert len(levels) == FEWEST
    assert found(levels)[-1] > LOUD


def test_the_place_is_said() -> None:
    rng = np.random.default_rng(5)
    grids = rng.normal(8, 0.1, (FRAMES, 18, 32, 2)).astype(np.float32)
    grids[-4:, 5:10, 7:14, 1] -= 2
    lost = onset_places(-steps(grids, STILL), STILL, 0.06)
    assert lost[-1, 5:10, 7:14, 1].min() > LOUD
    lost[-4:, 5:10, 7:14, 1] = 0
    assert np.percentile(lost, 99) < QUIET
