"""What is begun when: needs, limits, urgency, failures; and how near to the best it comes."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchcut.plan.dispatch import Dispatcher, Task, look_ahead
from matchcut.plan.simulate import Tried, least_seconds, simulate
from random_films import (
    AT_ONCE,
    FILMS,
    MEDIAN_TARGET,
    P95_TARGET,
    Drawn,
    Ratios,
    middle,
    nineteen_in_twenty,
)


def task(name: str, *needs: str, seconds: float = 1.0, endpoint: str | None = None) -> Task:
    return Task(id=name, needs=needs, seconds=seconds, endpoint=endpoint)


def test_what_the_longest_path_hangs_on_is_begun_first() -> None:
    tasks = [task("short", seconds=3), task("head"), task("tail", "head", seconds=5)]
    dispatcher = Dispatcher(tasks, at_once=1)
    assert dispatcher.next() == ["head"]
    assert dispatcher.next() == [], "one at once"
    dispatcher.finished("head")
    assert dispatcher.next() == ["tail"]
    dispatcher.finished("tail")
    assert dispatcher.next() == ["short"]
    assert not dispatcher.over
    dispatcher.finished("short")
    assert dispatcher.over


def test_of_equal_paths_the_one_that_unlocks_more_goes_first_then_the_first_in_the_film() -> None:
    tasks = [task("a"), task("x", "a"), task("b"), task("y", "b"), task("z", "b"), task("c", "d")]
    tasks += [task("d")]
    assert Dispatcher(tasks, at_once=9).next() == ["b", "a", "d"]


def test_what_is_there_already_holds_nothing_up() -> None:
    tasks = [task("two", "one"), task("bridge", "one", "hero"), task("hero")]
    dispatcher = Dispatcher(tasks, at_once=2, done=["one"])
    assert dispatcher.next() == ["hero", "two"]


def test_an_endpoint_at_its_limit_does_not_hold_up_another() -> None:
    tasks = [task(f"slow{n}", seconds=9, endpoint="slow") for n in range(3)]
    tasks += [task(f"other{n}", endpoint="other") for n in range(2)]
    dispatcher = Dispatcher(tasks, at_once=3, at_once_on={"slow": 1})
    assert dispatcher.next() == ["slow0", "other0", "other1"]
    dispatcher.finished("other0")
    assert dispatcher.next() == []
    dispatcher.finished("slow0")
    assert dispatcher.next() == ["slow1"]
    with pytest.raises(KeyError):
        dispatcher.finished("slow0")  # ended already


def test_a_failure_takes_with_it_what_hangs_on_it_and_nothing_else() -> None:
    tasks = [task("one"), task("two", "one"), task("bridge", "two", "hero"), task("hero")]
    tasks += [task("after", "hero")]
    dispatcher = Dispatcher(tasks, at_once=2)
    assert dispatcher.next() == ["one", "hero"]
    assert dispatcher.failed("one") == {"two": "one", "bridge": "two"}
    dispatcher.finished("hero")
    assert dispatcher.next() == ["after"]
    dispatcher.finished("after")
    assert dispatcher.over


def test_what_is_done_once_more_waits_by_its_urgency() -> None:
    tasks = [task("long", seconds=5), task("short"), task("shorter", seconds=0.5)]
    dispatcher = Dispatcher(tasks, at_once=1)
    assert dispatcher.next() == ["long"]
    dispatcher.again("long")
    assert dispatcher.next() == ["long"]


def test_a_circle_a_need_that_nobody_makes_and_no_place_are_refused() -> None:
    with pytest.raises(ValueError, match="`a` needs itself"):
        Dispatcher([task("a", "b"), task("b", "a")], at_once=1)
    with pytest.raises(ValueError, match="`a` needs `gone`"):
        Dispatcher([task("a", "gone")], at_once=1)
    for limits in ({"at_once": 0}, {"at_once": 1, "at_once_on": {"x": 0}}):
        with pytest.raises(ValueError, match="lets nothing begin"):
            Dispatcher([task("a")], **limits)


GRAPHS = st.lists(
    st.tuples(st.integers(1, 9), st.sets(st.integers(0, 30), max_size=3)), min_size=1, max_size=12
)


@given(GRAPHS, st.integers(1, 5), st.randoms(use_true_random=False))
def test_everything_is_done_once_in_order_of_needs_and_within_the_limit(
    graph: list[tuple[int, set[int]]], at_once: int, chance
) -> None:
    tasks = [
        task(
            f"t{n}",
            *(f"t{need}" for need in needs if need < n),
            seconds=float(seconds),
            endpoint=("narrow", "wide", None)[seconds % 3],
        )
        for n, (seconds, needs) in enumerate(graph)
    ]
    chance.shuffle(tasks)
    known = {one.id: one for one in tasks}
    dispatcher = Dispatcher(tasks, at_once=at_once, at_once_on={"narrow": 1})
    done: list[str] = []
    running: list[str] = []
    while not dispatcher.over:
        running += dispatcher.next()
        assert 0 < len(running) <= at_once
        assert sum(known[name].endpoint == "narrow" for name in running) <= 1
        for name in running:
            assert set(known[name].needs) <= set(done)
        done.append(running.pop(chance.randrange(len(running))))
        dispatcher.finished(done[-1])
    assert sorted(done) == sorted(known)


@given(GRAPHS, st.integers(1, 5))
def test_no_order_of_work_beats_the_bound_and_this_one_is_within_twice_of_it(
    graph: list[tuple[int, set[int]]], at_once: int
) -> None:
    """Twice: Graham's bound for any order that leaves nobody idle beside ready work."""
    tasks = [
        task(f"t{n}", *(f"t{need}" for need in needs if need < n), seconds=float(seconds))
        for n, (seconds, needs) in enumerate(graph)
    ]
    seconds = {one.id: one.seconds for one in tasks}
    took = simulate(
        Dispatcher(tasks, at_once=at_once), lambda name, _: Tried(seconds=seconds[name])
    )
    least = least_seconds(tasks, at_once)
    assert least <= took + 1e-9
    assert took <= 2 * least


