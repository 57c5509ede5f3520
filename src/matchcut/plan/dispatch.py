"""What to begin next: ready work by the longest path that still hangs on it.

The dispatcher has no clock and does nothing itself: it is told what came to an end, and says what
to begin. The durable workflow asks it while a film is made; the simulator asks the same one, under
a clock of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work as the dispatcher sees it."""

    id: str
    needs: tuple[str, ...]
    """Ids of what must be done before."""
    seconds: float
    """How long it is expected to take, 0 or more; any unit will do that all tasks share."""
    endpoint: str | None = None
    """Whose limit it counts against; None against that of all alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What hangs on a task, itself included."""

    path: float
    """Seconds of the longest chain of work that begins with it."""
    all: float
    """Seconds of all that hangs on it; what hangs on it in two ways counts twice."""


def order(tasks: Sequence[Task]) -> list[Task]:
    """The tasks with each behind what it needs; what is needed and is no task is taken as done.

    Raises:
        ValueError: Tasks need each other in a circle.

    """
    known = {task.id for task in tasks}
    open_needs = {task.id: sum(need in known for need in set(task.needs)) for task in tasks}
    followers = followers_of(tasks)
    by_id = {task.id: task for task in tasks}
    sorted_tasks = [task for task in tasks if not open_needs[task.id]]
    for task in sorted_tasks:  # grows while it is walked
        for follower in followers[task.id]:
            open_needs[follower] -= 1
            if not open_needs[follower]:
                sorted_tasks.append(by_id[follower])
    if len(sorted_tasks) < len(tasks):
        stuck = next(name for name, count in open_needs.items() if count)
        raise ValueError(f"`{stuck}` needs itself, by way of what it needs")
    return sorted_tasks


def followers_of(tasks: Sequence[Task]) -> dict[str, list[str]]:
    """By task: which tasks need it, in the order of the tasks."""
    followers: dict[str, list[str]] = {task.id: [] for task in tasks}
    for task in tasks:
        for need in dict.fromkeys(task.needs):
            if need in followers:
                followers[need].append(task.id)
    return followers


def look_ahead(tasks: Sequence[Task]) -> dict[str, Ahead]:
    """By task: what hangs on it.

    Raises:
        ValueError: Tasks need each other in a circle.

    """
    ahead: dict[str, Ahead] = {}
    followers = followers_of(tasks)
    for task in reversed(order(tasks)):
        after = [ahead[follower] for follower in followers[task.id]]
        ahead[task.id] = Ahead(
            path=task.seconds + max((one.path for one in after), default=0.0),
            all=task.seconds + sum(one.all for one in after),
        )
    return ahead


class Dispatcher:
    """Says what to begin now, the most urgent first.

    Most urgent is what the longest chain of work hangs on, then what most work hangs on, then what
    stands first in the film. So the same questions give the same answers, in every replay.

    Args:
        tasks: What is to be done, in the film's order.
        at_once: How much may run at the same time, at least 1.
        done: Ids of what is there already.
        at_once_on: By endpoint: how much may run on it at the same time, where that is less.

    Raises:
        ValueError: Tasks need each other in a circle, or something that is neither a task nor done;
            or a limit is below 1.

    """

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        at_once: int,
        done: Collection[str] = (),
        at_once_on: Mapping[str, int] | None = None,
    ) -> None:
        if min((at_once, *(at_once_on or {}).values())) < 1:
            raise ValueError("a limit below 1 lets nothing begin")
        ahead = look_ahead(tasks)
        self._tasks = {task.id: task for task in tasks}
        self._urgency = {
            task.id: (-ahead[task.id].path, -ahead[task.id].all, place)
            for place, task in enumerate(tasks)
        }
        self._followers = followers_of(tasks)
        self._free = at_once
        self._free_on = dict(at_once_on or {})
        self._ready: dict[str | None, list[tuple[float, float, int, str]]] = {}
        self._open_needs: dict[str, set[str]] = {}
        self._running: set[str] = set()
        for task in tasks:
            needs = set(task.needs).difference(done)
            if not needs <= self._tasks.keys():
                missing = min(needs - self._tasks.keys())
                raise ValueError(f"`{task.id}` needs `{missing}`, which nobody makes")
            if needs:
                self._open_needs[task.id] = needs
            else:
                self._make_ready(task.id)

    @property
    def over(self) -> bool:
        """True where nothing runs and nothing waits."""
        return not (self._running or self._open_needs or any(self._ready.values()))

    def next(self) -> list[str]:
        """What to begin now, the most urgent first; it counts as running from here on."""
        begun = list(self._begin())
        self._running.update(begun)
        return begun

    def finished(self, name: str) -> None:
        """Something that ran is done: what needs nothing else any more may begin."""
        self._end(name)
        for follower in self._followers[name]:
            needs = self._open_needs.get(follower)
            if needs is None:
                continue  # it fell with something else that it needs
            needs.discard(name)
            if not needs:
                del self._open_needs[follower]
                self._make_ready(follower)

    def failed(self, name: str) -> dict[str, str]:
        """Something that ran will not be done, and nothing that hangs on it.

        Returns:
            What falls with it, and which of its needs that is by.

        """
        self._end(name)
        fallen: dict[str, str] = {}
        cut = [name]
        for need in cut:  # grows while it is walked
            for follower in self._followers[need]:
                if self._open_needs.pop(follower, None) is not None:
                    fallen[follower] = need
                    cut.append(follower)
        return fallen

    def again(self, name: str) -> None:
        """Something that ran is to be done once more: it waits as it did before."""
        self._end(name)
        self._make_ready(name)

    def _make_ready(self, name: str) -> None:
        ready = self._ready.setdefault(self._limited_on(name), [])
        heappush(ready, (*self._urgency[name], name))

    def _begin(self) -> Iterator[str]:
        while self._free > 0:
            heaps = [
                heap
                for endpoint, heap in self._ready.items()
                if heap and (endpoint is None or self._free_on[endpoint] > 0)
            ]
            if not heaps:
                return
            *_, name = heappop(min(heaps, key=lambda heap: heap[0]))
            self._count(name, -1)
            yield name

    def _end(self, name: str) -> None:
        self._running.remove(name)
        self._count(name, 1)

    def _count(self, name: str, change: int) -> None:
        self._free += change
        endpoint = self._limited_on(name)
        if endpoint is not None:
            self._free_on[endpoint] += change

    def _limited_on(self, name: str) -> str | None:
        endpoint = self._tasks[name].endpoint
        return endpoint if endpoint in self._free_on else None
