"""CIEDE2000, against the pairs that its authors published."""

import cv2
import numpy as np
import pytest

from matchcut.inspect.colour import ciede2000, colour_step, lab
from small import picture

# Sharma, Wu and Dalal (2005), table 1.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "apart"), PUBLISHED)
def test_the_published_pairs(one: tuple, other: tuple, apart: float) -> None:
    there, back = np.array(one, float), np.array(other, float)
    assert float(ciede2000(there, back)) == pytest.approx(apart, abs=5e-5)
    assert float(ciede2000(back, there)) == pytest.approx(apart, abs=5e-5)


def test_white_is_white() -> None:
    white = lab(np.full((1, 1, 3), 255, np.uint8))
    assert white[0, 0] == pytest.approx((100, 0, 0), abs=0.02)


def test_a_motion_counts_less_than_a_tint() -> None:
    whole = cv2.resize(picture(4, 81, 45), (324, 180), interpolation=cv2.INTER_CUBIC)
    tint = np.clip(whole[:, :320] + np.array([12, 0, -12]), 0, 255).astype(np.uint8)
    assert colour_step(whole[:, :320], whole[:, :320]) == 0
    moved = colour_step(whole[:, :320], whole[:, 2:322])
    assert moved < 0.7 * colour_step(whole[:, :320], tint)
