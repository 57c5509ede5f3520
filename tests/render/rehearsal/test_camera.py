"""One anchor: each camera word does what it says, steadily, inside the picture."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from matchcut.render.providers.rehearsal import generate
from matchcut.render.providers.rehearsal.fields import grid_of
from matchcut.render.providers.rehearsal.moves import drifts_of, gentle
from matchcut.render.providers.rehearsal.words import Camera, Direction

STEADY = [move for move in Camera if move not in {Camera.STATIC, Camera.HANDHELD}]


def flow(before, after):
    gray = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, after)]
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*gray, None)


def mean(part):
    return np.median(part.reshape(-1, 2), axis=0)


# Where a part of the content goes on screen, per move: (part, axis, sign).
HALVES = {
    "left": np.s_[60:300, 40:200],
    "right": np.s_[60:300, 440:600],
    "top": np.s_[40:120, 120:520],
    "bottom": np.s_[240:320, 120:520],
    "all": np.s_[60:300, 120:520],
}
EXPECTED = {
    "push in": [("left", 0, -1), ("right", 0, 1), ("top", 1, -1), ("bottom", 1, 1)],
    "zoom in": [("left", 0, -1), ("right", 0, 1), ("top", 1, -1), ("bottom", 1, 1)],
    "pull out": [("left", 0, 1), ("right", 0, -1), ("top", 1, 1), ("bottom", 1, -1)],
    "zoom out": [("left", 0, 1), ("right", 0, -1), ("top", 1, 1), ("bottom", 1, -1)],
    "pan left": [("all", 0, 1)],
    "pan right": [("all", 0, -1)],
    "tilt up": [("all", 1, 1)],
    "tilt down": [("all", 1, -1)],
    "track left": [("all", 0, 1), ("top", 0, 1), ("bottom", 0, 1)],
    "track right": [("all", 0, -1), ("top", 0, -1), ("bottom", 0, -1)],
    "crane up": [("all", 1, 1)],
    "crane down": [("all", 1, -1)],
    # The background follows the camera that circles the subject.
    "orbit left": [("left", 0, -1), ("right", 0, -1)],
    "orbit right": [("left", 0, 1), ("right", 0, 1)],
}


@pytest.mark.parametrize("move", STEADY)
def test_direction_on_a_real_picture(bunny, scene, move):
    frames = list(generate(scene(start=bunny[60], prompt=f"camera: {move}", frames=25)))
    moved = flow(frames[0], frames[24])
    for part, axis, sign in EXPECTED[move]:
        assert sign * mean(moved[HALVES[part]])[axis] > 1.0, part


@pytest.mark.parametrize("move", STEADY)
def test_constant_speed_from_the_first_frame_to_the_last(bunny, scene, step, move):
    frames = list(generate(scene(start=bunny[60], prompt=f"camera: {move}", frames=72)))
    steps = [step(one, two) for one, two in pairwise(frames)]
    middle = np.mean(steps[33:38])
    assert all(0.4 * middle < one < 1.25 * middle for one in (*steps[:3], *steps[-3:]))
    assert steps[0] > 0.8 * np.mean(steps[1:4])


def test_near_things_pass_faster_than_far_ones(bunny, scene):
    frames = list(generate(scene(start=bunny[60], prompt="track right", frames=25)))
    moved = flow(frames[0], frames[24])
    assert mean(moved[HALVES["bottom"]])[0] < 1.2 * mean(moved[HALVES["top"]])[0] < 0


def test_the_same_move_reversed_lands_on_the_end(bunny, scene):
    frames = list(generate(scene(end=bunny[60], prompt="pan right", frames=25)))
    assert np.array_equal(frames[-1], bunny[60])
    assert mean(flow(frames[0], frames[24])[HALVES["all"]])[0] < -1.0


@pytest.mark.parametrize("anchor", ["start", "end"])
@pytest.mark.parametrize("move", STEADY)
def test_nothing_is_fetched_from_outside_the_picture(move, anchor):
    grid = grid_of(160, 90)
    seconds = 12.0
    held = seconds if anchor == "end" else 0.0
    direction = Direction(moves=(move,), pace=1.6)
    (drift,) = drifts_of(direction, grid, seconds=seconds, anchor=held, seed=1)
    for time in (0.0, 0.3, 6.0, 12.0):
        across = grid.columns + drift.amount(time) * grid.width * drift.field[0]
        along = grid.rows + drift.amount(time) * grid.width * drift.field[1]
        assert across.min() > -0.01
        assert across.max() < 159.01
        assert along.min() > -0.01
        assert along.max() < 89.01
        # Neither folded over nor torn: neighbours stay neighbours, in order.
        assert np.diff(across, axis=1).min() > 0.2
        assert np.diff(along, axis=0).min() > 0.2


@pytest.mark.parametrize("prompt", [*(m.value for m in Camera), "handheld pan left, tilt up", ""])
def test_no_dark_border_on_a_white_picture(scene, prompt):
    white = np.full((90, 160, 3), 250, np.uint8)
    for frame in generate(scene(start=white, prompt=prompt, frames=48)):
        assert frame.min() >= 246


def test_a_hand_starts_from_rest_and_wanders_a_little(bunny, scene, step):
    frames = list(generate(scene(start=bunny[60], prompt="handheld", frames=48)))
    assert np.array_equal(frames[0], bunny[60])
    assert step(frames[0], frames[1]) > 0.2
    far = [np.abs(mean(flow(frames[0], frame)[HALVES["all"]])).max() for frame in frames[8::8]]
    assert 0.5 < max(far) < 15


def test_two_hands_differ(bunny, scene):
    one, two = (
        list(generate(scene(start=bunny[60], prompt="handheld", seed=seed, frames=12)))[-1]
        for seed in (1, 2)
    )
    assert not np.array_equal(one, two)


def test_a_locked_off_camera_keeps_still_but_lives(bunny, scene, step):
    frames = list(generate(scene(start=bunny[60], prompt="static camera", frames=96)))
    assert np.array_equal(frames[0], bunny[60])
    assert np.array_equal(frames[-1], bunny[60])
    away = [np.abs(frame.astype(int) - bunny[60]).max() for frame in frames]
    assert 1 <= max(away) <= 3
    assert np.abs(mean(flow(frames[0], frames[24])[HALVES["all"]])).max() < 0.1
    assert min(step(one, two) for one, two in pairwise(frames)) > 0


def test_a_prompt_that_names_no_move_gets_a_gentle_one(bunny, scene, step):
    frames = list(generate(scene(start=bunny[60], prompt="she runs", frames=24)))
    assert 0.2 < np.mean([step(one, two) for one, two in pairwise(frames)]) < 8
    assert len({gentle(seed).moves for seed in range(10)}) > 2


def test_words_of_pace_change_the_speed(bunny, scene, step):
    slow, usual, fast = (
        step(*list(generate(scene(start=bunny[60], prompt=words, frames=3)))[:2])
        for words in ("slow pan left", "pan left", "fast pan left")
    )
    assert slow < usual < fast
