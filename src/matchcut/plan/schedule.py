"""A plan's schedule: how long it all takes, what decides that, and how far each is from a hero."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matchcut.plan.dispatch import Dispatcher, Task, followers_of, look_ahead
from matchcut.plan.reference import hangs_on
from matchcut.plan.simulate import Tried, least_seconds, simulate
from matchcut.plan.types import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a plan's shots come about, as far as can be expected."""

    at_once: int
    """Shots in the making at the same time."""
    waves: int
    critical: tuple[str, ...]
    """Ids of the chain that takes longest: nothing makes the film sooner than that."""
    critical_seconds: float
    work_seconds: float
    """Of all shots, one after the other."""
    least_seconds: float
    """No order of work takes less: the critical path, or all work over so many at once."""
    makespan_seconds: float
    """From the first shot's beginning to the last one's end, in the order in which they are begun;
    no person's time at a gate is in it."""
    expected_seconds: Mapping[str, float]
    """By shot."""
    hops: Mapping[str, int]
    """By shot: clips from the nearest picture that somebody chose; 0 starts on one."""
    corrections: Mapping[str, float]
    """By endpoint: what its expected seconds were multiplied by, after what was measured."""
    guessed: bool
    """True where no source and no measurement says how long a shot takes."""

    def to_json(self) -> dict[str, Any]:
        """The schedule as JSON has it, seconds to a tenth."""
        return {
            "at_once": self.at_once,
            "waves": self.waves,
            "critical_path": list(self.critical),
            "critical_seconds": round(self.critical_seconds, 1),
            "work_seconds": round(self.work_seconds, 1),
            "least_seconds": round(self.least_seconds, 1),
            "makespan_seconds": round(self.makespan_seconds, 1),
            "guessed": self.guessed,
            "corrections": {name: round(by, 3) for name, by in self.corrections.items()},
            "shots": {
                name: {"expected_seconds": round(seconds, 1), "hops": self.hops[name]}
                for name, seconds in self.expected_seconds.items()
            },
        }


def schedule(
    plan: Plan, *, at_once: int, corrections: Mapping[str, float] | None = None
) -> Schedule:
    """When a plan's shots come about.

    Args:
        plan: The plan.
        at_once: Shots in the making at the same time, at least 1.
        corrections: By endpoint: what the contract's seconds are multiplied by.

    """
    measured = corrections or {}
    tasks = tasks_of(plan, measured)
    expected = {task.id: task.seconds for task in tasks}
    critical = _critical(tasks)
    return Schedule(
        at_once=at_once,
        waves=1 + max((shot.wave for shot in plan.shots), default=-1),
        critical=critical,
        critical_seconds=sum(expected[name] for name in critical),
        work_seconds=sum(expected.values()),
        least_seconds=least_seconds(tasks, at_once),
        makespan_seconds=simulate(
            Dispatcher(tasks, at_once=at_once), lambda name, _: Tried(seconds=expected[name])
        ),
        expected_seconds=expected,
        hops=hops_of(plan),
        corrections=measured,
        guessed=any(
            not shot.waiting_known and shot.endpoint not in measured
            for shot in plan.shots
            if not shot.clip
        ),
    )


def tasks_of(plan: Plan, corrections: Mapping[str, float]) -> list[Task]:
    """A plan's shots for the dispatcher, in the film's order.

    Args:
        plan: The plan.
        corrections: By endpoint: what the contract's seconds are multiplied by.

    """
    return [
        Task(
            id=shot.id,
            needs=shot.needs,
            seconds=shot.waiting_seconds * corrections.get(shot.endpoint or "", 1.0),
            endpoint=shot.endpoint,
        )
        for shot in plan.shots
    ]


def hops_of(plan: Plan) -> dict[str, int]:
    """By shot: how many clips away the nearest picture is that somebody chose.

    That is a hero's, or a still of the shot's own at either end. With each hop colour, sharpness
    and faces may drift. A bridge is one hop away, from the hero that it lands on.
    """
    hops: dict[str, int] = {}
    for shot in plan.work:  # each stands behind what it needs
        if shot.start is None or hangs_on(shot.start) is None:
            hops[shot.id] = 0
        elif shot.end is not None and hangs_on(shot.end) is None:
            hops[shot.id] = 1
        else:
            hops[shot.id] = 1 + min(hops[need] for need in shot.needs)
    return {shot.id: hops[shot.id] for shot in plan.shots}


def _critical(tasks: list[Task]) -> tuple[str, ...]:
    ahead, followers = look_ahead(tasks), followers_of(tasks)
    path: list[str] = []
    among = [task.id for task in tasks if not task.needs]
    while among:
        # `max` keeps the first of several: the one that the film has first.
        path.append(max(among, key=lambda name: ahead[name].path))
        among = followers[path[-1]]
    return tuple(path)
