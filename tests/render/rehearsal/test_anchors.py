"""Two anchors: one scene is a camera's way, two scenes are a dissolve; the ends are exact."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from scenedetect import AdaptiveDetector, ContentDetector, FrameTimecode

from matchcut.render.providers.rehearsal import generate
from matchcut.render.providers.rehearsal.register import relate


def cuts(detector, frames):
    """What PySceneDetect, which is not ours, calls a cut."""
    found = []
    for index, frame in enumerate(frames):
        at = FrameTimecode(index, 24.0)
        bgr = np.ascontiguousarray(frame[..., ::-1])
        found.extend(detector.process_frame(timecode=at, frame_img=bgr))
    return found


def pairs(bunny, bikes, wide):
    return {
        "take": (bunny[0], bunny[131]),
        "street": (bikes[105], bikes[125]),
        "pan": (wide(340, 300), wide(600, 340)),
        "push": (wide(640, 360, 0.55), wide(700, 330, 1.1)),
        "turn": (wide(600, 360, 0.9, -6), wide(640, 330, 0.7, 7)),
    }


@pytest.fixture(scope="module", params=["take", "street", "pan", "push", "turn"])
def way(request, bunny, bikes, wide, scene):
    """Two anchors of one scene and the clip between them."""
    start, end = (np.maximum(picture, 60) for picture in pairs(bunny, bikes, wide)[request.param])
    assert relate(start, end) is not None
    return start, end, list(generate(scene(start=start, end=end, frames=48)))


def test_ends_are_exact_and_the_speed_is_one(way, step):
    start, end, frames = way
    assert np.array_equal(frames[0], start)
    assert np.array_equal(frames[-1], end)
    steps = [step(one, two) for one, two in pairwise(frames)]
    middle = np.median(steps)
    assert all(0.4 * middle < one < 1.6 * middle for one in (*steps[:3], *steps[-3:]))
    assert steps[0] == pytest.approx(steps[1], rel=0.35)
    assert steps[-1] == pytest.approx(steps[-2], rel=0.35)


def test_nothing_dark_comes_in_from_the_border(way):
    assert min(frame.min() for frame in way[2]) > 30


def test_no_cut_is_seen(way):
    assert not cuts(ContentDetector(), way[2])
    assert not cuts(AdaptiveDetector(), way[2])


def test_halfway_is_where_the_camera_would_be(wide, scene):
    frames = list(generate(scene(start=wide(420, 320), end=wide(580, 340), frames=9)))
    truth = wide(500, 330)
    inner = np.s_[40:-40, 40:-40]
    assert cv2.PSNR(frames[4][inner], truth[inner]) > 30


def test_halfway_of_a_zoom_is_the_geometric_mean(wide, scene):
    frames = list(generate(scene(start=wide(640, 360, 0.6), end=wide(640, 360, 1.2), frames=9)))
    truth = wide(640, 360, np.sqrt(0.6 * 1.2))
    inner = np.s_[40:-40, 40:-40]
    assert cv2.PSNR(frames[4][inner], truth[inner]) > 27


@pytest.mark.parametrize("index", [5, 50, 80, 168, 230])
class TestTwoScenes:
    def test_they_are_told_apart(self, bunny, bikes, index):
        assert relate(bunny[0], bikes[index]) is None

    @pytest.mark.parametrize("frames", [48, 96])
    def test_a_dissolve_is_no_cut(self, bunny, bikes, scene, index, frames):
        made = list(generate(scene(start=bunny[0], end=bikes[index], frames=frames)))
        assert np.array_equal(made[0], bunny[0])
        assert np.array_equal(made[-1], bikes[index])
        assert not cuts(ContentDetector(), made)
        assert not cuts(AdaptiveDetector(), made)
        assert all((one != two).any() for one, two in pairwise(made))


def test_the_detector_does_find_a_cut(bunny, bikes):
    frames = [bunny[0]] * 24 + [bikes[230]] * 24
    assert cuts(ContentDetector(), frames)


def test_one_takes_other_takes_are_told_apart(bikes):
    takes = [bikes[index] for index in (5, 50, 80, 168, 230)]
    for place, one in enumerate(takes):
        for two in takes[place + 1 :]:
            assert relate(one, two) is None


def test_a_mirrored_picture_is_another_scene(bunny):
    assert relate(bunny[60], np.ascontiguousarray(bunny[60][:, ::-1])) is None


def test_flat_pictures_are_joined_without_a_camera(scene):
    dark, light = (np.full((90, 160, 3), level, np.uint8) for level in (40, 200))
    levels = [frame.mean() for frame in generate(scene(start=dark, end=light, frames=12))]
    assert levels == sorted(levels)


def test_the_same_picture_twice_keeps_still_but_lives(bunny, scene, step):
    frames = list(generate(scene(start=bunny[60], end=bunny[60].copy(), frames=24)))
    assert np.array_equal(frames[0], bunny[60])
    assert np.array_equal(frames[-1], bunny[60])
    assert step(frames[0], frames[6]) > 0.1
