"""Corrections: exact, limited, undone, and let in without a step."""

import json
from itertools import pairwise

import numpy as np
import pytest

from matchcut.frames.types import Pixels
from matchcut.inspect.correct import (
    LIMIT,
    Correction,
    apply,
    change,
    eased,
    inverse,
    scaled,
    then,
    undoing,
)
from matchcut.inspect.light import Light, to_levels, to_light
from matchcut.inspect.lock import Lock, lock
from matchcut.inspect.seam import tone
from small import picture

HERO = picture(3, 640, 360)
SOME = Correction(gain=(0.96, 1.0, 1.05), offset=(0.002, 0.0, -0.003))


def lit(pixels: Pixels, gain: tuple, offset: tuple = (0, 0, 0)) -> Pixels:
    light = to_light(pixels) * np.array(gain) + np.array(offset)
    return np.rint(to_levels(light)).astype(np.uint8)


def exactly(light: Light, known: Correction) -> Light:
    """A correction by its definition, not clipped and not rounded."""
    return light * np.array(known.gain) + np.array(known.offset)


@pytest.mark.parametrize("gain", [(1.03, 1.03, 1.03), (0.97, 1.0, 1.02), (1.0, 1.0, 1.0)])
def test_an_anchor_is_brought_to_its_hero(gain: tuple) -> None:
    anchor = lit(HERO, gain)
    corrected = apply(anchor, undoing(change(lock(anchor, HERO))))
    assert np.abs(corrected.astype(int) - HERO).mean() < 0.6
    changed = tone(lock(corrected, HERO))
    assert changed is not None
    assert np.abs(changed).max() < 0.004


def test_what_passes_the_limit_is_held_back_without_a_tint() -> None:
    anchor = lit(HERO, (1.2, 1.2, 1.2))
    happened = change(lock(anchor, HERO))
    found = undoing(happened)
    assert found.limited
    middle = np.median(to_light(anchor).reshape(-1, 3), axis=0)
    changed = exactly(middle, found) / middle - 1
    assert np.abs(changed).max() <= LIMIT * 1.001
    assert np.ptp(changed) < 0.01
    assert undoing(happened, limit=0).identity


def test_what_could_not_be_compared_is_left_alone() -> None:
    assert undoing(change(Lock(width=60, psnr=9.0, ssim=0.1))).identity


def test_no_share_is_the_very_same_picture() -> None:
    assert np.array_equal(apply(HERO, SOME, 0.0), HERO)
    assert np.array_equal(apply(HERO, Correction()), HERO)
    assert apply(HERO, SOME, 0.0) is not HERO


def test_it_is_applied_exactly() -> None:
    exact = to_levels(exactly(to_light(HERO), SOME))
    assert np.abs(apply(HERO, SOME) - exact).max() <= 0.501
    half = scaled(SOME, 0.5)
    assert half.gain == pytest.approx(tuple(gain**0.5 for gain in SOME.gain))


def test_there_and_back_again() -> None:
    both = then(SOME, inverse(SOME))
    assert both.gain == pytest.approx((1, 1, 1))
    assert both.offset == pytest.approx((0, 0, 0), abs=1e-12)
    back = apply(apply(HERO, SOME), inverse(SOME)).astype(int)
    inside = (HERO > 12) & (HERO < 240)
    assert np.abs(back - HERO)[inside].max() <= 1
    light = to_light(HERO)
    assert np.abs(exactly(exactly(light, SOME), inverse(SOME)) - light).max() < 1e-6


def test_it_is_let_in_from_nothing_to_all_without_a_step() -> None:
    shares = [np.log(eased(SOME, frame, 24).gain[2]) for frame in range(30)]
    whole = np.log(inverse(SOME).gain[2])
    assert shares[0] == pytest.approx(whole)
    assert eased(SOME, 24, 24).identity
    assert eased(SOME, 99, 24).identity
    steps = np.abs(np.diff(shares))
    assert steps.max() < 2 * abs(whole) / 24
    assert all(one >= other for one, other in pairwise(np.abs(shares)))


def test_a_correction_goes_through_json() -> None:
    for known in (SOME, Correction(), Correction(limited=True)):
        assert Correction.from_json(json.loads(json.dumps(known.to_json()))) == known
