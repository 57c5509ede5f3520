"""`matchcut circle`: which take stands for a shot."""

import argparse
import json
from typing import Any

from matchcut.cli.common import planned
from matchcut.cli.of_shot import add_shots_film, facts_of, tell_take

NAME = "circle"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="choose the take that stands for a shot",
        description="Circle a take: it stands for its shot until the film itself asks for "
        "something else. Where the clip after it begins as the take ends, their seam is accepted "
        "and nothing is made anew; else it says what would be, and what that costs. Nothing is "
        "sent by this.",
    )
    verb.add_argument("shot", help="the shot's id")
    verb.add_argument("take", type=int, help="the take's number, as `takes` lists it")
    verb.add_argument(
        "--rehearse", action="store_true", help="of the rehearsed film, not of the paid one"
    )
    verb.add_argument(
        "--accept", action="store_true", help="take its seams as they are, whatever was measured"
    )
    verb.add_argument(
        "--yes", action="store_true", help="circle it though other shots are made anew then"
    )
    add_shots_film(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.cli.text import plain  # noqa: PLC0415
    from matchcut.render.commands import render_commands  # noqa: PLC0415

    project, plan = planned(arguments)
    provider: Any = matchcut.Rehearsal() if arguments.rehearse else matchcut.Fal()
    judged = matchcut.circle(
        project,
        plan,
        provider,
        arguments.shot,
        arguments.take,
        accept=arguments.accept,
        anew=arguments.yes,
    )
    if arguments.json:
        print(json.dumps({**facts_of(judged), "event": "circled"}, ensure_ascii=False))
        return 0
    tell_take(judged, as_json=False)
    goes_on = render_commands(project.path.name, free=arguments.rehearse)
    print(plain(f"{goes_on} goes on from there."))
    return 0
