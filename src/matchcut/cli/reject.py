"""`matchcut reject`: a take is not wanted, and another one is made."""

import argparse
from typing import TYPE_CHECKING, Any

from matchcut.cli.deciding import add_anchor, add_rest, decided

if TYPE_CHECKING:
    from matchcut.project import Project

NAME = "reject"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_anchor(
        verbs,
        NAME,
        help_="reject a take, so that another one is made",
        description="Reject the take that an anchor belongs to. The next run makes another one "
        "(with the next seed, where there is one) and, on a hosted endpoint, pays for it; what "
        "hangs on the rejected take's frames is made anew with it.",
        anchor="as `rooftop.out`, the shot alone, or `rooftop@41`: the frame of its clip at which "
        "a defect was found",
    )
    verb.add_argument("--why", required=True, help="what is wrong with it, for the record")
    add_rest(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    def decide(project: "Project") -> str:
        from matchcut.render.decide import reject  # noqa: PLC0415 - loads the decoder

        return reject(project, arguments.anchor, arguments.why, revision=arguments.revision)

    return decided(arguments, NAME, decide)
