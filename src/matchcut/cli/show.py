"""`matchcut show`: a frame that shots are to be pinned to, large enough to judge."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film_option, near
from matchcut.cli.deciding import add_anchor
from matchcut.cli.spending import usd_of
from matchcut.cli.text import plain
from matchcut.errors import Code, MatchcutError

if TYPE_CHECKING:
    from matchcut.project import Project
    from matchcut.render.ask import Asked
    from matchcut.render.showing import Shown

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
    add_film_option(verb)
    verb.add_argument(
        "--ask-model",
        action="store_true",
        help="have a hosted model say what it thinks of the located hands, faces and hair; it "
        "costs money, may be wrong, and decides nothing",
    )
    verb.add_argument("--yes", action="store_true", help="spend what asking costs")
    verb.add_argument("--max-usd", metavar="USD", help="what asking may cost at most")
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.showing import show  # noqa: PLC0415 - loads the decoder

    project = matchcut.load(arguments.film)
    shown = show(project, arguments.anchor)
    asked = _ask(project, shown, arguments) if arguments.ask_model else None
    if arguments.json:
        print(json.dumps(_facts(shown, asked), ensure_ascii=False))
    else:
        _print(project.path.name, shown)
        if asked is not None:
            _print_opinions(shown, asked)
    return 0


def _ask(project: "Project", shown: "Shown", arguments: argparse.Namespace) -> "Asked":
    from matchcut.render.ask import RESERVED_USD, Asked  # noqa: PLC0415
    from matchcut.render.providers.fal.provider import Fal  # noqa: PLC0415
    from matchcut.render.showing import ask_about  # noqa: PLC0415

    if not shown.crops:
        return Asked(opinions=None, reason="there is no hand, face or hair to ask about")
    name = shown.looked.spot.name
    if not arguments.yes:
        raise MatchcutError(
            Code.SPENDING_UNCONFIRMED,
            f"asking about {len(shown.crops)} crops counts {RESERVED_USD} USD, and nobody has said "
            "that it may be spent",
            where=name,
            fix="Say `--yes`, and `--max-usd` for a limit.",
        )
    limit = usd_of(arguments.max_usd, "--max-usd") if arguments.max_usd else RESERVED_USD
    return ask_about(project, name, shown.crops, Fal(), max_usd=limit)


def _facts(shown: "Shown", asked: "Asked | None") -> dict[str, Any]:
    looked = shown.looked
    facts = {
        "anchor": looked.spot.name,
        "revision": looked.spot.revision,
        "take": looked.spot.number,
        "still": str(shown.still),
        "sheet": str(shown.sheet),
        "waits": looked.waits,
        "note": looked.spot.note,
        "decided": looked.decision.action.value if looked.decision else None,
        "choice": looked.choice.to_json(),
        **shown.places.to_json(),
    }
    if asked is not None:
        opinions = asked.opinions
        said = None if opinions is None else [opinion.to_json() for opinion in opinions]
        facts |= {"opinions": said, "not_asked": asked.reason}
    return facts


def _print(film: str, shown: "Shown") -> None:
    from matchcut.render.commands import anchor_command  # noqa: PLC0415

    spot, choice = shown.looked.spot, shown.looked.choice
    print(f"{near(shown.sheet)}: open it, and look at hands, face and hair edges")
    replaced = shown.looked.decision is not None and bool(shown.looked.decision.still)
    what = "your picture, which stands for the frame" if replaced else "the frame itself"
    print(f"{near(shown.still)}: {what}")
    words = {
        "pass": f"frame {choice.chosen}: the measures find nothing",
        "step": f"frame {choice.chosen} in place of {spot.pinned}, for {choice.said}",
        "person": f"frame {choice.chosen}: the measures cannot pass it, for {choice.said}",
    }
    print(f"  {plain(words[choice.verdict.value])}")
    if spot.note:
        print(f"  {plain(spot.note)}")
    if shown.places.places is None:
        print(f"  hands, faces and hair are not located: {plain(shown.places.reason)}")
        if shown.places.fix:
            print(f"    {plain(shown.places.fix)}")
    if shown.looked.decision:
        decided = shown.looked.decision
        print(f"  decided before: {decided.action.value}, frame {decided.frame}")
    sure = f"--revision {spot.revision}"
    print(f"  {anchor_command(film, 'approve', spot.name, sure)}")
    print(f"  {anchor_command(film, 'step', spot.name, f'-2 {sure}')}: two frames inwards")
    print(f"  {anchor_command(film, 'replace', spot.name, f'FILE {sure}')}")
    why = f'--why "..." {sure}'
    print(f"  {anchor_command(film, 'reject', spot.name, why)}")


def _print_opinions(shown: "Shown", asked: "Asked") -> None:
    if asked.opinions is None:
        print(f"  the model was not heard: {plain(asked.reason)}")
        return
    print("  what a model says, which may be wrong:")
    for opinion, crop in zip(asked.opinions, shown.crops, strict=True):
        why = f", {plain(opinion.why)}" if opinion.why else ""
        print(f"    {opinion.crop} ({crop.place.kind.value}): {opinion.verdict.value}{why}")
