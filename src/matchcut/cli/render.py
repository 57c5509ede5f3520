"""`matchcut render`: the film on hosted endpoints."""

import argparse
from typing import Any

from matchcut.cli.common import add_film, print_findings
from matchcut.errors import Code, Exit, MatchcutError

NAME = "render"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="render the film on hosted endpoints (not in this version; see rehearse)",
        description="Render the film on the hosted endpoints it names. This version has no hosted "
        "provider yet: it checks the film, says so, and spends nothing.",
    )
    add_film(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without

    plan = matchcut.plan(matchcut.load(arguments.film, allow=tuple(arguments.allow)))
    if not plan.renderable:
        print_findings(plan.findings)
        return Exit.FINDINGS
    raise MatchcutError(
        Code.PROVIDER_MISSING,
        "this version of matchcut cannot reach hosted endpoints yet; nothing was sent or paid",
        where=arguments.film,
        fix=f"`matchcut rehearse {arguments.film}` makes the whole film on this machine, and "
        f"`matchcut plan {arguments.film} --request SHOT` prints what would be sent.",
    )
