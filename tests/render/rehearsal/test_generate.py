"""Promises of every kind of scene: how many frames, which ends, the same each time."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import cv2
import numpy as np
import pytest

from matchcut.render.providers.rehearsal import VERSION, generate

KINDS = ["start", "end", "both", "other", "carried", "carried to end", "words", "static"]


def facts(kind, bunny, bikes):
    return {
        "start": {"start": bunny[60], "prompt": "handheld push in"},
        "end": {"end": bunny[60], "prompt": "pan left"},
        "both": {"start": bunny[30], "end": bunny[90]},
        "other": {"start": bunny[30], "end": bikes[230]},
        "carried": {"carried": (bunny[58], bunny[59])},
        "carried to end": {"carried": (bunny[58], bunny[59]), "end": bunny[90]},
        "words": {"prompt": "A courier crosses the wet rooftop."},
        "static": {"start": bunny[60], "prompt": "static"},
    }[kind]


def digest(frames):
    return hashlib.sha256(b"".join(frame.tobytes() for frame in frames)).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_counts_shapes_and_ends(bunny, bikes, scene, kind, count):
    given = facts(kind, bunny, bikes)
    frames = list(generate(scene(**given, frames=count)))
    assert [(frame.shape, frame.dtype) for frame in frames] == [((360, 640, 3), np.uint8)] * count
    assert len({frame.ctypes.data for frame in frames}) == count
    if "start" in given:
        assert np.array_equal(frames[0], given["start"])
    if "end" in given and not ("start" in given and count == 1):
        assert np.array_equal(frames[-1], given["end"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_anchors_are_left_alone(bunny, bikes, scene, kind):
    before = digest([*bunny.values(), *bikes.values()])
    for frame in generate(scene(**facts(kind, bunny, bikes), frames=4)):
        frame[:] = 0
    assert digest([*bunny.values(), *bikes.values()]) == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_on_any_number_of_threads(bunny, bikes, scene, kind):
    asked = scene(**facts(kind, bunny, bikes), frames=9)
    threads = cv2.getNumThreads()
    made = set()
    try:
        for count in (1, 2, 5):
            cv2.setNumThreads(count)
            made.add(digest(generate(asked)))
            assert cv2.getNumThreads() == count
    finally:
        cv2.setNumThreads(threads)
    assert len(made) == 1


@pytest.mark.parametrize("size", [(16, 16), (97, 41), (90, 160), (320, 96)])
@pytest.mark.parametrize("kind", KINDS)
def test_any_size(bunny, bikes, scene, kind, size):
    def fit(value):
        if isinstance(value, tuple):
            return tuple(map(fit, value))
        return cv2.resize(value, size) if isinstance(value, np.ndarray) else value

    given = {name: fit(value) for name, value in facts(kind, bunny, bikes).items()}
    asked = scene(**{"width": size[0], "height": size[1], **given}, frames=5)
    assert [frame.shape for frame in generate(asked)] == [(size[1], size[0], 3)] * 5


def test_the_rate_changes_the_step_and_not_the_speed(bunny, scene):
    slow, quick = (
        list(generate(scene(start=bunny[60], prompt="pan left", frames=count, rate=rate)))
        for rate, count in ((Fraction(24), 25), (Fraction(48), 49))
    )
    assert np.array_equal(slow[24], quick[48])


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"rate": Fraction(0)}, {"width": 0}])
def test_what_no_clip_can_be_made_of_is_refused(scene, wrong):
    with pytest.raises(ValueError, match="positive"):
        scene(**wrong)


def test_a_picture_of_another_size_is_refused(bunny, scene):
    with pytest.raises(ValueError, match="stands in a scene"):
        scene(start=bunny[60], end=bunny[60][:300])


def test_the_version_is_a_word():
    assert VERSION.isalnum()


def test_a_clip_that_nobody_wants_any_more_ends_at_once(bunny, scene):
    frames = generate(scene(start=bunny[60], prompt="push in", frames=100_000))
    next(frames)
    frames.close()
    assert not [thread for thread in threading.enumerate() if "rehearsal" in thread.name]


def test_shots_made_at_once_are_those_made_one_by_one(bunny, bikes, scene):
    asked = [scene(**facts(kind, bunny, bikes), frames=4) for kind in KINDS] * 2
    alone = [digest(generate(one)) for one in asked]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda one: digest(generate(one)), asked)) == alone
