"""How sharp a frame is against its own clip: a soft one is told, a calm clip is not blamed."""

import cv2
import numpy as np
import pytest

from matchcut.frames.types import Pixels
from matchcut.inspect.sharpness import relative_sharpness
from small import picture

WINDOW = [picture(3, 192 + 12, 108)[:, n : n + 192] for n in range(12)]


def blurred(frame: Pixels, by: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), by), np.uint8)


def test_a_frame_like_the_others_is_as_sharp_as_usual() -> None:
    assert relative_sharpness(WINDOW[-1], WINDOW) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("by", "most"), [(1.0, 0.7), (2.0, 0.3), (4.0, 0.1)])
def test_a_soft_frame_is_told(by: float, most: float) -> None:
    soft = blurred(WINDOW[-1], by)
    assert relative_sharpness(soft, [*WINDOW[:-1], soft]) < most


def test_the_softer_the_less() -> None:
    told = [relative_sharpness(blurred(WINDOW[0], by), WINDOW) for by in (0.5, 1, 2, 3)]
    assert told == sorted(told, reverse=True)
    assert len(set(told)) == 4


def test_a_clip_that_is_soft_throughout_is_its_own_measure() -> None:
    soft = [blurred(frame, 3) for frame in WINDOW]
    assert relative_sharpness(soft[-1], soft) == pytest.approx(1, abs=0.15)


def test_one_odd_frame_in_the_window_does_not_move_the_measure() -> None:
    noise = np.random.default_rng(1).integers(0, 256, WINDOW[0].shape).astype(np.uint8)
    window = [*WINDOW[:-2], blurred(WINDOW[-1], 4), noise]
    assert relative_sharpness(WINDOW[0], window) == pytest.approx(1, abs=0.1)


def test_where_there_is_no_detail_nothing_is_missed() -> None:
    wall = np.full((108, 192, 3), 120, np.uint8)
    assert relative_sharpness(wall, [wall] * 3) == 1
    assert relative_sharpness(wall, WINDOW) == 0


def test_a_large_frame_is_reduced_first_so_that_grain_counts_for_less() -> None:
    calm = cv2.resize(WINDOW[0], (1920, 1080), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(1).normal(0, 4, calm.shape)
    grainy = np.clip(calm + grain, 0, 255).astype(np.uint8)
    part = relative_sharpness(grainy[:360, :640], [calm[:360, :640]])
    assert relative_sharpness(grainy, [calm] * 3) < part / 4
