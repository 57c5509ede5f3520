"""`matchcut status`: where a film stands."""

import argparse
import gc
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from matchcut.cli.controlling import add_whole_film
from matchcut.cli.standing import add_by
from matchcut.cli.text import counted, plain

if TYPE_CHECKING:
    from typing import Any

    from matchcut.render.standing import ShotStatus
    from matchcut.render.status import FilmStatus

NAME = "status"
_EVERY_SECONDS = 1.0
_LONGEST_SECONDS = 10.0
_WIDEST = 40


def add(verbs: "Any") -> None:
    """Add the verb."""
    verb = add_whole_film(
        verbs,
        NAME,
        help_="say where each shot stands, what is spent, and what you can do next",
        description="Say where each shot of a film stands, what is spent and what is left to pay, "
        "whether a run is at work on it, and what you can do next. It disturbs no run, and asks "
        "no provider. Exits 0.",
    )
    verb.add_argument(
        "--watch",
        action="store_true",
        help="say it again whenever it changes, for as long as a run is at work",
    )
    add_by(verb, "whose takes (the paid ones where there are any)")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if not arguments.watch:
        gc.disable()  # a tenth of the time goes to looking for garbage in what is only loaded
    from matchcut.project import read  # noqa: PLC0415 - `--help` does without
    from matchcut.render.status import status  # noqa: PLC0415

    last = ""
    for _ in _moments(Path(arguments.film)) if arguments.watch else (None,):
        found = status(read(arguments.film), arguments.by)
        indent = None if arguments.watch else 2
        said = (
            json.dumps(found.to_json(), indent=indent, ensure_ascii=False)
            if arguments.json
            else "\n".join(_lines(found))
        )
        if said != last:
            clear = "\033[H\033[J" if arguments.watch and sys.stdout.isatty() else ""
            print(f"{clear}{said}", flush=True)
            last = said
        if found.holder is None:
            break
    return 0


def _moments(film: Path) -> Iterator[None]:
    """A moment at first, and another whenever the film's text or its records have been written."""
    state = film.resolve().parent / ".matchcut"
    files = (film, state / "state.sqlite", state / "state.sqlite-wal", state / "lock.json")
    while True:
        yield
        seen = [_stamp(file) for file in files]
        # A run that was killed writes nothing more, and a server's records are no file here: so
        # they are looked at now and then all the same.
        until = time.monotonic() + _LONGEST_SECONDS
        while [_stamp(file) for file in files] == seen and time.monotonic() < until:
            time.sleep(_EVERY_SECONDS)


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _lines(found: "FilmStatus") -> Iterator[str]:
    shots = counted(len(found.shots), "shot")
    yield f"{plain(found.title)} ({plain(found.film)}): {shots}, by {plain(found.provider)}"
    if found.holder is not None:
        yield f"{plain(str(found.holder)).capitalize()}."
    if found.paused_since is not None:
        yield f"Paused since {_moment(found.paused_since)} UTC: nothing new is begun."
    yield ""
    width = min(max((len(shot.shot) for shot in found.shots), default=4), _WIDEST)
    yield f"{'shot':<{width}}  {'state':<13}  take        USD"
    for shot in found.shots:
        yield _line(shot, width)
    yield ""
    yield ", ".join(f"{count} {standing.value}" for standing, count in found.counts.items()) + "."
    budget = f"; the budget is {found.budget_usd} USD" if found.budget_usd is not None else ""
    yield (
        f"{found.spent_usd} USD spent or in flight, of that {found.in_flight_usd} USD in flight"
        f"{budget}; left to pay {_left(found)}."
    )
    yield from (f"  {plain(step)}" for step in found.next)


def _line(shot: "ShotStatus", width: int) -> str:
    take = "" if shot.take is None else str(shot.take)
    usd = "" if shot.usd is None else f"{shot.usd:f}"
    request = ""
    if shot.request_id is not None and shot.since is not None:
        place = f"{shot.endpoint}, {shot.request_id}"
        request = f" ({place}, since {_moment(shot.since)} UTC)"
    ways = f": {' or '.join(shot.ways)}" if shot.ways else ""
    said = plain(f"{shot.said}{request}{ways}")
    return f"{shot.shot:<{width}}  {shot.standing.value:<13}  {take:>4}  {usd:>9}  {said}".rstrip()


def _moment(text: str | None) -> str:
    return plain(text or "")[:19].replace("T", " ")


def _left(found: "FilmStatus") -> str:
    if not found.unpriced:
        return f"{found.to_pay_usd} USD"
    unknown = counted(len(found.unpriced), "shot")
    return f"{found.to_pay_usd} USD, and {unknown} of unknown price"
