"""`matchcut rehearse`: the whole film on the embedded generator, offline and at no cost."""

import argparse
from typing import Any

from matchcut.cli.applying import planned_or_agreed
from matchcut.cli.common import add_database, add_film, add_slate, refuse_alone
from matchcut.cli.making import make

NAME = "rehearse"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="make the whole film on this machine, offline, at no cost",
        description="Make the whole film with the embedded generator. Same plan, same requests, "
        "same joins as a paid render; the pictures are camera moves and interpolation, not acting. "
        "What has not changed since the last time is kept; an interrupted run goes on. A "
        "plan file of `matchcut plan -o` may stand in the film's place.",
    )
    add_film(verb)
    add_slate(verb)
    add_database(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from matchcut.render.providers.embedded import Rehearsal  # noqa: PLC0415 - loads the decoder

    project, plan, agreed = planned_or_agreed(arguments)
    refuse_alone(arguments, project)
    make(
        project,
        plan,
        Rehearsal(),
        as_json=arguments.json,
        free=True,
        agreed=agreed,
        slate=arguments.slate,
        database=arguments.database,
        by_workers=arguments.by_workers,
    )
    return 0
