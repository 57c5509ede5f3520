"""`matchcut pause`: nothing new is begun that is paid."""

import argparse
from typing import Any

from matchcut.cli.controlling import add_whole_film, tell

NAME = "pause"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_whole_film(
        verbs,
        NAME,
        help_="begin nothing new that is paid, until `resume`",
        description="Pause a film. A render that is at work follows what is under way to its end, "
        "keeps it, begins nothing new and exits 9; the next one is refused. It holds until "
        "`matchcut resume`, whatever is stopped or started meanwhile. Rehearsals go on.",
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from matchcut.project import read  # noqa: PLC0415 - `--help` does without
    from matchcut.render.control import pause  # noqa: PLC0415

    return tell(arguments, NAME, [pause(read(arguments.film))])
