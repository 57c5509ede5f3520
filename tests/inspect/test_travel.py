"""Speed and direction of a picture that moves."""

import cv2
import numpy as np
import pytest

from matchcut.frames.types import Pixels
from matchcut.inspect.travel import Travel, travel, turned
from small import picture

WHOLE = picture(3, 480, 300)


def view(x: float, y: float, zoom: float = 1.0) -> Pixels:
    move = np.float32([[zoom, 0, 160 * (1 - zoom) - 40 - x], [0, zoom, 90 * (1 - zoom) - 40 - y]])
    return cv2.warpAffine(WHOLE, move, (320, 180), flags=cv2.INTER_CUBIC)


@pytest.mark.parametrize(("x", "y"), [(0.5, 0), (4, 0), (-3, 2), (0, -1)])
def test_a_pan_has_its_speed_and_direction(x: float, y: float) -> None:
    found = travel(view(0, 0), view(x, y), rate=24)
    assert found is not None
    assert found.aimed
    # The picture goes against the camera.
    assert (found.across * 320 / 24, found.along * 320 / 24) == pytest.approx((-x, -y), abs=0.05)
    assert found.speed * 320 / 24 == pytest.approx(np.hypot(x, y), abs=0.05)


def test_a_zoom_has_speed_and_no_direction() -> None:
    found = travel(view(0, 0), view(0, 0, 1.02), rate=24)
    assert found is not None
    assert found.speed * 320 / 24 > 1
    assert not found.aimed
    assert turned(found, travel(view(0, 0), view(3, 0), rate=24)) is None


def test_a_flat_picture_says_nothing() -> None:
    flat = np.full((180, 320, 3), 90, np.uint8)
    assert travel(flat, flat, rate=24) is None


def test_the_angle_between_two_motions() -> None:
    right, down = (Travel(speed=1, across=a, along=b, pixels=9) for a, b in ((1, 0), (0, 1)))
    left = Travel(speed=1, across=-1, along=0, pixels=9)
    assert turned(right, right) == pytest.approx(0)
    assert turned(right, down) == pytest.approx(90)
    assert turned(right, left) == pytest.approx(180)
