"""`matchcut render`: the film on hosted endpoints, paid by the clip."""

import argparse
from typing import Any

from matchcut.cli.applying import planned_or_agreed
from matchcut.cli.common import add_database, add_film, add_slate, refuse_alone
from matchcut.cli.making import make
from matchcut.cli.spending import add_spending, allowed, prices_of, refuse_unmeant
from matchcut.errors import Code, MatchcutError

NAME = "render"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="render the film on hosted endpoints, with your own key, paid by the clip",
        description="Render the film on the hosted endpoints it names, through fal, with the key "
        "in FAL_KEY. Nothing is spent before the total has been shown and confirmed. What has not "
        "changed is kept and not paid again; an interrupted run goes on, and no request is sent "
        "twice. Exits 0 when the film is done, 5 at a limit, 6 where a shot failed, 8 where a "
        "submission is unknown, 9 where you must decide. In place of the film you may name a plan "
        "file of `matchcut plan -o`: just what it says is made, for no more money, and it is "
        "refused with 7 where that is not what would be done any more.",
    )
    add_film(verb)
    add_slate(verb)
    add_database(verb)
    add_spending(verb)
    verb.add_argument(
        "--at-once",
        type=int,
        default=2,
        metavar="N",
        help="submissions under way at the same time (2, as many as a new account may have)",
    )
    verb.add_argument(
        "--at-once-each",
        type=int,
        metavar="N",
        help="how many of them at one endpoint (as many as at all, unless you say)",
    )
    verb.add_argument(
        "--look-for",
        type=float,
        default=300,
        metavar="SECONDS",
        help="how long a request that may have been accepted is looked for in your account before "
        "it waits for you (300)",
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.paid import Patience  # noqa: PLC0415
    from matchcut.render.paused import is_paused  # noqa: PLC0415
    from matchcut.render.providers.fal.keys import fal_key  # noqa: PLC0415
    from matchcut.render.providers.fal.provider import Fal  # noqa: PLC0415

    project, plan, agreed = planned_or_agreed(arguments)
    refuse_alone(arguments, project)
    prices = prices_of(arguments.price)
    if agreed is not None and prices:
        raise MatchcutError(
            Code.USAGE,
            "`--price` says another price than the plan was made with",
            where=arguments.film,
            fix="Say it to `matchcut plan -o`, which writes it into the plan.",
        )
    refuse_unmeant(prices, plan)
    if min(arguments.at_once, arguments.at_once_each or 1) < 1 or arguments.at_once_each == 0:
        raise MatchcutError(
            Code.USAGE,
            "so few at once would send nothing",
            where="matchcut render",
            fix="Write 1 or more; 2 is what a new account may have.",
        )
    if not arguments.look_for >= 0:
        raise MatchcutError(
            Code.USAGE,
            f"`--look-for {arguments.look_for}` is no length of time",
            where="matchcut render",
            fix="Write seconds; 0 asks you at once.",
        )
    provider = Fal(at_once=arguments.at_once, at_once_each=arguments.at_once_each)
    quote = matchcut.quote(
        project, plan, provider, prices=prices, database=arguments.database, agreed=agreed
    )
    if quote.paused_since:
        raise is_paused(project.path.name, quote.paused_since)
    if quote.prices:
        fal_key()  # before anybody is asked about money
    limit = allowed(quote, arguments, project.film.budget_usd)
    make(
        project,
        plan,
        provider,
        as_json=arguments.json,
        free=False,
        max_usd=limit,
        prices=prices,
        agreed=agreed,
        slate=arguments.slate,
        patience=Patience(search=arguments.look_for),
        database=arguments.database,
        by_workers=arguments.by_workers,
    )
    return 0
