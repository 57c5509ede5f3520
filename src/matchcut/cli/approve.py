"""`matchcut approve`: a frame is good to go on from."""

import argparse
from typing import TYPE_CHECKING, Any

from matchcut.cli.deciding import add_anchor, add_rest, decided

if TYPE_CHECKING:
    from matchcut.project import Project

NAME = "approve"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_anchor(
        verbs,
        NAME,
        help_="approve a frame that shots are to be pinned to",
        description="Approve the frame that `matchcut show` shows: the one that the measures "
        "propose or, where a person has stepped or replaced it, theirs, which stays as it is. What "
        "waits for it is made by the next run.",
    )
    add_rest(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    def decide(project: "Project") -> str:
        from matchcut.render.decide import approve  # noqa: PLC0415 - loads the decoder

        return approve(project, arguments.anchor, revision=arguments.revision)

    return decided(arguments, NAME, decide)
