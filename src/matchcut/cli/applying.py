"""A plan file in a film file's place: what `render` and `rehearse` do with it."""

import argparse
from typing import TYPE_CHECKING

from matchcut.cli.common import near, planned
from matchcut.render.commands import act_on

if TYPE_CHECKING:
    from matchcut.plan.types import Plan
    from matchcut.project import Project
    from matchcut.render.plan_file import PlanFile

_SUFFIX = ".plan"


def planned_or_agreed(
    arguments: argparse.Namespace,
) -> tuple["Project", "Plan", "PlanFile | None"]:
    """The film with its plan, and the plan file where one was named.

    Raises:
        FindingsError: The film cannot be rendered; the findings have been shown.
        MatchcutError: `plan.broken` where the plan file is none.

    """
    if not arguments.film.endswith(_SUFFIX):
        project, plan = planned(arguments)
        return project, plan, None
    from matchcut.render.plan_file import read_plan  # noqa: PLC0415 - loads the decoder

    file = read_plan(arguments.film)
    film = near(file.film.resolve())
    act_on(file.film)
    project, plan = planned(argparse.Namespace(**{**vars(arguments), "film": film}))
    return project, plan, file
