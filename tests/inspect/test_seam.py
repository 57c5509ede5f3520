"""Seams that were made so: each flag for its own fault, and none for a clean pair."""

import json
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from matchcut.frames.types import Pixels
from matchcut.inspect.light import to_levels, to_light
from matchcut.inspect.lock import lock
from matchcut.inspect.seam import BRIEFLY, FLAGS, Seam, Side, measure_seam
from matchcut.inspect.sound import SILENCE, level
from small import picture

WHOLE = cv2.resize(picture(3, 300, 150), (1200, 600), interpolation=cv2.INTER_CUBIC)
RATE = 24.0


def at(x: float, y: float = 0.0, zoom: float = 1.0, seed: int = 0) -> Pixels:
    """A frame of the same scene, with an encoder's noise of its own."""
    move = np.float32([[zoom, 0, 320 * (1 - zoom) - 200 - x], [0, zoom, 180 * (1 - zoom) - 90 - y]])
    clean = cv2.warpAffine(WHOLE, move, (640, 360), flags=cv2.INTER_CUBIC)
    noise = np.random.default_rng([seed, round(1000 * (500 + x + y + zoom))]).normal(
        0, 1, clean.shape
    )
    return np.clip(clean + noise, 0, 255).astype(np.uint8)


def side(*frames: Pixels, sound: float | None = None) -> Side:
    return Side(frames=frames, rate=RATE, sound=sound)


def pan(first: int, speed: float, frames: int = 5, begin: float = 0.0) -> list[Pixels]:
    return [at(begin + speed * n) for n in range(first, first + frames)]


@pytest.mark.parametrize("speed", [0.5, 1.0, 3.0, 8.0])
def test_a_movement_that_goes_on_is_clean(speed: float) -> None:
    seam = measure_seam(side(*pan(0, speed)), side(*pan(5, speed)), joined=True)
    assert seam.flags == ()
    if seam.ratio is not None:
        assert 0.8 < seam.ratio < 1.2


def test_a_zoom_that_goes_on_is_clean() -> None:
    frames = [at(0, 0, 1 + 0.006 * n) for n in range(10)]
    assert measure_seam(side(*frames[:5]), side(*frames[5:]), joined=True).flags == ()


def test_a_camera_that_stands_is_clean() -> None:
    frames = [at(0, seed=n) for n in range(10)]
    seam = measure_seam(side(*frames[:5]), side(*frames[5:]), joined=True)
    assert seam.flags == ()


def test_a_frame_that_is_shown_twice_is_a_freeze() -> None:
    before = pan(0, 4)
    seam = measure_seam(side(*before), side(at(16, seed=3), *pan(5, 4)), joined=True)
    assert seam.ratio is not None
    assert seam.ratio < 0.4
    assert "seam.freeze" in seam.flags


def test_a_picture_that_jumps_is_a_step() -> None:
    seam = measure_seam(side(*pan(0, 3)), side(*pan(8, 3)), joined=True)
    assert seam.ratio is not None
    assert seam.ratio > 1.25
    assert seam.flags == ("seam.step",)


def test_a_jump_between_standing_clips_is_a_step() -> None:
    before, after = ([at(x, seed=n) for n in range(5)] for x in (0, 6))
    seam = measure_seam(side(*before), side(*after), joined=True)
    assert "seam.step" in seam.flags


def test_a_movement_that_all_but_stops_is_a_stall() -> None:
    seam = measure_seam(side(*pan(0, 4)), side(*pan(1, 0.5, begin=16)), joined=True)
    assert "seam.stall" in seam.flags
    assert seam.before is not None
    assert seam.after is not None
    assert seam.after.speed / seam.before.speed == pytest.approx(0.125, abs=0.05)


@pytest.mark.parametrize(
    "after", [pan(1, 12, begin=16), [at(16, 4 * n) for n in range(1, 6)], pan(-5, 4)[::-1]]
)
def test_a_movement_that_quickens_or_turns_is_a_jump(after: list[Pixels]) -> None:
    assert "seam.jump" in measure_seam(side(*pan(0, 4)), side(*after), joined=True).flags


def test_a_tint_is_a_step_of_colour() -> None:
    after = [np.clip(f + np.array([8, 0, -8]), 0, 255).astype(np.uint8) for f in pan(5, 3)]
    assert measure_seam(side(*pan(0, 3)), side(*after), joined=True).flags == ("seam.colour",)


