"""Each measure fires on the defect that it is for, where it is, and is silent on a clean scene."""

import cv2
import numpy as np
import pytest

from defects import Defect, damaged
from matchcut.inspect.blockiness import blockiness
from matchcut.inspect.deviation import Deviation
from matchcut.inspect.frozen import repeats, run_lengths
from matchcut.inspect.motion import carried, follow, likeness, predicted
from matchcut.inspect.reduced import Reduced, reduce_frame
from matchcut.inspect.region import region_of
from matchcut.inspect.subject import clarity, salient
from matchcut.inspect.window import LIMITS, deviations
from moving import FRAMES, motions, reduced, scene, texture, with_tail

TAIL = slice(FRAMES - 4, FRAMES)
QUIET, LOUD = 3.0, 8.0
"""Deviations that a clean subject stays below, and that a soft one passes."""


def tail(defect: Defect, strength: int = 1) -> list[Reduced]:
    whole = scene()
    bad = [damaged(defect, strength, whole, i, 5) for i in range(FRAMES - 4, FRAMES)]
    return with_tail(*bad)


def measured(name: str, frames: list[Reduced]) -> Deviation:
    found = deviations(frames, motions(frames))[name]
    assert found is not None
    return found


MEASURES = ("blur", "local blur", "exposure", "colour", "light", "ghosting", "residual")


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_is_silent_on_a_clean_scene(name: str) -> None:
    assert measured(name, list(reduced())).values.max() < LIMITS[name]


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("blur", Defect.MOTION),
        ("blur", Defect.DEFOCUS),
        ("local blur", Defect.LOCAL),
        ("exposure", Defect.FLASH),
        ("exposure", Defect.FADE),
        ("light", Defect.LIGHT),
        ("light", Defect.FLASH),
        ("ghosting", Defect.GHOST),
    ],
    ids=str,
)
def test_it_fires_on_every_frame_of_its_defect(name: str, defect: Defect) -> None:
    values = measured(name, tail(defect)).values
    assert values[TAIL].min() > LIMITS[name]
    assert values[: FRAMES - 4].max() < LIMITS[name]


@pytest.mark.parametrize("name", ["blur", "exposure", "light"])
def test_the_stronger_the_more(name: str) -> None:
    defect = {"blur": Defect.DEFOCUS, "exposure": Defect.FLASH, "light": Defect.LIGHT}[name]
    found = [measured(name, tail(defect, strength)).values[-1] for strength in range(3)]
    assert found == sorted(found)
    assert len(set(found)) == 3


def test_a_cast_is_seen_and_grey_light_is_none() -> None:
    warm = [np.clip(f * [1.15, 1, 0.85], 0, 255).astype(np.uint8) for f in scene()[TAIL]]
    assert measured("colour", with_tail(*warm)).values[TAIL].min() > LIMITS["colour"]
    assert measured("colour", tail(Defect.BLOCKS, 0)).values[: FRAMES - 4].max() < LIMITS["colour"]


def test_half_a_picture_is_boxed() -> None:
    frames = tail(Defect.LIGHT, 2)
    maps = measured("light", frames).maps
    assert maps is not None
    region = region_of(maps[-1])
    assert region is not None
    assert 0.3 < region[2] * region[3] < 0.7


def test_what_movement_does_not_explain_is_where_the_drawing_changes() -> None:
    frames = tail(Defect.WARP, 2)
    values = measured("residual", frames).values
    assert int(np.argmax(values)) == FRAMES - 4
    assert values[FRAMES - 4] > 2 * values[: FRAMES - 4].max()


@pytest.mark.parametrize("quality", [25, 12, 5])
def test_blocks_are_counted_on_their_own_grid(quality: int) -> None:
    frame = scene()[0]
    packed = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    grey = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    clean = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    assert abs(blockiness(clean)) < 0.05
    assert blockiness(grey) > 0.15
    assert blockiness(np.ascontiguousarray(grey[4:, 4:])) < blockiness(grey) / 2


