"""`matchcut replace`: a retouched still stands for a frame, on both sides of the seam."""

import argparse
from typing import TYPE_CHECKING, Any

from matchcut.cli.deciding import add_anchor, add_rest, decided

if TYPE_CHECKING:
    from matchcut.project import Project

NAME = "replace"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_anchor(
        verbs,
        NAME,
        help_="pin a retouched still in place of a frame",
        description="Pin a retouched still in place of the frame: the next shot is made from it, "
        "and the film shows it where the frame would stand, so that both sides match. The frame "
        "itself is kept.",
    )
    verb.add_argument("still", metavar="FILE", help="the retouched still, of the frame's own size")
    add_rest(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    def decide(project: "Project") -> str:
        from matchcut.render.decide import replace_still  # noqa: PLC0415 - loads the decoder

        return replace_still(
            project, arguments.anchor, arguments.still, revision=arguments.revision
        )

    return decided(arguments, NAME, decide)
