"""`matchcut gates`: what waits for a person."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.text import counted, plain
from matchcut.errors import Exit

if TYPE_CHECKING:
    from matchcut.render.hand import Looked
    from matchcut.render.resolve import WaitingTake

NAME = "gates"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="list what waits for you: anchors to look at, takes to decide of",
        description="List what waits for a person. It costs nothing while it waits. Exits 9 where "
        "anything does, else 0.",
    )
    verb.add_argument(
        "film", nargs="?", default="film.yaml", help="the film file (film.yaml unless you say)"
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.decide import waiting  # noqa: PLC0415 - loads the decoder
    from matchcut.render.resolve import waiting_takes  # noqa: PLC0415

    project = matchcut.load(arguments.film)
    anchors, takes = waiting(project), waiting_takes(project)
    if arguments.json:
        facts = {
            "anchors": [_facts(one) for one in anchors],
            "takes": [{"shot": t.shot, "take": t.number, "why": t.why} for t in takes],
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        _print(project.path.name, anchors, takes)
    return Exit.GATE if anchors or takes else Exit.DONE


def _facts(one: "Looked") -> dict[str, Any]:
    spot = one.spot
    return {
        "anchor": spot.name,
        "revision": spot.revision,
        "frame": one.choice.chosen,
        "pinned": spot.pinned,
        "verdict": one.choice.verdict.value,
        "said": one.choice.said,
        "take": spot.number,
        "needed_by": spot.needed_by,
        "clip": str(one.clip),
    }


def _print(film: str, anchors: "list[Looked]", takes: "list[WaitingTake]") -> None:
    from matchcut.render.commands import anchor_command  # noqa: PLC0415

    if not anchors and not takes:
        print("Nothing waits for you.")
        return
    for one in anchors:
        spot, choice = one.spot, one.choice
        stepped = "" if choice.chosen == spot.pinned else f" (stepped from {spot.pinned})"
        doubt = f"  {plain(choice.said)}" if choice.said else ""
        print(f"{spot.name}  frame {choice.chosen}{stepped}, for {spot.needed_by}{doubt}")
        print(f"  {anchor_command(film, 'show', spot.name)}")
    for take in takes:
        print(f"{take.shot}  take {take.number}: {plain(take.why)}")
        print(f"  {plain(take.cure)}")
    print(f"{counted(len(anchors) + len(takes), 'decision')} to make.")
