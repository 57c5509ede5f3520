"""`matchcut show`: a frame that shots are to be pinned to, large enough to judge."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film_option, near
from matchcut.cli.deciding import add_anchor, ways
from matchcut.cli.spending import usd_of
from matchcut.cli.text import counted, plain
from matchcut.errors import Code, MatchcutError

if TYPE_CHECKING:
    from matchcut.project import Project
    from matchcut.render.ask import Asked
    from matchcut.render.looked import Looked
    from matchcut.render.showing import Shown

NAME = "show"
_INWARDS = 2
"""Frames by which the step goes that is offered as an instance."""


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
    verb.add_argument("--revision", default="", help="which one, where there are several")
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
    shown = show(project, arguments.anchor, revision=arguments.revision)
    asked = _ask(project, shown, arguments) if arguments.ask_model else None
    if arguments.json:
        print(json.dumps(_facts(project.path.name, shown, asked), ensure_ascii=False))
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
    spot = shown.looked.spot
    name = spot.name
    if not arguments.yes:
        raise MatchcutError(
            Code.SPENDING_UNCONFIRMED,
            f"asking about {len(shown.crops)} crops counts {RESERVED_USD} USD, and nobody has said "
            "that it may be spent",
            where=name,
            fix="Say `--yes`, and `--max-usd` for a limit.",
        )
    limit = usd_of(arguments.max_usd, "--max-usd") if arguments.max_usd else RESERVED_USD
    return ask_about(project, name, shown.crops, Fal(), revision=spot.revision, max_usd=limit)


def _facts(film: str, shown: "Shown", asked: "Asked | None") -> dict[str, Any]:
    looked = shown.looked
    commands = ways(film, looked, revision=looked.spot.revision)
    facts = {
        "anchor": looked.spot.name,
        "revision": looked.spot.revision,
        "take": looked.spot.number,
        "still": str(shown.still),
        "sheet": str(shown.sheet),
        "landing": None if shown.landing is None else str(shown.landing),
        "frame": looked.frame,
        "waits": looked.waits,
        "verdict": looked.verdict.value,
        "said": looked.said,
        "note": looked.spot.note,
        "decided": looked.decision.action.value if looked.decision else None,
        "proposed": looked.proposed,
        "ways": [command.strip("`") for command in commands.values()],
        "choice": looked.choice.to_json(),
        **shown.places.to_json(),
    }
    if asked is not None:
        opinions = asked.opinions
        said = None if opinions is None else [opinion.to_json() for opinion in opinions]
        facts |= {"opinions": said, "not_asked": asked.reason}
    return facts


def _print(film: str, shown: "Shown") -> None:
    looked = shown.looked
    print(f"{near(shown.sheet)}: open it, and look at hands, face and hair edges")
    what = "your picture, which stands for the frame" if looked.still else "the frame itself"
    print(f"{near(shown.still)}: {what}")
    if shown.landing is not None:
        hero = f"`{looked.lands_on}`"
        print(f"{near(shown.landing)}: what it was to land on, where {hero} begins")
    for line in _judged(looked):
        print(f"  {plain(line)}")
    if looked.spot.note:
        print(f"  {plain(looked.spot.note)}")
    if shown.places.places is None:
        print(f"  hands, faces and hair are not located: {plain(shown.places.reason)}")
        if shown.places.fix:
            print(f"    {plain(shown.places.fix)}")
    inner = looked.inwards(_INWARDS)
    words = {"step": str(inner), "replace": "FILE", "reject": '--why "..."'}
    further = counted(abs(inner - looked.frame), "frame")
    means = {
        "approve": f": frame {looked.frame}",
        "step": f": {further} inwards from frame {looked.frame}",
    }
    if looked.still:
        means["approve"] = ": your picture"
    commands = ways(film, looked, words=words, revision=looked.spot.revision)
    for verb, command in commands.items():
        print(f"  {plain(command)}{means.get(verb, '')}")


def _judged(looked: "Looked") -> tuple[str, ...]:
    """What is pinned, by whose word, and what the measures say."""
    frame, spot, said, decided = looked.proposed, looked.spot, looked.said, looked.decided
    words = {
        "pass": f"frame {frame}: the measures find nothing",
        "step": f"frame {frame} in place of {spot.pinned}, for {said}",
        "person": f"frame {frame}: the measures cannot pass it, for {said}",
    }
    if decided is not None:
        words = {
            "pass": f"the measures propose frame {frame}, and find nothing there",
            "step": f"the measures propose frame {frame} in place of {spot.pinned}, for {said}",
            "person": f"the measures propose frame {frame}, and cannot pass it, for {said}",
        }
    measured = words[looked.verdict]
    if looked.lands_on:
        measured = said or f"it lands on `{looked.lands_on}` as it should"
        measured = measured if decided is not None else f"frame {frame}: {measured}"
    if decided is None:
        return (measured,)
    how = {
        "approve": "as a person has approved it",
        "step": "to which a person has stepped it",
        "replace": "in whose place a person has put a picture",
    }
    lost = decided.action == "replace" and not looked.still
    more = ", which is not handed on" if lost else ""
    return (f"frame {looked.frame}, {how[decided.action]}{more}", measured)


def _print_opinions(shown: "Shown", asked: "Asked") -> None:
    if asked.opinions is None:
        print(f"  the model was not heard: {plain(asked.reason)}")
        return
    print("  what a model says, which may be wrong:")
    for opinion, crop in zip(asked.opinions, shown.crops, strict=True):
        why = f", {plain(opinion.why)}" if opinion.why else ""
        print(f"    {opinion.crop} ({crop.place.kind.value}): {opinion.verdict.value}{why}")
