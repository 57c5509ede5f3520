"""`matchcut retry`: what was cancelled or has failed may be made again."""

import argparse
from typing import Any

from matchcut.cli.controlling import add_shot, tell

NAME = "retry"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_shot(
        verbs,
        NAME,
        help_="let the next render make again what was cancelled or has failed",
        description="Let the next render make a shot again that was cancelled or has failed, and "
        "pay for it. Nothing is sent by this. What is unknown, refused or odd is decided by "
        "`matchcut resolve`.",
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.project import read  # noqa: PLC0415
    from matchcut.render.control import retry  # noqa: PLC0415

    project = read(arguments.film)
    return tell(arguments, NAME, retry(project, matchcut.Fal.name, arguments.shot))
