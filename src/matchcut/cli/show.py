"""`matchcut show`: a frame that shots are to be pinned to, large enough to judge."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import near
from matchcut.cli.deciding import add_anchor
from matchcut.cli.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from matchcut.render.decide import Looked

NAME = "show"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb = add_anchor(
        verbs,
        NAME,
        help_="write a frame and a sheet of its neighbours with 1:1 crops, to be looked at",
        description="Write the frame itself, lossless, and a sheet: the clip's frames around it "
        "with what the measures say of each, and parts of it at full size. Look at hands, face "
        "and hair edges; no measure judges those.",
    )
    verb.add_argument(
        "--film", default="film.yaml", help="the film file (film.yaml unless you say another)"
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.decide import show  # noqa: PLC0415 - loads the decoder

    looked, still, sheet = show(matchcut.load(arguments.film), arguments.anchor)
    if arguments.json:
        print(json.dumps(_facts(looked, still, sheet), ensure_ascii=False))
    else:
        _print(arguments.film, looked, still, sheet)
    return 0


def _facts(looked: "Looked", still: "Path", sheet: "Path") -> dict[str, Any]:
    return {
        "anchor": looked.spot.name,
        "revision": looked.spot.revision,
        "take": looked.spot.number,
        "still": str(still),
        "sheet": str(sheet),
        "waits": looked.waits,
        "decided": looked.decision.action.value if looked.decision else None,
        "choice": looked.choice.to_json(),
    }


def _print(film: str, looked: "Looked", still: "Path", sheet: "Path") -> None:
    from matchcut.render.commands import anchor_command  # noqa: PLC0415

    spot, choice = looked.spot, looked.choice
    print(f"{near(sheet)}: open it, and look at hands, face and hair edges")
    print(f"{near(still)}: the frame itself")
    words = {
        "pass": f"frame {choice.chosen}: the measures find nothing",
        "step": f"frame {choice.chosen} in place of {spot.pinned}, for {choice.said}",
        "person": f"frame {choice.chosen}: the measures cannot pass it, for {choice.said}",
    }
    print(f"  {plain(words[choice.verdict.value])}")
    if looked.decision:
        print(f"  decided before: {looked.decision.action.value}, frame {looked.decision.frame}")
    sure = f"--revision {spot.revision}"
    name = film.rpartition("/")[2]
    print(f"  {anchor_command(name, 'approve', spot.name, sure)}")
    print(f"  {anchor_command(name, 'step', spot.name, f'-2 {sure}')}: two frames inwards")
    print(f"  {anchor_command(name, 'replace', spot.name, f'FILE {sure}')}")
    why = f'--why "..." {sure}'
    print(f"  {anchor_command(name, 'reject', spot.name, why)}")
