"""Ten times still -> clip -> last frame -> still with nothing moving: the picture stays."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchcut.frames.clip import last_frame
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still, write_still

ART = Path(__file__).parents[2] / "examples" / "courier" / "art"
PHOTOGRAPHS = ("trail", "summit", "window")
HOPS, FRAMES = 10, 12


def gradient():
    """Red along, green down, blue back: every hue between black and white, nothing sharp."""
    along, down = np.linspace(0, 255, 640), np.linspace(0, 255, 360)
    red, green = np.meshgrid(along, down)
    return np.stack([red, green, 255 - red], axis=2).round().astype(np.uint8)


def picture(name):
    if name == "gradient":
        return gradient()
    return read_still(ART / f"{name}.jpg")


def hop(pixels, folder):
    still, clip = folder / "anchor.png", folder / "take.mp4"
    still.write_bytes(write_still(pixels, {}))
    write_clip(clip, [read_still(still)] * FRAMES, rate=Fraction(24), quality=Quality.TAKE)
    return last_frame(clip).pixels


@pytest.mark.parametrize("name", [*PHOTOGRAPHS, "gradient"])
def test_ten_hops_leave_the_picture_where_it_was(name, tmp_path):
    first = picture(name)
    pixels = first
    for _ in range(HOPS):
        pixels = hop(pixels, tmp_path)
    change = pixels.astype(float) - first
    assert np.abs(change.mean(axis=(0, 1))).max() <= 0.5
    assert 10 * np.log10(255**2 / (change**2).mean()) >= 43
