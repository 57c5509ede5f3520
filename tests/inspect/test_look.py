"""A frame's look, and what changes each of its numbers."""

import json

import cv2
import numpy as np
import pytest

from matchcut.inspect.look import Look, look, usual
from small import picture

FRAME = cv2.resize(picture(3, 320, 180), (640, 360), interpolation=cv2.INTER_CUBIC)


def changed(gain: float = 1.0, lift: float = 0.0, chroma: float = 1.0) -> Look:
    levels = FRAME.astype(float)
    grey = levels.mean(axis=2, keepdims=True)
    levels = (grey + (levels - grey) * chroma - 128) * gain + 128 + lift
    return look(np.clip(np.rint(levels), 0, 255).astype(np.uint8))


def test_each_number_answers_to_its_own_change() -> None:
    plain = look(FRAME)
    assert changed(lift=20).brightness > plain.brightness + 5
    assert changed(gain=0.7).contrast < 0.8 * plain.contrast
    assert changed(chroma=0.5).saturation < 0.6 * plain.saturation
    soft = look(cv2.GaussianBlur(FRAME, (0, 0), 4))
    assert soft.sharpness < 0.7 * plain.sharpness
    assert changed(lift=20).sharpness == pytest.approx(plain.sharpness, rel=0.05)
    red = look(np.clip(FRAME + np.array([15, 0, 0]), 0, 255).astype(np.uint8))
    assert red.red > plain.red + 3


def test_size_and_a_camera_that_moves_change_little() -> None:
    plain, large = look(FRAME), look(cv2.resize(FRAME, (1280, 720)))
    assert large.brightness == pytest.approx(plain.brightness, abs=0.1)
    assert large.saturation == pytest.approx(plain.saturation, rel=0.02)
    moved = look(np.ascontiguousarray(FRAME[:, ::-1]))
    assert moved.brightness == pytest.approx(plain.brightness, abs=0.01)


def test_a_flat_frame_has_a_look() -> None:
    flat = look(np.full((90, 160, 3), 0, np.uint8))
    assert (flat.brightness, flat.contrast, flat.sharpness) == (0, 0, 0)


def test_the_usual_look_and_json() -> None:
    looks = [changed(lift=by) for by in (-10, 0, 200)]
    assert usual(looks).brightness == looks[1].brightness
    assert Look.from_json(json.loads(json.dumps(looks[0].to_json()))) == looks[0]
