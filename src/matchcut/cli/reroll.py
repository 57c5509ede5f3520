"""`matchcut reroll`: new takes of one shot between the clips that stand around it."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import planned
from matchcut.cli.of_shot import add_shots_film, tell_take
from matchcut.cli.progress import listening
from matchcut.cli.spending import add_spending, allowed, prices_of, refuse_unmeant
from matchcut.cli.text import plain

if TYPE_CHECKING:
    from matchcut.retake import Rerolled, RerollQuote

NAME = "reroll"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="make new takes of one shot between the clips that are there, and keep the rest",
        description="Make new takes of one shot. Each starts on the frame that the shot starts on "
        "now and, where the endpoint takes an end picture, lands on the first frame of the clip "
        "after it, so that nothing behind it is made anew. Both seams are measured. One take that "
        "passes is circled; of several you choose one with `circle`. The same command again goes "
        "on with takes that were begun.",
    )
    verb.add_argument("shot", help="the shot's id")
    verb.add_argument("--endpoint", metavar="ID", help="ask another hosted model")
    verb.add_argument("--prompt", metavar="TEXT", help="other words in place of the shot's prompt")
    verb.add_argument("--seed", type=int, metavar="N", help="the first take's; others count on")
    verb.add_argument("--takes", type=int, default=1, metavar="N", help="how many (1)")
    verb.add_argument(
        "--circle",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="circle the first take that passes (where one is asked for, unless you say no)",
    )
    verb.add_argument(
        "--rehearse", action="store_true", help="make them here with the embedded generator, free"
    )
    add_shots_film(verb)
    add_spending(verb)
    verb.add_argument(
        "--look-for",
        type=float,
        default=300,
        metavar="SECONDS",
        help="how long a request that may have been accepted is looked for (300)",
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.paid import Patience  # noqa: PLC0415
    from matchcut.render.providers.fal.keys import fal_key  # noqa: PLC0415

    project, plan = planned(arguments)
    ask = matchcut.Ask(
        shot=arguments.shot,
        endpoint=arguments.endpoint,
        prompt=arguments.prompt,
        seed=arguments.seed,
        takes=arguments.takes,
    )
    prices = prices_of(arguments.price)
    refuse_unmeant(prices, plan)
    provider: Any = matchcut.Rehearsal() if arguments.rehearse else matchcut.Fal()
    quote = matchcut.quote_reroll(project, plan, provider, ask, prices=prices)
    if not arguments.json:
        _warn(quote)
    limit = None
    if not arguments.rehearse:
        if quote.quote.prices:
            fal_key()  # before anybody is asked about money
        limit = allowed(quote.quote, arguments, project.film.budget_usd)
    with listening(plan, as_json=arguments.json, free=arguments.rehearse) as tell:
        rerolled = matchcut.reroll(
            project,
            plan,
            provider,
            ask,
            tell,
            circle=arguments.circle,
            max_usd=limit,
            prices=prices,
            patience=Patience(search=arguments.look_for),
        )
    for one in rerolled.takes:
        tell_take(one, as_json=arguments.json)
    _tell(rerolled, project.path.name, arguments)
    return 0


def _warn(quote: "RerollQuote") -> None:
    """That it cannot land, and what that may cost, before anything is spent on it."""
    from matchcut.circling import priced  # noqa: PLC0415 - loads the decoder

    if quote.loose and quote.stale:
        print(
            f"It cannot land on the clip after it: {plain(quote.loose)}. Circled, it may have "
            f"these made anew: {plain(priced(quote.stale))}.",
            file=sys.stderr,
        )


def _tell(rerolled: "Rerolled", film: str, arguments: argparse.Namespace) -> None:
    from matchcut.render.commands import render_commands, take_command  # noqa: PLC0415

    if arguments.json:
        facts = {
            "event": "reroll",
            "step": "done",
            "shot": rerolled.shot,
            "takes": [one.take.number for one in rerolled.takes],
            "circled": rerolled.circled,
        }
        print(json.dumps(facts, ensure_ascii=False))
    elif rerolled.circled is not None:
        goes_on = plain(render_commands(film, free=arguments.rehearse))
        print(f"Take {rerolled.circled} is circled. {goes_on} puts it into the film.")
    else:
        numbers = "/".join(str(one.take.number) for one in rerolled.takes)
        looks = plain(take_command(film, "takes", rerolled.shot, "--sheet"))
        circles = plain(take_command(film, "circle", rerolled.shot, numbers))
        print(
            f"None is circled; what stood still stands. Look at them ({looks}), and {circles} "
            "circles one."
        )
