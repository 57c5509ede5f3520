"""A frame against its anchor: shift, scale and tones as they were planted."""

import json

import cv2
import numpy as np
import pytest

from matchcut.frames.types import Pixels
from matchcut.inspect.light import to_levels, to_light
from matchcut.inspect.lock import EQUAL, Lock, lock, psnr, ssim
from small import picture

WIDTH, HEIGHT = 1280, 720
WHOLE = cv2.resize(picture(3, 400, 240), (1600, 960), interpolation=cv2.INTER_CUBIC)


def view(x: float, y: float, scale: float = 1.0) -> Pixels:
    """The picture moved by x and y and enlarged about the middle of the view."""
    middle = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
    shift = middle + np.array([x, y]) - scale * (middle + np.array([160, 120]))
    move = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return cv2.warpAffine(WHOLE, move, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)


def toned(pixels: Pixels, gain: tuple, offset: tuple, noise: float = 2.0) -> Pixels:
    light = to_light(pixels) * np.array(gain) + np.array(offset)
    grain = np.random.default_rng(7).normal(0, noise, pixels.shape)
    return np.clip(to_levels(light) + grain + 0.5, 0, 255).astype(np.uint8)


CASES = [
    ((0.0, 0.0), 1.0, (1.0, 1.0, 1.0)),
    ((0.25, -0.4), 1.0, (1.01, 1.01, 1.01)),
    ((1.3, 0.6), 1.004, (0.97, 1.0, 1.03)),
    ((-2.5, 3.1), 0.992, (1.06, 1.05, 1.04)),
    ((7.0, -4.0), 1.01, (0.9, 0.92, 0.95)),
]


@pytest.mark.parametrize("subject", [False, True], ids=["still", "moving subject"])
@pytest.mark.parametrize(("shift", "scale", "gain"), CASES)
def test_what_was_planted_is_found(
    shift: tuple, scale: float, gain: tuple, *, subject: bool
) -> None:
    frame = view(*shift, scale)
    if subject:
        frame[200:560, 400:840] = view(shift[0] + 9, shift[1] - 6, scale)[200:560, 400:840]
    offset = (0.002, -0.001, 0.0)
    found = lock(toned(frame, gain, offset), view(0, 0))
    assert found.shift is not None
    assert np.abs(np.subtract(found.shift, shift)).max() < 0.25
    assert found.scale == pytest.approx(scale, abs=0.0005)
    assert found.gain == pytest.approx(gain, rel=0.01)
    assert found.offset == pytest.approx(offset, abs=0.003)


def test_another_picture_is_not_measured() -> None:
    other = cv2.resize(picture(8, 320, 180), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    found = lock(other, view(0, 0))
    assert (found.shift, found.scale, found.gain, found.offset) == (None,) * 4
    assert found.psnr < 20


def test_a_flat_picture_has_no_shift() -> None:
    flat = np.full((180, 320, 3), 90, np.uint8)
    found = lock(flat, flat)
    assert (found.psnr, found.ssim) == (EQUAL, pytest.approx(1))
    assert (found.shift, found.gain) == (None, None)


def test_an_anchor_of_another_size_is_brought_to_the_frames() -> None:
    small = cv2.resize(view(0, 0), (640, 360), interpolation=cv2.INTER_AREA)
    found = lock(small, view(0, 0))
    assert found.width == 640
    assert found.psnr > 40
    assert np.abs(found.shift).max() < 0.1


def test_clipped_whites_do_not_sway_the_gain() -> None:
    bright = toned(view(0, 0), (1.6, 1.6, 1.6), (0, 0, 0), 0)
    assert (bright == 255).mean() > 0.02
    assert lock(bright, view(0, 0)).gain == pytest.approx((1.6, 1.6, 1.6), rel=0.01)


def test_psnr_and_ssim_are_the_textbooks() -> None:
    one = np.full((64, 64, 3), 100, np.uint8)
    assert psnr(one, one + np.uint8(5)) == pytest.approx(20 * np.log10(255 / 5))
    assert ssim(view(0, 0), view(0, 0)) == pytest.approx(1)
    assert ssim(view(0, 0), 255 - view(0, 0)) < 0.3


def test_a_lock_goes_through_json() -> None:
    for pair in ((view(1, 0), view(0, 0)), (np.zeros((90, 160, 3), np.uint8),) * 2):
        found = lock(*pair)
        assert Lock.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_light_and_levels_are_each_others_reverse() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(1, 256).repeat(3, 0)[..., None].repeat(3, 2)
    assert np.array_equal(np.rint(to_levels(to_light(every))).astype(np.uint8), every)
