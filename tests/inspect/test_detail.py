"""How sharp a frame is against its own clip: a soft one is told, a calm clip is not blamed."""

import cv2
import numpy as np
import pytest

from matchcut.frames.types import Pixels
from matchcut.inspect.detail import relative_sharpness
from matchcut.inspect.reduced import reduce_frame
from moving import scene

WINDOW = list(scene()[:12])


def blurred(frame: Pixels, by: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), by), np.uint8)


def sharpness(frames: list[Pixels]) -> np.ndarray:
    found = relative_sharpness(np.stack([reduce_frame(frame).fine for frame in frames]))
    assert found is not None
    return found


def test_frames_like_the_others_are_as_sharp_as_usual() -> None:
    assert np.abs(sharpness(WINDOW)).max() < 0.15


@pytest.mark.parametrize(("by", "most"), [(1.0, -0.7), (2.0, -1.8), (4.0, -2.5)])
def test_a_soft_frame_is_told(by: float, most: float) -> None:
    assert sharpness([*WINDOW[:-1], blurred(WINDOW[-1], by)])[-1] < most


def test_the_softer_the_less() -> None:
    told = [sharpness([blurred(WINDOW[0], by), *WINDOW[1:]])[0] for by in (0.5, 1, 2, 3)]
    assert told == sorted(told, reverse=True)
    assert len(set(told)) == 4


def test_a_clip_that_is_soft_throughout_is_its_own_measure() -> None:
    assert np.abs(sharpness([blurred(frame, 0.8) for frame in WINDOW])).max() < 0.15


def test_odd_frames_in_the_window_do_not_move_the_measure() -> None:
    noise = np.random.default_rng(1).integers(0, 256, WINDOW[0].shape).astype(np.uint8)
    assert abs(sharpness([*WINDOW[:-2], blurred(WINDOW[-1], 4), noise])[0]) < 0.15


def test_where_there_is_no_detail_nothing_is_said() -> None:
    wall = reduce_frame(np.full((272, 480, 3), 120, np.uint8)).fine
    assert relative_sharpness(np.stack([wall] * 3)) is None


def test_a_streak_takes_the_detail_of_one_direction() -> None:
    streak = np.full((1, 9), 1 / 9, np.float32)
    smeared = np.asarray(cv2.filter2D(WINDOW[0], -1, streak), np.uint8)
    before, after = (reduce_frame(frame).strokes for frame in (WINDOW[0], smeared))
    across, down, *_ = np.log2(np.median(after / before, axis=(0, 1)))
    assert across < -3
    assert down > across + 2
