"""Frames at an edge that show the anchor again: counted, not assumed."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from matchcut.frames.clip import last_frame, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import difference, settled, told_copies
from small import picture

WHOLE = picture(3, 480, 240)


def frame(shift: float) -> Pixels:
    move = np.float32([[1, 0, -40 - shift], [0, 1, -30]])
    return cv2.warpAffine(WHOLE, move, (360, 180), flags=cv2.INTER_CUBIC)


def noisy(pixels: Pixels, seed: int, by: float = 2.0) -> Pixels:
    noise = np.random.default_rng(seed).normal(0, by, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def left_out(anchor: Pixels, frames: list[Pixels], expected: int | None = None) -> int:
    """The frames that are not shown, as assembly leaves them out."""
    return settled(told_copies(anchor, frames), len(frames), expected)


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
@pytest.mark.parametrize("speed", [1.0, 3.0, 8.0])
def test_copies_are_counted_in_a_moving_clip(copies: int, speed: float) -> None:
    moving = [frame(speed * n) for n in range(1, 8)]
    clip = [noisy(f, n) for n, f in enumerate([frame(0)] * copies + moving)]
    assert left_out(frame(0), clip) == copies


def test_a_standing_picture_gives_up_one_frame_only() -> None:
    assert left_out(frame(0), [noisy(frame(0), n) for n in range(8)]) == 1


def test_a_change_of_exposure_is_not_a_change_of_scene() -> None:
    darker = np.clip(frame(0).astype(int) - 6, 0, 255).astype(np.uint8)
    assert left_out(frame(0), [darker, frame(4), frame(8), frame(12), frame(16)]) == 1


def test_another_scene_is_no_copy() -> None:
    assert left_out(picture(8, 360, 180), [frame(n) for n in range(6)]) == 0


def test_never_all_frames_of_a_clip() -> None:
    assert left_out(frame(0), [frame(0)]) == 0
    assert left_out(frame(0), [frame(0), frame(0)]) == 1
    assert left_out(frame(0), []) == 0


def test_size_does_not_matter() -> None:
    assert left_out(cv2.resize(frame(0), (720, 360)), [frame(0), frame(5), frame(10)]) == 1


def test_the_difference_is_nothing_between_equals_and_large_between_scenes() -> None:
    assert difference(frame(0), frame(0)) == 0
    assert difference(frame(0), picture(8, 360, 180)) > 20


LARGE = cv2.resize(picture(3, 400, 225), (1600, 900), interpolation=cv2.INTER_CUBIC)


def slow(way: str, amount: float) -> Pixels:
    """A frame of a slow pan (pixels of 1280) or zoom (pixels at the picture's side)."""
    zoom = 1 + amount / 640 if way == "zoom" else 1.0
    across = amount if way == "pan" else 0.0
    move = np.float32(
        [[zoom, 0, 640 * (1 - zoom) - 100 - across], [0, zoom, 360 * (1 - zoom) - 60]]
    )
    large = cv2.warpAffine(LARGE, move, (1280, 720), flags=cv2.INTER_CUBIC)
    return cv2.resize(large, (320, 180), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
@pytest.mark.parametrize("way", ["pan", "zoom"])
@pytest.mark.parametrize(("speed", "noise"), [(0.4, 0.0), (0.6, 0.6), (1.2, 1.0), (3.0, 2.0)])
def test_copies_are_counted_in_slow_motion_under_noise(
    copies: int, way: str, speed: float, noise: float
) -> None:
    moving = [slow(way, speed * n) for n in range(1, 6 - copies)]
    clip = [noisy(f, n, noise) for n, f in enumerate([slow(way, 0)] * copies + moving)]
    assert told_copies(noisy(slow(way, 0), 99, noise), clip) == copies
    assert left_out(slow(way, 0), clip, expected=3 - copies) == copies


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
def test_copies_are_counted_through_an_encoder(copies: int, tmp_path: Path) -> None:
    whole = picture(5, 192 + 60, 108)
    frames = [whole[:, n : n + 192] for n in [0] * copies + list(range(2, 26, 2))]
    for name, clip in (("anchor", [whole[:, :192]] * 2), ("clip", frames)):
        write_clip(tmp_path / f"{name}.mp4", clip, rate=Fraction(24), quality=Quality.TAKE)
    anchor = last_frame(tmp_path / "anchor.mp4").pixels
    read = [frame.pixels for frame in read_frames(tmp_path / "clip.mp4", 0, 6)]
    assert told_copies(anchor, read) == copies


def test_what_nothing_moves_in_is_left_to_what_is_usual() -> None:
    still = [noisy(frame(0), n, 0.6) for n in range(6)]
    assert told_copies(frame(0), still) is None
    assert [left_out(frame(0), still, expected=n) for n in (None, 0, 2, 9)] == [1, 0, 2, 3]
    assert left_out(frame(0), still[:2], expected=3) == 1


def test_what_is_usual_counts_for_nothing_against_another_scene() -> None:
    still = [noisy(frame(0), n, 0.6) for n in range(6)]
    assert told_copies(picture(8, 360, 180), still) == 0
    assert left_out(picture(8, 360, 180), still, expected=2) == 0
