"""More than 8 bits to 8: a smooth gradient keeps its mean and has no bands."""

import numpy as np
import pytest
from test_colour import picture_of

from matchcut.frames.colour import to_pixels
from matchcut.frames.dither import offsets
from matchcut.frames.types import Matrix

GREY = 512  # the middle of ten bits, so that a picture has no colour


def test_offsets_are_even_and_within_half_a_level():
    block = offsets(slice(0, 8), 8)
    assert sorted(block.ravel()) == pytest.approx([(k + 0.5) / 64 - 0.5 for k in range(64)])
    assert np.array_equal(offsets(slice(3, 21), 19), np.tile(block, (3, 3))[3:21, :19])


def ramp(depth):
    """(256, 512) codes of luma, limited range, that rise by a fortieth of a level a column."""
    step = 2 ** (depth - 8)
    exact = np.linspace(100, 112.8, 512) * 219 / 255 + 16
    return np.tile(np.round(exact * step), (256, 1)), step


def shown(luma):
    half = np.full((128, 256), GREY)
    return to_pixels(picture_of([luma, half, half], "420", Matrix.BT709, 10))


def test_a_gradient_keeps_its_mean_and_shows_no_bands():
    luma, step = ramp(10)
    exact = (luma / step - 16) * 255 / 219
    pixels = shown(luma)
    assert (pixels[..., 0] == pixels[..., 1]).all(), "grey stays grey"
    assert (pixels[..., 0] == pixels[..., 2]).all()
    away = pixels[..., 0] - exact
    assert abs(away.mean()) < 0.01
    blocks = away.reshape(32, 8, 64, 8).mean(axis=(1, 3))
    assert np.abs(blocks).max() < 0.1, "every block of 8x8 has the tone it should have"
    plain = (np.round(exact) - exact).reshape(32, 8, 64, 8).mean(axis=(1, 3))
    assert np.abs(plain).max() > 0.3, "rounding alone would show bands of a whole level"


def test_what_eight_bits_hold_stays_exactly_that():
    luma = np.zeros((256, 512))
    luma[:, :256], luma[:, 256:] = 64, 940  # black and white of ten bits, limited range
    pixels = shown(luma)
    assert (pixels[:, :256] == 0).all()
    assert (pixels[:, 256:] == 255).all()


def test_it_is_the_same_every_time_and_eight_bits_are_not_touched():
    luma, _ = ramp(10)
    assert np.array_equal(shown(luma), shown(luma))
    eight, _ = ramp(8)
    half = np.full((128, 256), 128)
    pixels = to_pixels(picture_of([eight, half, half], "420", Matrix.BT709))
    assert (pixels == pixels[:1]).all(), "one row like the other: nothing is spread"
