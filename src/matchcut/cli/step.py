"""`matchcut step`: another frame of the clip is the anchor, and the clip is cut there."""

import argparse
from typing import TYPE_CHECKING, Any

from matchcut.cli.deciding import add_anchor, add_rest, decided

if TYPE_CHECKING:
    from matchcut.project import Project

NAME = "step"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_anchor(
        verbs,
        NAME,
        help_="pin another frame of a clip; the clip is cut there",
        description="Pin another frame of the clip. The clip's out point (or, for `.in`, its first "
        "shown frame) moves with it, so that the cut still matches.",
    )
    verb.add_argument(
        "frame",
        type=_frame,
        nargs="?",
        help="counted from 0, or as -3: three frames inwards from the edge; without it the frame "
        "that the measures propose",
    )
    add_rest(verb)
    verb.set_defaults(run=_run)


def _frame(text: str) -> int:
    if text == "-0" or not text.removeprefix("-").isdecimal():
        raise argparse.ArgumentTypeError(
            f"`{text}` is no frame: write 69, or -2 for two frames inwards"
        )
    return int(text)


def _run(arguments: argparse.Namespace) -> int:
    def decide(project: "Project") -> str:
        from matchcut.render.decide import step  # noqa: PLC0415 - loads the decoder

        return step(project, arguments.anchor, arguments.frame, revision=arguments.revision)

    return decided(arguments, NAME, decide)
