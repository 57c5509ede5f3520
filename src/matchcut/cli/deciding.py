"""What the verbs share that decide of an anchor: its name, the film, the revision that was seen."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film_option
from matchcut.cli.standing import fallout
from matchcut.cli.text import plain
from matchcut.render.commands import anchor_command, render_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matchcut.project import Project
    from matchcut.render.looked import Looked


_WORDS = {"step": "FRAME", "replace": "FILE", "reject": "--why WHY"}
"""What is said with a verb, as help names it."""


def ways(
    film: str, looked: "Looked", *, words: "Mapping[str, str]" = _WORDS, revision: str = ""
) -> dict[str, str]:
    """The commands that decide of an anchor, in backquotes, by verb.

    Args:
        film: The film file's name.
        looked: The anchor; not everything may be decided of each.
        words: What is said with a verb.
        revision: The one that was looked at, where it is to be said.

    """
    sure = f"--revision {revision}" if revision else ""
    rests = {way.value: " ".join(filter(None, (words.get(way.value), sure))) for way in looked.ways}
    name = looked.spot.name
    return {verb: anchor_command(film, verb, name, rest) for verb, rest in rests.items()}


def add_anchor(
    verbs: Any, name: str, *, help_: str, description: str, anchor: str = "as `rooftop.out`"
) -> argparse.ArgumentParser:
    """Add a verb that decides of one anchor.

    Args:
        verbs: Where it is added.
        name: The verb.
        help_: For the list of verbs.
        description: For its own help.
        anchor: What the anchor's argument says of itself.

    """
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=help_, description=description)
    verb.add_argument("anchor", metavar="SHOT.out", help=f"the anchor, {anchor}")
    return verb


def add_rest(verb: argparse.ArgumentParser) -> None:
    """Add what stands behind a verb's own arguments."""
    add_film_option(verb)
    verb.add_argument(
        "--revision", default="", help="the one you looked at; refused where it has changed since"
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")


def decided(arguments: argparse.Namespace, action: str, decide: "Callable[[Project], str]") -> int:
    """Decide, and say what will happen.

    Args:
        arguments: Of a verb made by `add_anchor` and `add_rest`.
        action: What is decided, for JSON.
        decide: Writes it down and says so in a sentence.

    """
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.decide import is_rehearsed  # noqa: PLC0415 - loads the decoder

    project = matchcut.load(arguments.film)
    # Before anything is decided: of a rejected take it could not be said any more.
    free = is_rehearsed(project, arguments.anchor, revision=arguments.revision)
    said = decide(project)
    if arguments.json:
        facts = {"event": "decided", "anchor": arguments.anchor, "action": action, "said": said}
        stale = fallout(project, as_json=True)
        print(json.dumps({**facts, "stale": stale}, ensure_ascii=False))
    else:
        print(plain(said))
        fallout(project, as_json=False)
        goes_on = plain(render_commands(project.path.name, free=free))
        print(f"  {goes_on} goes on from there.")
    return 0
