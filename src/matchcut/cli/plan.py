"""`matchcut plan`: what will happen, what it will cost, and what is wrong."""

import argparse
import io
import json
import shlex
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film, near, print_findings
from matchcut.cli.spending import add_price, prices_of, refuse_unmeant
from matchcut.cli.standing import BY, add_by, check, provider_of
from matchcut.cli.text import counted, lasting, plain
from matchcut.errors import Code, Exit, MatchcutError
from matchcut.findings import nearest

if TYPE_CHECKING:
    from rich.table import Table

    from matchcut.plan.schedule import Schedule
    from matchcut.plan.types import Plan, PlannedShot
    from matchcut.project import Project

NAME = "plan"
AT_ONCE = 2
"""As many as a new account may have, and as `render` has."""
_MOST_NAMED = 8
"""Shots of the critical path that are named to a person; `--json` has all of them."""


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="check a film, and print what will be rendered, in which order, for how much",
        description="Check a film and print its plan. Nothing is sent or paid. Exits 0 where it "
        "can be rendered and 3 where findings stop it. With `--check` it says what a render would "
        "make, and why, and exits 0 where that is nothing, 7 where it is something and 9 where "
        "only you are waited for.",
    )
    add_film(verb)
    verb.add_argument(
        "-o", "--output", metavar="FILE.plan", help="write a plan file, for `render` to apply"
    )
    verb.add_argument(
        "--check", action="store_true", help="say what is stale or missing, with cause and cost"
    )
    add_by(verb, "whose takes `--check` looks at (fal unless you say)", default=BY[0])
    add_price(verb)
    verb.add_argument("--request", metavar="SHOT", help="print the exact request of one shot")
    verb.add_argument(
        "--at-once",
        type=int,
        default=AT_ONCE,
        metavar="N",
        help=f"reckon with so many submissions under way at the same time (default {AT_ONCE})",
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without

    if arguments.at_once < 1:
        raise MatchcutError(
            Code.USAGE,
            f"`--at-once {arguments.at_once}` would make nothing",
            where="matchcut plan",
            fix="Write 1 or more; 2 is what a new account may have.",
        )
    project = matchcut.load(arguments.film, allow=tuple(arguments.allow))
    plan = matchcut.plan(project)
    if plan.renderable and (arguments.check or arguments.output):
        prices = prices_of(arguments.price)
        refuse_unmeant(prices, plan)
        if arguments.output:
            _save(project, plan, arguments.output, prices)
        if arguments.check:
            provider = provider_of(arguments.by)
            now = matchcut.standing(project, plan, provider, prices=prices)
            return check(now, as_json=arguments.json)
    if arguments.request is not None:
        print(json.dumps(_request(plan, arguments.request), indent=2, ensure_ascii=False))
    else:
        # A plan with mistakes may have shots that wait for each other, or twice the same one.
        renderable = plan.renderable
        known = matchcut.schedule(project, plan, at_once=arguments.at_once) if renderable else None
        if arguments.json:
            facts = {**plan.to_json(), "schedule": known.to_json() if known else None}
            print(json.dumps(facts, indent=2, ensure_ascii=False))
        else:
            _print_plan(plan, known)
    if not arguments.json:
        print_findings(plan.findings)
    return Exit.DONE if plan.renderable else Exit.FINDINGS


def _save(project: "Project", plan: "Plan", file: str, prices: "dict[str, Decimal]") -> None:
    import matchcut  # noqa: PLC0415

    # A rehearsal is offline, and cannot have a picture that is named by its address.
    names = [name for name in BY if name == BY[0] or not project.addresses]
    matchcut.save_plan(project, plan, file, *map(provider_of, names), prices=prices)
    shown = near(Path(file).absolute())
    print(f"{shown}: `matchcut render {shlex.quote(shown)}` does just that", file=sys.stderr)


def _request(plan: "Plan", name: str) -> dict[str, Any]:
    shot = plan.shot(name)
    if shot is None:
        meant = nearest(name, [known.id for known in plan.shots])
        raise MatchcutError(
            Code.SHOT_UNKNOWN,
            f"there is no shot `{name}`",
            where=plan.title,
            fix=f"Did you mean `{meant}`?" if meant else "`matchcut plan` lists the shots.",
        )
    if shot.request is None:
        raise MatchcutError(
            Code.SHOT_UNKNOWN,
            "nothing is sent for this shot: "
            + ("it is own footage" if shot.clip else "its endpoint is not known"),
            where=name,
            fix="`matchcut plan` prints what is known of it.",
        )
    return {
        "endpoint": shot.request.endpoint,
        "arguments": dict(shot.request.arguments),
        "expects": shot.expectation.to_json() if shot.expectation else None,
    }


def _print_plan(plan: "Plan", schedule: "Schedule | None") -> None:
    from rich.console import Console  # noqa: PLC0415

    canvas = plan.canvas
    # Drawn first and written at once, so that a reader who goes away is met in one place.
    paper = io.StringIO()
    terminal = sys.stdout.isatty()
    width = None if terminal else 160
    console = Console(file=paper, width=width, highlight=False, force_terminal=terminal)
    picture = f"{canvas.width}x{canvas.height} at {canvas.fps} fps"
    shots = counted(len(plan.shots), "shot")
    seconds = sum((shot.shown_seconds or 0 for shot in plan.shots), Decimal(0))
    about = f", about {seconds:.1f} s" if seconds else ""
    console.print(f"{plain(plan.title)}: {shots}, {picture}{about}", markup=False)
    console.print(_table(plan, schedule))
    total = f"Estimated cost: {plan.cost_usd} USD"
    if len(plan.unpriced) == len(plan.shots):
        total = "Estimated cost: unknown"
    elif plan.unpriced:
        unknown = counted(len(plan.unpriced), "shot")
        total += f", and {unknown} of unknown price ({', '.join(plan.unpriced)})"
    if schedule:
        for line in _timing(schedule):
            console.print(line, markup=False)
        console.print(f"{total}. Rehearsing costs nothing.", markup=False)
    else:
        console.print("As it stands it cannot be rendered; what is wrong follows.", markup=False)
    sys.stdout.write(paper.getvalue())


def _timing(schedule: "Schedule") -> Iterator[str]:
    """How long it takes and why, for a person."""
    path = schedule.critical
    named = " > ".join(map(plain, path[:_MOST_NAMED]))
    more = f" > and {len(path) - _MOST_NAMED} more" if len(path) > _MOST_NAMED else ""
    waves = counted(schedule.waves, "wave")
    yield f"{waves}. Critical path: {named}{more}, about {lasting(schedule.critical_seconds)}."
    yield (
        f"At {schedule.at_once} at once it takes about {lasting(schedule.makespan_seconds)}; no "
        f"order of work takes less than {lasting(schedule.least_seconds)}."
        + (" Some waits are a guess." if schedule.guessed else "")
    )


def _table(plan: "Plan", schedule: "Schedule | None") -> "Table":
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    figures = ("wave", "hops", "seconds", "USD")
    for name in ("wave", "shot", "", "hops", "starts on", "ends on", "endpoint", "seconds", "USD"):
        table.add_column(name, justify="right" if name in figures else "left")
    for shot in plan.work:
        cells = (
            str(shot.wave),
            shot.id,
            _kind(shot),
            str(schedule.hops[shot.id]) if schedule else "",
            shot.start or shot.clip or "prompt",
            shot.end or "",
            shot.endpoint or "own footage" if shot.clip else shot.endpoint or "none",
            "?" if shot.seconds is None else f"{shot.seconds:f}",
            "unknown" if shot.cost_usd is None else f"{shot.cost_usd:f}",
        )
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _kind(shot: "PlannedShot") -> str:
    words = [shot.join.value]
    if shot.hero:
        words.append("hero")
    if shot.bridge:
        words.append("bridge")
    return " ".join(words)
