"""`matchcut worker`: work on the films of a shared database."""

import argparse
import contextlib
import json
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from matchcut.cli.text import plain
from matchcut.errors import Code, MatchcutError

if TYPE_CHECKING:
    from matchcut.render.events import Event

NAME = "worker"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="work on the films of a shared database, beside other machines",
        description="Work on the films that are rendered with the same `--database`. Their folders "
        "must lie at the same path on each machine, as on a network disk, and keys stand in each "
        "machine's own environment. A worker that dies is noticed, and its shots are taken over; "
        "nothing is sent twice. Ctrl-C ends it; what it had not finished is left to the others.",
    )
    verb.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("MATCHCUT_DATABASE", ""),
        help="postgresql://user@host/name; MATCHCUT_DATABASE unless you say, and the password may "
        "stand in PGPASSWORD",
    )
    verb.add_argument(
        "--dead-after",
        type=float,
        default=20.0,
        metavar="SECONDS",
        help="how long another one is silent before its work is taken over (20)",
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from matchcut.render.database import shown_address  # noqa: PLC0415 - `--help` does without
    from matchcut.render.workers import BEAT_SECONDS  # noqa: PLC0415
    from matchcut.workshop import work  # noqa: PLC0415

    if not arguments.database:
        raise MatchcutError(
            Code.USAGE,
            "no database is named",
            where="matchcut worker",
            fix="Write `--database postgresql://user@host/name`, the one the films are rendered "
            "with.",
        )
    if not arguments.dead_after > BEAT_SECONDS:
        raise MatchcutError(
            Code.USAGE,
            f"`--dead-after {arguments.dead_after}` would take the living for dead",
            where="matchcut worker",
            fix=f"They say that they live every {BEAT_SECONDS:g} seconds: write more than that.",
        )
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    where = shown_address(arguments.database)
    if not arguments.json:
        print(f"Working for {where}. Ctrl-C ends it.", flush=True)
    tell = _print_json if arguments.json else _print
    work(arguments.database, tell, stop=stop, dead_seconds=arguments.dead_after)
    return 0


def _print(event: "Event") -> None:
    facts = event.to_json()
    said = f": {facts['message']}" if facts.get("message") else ""
    if facts["event"] == "shot" and "share" not in facts:
        with contextlib.suppress(BrokenPipeError):
            print(plain(f"{facts['shot']}  {facts['state']}{said}"), flush=True)


def _print_json(event: "Event") -> None:
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(event.to_json(), ensure_ascii=False), flush=True)
