"""Random films and random waits, the same ones for a seed, for judging a schedule.

What is random and how is written here, and nowhere else: `bench/schedule.py` and the tests use it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import median

from matchcut.endpoints.load import shipped
from matchcut.film.types import Canvas, Defaults, Film, Join, Shot
from matchcut.plan.build import build_plan
from matchcut.plan.dispatch import Dispatcher, Task
from matchcut.plan.schedule import tasks_of
from matchcut.plan.simulate import Tried, least_seconds, simulate

FILMS = 200
AT_ONCE = (2, 4, 10, 40)
MEDIAN_TARGET, P95_TARGET = 1.02, 1.08
"""Makespan over the lower bound that is wanted at each limit."""
FEWEST, MOST = 10, 200
HERO_IN = 5
"""One hero in so many shots, at a random place among them."""
ENDPOINTS = (
    "fal-ai/wan/v2.7/image-to-video",
    "fal-ai/kling-video/v3/pro/image-to-video",
    "bytedance/seedance-2.0/image-to-video",
    "fal-ai/kling-video/o3/pro/image-to-video",
)
"""What a film may have as its default; they are waited for between 20 and 64 s a second of clip."""
OTHER_ENDPOINT = 0.15
"""Share of shots that have an endpoint of their own."""
SECONDS = (4, 5, 6, 8, 10)
HERO_MATCHES = 0.7
"""Share of heroes that the shot before lands on; the others are cut to."""
JOINS = {Join.MATCH: 0.8, Join.STILL: 0.05, Join.CUT: 0.15}
SPREAD = 0.35
"""Standard deviation of the logarithm of a wait: one in twenty takes 1.8 times the middle one.

The widest that was found published: fal's pictures, 2.5 s in the middle and 4.5 s at the 95th
percentile (modelslab.com, April 2026). For clips of 5 s one host states 43 s, and 72 s at the 99th
(creativeai.run), which is 0.22. Both read on 2026-11-29.
"""
FAILURES = 0.1
"""Share of tries that fail where failures are simulated."""


def random_film(rng: random.Random) -> Film:
    """A film of 10 to 200 shots with chains, bridges, shared stills and cuts."""
    count = rng.randint(FEWEST, MOST)
    heroes = {first + rng.randrange(HERO_IN) for first in range(0, count, HERO_IN)}
    shots: list[Shot] = []
    for index in range(count):
        hero = index in heroes
        if hero:
            lands = rng.random() < HERO_MATCHES and index - 1 not in heroes
            join = Join.MATCH if lands else Join.CUT
        else:
            join = rng.choices(list(JOINS), list(JOINS.values()))[0]
        if index == 0:
            join = Join.CUT
        if join is Join.STILL:
            shots[-1] = shots[-1].model_copy(update={"end": "shared.png"})
        own = hero or join is Join.CUT
        shots.append(
            Shot(
                id=f"s{index}",
                prompt="x",
                hero=hero,
                join=join,
                start="own.png" if own else None,
                endpoint=rng.choice(ENDPOINTS) if rng.random() < OTHER_ENDPOINT else None,
                duration=rng.choice(SECONDS),
            )
        )
    return Film(
        title="Random",
        canvas=Canvas(width=1280, height=720, fps=24),
        defaults=Defaults(endpoint=rng.choice(ENDPOINTS)),
        shots=tuple(shots),
    )


class Drawn:
    """A film as the scheduler sees it, and how long each try of its shots really takes.

    Args:
        seed: Names the film and its waits.
        spread: See `SPREAD`.
        failures: See `FAILURES`.

    """

    def __init__(self, seed: int, *, spread: float = SPREAD, failures: float = 0.0) -> None:
        rng = random.Random(seed)
        self.tasks = _planned(seed)
        # Drawn beforehand: what is begun first changes nobody's luck.
        self._tries = {task.id: _tries(rng, task.seconds, spread, failures) for task in self.tasks}

    def attempt(self, name: str, number: int) -> Tried:
        """How a try comes out."""
        return self._tries[name][number - 1]

    def true_tasks(self) -> list[Task]:
        """The tasks with the seconds that each really takes, failed tries included."""
        return [
            replace(task, seconds=sum(one.seconds for one in self._tries[task.id]))
            for task in self.tasks
        ]

    def makespan(self, at_once: int) -> float:
        """Seconds that the real dispatcher makes of it; it knows what is expected, and no more."""
        return simulate(Dispatcher(self.tasks, at_once=at_once), self.attempt)

    def in_file_order(self, at_once: int) -> float:
        """Seconds where what is ready is begun in the film's order."""
        blind = [replace(task, seconds=0.0) for task in self.tasks]
        return simulate(Dispatcher(blind, at_once=at_once), self.attempt)

    def one_by_one(self) -> float:
        """Seconds where each shot waits for the one before it."""
        return sum(task.seconds for task in self.true_tasks())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """Makespans over the lower bound, of many films at so many at once; sorted."""

    dispatched: list[float]
    file_order: list[float]
    one_by_one: list[float]

    @classmethod
    def of(cls, films: Sequence[Drawn], at_once: int) -> "Ratios":
        """Every film made under the virtual clock; the bound knows what each try really took."""
        least = [least_seconds(film.true_tasks(), at_once) for film in films]
        rows = [
            (film.makespan(at_once) / s, film.in_file_order(at_once) / s, film.one_by_one() / s)
            for film, s in zip(films, least, strict=True)
        ]
        dispatched, file_order, one_by_one = (sorted(column) for column in zip(*rows, strict=True))
        return cls(dispatched=dispatched, file_order=file_order, one_by_one=one_by_one)


def middle(ratios: Sequence[float]) -> float:
    """The median."""
    return median(ratios)


def nineteen_in_twenty(ratios: Sequence[float]) -> float:
    """The 95th percentile: at most one in twenty is above it. Sorted ratios, at least 20."""
    return ratios[-(len(ratios) // 20) - 1]


def _tries(rng: random.Random, expected: float, spread: float, failures: float) -> list[Tried]:
    tries = []
    while not tries or not tries[-1].done:
        wait = expected * rng.lognormvariate(0, spread)
        tries.append(Tried(seconds=wait, done=rng.random() >= failures))
    return tries


@cache
def _planned(seed: int) -> list[Task]:
    plan = build_plan(random_film(random.Random(f"film {seed}")), shipped())
    assert plan.renderable, plan.findings
    return tasks_of(plan, {})
