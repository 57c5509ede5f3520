"""Progress, as a person or a program likes it: a live table, plain lines, or JSON."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matchcut.cli.text import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from matchcut.plan.types import Plan, PlannedShot
    from matchcut.render.events import Event, Listener, ShotEvent

_DONE = frozenset({"done", "kept", "waiting", "failed", "blocked"})
_WORTH_A_LINE = frozenset({"queued", "sending", "looking"})
_STYLES = {
    "rendering": "yellow",
    "done": "green",
    "kept": "dim",
    "waiting": "cyan",
    "failed": "red",
    "blocked": "red",
}


@contextmanager
def listening(plan: "Plan", *, as_json: bool, free: bool) -> Iterator["Listener"]:
    """Something to tell events to, for as long as the work lasts.

    Args:
        plan: What is being made.
        as_json: One JSON object a line on standard output.
        free: True where nothing is paid.

    """
    if as_json:
        yield _JsonLines().take
    elif sys.stderr.isatty():
        table = _LiveTable(plan, free=free)
        with table.shown():
            yield table.take
    else:
        yield _Lines(plan).take


class _JsonLines:
    """One JSON object a line, whole, whichever thread tells it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def take(self, event: "Event") -> None:
        line = json.dumps(event.to_json(), ensure_ascii=False)
        with self._lock:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


class _Lines:
    """A line where a shot comes to stand somewhere new; none for every percent."""

    def __init__(self, plan: "Plan") -> None:
        self._begun = time.monotonic()
        self._width = max(len(shot.id) for shot in plan.shots)
        self._last: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def take(self, event: "Event") -> None:
        from matchcut.render.events import ShotEvent  # noqa: PLC0415

        name = event.shot if isinstance(event, ShotEvent) else "film"
        state = event.state.value if isinstance(event, ShotEvent) else event.step
        with self._lock:
            # A queue's place is worth a line, each line of a log is not.
            said = (state, event.message if state in _WORTH_A_LINE else "")
            if self._last.get(name) == said:
                return
            self._last[name] = said
            elapsed = time.monotonic() - self._begun
            message = f"  {plain(event.message)}" if event.message else ""
            line = f"{elapsed:7.1f} s  {name:<{self._width}}  {state}{message}"
            print(line, file=sys.stderr, flush=True)


class _LiveTable:
    """Shot, state, endpoint, elapsed, cost; redrawn in place."""

    def __init__(self, plan: "Plan", *, free: bool) -> None:
        self._plan = plan
        self._free = free
        self._events: dict[str, ShotEvent] = {}
        self._begun: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._film = ""
        self._lock = threading.Lock()

    @contextmanager
    def shown(self) -> Iterator[None]:
        from rich.console import Console  # noqa: PLC0415
        from rich.live import Live  # noqa: PLC0415

        console = Console(stderr=True, highlight=False)
        with Live(get_renderable=self._draw, console=console, refresh_per_second=8):
            yield

    def take(self, event: "Event") -> None:
        from matchcut.render.events import ShotEvent  # noqa: PLC0415

        now = time.monotonic()
        with self._lock:
            if not isinstance(event, ShotEvent):
                share = f" {event.share:.0%}" if event.share else ""
                self._film = f"{event.step}{share}"
                return
            self._events[event.shot] = event
            self._begun.setdefault(event.shot, now)
            if event.state.value in _DONE:
                self._ended.setdefault(event.shot, now)

    def _draw(self) -> "RenderableType":
        from rich import box  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left")
        for name in ("shot", "state", "endpoint", "elapsed", "USD"):
            table.add_column(name, justify="right" if name in ("elapsed", "USD") else "left")
        with self._lock:
            for shot in self._plan.work:
                event = self._events.get(shot.id)
                state = event.state.value if event else ""
                share = f" {event.share:.0%}" if event and event.share else ""
                said = f": {plain(event.message)}" if event and event.message else ""
                table.add_row(
                    Text(shot.id),
                    Text(f"{state}{share}{said}", style=_STYLES.get(state, "")),
                    Text(plain(shot.endpoint or "own footage")),
                    Text(self._elapsed(shot.id)),
                    Text(self._cost(shot)),
                )
            table.caption = self._film
        return table

    def _cost(self, shot: "PlannedShot") -> str:
        if self._free:
            return "0"
        return "unknown" if shot.cost_usd is None else f"{shot.cost_usd:f}"

    def _elapsed(self, shot: str) -> str:
        begun = self._begun.get(shot)
        if begun is None or shot not in self._events:
            return ""
        end = self._ended.get(shot, time.monotonic())
        return f"{end - begun:.1f} s"
