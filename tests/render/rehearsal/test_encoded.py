"""What is left of the anchors after the clip was written and read again."""

import cv2
import numpy as np
import pytest

from matchcut.frames.clip import read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.render.providers.rehearsal import generate


@pytest.mark.parametrize(
    ("given", "prompt"),
    [
        (("start", "end"), ""),
        (("start",), "push in"),
        (("start",), "handheld tracking"),
        (("end",), "pan left"),
        (("start",), "static"),
    ],
)
def test_the_anchors_are_still_there(tmp_path, bunny, scene, given, prompt):
    anchors = {"start": bunny[30], "end": bunny[90]}
    asked = scene(prompt=prompt, frames=25, **{name: anchors[name] for name in given})
    clip = tmp_path / "clip.mp4"
    assert write_clip(clip, generate(asked), rate=asked.rate, quality=Quality.TAKE) == 25
    shown = [frame.pixels for frame in read_frames(clip)]
    assert len(shown) == 25
    for name, place in (("start", 0), ("end", -1)):
        if name in given:
            assert cv2.PSNR(shown[place], anchors[name]) >= 34


def test_two_scenes(tmp_path, bunny, bikes, scene):
    asked = scene(start=bunny[30], end=bikes[230], frames=48)
    clip = tmp_path / "clip.mp4"
    write_clip(clip, generate(asked), rate=asked.rate, quality=Quality.TAKE)
    shown = [frame.pixels for frame in read_frames(clip)]
    assert cv2.PSNR(shown[0], bunny[30]) >= 34
    assert cv2.PSNR(shown[-1], bikes[230]) >= 34


def test_the_words_of_a_card_survive(tmp_path, scene):
    asked = scene(prompt="A courier crosses the wet rooftop.", frames=24)
    clip = tmp_path / "clip.mp4"
    write_clip(clip, generate(asked), rate=asked.rate, quality=Quality.TAKE)
    made, shown = list(generate(asked)), [frame.pixels for frame in read_frames(clip)]
    assert np.mean((made[0].min(axis=2) > 150) == (shown[0].min(axis=2) > 150)) > 0.99
