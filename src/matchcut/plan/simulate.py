"""A film made under a virtual clock: the same dispatcher, and nobody waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from matchcut.plan.dispatch import Dispatcher, Task, look_ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How one try of a task comes out."""

    seconds: float
    done: bool = True
    """False where it fails, and is tried again."""


def simulate(dispatcher: Dispatcher, attempt: Callable[[str, int], Tried]) -> float:
    """Run all that a dispatcher has to give.

    Args:
        dispatcher: A fresh one.
        attempt: How the n-th try of a task comes out, counted from 1.

    Returns:
        Seconds until the last one is done.

    """
    clock, begun = 0.0, 0
    tries: dict[str, int] = {}
    running: list[tuple[float, int, str, bool]] = []
    while not dispatcher.over:
        for name in dispatcher.next():
            tries[name] = tries.get(name, 0) + 1
            tried = attempt(name, tries[name])
            begun += 1
            heappush(running, (clock + tried.seconds, begun, name, tried.done))
        clock, _, name, done = heappop(running)
        if done:
            dispatcher.finished(name)
        else:
            dispatcher.again(name)
    return clock


def least_seconds(tasks: Sequence[Task], at_once: int) -> float:
    """No order can take less: the longest chain of work, or all of it over so many at once.

    Args:
        tasks: With the seconds that each really takes.
        at_once: How many may run at the same time, at least 1.

    """
    longest = max((one.path for one in look_ahead(tasks).values()), default=0.0)
    return max(longest, sum(task.seconds for task in tasks) / at_once)
