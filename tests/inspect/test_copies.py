"""Frames at an edge that show the anchor again: counted, not assumed."""

import cv2
import numpy as np
import pytest

from matchcut.frames.types import Pixels
from matchcut.inspect.copies import count_copies, difference
from small import picture

WHOLE = picture(3, 480, 240)


def frame(shift: float) -> Pixels:
    move = np.float32([[1, 0, -40 - shift], [0, 1, -30]])
    return cv2.warpAffine(WHOLE, move, (360, 180), flags=cv2.INTER_CUBIC)


def noisy(pixels: Pixels, seed: int, by: float = 2.0) -> Pixels:
    noise = np.random.default_rng(seed).normal(0, by, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
@pytest.mark.parametrize("speed", [1.0, 3.0, 8.0])
def test_copies_are_counted_in_a_moving_clip(copies: int, speed: float) -> None:
    moving = [frame(speed * n) for n in range(1, 8)]
    clip = [noisy(f, n) for n, f in enumerate([frame(0)] * copies + moving)]
    assert count_copies(frame(0), clip) == copies


def test_a_standing_picture_gives_up_one_frame_only() -> None:
    assert count_copies(frame(0), [noisy(frame(0), n) for n in range(8)]) == 1


def test_a_change_of_exposure_is_not_a_change_of_scene() -> None:
    darker = np.clip(frame(0).astype(int) - 6, 0, 255).astype(np.uint8)
    assert count_copies(frame(0), [darker, frame(4), frame(8), frame(12), frame(16)]) == 1


def test_another_scene_is_no_copy() -> None:
    assert count_copies(picture(8, 360, 180), [frame(n) for n in range(6)]) == 0


def test_never_all_frames_of_a_clip() -> None:
    assert count_copies(frame(0), [frame(0)]) == 0
    assert count_copies(frame(0), [frame(0), frame(0)]) == 1
    assert count_copies(frame(0), []) == 0


def test_size_does_not_matter() -> None:
    assert count_copies(cv2.resize(frame(0), (720, 360)), [frame(0), frame(5), frame(10)]) == 1


def test_the_difference_is_nothing_between_equals_and_large_between_scenes() -> None:
    assert difference(frame(0), frame(0)) == 0
    assert difference(frame(0), picture(8, 360, 180)) > 20
