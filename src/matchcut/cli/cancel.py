"""`matchcut cancel`: call off what is under way."""

import argparse
import json
from typing import Any

from matchcut.cli.controlling import add_shot
from matchcut.cli.text import plain
from matchcut.errors import Exit

NAME = "cancel"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_shot(
        verbs,
        NAME,
        help_="call off a shot that is under way, or pause the film and call off all of it",
        description="Call off a shot at the provider, beside a render that may be at work. A job "
        "in the queue is not billed; one that has begun may be. It is not made again until "
        "`matchcut retry`. Without a shot, the film is paused and everything in flight called "
        "off. Stopping matchcut itself cancels nothing.",
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.project import read  # noqa: PLC0415
    from matchcut.render.commands import whole_film_command  # noqa: PLC0415
    from matchcut.render.control import cancel  # noqa: PLC0415

    project = read(arguments.film)
    came = cancel(project, matchcut.Fal(), arguments.shot)
    errors = [one.error for one in came if one.error is not None]
    if len(came) == 1 and errors:
        raise errors[0]
    if arguments.json:
        facts = [
            {"shot": one.shot, "take": one.take, "came": one.came or "failed", "said": one.said}
            for one in came
        ]
        print(json.dumps({"event": NAME, "takes": facts}, ensure_ascii=False))
    else:
        if arguments.shot is None:
            resume = whole_film_command(project.path.name, "resume")
            print(plain(f"The film is paused; {resume} lets it go on."))
        for one in came:
            fix = f"\n  {plain(one.error.fix)}" if one.error else ""
            print(f"{f'{one.shot}: ' if one.error else ''}{plain(one.said)}{fix}")
        if not came:
            print("Nothing was under way.")
    return errors[0].exit if errors else Exit.DONE