def test_blocks_of_what_is_too_small_or_flat() -> None:
    assert blockiness(np.zeros((8, 15), np.uint8)) == 0
    assert blockiness(np.full((64, 64), 9, np.uint8)) == 0


def test_repeated_frames_are_counted_and_stillness_is_not() -> None:
    frames = list(reduced())
    assert repeats(frames) is not None
    assert not repeats(frames).any()
    frozen = [*frames[:-3], *[frames[-4]] * 3]
    assert list(np.flatnonzero(repeats(frozen))) == [FRAMES - 3, FRAMES - 2, FRAMES - 1]
    assert repeats([frames[0]] * 12) is None
    assert repeats(frames[:1]) is None
    runs = run_lengths(np.array([False, True, True, False, True]))
    assert list(runs) == [0, 1, 2, 0, 1]


def subject_scene(soft: int) -> list[Reduced]:
    """A sharp, light figure on a soft, calm ground; softened in the last frames."""
    ground = cv2.GaussianBlur(texture(8, 480, 272), (0, 0), 9)
    figure = np.clip((texture(9, 90, 110).astype(int) - 110) * 2 + 150, 0, 255).astype(np.uint8)
    made = []
    for index in range(FRAMES):
        frame = ground.copy()
        shown = cv2.GaussianBlur(figure, (0, 0), 2) if index >= FRAMES - soft else figure
        frame[80:190, 200 : 200 + 90] = shown
        noise = np.random.default_rng(index).normal(0, 1, frame.shape)
        made.append(reduce_frame(np.clip(frame + noise, 0, 255).astype(np.uint8)))
    return made


def test_a_subject_that_is_less_clear_than_usual() -> None:
    clean, soft = (clarity(frames, motions(frames)) for frames in map(subject_scene, (0, 4)))
    assert clean is not None
    assert soft is not None
    assert clean.values.max() < QUIET
    assert soft.values[TAIL].min() > LOUD
    region = salient(subject_scene(0))
    rows, columns = np.nonzero(region)
    assert 0.4 < columns.mean() / region.shape[1] < 0.63
    assert 0.3 < rows.mean() / region.shape[0] < 0.7


def test_where_nothing_stands_out_there_is_no_subject() -> None:
    even = [reduce_frame(texture(seed, 480, 272)) for seed in (1, 1, 1, 1)]
    assert salient(even) is None
    assert clarity(even, motions(even)) is None


def test_movement_is_followed_and_foretells() -> None:
    frames = reduced()
    flow = follow(frames[6], frames[5])
    assert np.median(flow.flow[..., 0]) == pytest.approx(2 * 320 / 480, abs=0.1)
    told = predicted(frames[5], flow)
    still = np.abs(frames[6].grey.astype(float) - frames[5].grey).mean()
    assert np.abs(frames[6].grey - told).mean() < still / 3
    ones = np.ones((5, 7), np.float32)
    assert (carried(ones, flow) == 1).all()


def test_a_cut_is_unlike_and_damage_is_not() -> None:
    frames = tail(Defect.FLASH, 2)
    assert likeness(frames[-4], frames[-5], follow(frames[-4], frames[-5])) > 0.8
    frames = tail(Defect.DEFOCUS, 2)
    assert likeness(frames[-4], frames[-5], follow(frames[-4], frames[-5])) > 0.6
    other = reduce_frame(scene(seed=40)[0])
    assert likeness(other, frames[0], follow(other, frames[0])) < 0.55
    flat = reduce_frame(np.zeros_like(scene()[0]))
    assert likeness(flat, frames[0], follow(flat, frames[0])) == 1


def test_a_region_is_the_box_about_the_peak() -> None:
    places = np.zeros((10, 20), np.float32)
    places[2:4, 5:9] = 3
    places[8, 18] = 2
    assert region_of(places) == (0.25, 0.2, 0.2, 0.2)
    assert region_of(np.zeros((10, 20), np.float32)) is None
    assert region_of(np.ones((10, 20), np.float32)) is None
