"""What a plan's schedule says: waits, critical path, bounds, and hops from the nearest hero."""

from dataclasses import replace
from decimal import Decimal

import pytest

from films import HEAD, KLING, WAN, plan
from matchcut.endpoints.load import shipped
from matchcut.plan.schedule import schedule
from matchcut.plan.waiting import PER_SECOND, correction, waited_for

TWO_CHAINS = """
  - {id: a, hero: true, start: a.jpg, prompt: x}
  - {id: b, prompt: x}
  - {id: c, prompt: x, duration: 8}
  - {id: bridge, prompt: x}
  - {id: d, hero: true, start: d.jpg, prompt: x}
  - {id: e, prompt: x}
"""
SECOND = float(PER_SECOND)


def test_the_longest_chain_and_all_work_bound_the_time() -> None:
    found = schedule(plan(TWO_CHAINS), at_once=2)
    assert found.critical == ("a", "b", "c", "bridge")
    assert found.critical_seconds == 20 * SECOND
    assert found.work_seconds == 28 * SECOND
    assert found.least_seconds == 20 * SECOND, "the chain: half of all work is less"
    assert found.makespan_seconds == 20 * SECOND
    assert found.waves == 4
    alone = schedule(plan(TWO_CHAINS), at_once=1)
    assert alone.least_seconds == alone.makespan_seconds == 28 * SECOND


@pytest.mark.parametrize(
    ("shots", "hops"),
    [
        (TWO_CHAINS, {"a": 0, "b": 1, "c": 2, "bridge": 1, "d": 0, "e": 1}),
        (
            """
  - {id: a, start: a.jpg, prompt: x}
  - {id: handed, join: continue, prompt: x}
  - {id: to_still, prompt: x, end: s.jpg}
  - {id: still, join: still, prompt: x}
  - {id: far, prompt: x}
  - {id: cut, join: cut, prompt: x, start: c.jpg}
""",
            {"a": 0, "handed": 1, "to_still": 1, "still": 0, "far": 1, "cut": 0},
        ),
        (
            """
  - {id: own_start, start: a.jpg, prompt: x}
  - {id: hero, hero: true, start: h.jpg, prompt: x}
""",
            {"own_start": 0, "hero": 0},
        ),
    ],
    ids=["bridge", "stills", "bridge on a start of its own"],
)
def test_hops_are_counted_from_the_nearest_picture_that_somebody_chose(
    shots: str, hops: dict[str, int]
) -> None:
    assert schedule(plan(shots), at_once=2).hops == hops


def test_own_footage_takes_no_time() -> None:
    film = "  - {id: a, clip: a.mp4}\n  - {id: b, prompt: x}\n"
    assert schedule(plan(film), at_once=2).expected_seconds == {"a": 0, "b": 4 * SECOND}


def test_waits_are_the_contracts_and_what_was_measured_corrects_them() -> None:
    film = f"  - {{id: a, prompt: x, start: a.jpg, endpoint: {KLING}}}\n"
    built = plan(film, HEAD.replace(", resolution: 720p", ""))
    known = schedule(built, at_once=2)
    assert known.expected_seconds == {"a": 120.0}, "4 s at 30"
    assert not known.guessed
    assert schedule(built, at_once=2, corrections={KLING: 0.5}).makespan_seconds == 60.0
    guess = plan("  - {id: a, prompt: x, start: a.jpg}\n")
    assert schedule(guess, at_once=2).guessed
    assert not schedule(guess, at_once=2, corrections={WAN: 1.0}).guessed


def test_a_longer_wait_takes_the_critical_path_over() -> None:
    film = "  - {id: a, start: a.jpg, prompt: x}\n  - {id: b, prompt: x}\n"
    film += f"  - {{id: c, join: cut, start: c.jpg, endpoint: {KLING}, prompt: x}}\n"
    built = plan(film)
    assert schedule(built, at_once=2).critical == ("a", "b")
    assert schedule(built, at_once=2, corrections={KLING: 2.0}).critical == ("c",)


@pytest.mark.parametrize(
    ("ratios", "factor"),
    [([], 1.0), ([3.0], 2.0), ([1.5, 1.5, 1.5], 1.5), ([900.0, 1.2, 1.1], 1.15)],
    ids=["nothing", "one counts half", "three that agree", "a night says little"],
)
def test_the_middle_of_what_was_measured_corrects(ratios: list[float], factor: float) -> None:
    assert correction(ratios) == pytest.approx(factor)


def test_what_nobody_knows_is_a_clip_of_five_seconds_at_a_documented_pace() -> None:
    assert waited_for(None, None) == 5 * SECOND
    assert waited_for(shipped()[WAN], Decimal(2)) == 2 * SECOND


def test_waits_and_prices_are_no_part_of_what_a_plan_is() -> None:
    built = plan(TWO_CHAINS)
    other = replace(built, shots=tuple(replace(s, waiting_seconds=1.0) for s in built.shots))
    assert other.digest == built.digest
