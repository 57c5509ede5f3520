"""`matchcut resume`: a paused film goes on."""

import argparse
from typing import Any

from matchcut.cli.controlling import add_whole_film, tell

NAME = "resume"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_whole_film(
        verbs,
        NAME,
        help_="let a paused film go on",
        description="Lift a pause. Nothing is sent by this: the next `matchcut render` goes on.",
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from matchcut.project import read  # noqa: PLC0415 - `--help` does without
    from matchcut.render.control import resume  # noqa: PLC0415

    return tell(arguments, NAME, [resume(read(arguments.film))])
