"""`matchcut gates`: what waits for a person."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film_option
from matchcut.cli.deciding import ways
from matchcut.cli.text import counted, plain
from matchcut.errors import Exit

if TYPE_CHECKING:
    from matchcut.render.looked import Looked
    from matchcut.render.waiting import WaitingTake

NAME = "gates"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="list what waits for you: anchors, odd clips, refusals, unknowns, limits",
        description="List what waits for a person, each with the commands that decide it: anchors "
        "to look at, clips that are not what was asked for, refusals, submissions that are "
        "unknown, cancelled shots, and shots that a limit has stopped. It costs nothing while it "
        "waits. Exits 9 where anything does, else 0.",
    )
    verb.add_argument(
        "film",
        nargs="?",
        default=argparse.SUPPRESS,
        help="the film file (film.yaml unless you say)",
    )
    # As the verbs take it that decide of what is listed.
    add_film_option(verb)
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.decide import waiting  # noqa: PLC0415 - loads the decoder
    from matchcut.render.waiting import waiting_takes  # noqa: PLC0415

    project = matchcut.load(arguments.film)
    anchors, takes = waiting(project), waiting_takes(project)
    if arguments.json:
        facts = {
            "anchors": [_facts(one, _commands(project.path.name, one, anchors)) for one in anchors],
            "takes": [_take(one) for one in takes],
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        _print(project.path.name, anchors, takes)
    return Exit.GATE if anchors or takes else Exit.DONE


def _take(one: "WaitingTake") -> dict[str, Any]:
    ways = [way.strip("`") for way in one.ways]
    return {
        "shot": one.shot,
        "take": one.number,
        "kind": one.kind.value,
        "why": one.why,
        "ways": ways,
    }


def _commands(film: str, one: "Looked", anchors: "list[Looked]") -> tuple[str, ...]:
    """The command that shows an anchor, and those that decide it, in backquotes."""
    from matchcut.render.commands import anchor_command  # noqa: PLC0415

    spot = one.spot
    # A rehearsal's take and a paid one may wait at once: then only the revision tells them apart.
    several = sum(other.spot.name == spot.name for other in anchors) > 1
    revision = spot.revision if several else ""
    which = f"--revision {revision}" if several else ""
    shows = anchor_command(film, "show", spot.name, which)
    return (shows, *ways(film, one, revision=revision).values())


def _facts(one: "Looked", commands: tuple[str, ...]) -> dict[str, Any]:
    spot = one.spot
    return {
        "kind": "anchor",
        "ways": [command.strip("`") for command in commands],
        "anchor": spot.name,
        "revision": spot.revision,
        "frame": one.frame,
        "pinned": spot.pinned,
        "verdict": one.verdict.value,
        "said": one.said,
        "take": spot.number,
        "needed_by": one.needed_by,
        "clip": str(one.clip),
    }


def _print(film: str, anchors: "list[Looked]", takes: "list[WaitingTake]") -> None:
    if not anchors and not takes:
        print("Nothing waits for you.")
        return
    for one in anchors:
        spot = one.spot
        doubt = f": {plain(one.said)}" if one.said else ""
        print(f"{spot.name}  {_frame(one)}, for {one.needed_by}{doubt}")
        shows, *others = _commands(film, one, anchors)
        print(f"  {plain(shows)}; then")
        print(f"  {plain(' or '.join(others))}")
    for take in takes:
        why = f": {plain(take.why)}" if take.why else ""
        print(f"{take.shot}  take {take.number}, {take.kind.value}{why}")
        print(f"  {plain(' or '.join(take.ways))}")
    print(f"{counted(len(anchors) + len(takes), 'decision')} to make.")


def _frame(one: "Looked") -> str:
    """The frame that is pinned as things stand, and who moved it from the edge."""
    pinned = one.spot.pinned
    if one.frame == pinned:
        return f"frame {pinned}"
    if one.decided is None:
        return f"frame {one.frame} proposed in place of {pinned}"
    how = "stepped from" if one.decided.action == "step" else "in place of"
    return f"frame {one.frame} ({how} {pinned})"
