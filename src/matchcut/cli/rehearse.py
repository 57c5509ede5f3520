"""`matchcut rehearse`: the whole film on the embedded generator, offline and at no cost."""

import argparse
from typing import Any

from matchcut.cli.common import add_film, planned
from matchcut.cli.making import make

NAME = "rehearse"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="make the whole film on this machine, offline, at no cost",
        description="Make the whole film with the embedded generator. Same plan, same requests, "
        "same joins as a paid render; the pictures are camera moves and interpolation, not acting. "
        "What has not changed since the last time is kept; an interrupted run goes on.",
    )
    add_film(verb)
    verb.add_argument(
        "--slate", action="store_true", help="burn each shot's name and frame into the picture"
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from matchcut.render.providers.embedded import Rehearsal  # noqa: PLC0415 - loads the decoder

    project, plan = planned(arguments)
    make(project, plan, Rehearsal(slate=arguments.slate), as_json=arguments.json, free=True)
    return 0
