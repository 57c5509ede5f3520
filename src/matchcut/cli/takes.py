"""`matchcut takes`: every take of a shot, and which one stands."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import near
from matchcut.cli.of_shot import add_shots_film
from matchcut.cli.shown import number, table

if TYPE_CHECKING:
    from matchcut.inspect.seam import Seam
    from matchcut.takes import LoggedTake

NAME = "takes"
_COLUMNS = (
    ("take", True),
    ("by", False),
    ("endpoint", False),
    ("state", False),
    ("USD", True),
    ("seam before", False),
    ("seam after", False),
    ("differs", False),
)
_LONGEST = 40


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="list every take of a shot, with what differs and how its seams were measured",
        description="List every take of a shot: who made it, what it cost, what differs from the "
        "circled one, and what was measured last of its seams (decibels against the anchor, and "
        "flags). A dash is `not measured`.",
    )
    verb.add_argument("shot", help="the shot's id")
    verb.add_argument(
        "--sheet", action="store_true", help="draw them side by side into `out/anchors/`"
    )
    add_shots_film(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.takes import draw_takes_sheet  # noqa: PLC0415

    project = matchcut.load(arguments.film, allow=tuple(arguments.allow))
    takes = matchcut.list_takes(project, arguments.shot)
    sheet = draw_takes_sheet(project, arguments.shot, takes) if arguments.sheet else None
    if arguments.json:
        facts = {
            "shot": arguments.shot,
            "takes": [one.to_json() for one in takes],
            **({"sheet": str(sheet)} if sheet else {}),
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return 0
    table(_COLUMNS, [_row(one) for one in takes])
    for one in takes:
        if one.note:
            print(f"take {one.number}: {one.note}")
    if sheet:
        print(f"{near(sheet)}: the takes side by side")
    return 0


def _row(one: "LoggedTake") -> tuple[str, ...]:
    cost = "-" if one.cost_usd is None else str(one.cost_usd)
    differs = "; ".join(f"{name} {_short(value)}" for name, value in one.differs.items())
    state = "circled" if one.circled else one.state.value
    seams = (_seam(one.before), _seam(one.after))
    return str(one.number), one.provider, one.endpoint, state, cost, *seams, differs


def _seam(seam: "Seam | None") -> str:
    if seam is None:
        return "-"
    held = seam.held
    flags = " ".join(flag.removeprefix("seam.") for flag in seam.flags)
    return f"{number(held.psnr if held else None, '.1f')} {flags}".strip()


def _short(value: object) -> str:
    text = "not sent" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
