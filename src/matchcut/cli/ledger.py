"""`matchcut ledger`: every paid submission of a film, and what became of it."""

import argparse
import csv
import json
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from matchcut.cli.text import plain
from matchcut.errors import Code, MatchcutError

if TYPE_CHECKING:
    from matchcut.render.attempt import Attempt

NAME = "ledger"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="list every paid submission, what it cost and what became of it",
        description="List every submission of a film that may have cost money, failed and refused "
        "ones included. What is estimated and what the provider's answer says stand beside each "
        "other.",
    )
    verb.add_argument(
        "film", nargs="?", default="film.yaml", help="the film file (film.yaml unless you say)"
    )
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON, for programs")
    form.add_argument("--csv", action="store_true", help="print CSV, for spreadsheets")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    attempts = _attempts(arguments.film)
    spent = sum((attempt.counted_usd for attempt in attempts), Decimal(0))
    flying = sum((a.counted_usd for a in attempts if a.in_flight), Decimal(0))
    if arguments.json:
        facts = {
            "attempts": [attempt.to_json() for attempt in attempts],
            "counted_usd": str(spent),
            "in_flight_usd": str(flying),
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    elif arguments.csv:
        _print_csv(attempts)
    else:
        _print_table(attempts)
        print(f"{spent} USD are spent, or may be; of that {flying} USD in flight.")
    return 0


def _attempts(film: str) -> "list[Attempt]":
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.attempts import Attempts  # noqa: PLC0415
    from matchcut.render.state import open_state  # noqa: PLC0415
    from matchcut.store.folder import StateFolder  # noqa: PLC0415

    project = matchcut.load(film)
    folder = StateFolder(project.folder)
    if not folder.beside():
        raise MatchcutError(
            Code.NOTHING_TO_RESOLVE,
            "this film has not been rendered yet, so nothing was sent",
            where=film,
            fix="`matchcut plan` says what it would cost.",
        )
    # Not held: looking at the ledger disturbs no render that is under way.
    database = open_state(folder)
    try:
        return Attempts(database).all(folder.key(project.path.name))
    finally:
        database.close()


def _print_csv(attempts: "list[Attempt]") -> None:
    from matchcut.render.attempt import COLUMNS  # noqa: PLC0415

    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: _cell(value) for name, value in attempt.to_json().items()} for attempt in attempts
    )


def _cell(value: Any) -> Any:
    """A spreadsheet computes what begins like a formula; a provider's text must not be computed."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@") else value


def _print_table(attempts: "list[Attempt]") -> None:
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("sent", "shot", "take", "state", "estimate", "billed", "request", "said"):
        right = name in ("take", "estimate", "billed")
        table.add_column(name, justify="right" if right else "left")
    for attempt in attempts:
        billed = "" if attempt.billed_usd is None else str(attempt.billed_usd)
        cells = (
            attempt.sent_at[:19].replace("T", " "),
            attempt.key.shot,
            f"{attempt.key.take}.{attempt.number}",
            attempt.state.value,
            str(attempt.estimate_usd),
            billed,
            attempt.request_id or "",
            attempt.error_type or attempt.error,
        )
        table.add_row(*(Text(plain(cell)) for cell in cells))
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(table)
