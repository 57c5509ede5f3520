"""`matchcut next`: one link of a chain, with no film file."""

import argparse
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import near, print_findings
from matchcut.cli.progress import listening
from matchcut.cli.spending import add_spending, allowed, prices_of
from matchcut.cli.text import counted, plain
from matchcut.errors import Code, MatchcutError
from matchcut.render.commands import act_on

if TYPE_CHECKING:
    from matchcut.edge import Choice
    from matchcut.link import Link, NextShot

NAME = "next"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="go on from a clip's last frame with one new shot; no film file is needed",
        description="Take a clip's exact last frame, look at it, have one shot made that starts on "
        "it, and measure the seam. The request is sent once; an interrupted run goes on with the "
        "same command.",
    )
    verb.add_argument("clip", help="the clip to go on from")
    verb.add_argument("--endpoint", required=True, metavar="ID", help="a hosted model")
    verb.add_argument("--prompt", required=True, help="what happens in the new shot")
    verb.add_argument("--end", metavar="STILL", help="a picture that the new shot ends on")
    verb.add_argument("--duration", type=Decimal, metavar="SECONDS", help="length to ask for")
    verb.add_argument("--resolution", help="as the endpoint writes it, for instance 720p")
    verb.add_argument("--seed", type=int)
    verb.add_argument("--audio", action="store_true", default=None, help="ask for sound")
    verb.add_argument("--out", metavar="FILE", help="where to put the new clip")
    verb.add_argument(
        "--rehearse", action="store_true", help="make it here with the embedded generator, free"
    )
    add_spending(verb)
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.findings import FindingsError  # noqa: PLC0415
    from matchcut.link import begin_link, finish_link  # noqa: PLC0415

    duration = arguments.duration
    try:
        link = begin_link(
            arguments.clip,
            endpoint=arguments.endpoint,
            prompt=arguments.prompt,
            end=arguments.end,
            duration=None if duration is None else _number(duration),
            resolution=arguments.resolution,
            seed=arguments.seed,
            audio=arguments.audio,
        )
    except FindingsError as error:
        if arguments.json:
            found = [finding.to_json() for finding in error.findings]
            print(json.dumps({"event": "findings", "findings": found}))
        else:
            print_findings(error.findings)
        raise
    act_on(link.project.path)
    if not arguments.json:
        _show(link)
    prices = _prices(arguments.price)
    limit = None
    provider: Any = matchcut.Rehearsal()
    if not arguments.rehearse:
        provider = matchcut.Fal()
        quote = matchcut.quote(link.project, link.plan, provider, prices=prices)
        arguments.film = arguments.clip
        limit = allowed(quote, arguments, None)
    with listening(link.plan, as_json=arguments.json, free=arguments.rehearse) as tell:
        made = finish_link(link, provider, tell, out=arguments.out, max_usd=limit, prices=prices)
    _tell(link, made, as_json=arguments.json)
    return 0


def _prices(said: list[str]) -> dict[str, Decimal]:
    """`--price 0.80`, or as in a film `--price next=0.80`."""
    return prices_of([text if "=" in text else f"next={text}" for text in said])


def _number(value: Decimal) -> int | float:
    if not value.is_finite():
        raise MatchcutError(
            Code.USAGE,
            f"`--duration {value}` is no length",
            where="matchcut next",
            fix="Write seconds.",
        )
    return int(value) if value == value.to_integral_value() else float(value)


def _show(link: "Link") -> None:
    look, shot = link.look, link.plan.shots[1]
    cost = "unknown" if shot.cost_usd is None else f"{shot.cost_usd:f} USD"
    print(f"Last frame: {near(look.still)} (frame {look.frame}). Open it: hands, face, hair edges.")
    print(f"  {_judged(look.choice)}")
    print(f"Next shot: {plain(shot.endpoint or '')}, {shot.seconds} s, {cost}", flush=True)


def _judged(choice: "Choice") -> str:
    """What the measures say of the last frame; they see no hands and no faces."""
    if choice.verdict == "pass":
        return "Nothing measured speaks against it."
    if choice.verdict == "step":
        return (
            f"It stands out by its {choice.decided_by}, and may not be worth going on from; "
            f"frame {choice.chosen} does not. `matchcut anchor` shows them."
        )
    return f"It may not be worth going on from ({choice.decided_by}): that is for you to say."


def _tell(link: "Link", made: "NextShot", *, as_json: bool) -> None:
    if as_json:
        chosen = link.look.choice.chosen
        better = None if chosen == link.look.frame else chosen
        facts = {
            "event": "next",
            "clip": str(made.clip),
            "still": str(link.look.still),
            "frame": link.look.frame,
            "verdict": link.look.choice.verdict.value,
            "decided_by": link.look.choice.decided_by,
            "better": better,
            "film": str(link.project.path),
            "cost_usd": "unknown" if made.cost_usd is None else str(made.cost_usd),
            "repeated": made.repeated,
            "step": round(made.step, 2),
            "seam": made.seam.to_json(),
        }
        print(json.dumps(facts, ensure_ascii=False))
        return
    from matchcut.inspect.seam import FLAGS  # noqa: PLC0415 - loads numpy

    print(f"{near(made.clip)}: goes on from {near(link.clip)}")
    repeats = (
        f"it begins with {counted(made.repeated, 'copied frame')}, which a cut leaves out"
        if made.repeated
        else "it does not repeat the last frame"
    )
    print(f"  seam: {repeats}; the picture changes by {made.step:.1f} of 255")
    for flag in made.seam.flags:
        print(f"  {FLAGS[flag]} ({flag})")
    print(f"  {near(link.project.path)}: the two as a film; add shots to it to go on")
