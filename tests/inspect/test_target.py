"""The built-in picture: every place of it tells how it moves, and tones can be compared."""

import cv2
import numpy as np
import pytest

from matchcut.frames.types import Pixels
from matchcut.inspect.copies import told_copies
from matchcut.inspect.flow import flow, grey, telling
from matchcut.inspect.light import to_levels, to_light
from matchcut.inspect.lock import lock
from matchcut.inspect.target import target

SIZES = [(1280, 720), (720, 1280), (854, 480), (1920, 1080), (192, 108)]
GAIN, OFFSET = (0.94, 1.0, 1.08), (0.004, 0.0, -0.004)


def moved(pixels: Pixels, x: float, y: float, scale: float = 1.0) -> Pixels:
    """The picture enlarged about its middle, then moved."""
    height, width = pixels.shape[:2]
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = middle * (1 - scale) + (x, y)
    move = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return cv2.warpAffine(pixels, move, (width, height), flags=cv2.INTER_CUBIC)


def coded(pixels: Pixels) -> Pixels:
    """Through a lossy encoder, with tones changed before."""
    levels = to_levels(to_light(pixels) * np.array(GAIN) + np.array(OFFSET))
    whole = cv2.imencode(".jpg", np.rint(levels).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return cv2.imdecode(whole[1], cv2.IMREAD_COLOR)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_place_is_flat(width: int, height: int) -> None:
    small = grey(target(width, height), 640)
    rows, columns = (np.unique(places, return_counts=True) for places in telling(small))
    for lines, found in (rows, columns):
        assert np.diff(lines).max() == 4, "no line of the grid is left out"
        assert found.min() > 0.97 * found.max()
    assert rows[1].sum() > 0.999 * len(rows[0]) * len(columns[0])


def test_it_is_the_same_each_time_and_each_size_shows_the_same_kind() -> None:
    assert np.array_equal(target(1280, 720), target(1280, 720))
    for size in SIZES:
        pixels = target(*size)
        assert pixels.shape == (size[1], size[0], 3)
        assert pixels.mean(axis=(0, 1)) == pytest.approx((128, 128, 128), abs=5)
        assert ((pixels > 4) & (pixels < 251)).mean() > 0.999


@pytest.mark.parametrize(("x", "y"), [(0.3, -0.2), (3.0, 2.0), (-6.0, 9.0)])
def test_a_known_shift_is_seen_at_every_place(x: float, y: float) -> None:
    pixels = target(1280, 720)
    one, other = grey(pixels, 640), grey(moved(pixels, x, y), 640)
    off = np.abs(flow(one, other)[telling(one)] - (x / 2, y / 2)).max(axis=1)
    assert np.median(off) < 0.1
    assert np.percentile(off, 99) < 0.2


@pytest.mark.parametrize(("width", "height"), SIZES[:3])
def test_what_a_model_does_to_it_is_measured(width: int, height: int) -> None:
    pixels = target(width, height)
    found = lock(coded(moved(pixels, 1.5, -0.75, 1.004)), pixels)
    assert found.shift == pytest.approx((1.5, -0.75), abs=0.1)
    assert found.scale == pytest.approx(1.004, abs=0.0005)
    assert found.gain == pytest.approx(GAIN, abs=0.01)
    assert found.offset == pytest.approx(OFFSET, abs=0.003)


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
@pytest.mark.parametrize("speed", [0.0005, 0.004])
def test_copies_of_it_are_told_in_a_slow_push(copies: int, speed: float) -> None:
    pixels = target(640, 360)
    steps = [0] * copies + list(range(1, 7 - copies))
    assert told_copies(pixels, [moved(pixels, 0, 0, 1 + speed * step) for step in steps]) == copies
