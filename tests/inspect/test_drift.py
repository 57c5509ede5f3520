"""Drift against the hero: forecasts that are right, and silence where there is no trend."""

import json

import numpy as np
import pytest

from matchcut.inspect.drift import (
    BUDGET,
    HORIZON,
    IN,
    OUT,
    PLACES,
    USUAL,
    Forecast,
    Hop,
    Measure,
    drift,
    forecast,
)
from matchcut.inspect.look import Look

PLAIN = Look(brightness=50, contrast=20, saturation=30, sharpness=0.5, red=5, yellow=10)


def at(**changes: float) -> Look:
    return Look(**{**PLAIN.to_json(), **{k: getattr(PLAIN, k) + v for k, v in changes.items()}})


def chain(hops: int, tone: float = 0.0, **slopes: float) -> list[Hop]:
    return [
        Hop(
            shot=f"s{n}",
            looks=[at(**{key: slope * n for key, slope in slopes.items()})] * 5,
            tone=(tone, tone, tone) if n else None,
        )
        for n in range(hops + 1)
    ]


def breaks(hops: list[Hop]) -> dict[Measure, int | None]:
    return {one.measure: one.breaks for one in drift(hops).forecasts}


@pytest.mark.parametrize(
    ("measure", "slope", "truth"),
    [
        (Measure.BRIGHTNESS, {"brightness": 1.3}, 8),
        (Measure.BRIGHTNESS, {"brightness": -0.9}, 12),
        (Measure.CONTRAST, {"contrast": -0.41}, 20),
        (Measure.SATURATION, {"saturation": 0.6}, 9),
        (Measure.SHARPNESS, {"sharpness": -0.02}, 11),
    ],
)
def test_a_straight_drift_breaks_where_it_must(
    measure: Measure, slope: dict[str, float], truth: int
) -> None:
    for seen in (3, 5):
        assert breaks(chain(seen, **slope))[measure] == truth
    past = drift(chain(truth + 2, **slope))
    (own,) = [one for one in past.forecasts if one.measure is measure]
    assert (own.breaks, own.broken) == (truth, True)
    assert not past.within


@pytest.mark.parametrize("gain", [0.01, -0.01, 0.025])
def test_a_planted_gain_breaks_within_one_hop_of_the_truth(gain: float) -> None:
    hops = np.arange(1, HORIZON)
    truth = int(hops[np.abs((1 + gain) ** hops - 1) > BUDGET[Measure.TONE]][0])
    found = breaks(chain(3, tone=gain))
    assert found[Measure.TONE] is not None
    assert abs(found[Measure.TONE] - truth) <= 1
    assert found[Measure.TINT] is None


def test_a_channel_that_runs_away_is_a_tint() -> None:
    hops = chain(4)
    for hop in hops[1:]:
        object.__setattr__(hop, "tone", (0.02, 0.0, 0.0))
    found = breaks(hops)
    assert found[Measure.TINT] == pytest.approx(6, abs=1)
    assert found[Measure.TONE] is None or found[Measure.TONE] > 20


def test_noise_is_no_trend() -> None:
    noise = np.random.default_rng(3)
    for _ in range(30):
        values = [0.0, *noise.normal(0, 1, 8)]
        found = forecast(Measure.BRIGHTNESS, values, 10.0)
        assert found.breaks is None or found.breaks > 20


def test_one_wild_shot_does_not_sway_the_line() -> None:
    values = [0.5 * hop for hop in range(8)]
    values[4] = 30.0
    found = forecast(Measure.BRIGHTNESS, values, 10.0)
    assert (found.breaks, found.broken) == (21, False)