def test_the_film_is_made_in_nearly_the_least_time_at_every_limit() -> None:
    films = [Drawn(seed) for seed in range(FILMS)]
    assert {bool(one.needs) for film in films for one in film.tasks} == {True, False}
    for at_once in AT_ONCE:
        ratios = Ratios.of(films, at_once)
        assert ratios.dispatched[0] > 1 - 1e-9, "the bound is one"
        assert middle(ratios.dispatched) <= MEDIAN_TARGET, at_once
        assert nineteen_in_twenty(ratios.dispatched) <= P95_TARGET, at_once
        if at_once == 10:
            assert middle(ratios.file_order) > MEDIAN_TARGET, "the target tells orders apart"
            assert nineteen_in_twenty(ratios.file_order) > P95_TARGET


def test_a_long_film_costs_no_more_a_shot_than_a_short_one() -> None:
    """Ten times the shots in far less than a hundred times the time."""

    def seconds(length: int) -> float:
        tasks = [task(f"s{n}", *([f"s{n - 1}"] if n % 5 else [])) for n in range(length)]
        tasks[-1] = replace(tasks[-1], seconds=2.0)
        best = []
        for _ in range(3):
            begun = time.process_time()
            simulate(Dispatcher(tasks, at_once=40), lambda _name, _number: Tried(seconds=1.0))
            best.append(time.process_time() - begun)
        return min(best)

    assert seconds(10_000) < 30 * seconds(1_000)


def test_one_chain_of_ten_thousand_is_no_deep_call() -> None:
    tasks = [task(f"s{n}", *([f"s{n - 1}"] if n else [])) for n in range(10_000)]
    assert look_ahead(tasks)["s0"].path == pytest.approx(10_000)