def test_a_cut_has_numbers_and_no_flags() -> None:
    other = [picture(n, 640, 360) for n in range(5)]
    seam = measure_seam(side(*pan(0, 3)), side(*other), joined=False)
    assert seam.flags == ()
    assert seam.step is not None
    assert seam.step > 20


def locked(x: float = 0, zoom: float = 1.0, gain: float = 1.0) -> Seam:
    frame = to_levels(to_light(at(x, 0, zoom, seed=5)) * gain)
    held = lock(np.rint(frame).astype(np.uint8), at(0))
    return measure_seam(side(*pan(-4, 3)), side(*pan(1, 3)), joined=True, lock=held)


def test_locks_are_flagged_where_they_slip() -> None:
    assert locked().flags == ()
    assert locked(gain=1.01).flags == ()
    assert locked(x=0.2).flags == ()
    assert locked(gain=1.04).flags == ("seam.gain",)
    assert locked(gain=0.96).flags == ("seam.gain",)
    assert locked(x=1.5).flags == ("seam.shift",)
    assert locked(zoom=1.01).flags == ("seam.shift",)


def test_what_is_landed_on_owes_the_seam_nothing() -> None:
    lost, kept = lock(picture(8, 640, 360), at(0)), lock(at(0, seed=7), at(0))
    sides = side(*pan(0, 3)), side(*pan(5, 3))
    seam = measure_seam(*sides, joined=True, lands=True, lock=lost, reach=kept)
    assert (seam.lock, seam.held, seam.flags) == (lost, kept, ())
    missed = measure_seam(*sides, joined=True, lands=True, lock=kept, reach=lost)
    assert (missed.held, missed.flags) == (lost, ("seam.end",))


def test_an_anchor_that_is_not_there_is_flagged_at_either_end() -> None:
    lost = lock(picture(8, 640, 360), at(0))
    clean = measure_seam(side(*pan(0, 3)), side(*pan(5, 3)), joined=True)
    start = measure_seam(side(*pan(0, 3)), side(*pan(5, 3)), joined=True, lock=lost)
    end = measure_seam(side(*pan(0, 3)), side(*pan(5, 3)), joined=True, reach=lost)
    assert clean.flags == ()
    assert start.flags == ("seam.start",)
    assert end.flags == ("seam.end",)


@pytest.mark.parametrize(
    ("before", "after", "flagged"),
    [(-20.0, -23.0, False), (-20.0, -30.0, True), (-60.0, -80.0, False), (None, -20.0, None)],
)
def test_sound_steps_where_it_is_heard(
    before: float | None, after: float | None, *, flagged: bool | None
) -> None:
    seam = measure_seam(side(*pan(0, 3), sound=before), side(*pan(5, 3), sound=after), joined=True)
    assert ("seam.sound" in seam.flags) is bool(flagged)
    assert (seam.sound_step is None) is (flagged is None)


def test_levels_of_sound() -> None:
    tone = np.sin(np.arange(48_000, dtype=np.float32) / 10)
    assert level(tone) == pytest.approx(-3.01, abs=0.05)
    assert level(tone * 0) == SILENCE
    assert level(tone[:0]) is None


def test_clips_of_one_frame_have_no_steps_of_their_own() -> None:
    seam = measure_seam(side(at(0)), side(at(1)), joined=True)
    assert (seam.own, seam.ratio, seam.before, seam.colour_own) == (None,) * 4
    assert seam.flags == ()


def test_a_seam_goes_through_json() -> None:
    bare = measure_seam(side(at(0)), side(at(1)), joined=False)
    full = replace(locked(gain=1.1), sound=(-20.0, -40.0), head=1, tail=2)
    for seam in (bare, full, replace(full, reach=full.lock, lands=True)):
        assert Seam.from_json(json.loads(json.dumps(seam.to_json()))) == seam


def test_every_flag_has_words_and_they_differ() -> None:
    assert all(words for words in FLAGS.values())
    for words in (FLAGS, BRIEFLY):
        assert all(one != other for one, other in pairwise(sorted(words.values())))
    assert list(BRIEFLY) == list(FLAGS)
