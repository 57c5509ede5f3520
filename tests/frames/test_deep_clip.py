"""A clip of 10 bits decoded, made a still, encoded again: its tones stay, without bands."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from test_colour import picture_of

from matchcut.frames.clip import frame_at, last_frame
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still, write_still
from matchcut.frames.types import Matrix

HEIGHT, WIDTH = 192, 768


def sky() -> np.ndarray:
    """A tenth of a level a column, in codes of ten bits: what 8 bits show as stairs."""
    exact = np.linspace(90, 167, WIDTH)
    return np.tile(np.round((exact * 219 / 255 + 16) * 4), (HEIGHT, 1))


def write(path: Path) -> np.ndarray:
    """Two frames of it in HEVC; returns its tones, levels of 255."""
    luma, half = sky(), np.full((HEIGHT // 2, WIDTH // 2), 512)
    picture = picture_of([luma, half, half], "420", Matrix.BT709, 10)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p10le"
        stream.options = {"x265-params": "lossless=1:bframes=0:log-level=none"}
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        for time in range(2):
            picture.pts, picture.time_base = time, Fraction(1, 24)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return (luma / 4 - 16) * 255 / 219


def blocks(pixels: np.ndarray) -> np.ndarray:
    """The mean of each block of 16x16."""
    grey = pixels.astype(float).mean(axis=2) if pixels.ndim == 3 else pixels
    return grey.reshape(HEIGHT // 16, 16, WIDTH // 16, 16).mean(axis=(1, 3))


def test_an_anchor_of_a_deep_clip_keeps_its_tones_and_has_no_stairs(tmp_path: Path) -> None:
    exact = write(tmp_path / "deep.mp4")
    pixels = last_frame(tmp_path / "deep.mp4").pixels
    assert np.abs(blocks(pixels) - blocks(exact)).max() < 0.06
    # Without dither every column is of one level: stairs of ten columns.
    assert (pixels.std(axis=0).max(axis=1) > 0).mean() > 0.5
    assert np.array_equal(pixels, frame_at(tmp_path / "deep.mp4", 0).pixels), "it does not flicker"
    path = tmp_path / "anchor.png"
    path.write_bytes(write_still(pixels, {}))
    assert np.array_equal(read_still(path), pixels)


def test_ten_hops_from_a_deep_clip_leave_its_tones_where_they_were(tmp_path: Path) -> None:
    exact = write(tmp_path / "hop0.mp4")
    for hop in range(10):
        pixels = last_frame(tmp_path / f"hop{hop}.mp4").pixels
        clip = tmp_path / f"hop{hop + 1}.mp4"
        write_clip(clip, iter([pixels] * 2), rate=Fraction(24), quality=Quality.TAKE)
    away = blocks(last_frame(tmp_path / "hop10.mp4").pixels) - blocks(exact)
    assert abs(away.mean()) < 0.25
    assert np.abs(away).max() < 1