def test_what_was_not_measured_is_said() -> None:
    bare = drift([Hop(shot="a", looks=[]), Hop(shot="b", looks=[])])
    assert all(one.breaks is None for one in bare.forecasts)
    assert [one.values for one in bare.forecasts if one.measure is Measure.COLOUR] == [(None, None)]
    assert bare.inside == ((), ())
    gap = chain(4, tone=0.01)
    object.__setattr__(gap[2], "tone", None)
    (tone,) = [one for one in drift(gap).forecasts if one.measure is Measure.TONE]
    assert tone.values[1] == pytest.approx(0.01)
    assert tone.values[2:] == (None, None, None)
    assert drift(gap).inside[1][0][Measure.IDENTITY] is None


def test_too_few_hops_foresee_nothing() -> None:
    assert breaks(chain(1, brightness=4))[Measure.BRIGHTNESS] is None
    assert breaks(chain(1, brightness=14))[Measure.BRIGHTNESS] == 1


def test_the_new_hero_stands_before_the_break() -> None:
    found = drift(chain(5, brightness=1.3))
    first = min(one.breaks for one in found.forecasts if one.breaks is not None)
    assert found.hero_at == first - 1 == 6
    assert drift(chain(5)).hero_at is None
    assert drift(chain(2, brightness=14)).hero_at == 1


def test_places_inside_a_clip_are_against_the_hero() -> None:
    hops = [
        Hop(shot="hero", looks=[PLAIN] * 5),
        Hop(shot="on", looks=[at(brightness=n) for n in range(5)]),
    ]
    found = drift(hops)
    assert [seen[Measure.BRIGHTNESS] for seen in found.inside[1]] == [0, 1, 2, 3, 4]
    facts = json.loads(json.dumps(found.to_json()))
    assert facts["identity"] is None
    places = {one["measure"]: one["place"] for one in facts["forecasts"]}
    assert (places["brightness"], places["contrast"], places["tone"]) == (OUT, USUAL, IN)


def lit(*hops: tuple[float, ...], hero: tuple[float, ...] = (0,) * 5) -> Forecast:
    """How a chain's brightness goes; each hop is brighter by so much at each place."""
    found = drift(
        [
            Hop(shot=f"s{n}", looks=[at(brightness=more) for more in places])
            for n, places in enumerate((hero, *hops))
        ]
    )
    return next(one for one in found.forecasts if one.measure is Measure.BRIGHTNESS)


def test_a_frame_that_is_handed_on_far_out_breaks_the_chain() -> None:
    found = lit(*[(0, 0, 0, 25, 30)] * 3)
    assert (found.place, found.breaks, found.broken) == (OUT, 1, True)
    assert found.values == pytest.approx((0, 30, 30, 30))


@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_held_to_the_budget(place: str) -> None:
    out = tuple(12.0 * (one == place) for one in PLACES)
    found = lit((0,) * 5, out, out)
    assert (found.place, found.breaks, found.broken) == (place, 2, True)
    comes_back = lit((0,) * 5, out, (0,) * 5)
    assert not comes_back.broken


def test_each_place_has_a_forecast_of_its_own() -> None:
    found = lit(*[(0, 0, 0, 0, 1.3 * hop) for hop in (1, 2, 3)])
    assert (found.place, found.breaks, found.broken) == (OUT, 8, False)


def test_a_clip_that_is_out_now_here_now_there_is_out() -> None:
    found = lit((12, 12, 12, 0, 0), (0, 0, 12, 12, 12), (12, 12, 0, 0, 12))
    assert (found.place, found.breaks, found.broken) == (USUAL, 1, True)


def test_what_the_hero_does_itself_is_no_drift() -> None:
    course = (-12.0, -6.0, 0.0, 6.0, 12.0)
    found = lit(course, course, hero=course)
    assert (found.breaks, found.broken) == (None, False)


def test_of_a_bridge_its_head_counts_and_of_a_short_clip_its_ends() -> None:
    found = lit((0,) * 5, (12,))
    assert (found.place, found.breaks) == (USUAL, 2)
    found = lit((0,) * 5, (0, 0, 12))
    assert (found.place, found.breaks) == (OUT, 2)
