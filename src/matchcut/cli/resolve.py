"""`matchcut resolve`: what you decide of a shot that waits for you."""

import argparse
import json
from typing import Any

from matchcut.cli.common import add_film_option

NAME = "resolve"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="decide a shot that waits for you: an unknown submission, an odd clip, a refusal",
        description="Write down what you decide of a shot that a render could not go on with. "
        "Nothing is sent by this: the next `matchcut render` acts on it.",
    )
    verb.add_argument("shot", help="the shot's id")
    add_film_option(verb)
    verb.add_argument("--take", type=int, metavar="N", help="which take, where that must be said")
    what = verb.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--adopt", metavar="REQUEST_ID", help="the unknown submission is this request: follow it"
    )
    what.add_argument(
        "--resubmit",
        action="store_true",
        help="have it made again; what was sent before counts as spent",
    )
    what.add_argument(
        "--accept", action="store_true", help="use the clip that is not what was asked for"
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.providers.fal.provider import Fal  # noqa: PLC0415
    from matchcut.render.resolve import WayOn, resolve_shot  # noqa: PLC0415

    adopted = arguments.adopt is not None  # an empty one too: it must not be taken for another word
    decision = WayOn.ADOPT if adopted else WayOn.ACCEPT if arguments.accept else WayOn.RESUBMIT
    said = resolve_shot(
        matchcut.load(arguments.film),
        arguments.shot,
        decision,
        Fal(),
        request_id=arguments.adopt or "",
        number=arguments.take,
    )
    if arguments.json:
        print(json.dumps({"event": "resolved", "shot": arguments.shot, "decision": decision}))
    else:
        print(said)
    return 0
