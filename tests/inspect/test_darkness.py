"""Whether a picture shows anything: black and flat are told from dark."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchcut.frames.clip import frame_at
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import Pixels
from matchcut.inspect.darkness import BLACK, spread
from small import picture


def flat(tone: int, width: int = 192, height: int = 108) -> Pixels:
    return np.full((height, width, 3), tone, np.uint8)


@pytest.mark.parametrize("tone", [0, 16, 90, 255])
def test_one_tone_has_no_spread(tone: int) -> None:
    assert spread(flat(tone)) == 0


@pytest.mark.parametrize("quality", Quality)
def test_black_stays_black_through_an_encoder(tmp_path: Path, quality: Quality) -> None:
    noise = np.random.default_rng(1)
    frames = [(flat(0) + noise.integers(0, 3, (108, 192, 3))).astype(np.uint8) for _ in range(6)]
    write_clip(tmp_path / "black.mp4", frames, rate=Fraction(24), quality=quality)
    for index in (0, 5):
        assert spread(frame_at(tmp_path / "black.mp4", index).pixels) < BLACK


def test_a_night_is_no_black() -> None:
    night = (picture(1, 192, 108) // 16).astype(np.uint8)
    assert night.mean() < 12
    assert spread(night) > BLACK


def test_a_gradient_is_no_flat_tone() -> None:
    sky = np.linspace(100, 130, 192).astype(np.uint8)
    assert spread(np.broadcast_to(sky[None, :, None], (108, 192, 3))) > BLACK


def test_a_few_dead_pixels_show_nothing() -> None:
    dead = flat(0)
    dead[40, 40] = dead[80, 120] = 255
    assert spread(dead) < BLACK
    assert spread(picture(1, 192, 108)) > 100


def test_any_size_will_do() -> None:
    assert spread(flat(7, 3, 2)) == 0
    assert spread(flat(7, 1, 1)) == 0
