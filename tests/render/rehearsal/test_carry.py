"""A continued clip goes on from where the one before it was, at its speed."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from matchcut.render.providers.rehearsal import generate

INNER = np.s_[60:-60, 100:-100]


def shift(one, two):
    gray = [
        np.ascontiguousarray(frame.mean(axis=2).astype(np.uint8)[INNER]) for frame in (one, two)
    ]
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*gray, None)
    return np.median(flow.reshape(-1, 2), axis=0)


@pytest.mark.parametrize(("dx", "dy"), [(2.0, 0.0), (-1.5, 0.6), (0.5, -0.4)])
def test_a_travel_goes_on(wide, scene, dx, dy):
    before, last = wide(640, 360), wide(640 + dx, 360 + dy)
    frames = list(generate(scene(carried=(before, last), frames=24)))
    assert not np.array_equal(frames[0], last)
    assert shift(last, frames[0]) == pytest.approx([-dx, -dy], abs=0.3)
    assert shift(last, frames[9]) == pytest.approx([-10 * dx, -10 * dy], rel=0.2, abs=0.5)


def test_a_zoom_goes_on(wide, scene):
    frames = list(generate(scene(carried=(wide(640, 360, 1.0), wide(640, 360, 1.004)), frames=12)))
    truth = wide(640, 360, 1.004**11)
    assert cv2.PSNR(frames[9][INNER], truth[INNER]) > 32


def test_the_speed_is_one(wide, scene, step):
    before, last = wide(640, 360), wide(641.5, 360)
    frames = [before, last, *generate(scene(carried=(before, last), frames=48))]
    steps = [step(one, two) for one, two in pairwise(frames)]
    assert all(0.7 < one / np.median(steps) < 1.25 for one in steps[1:])


def test_a_rush_slows_but_never_stops(wide, scene, step):
    before, last = wide(600, 360), wide(620, 360)
    frames = [last, *generate(scene(carried=(before, last), frames=96))]
    steps = [step(one, two) for one, two in pairwise(frames)]
    assert steps[0] > 2 * steps[-1]
    assert min(steps) > 0.05
    assert shift(last, frames[1])[0] < -12


def test_what_stood_still_stands_still(bunny, scene):
    frames = list(generate(scene(carried=(bunny[60], bunny[60].copy()), frames=24)))
    assert len(frames) == 24
    assert max(np.abs(frame.astype(int) - bunny[60]).max() for frame in frames) <= 3


def test_it_lands_on_an_end(wide, scene, step):
    before, last, end = wide(598, 360), wide(600, 360), wide(648, 360)
    frames = list(generate(scene(carried=(before, last), end=end, frames=24)))
    assert len(frames) == 24
    assert np.array_equal(frames[-1], end)
    assert shift(last, frames[0]) == pytest.approx([-2, 0], abs=0.3)
    assert step(last, frames[0]) > 0


def test_a_subject_that_moves_leaves_no_border(bunny, scene):
    before, last = (np.maximum(bunny[index], 60) for index in (58, 59))
    for frame in generate(scene(carried=(before, last), frames=24)):
        assert frame.min() > 30
