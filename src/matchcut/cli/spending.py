"""Money on the command line: known prices, limits, and the word that it may be spent."""

import argparse
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from matchcut.cli.text import counted, plain
from matchcut.errors import Code, MatchcutError
from matchcut.findings import nearest

if TYPE_CHECKING:
    from matchcut.plan.types import Plan
    from matchcut.render.run import Quote


def add_spending(verb: argparse.ArgumentParser) -> None:
    """What goes with a verb that pays."""
    verb.add_argument(
        "--yes", action="store_true", help="spend up to the total that is shown, without asking"
    )
    verb.add_argument(
        "--max-usd",
        metavar="USD",
        help="what this run may spend at most, with what is still in flight from earlier ones",
    )
    add_price(verb)


def add_price(verb: argparse.ArgumentParser) -> None:
    """What a person knows of prices."""
    verb.add_argument(
        "--price",
        action="append",
        default=[],
        metavar="SHOT=USD",
        help="what a shot costs, where you know more than the contract (may stand several times)",
    )


def prices_of(said: list[str]) -> dict[str, Decimal]:
    """`SHOT=USD` texts as amounts by shot.

    Raises:
        MatchcutError: `usage` where one is none.

    """
    prices = {}
    for text in said:
        shot, equals, amount = text.rpartition("=")
        if not equals or not shot:
            raise _usage(f"`--price {text}` names no shot", "Write it as in `--price street=0.80`.")
        prices[shot] = usd_of(amount, "--price")
    return prices


def refuse_unmeant(prices: dict[str, Decimal], plan: "Plan") -> None:
    """A price for a shot that is not there was meant for another one.

    Raises:
        MatchcutError: `shot.unknown`.

    """
    shots = [shot.id for shot in plan.shots]
    for shot, usd in prices.items():
        if shot not in shots:
            meant = nearest(shot, shots)
            raise MatchcutError(
                Code.SHOT_UNKNOWN,
                f"`--price {shot}={usd}` names a shot that the film has not; nothing was sent",
                where="matchcut",
                fix=f"Did you mean `{meant}`?" if meant else f"Its shots are {', '.join(shots)}.",
            )


def usd_of(text: str, option: str) -> Decimal:
    """An amount in US dollars.

    Raises:
        MatchcutError: `usage` where it is none.

    """
    try:
        amount = Decimal(text)
    except ArithmeticError:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0 or not text.isascii():
        raise _usage(
            f"`{option}` takes an amount in US dollars, and `{text}` is none",
            f"Write it as in `{option} 5.00`.",
        )
    return amount


def allowed(quote: "Quote", arguments: argparse.Namespace, budget: Decimal | None) -> Decimal:
    """What this run may spend, once somebody has said that it may.

    Args:
        quote: What is to be made.
        arguments: With `yes`, `max_usd` and `json`.
        budget: The film's, over all its runs.

    Returns:
        US dollars, with what is in flight from earlier runs.

    Raises:
        MatchcutError: `budget.over`, `price.unknown`, `spending.unconfirmed`.

    """
    if quote.unpriced:
        said = " ".join(f"--price {shot}=USD" for shot in quote.unpriced[:3])
        raise MatchcutError(
            Code.PRICE_UNKNOWN,
            f"nobody knows what these shots cost, so nothing is sent: {', '.join(quote.unpriced)}",
            where=arguments.film,
            fix=f"Look the price up and say it, as in `{said}`.",
        )
    total = quote.total_usd
    limit = usd_of(arguments.max_usd, "--max-usd") if arguments.max_usd is not None else None
    # What is in flight for shots that the film does not ask for any more may yet cost, too.
    elsewhere = quote.in_flight_usd - quote.followed_usd
    before = quote.spent_usd - quote.followed_usd
    _refuse_over(total, before, budget, "the film's `budget_usd` has {left} USD left", arguments)
    _refuse_over(total, elsewhere, limit, "this run may spend {left} USD", arguments)
    _refuse_over(total, elsewhere, quote.most_usd, "the plan has {left} USD left", arguments)
    if quote.prices and not arguments.json:
        _show(quote)
    if quote.prices and not arguments.yes:
        _ask(quote, arguments)
    with_flying = total + quote.in_flight_usd
    limits = (with_flying, limit, quote.most_usd)
    return min(one for one in limits if one is not None)


def _refuse_over(
    total: Decimal, before: Decimal, limit: Decimal | None, said: str, arguments: argparse.Namespace
) -> None:
    # A sum of prices is exact; a difference to a limit of more digits would be rounded, upwards.
    if limit is not None and total + before > limit:
        left = limit - before if before else limit
        raise MatchcutError(
            Code.BUDGET_OVER,
            f"what is to be made may cost {total} USD, and {said.format(left=left)}; nothing was "
            "sent",
            where=arguments.film,
            fix="Raise the limit, or ask for shorter clips, smaller pictures or cheaper endpoints.",
        )


def _show(quote: "Quote") -> None:
    stale = quote.standing.stale if quote.standing else ()
    why = {one.shot: one.causes for one in stale}
    for shot, price in quote.prices.items():
        cause = f", {plain(why[shot][0])}" if shot in why else ""
        print(f"  {plain(shot)}: {price} USD{cause}", file=sys.stderr)
    count = counted(len(quote.prices), "shot")
    print(
        f"{count}, up to {quote.total_usd} USD; {quote.spent_usd} USD are spent or in flight "
        "already.",
        file=sys.stderr,
        flush=True,
    )


def _ask(quote: "Quote", arguments: argparse.Namespace) -> None:
    """Have a person type the total; a program says `--yes`."""
    total = f"{quote.total_usd}"
    if arguments.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise MatchcutError(
            Code.SPENDING_UNCONFIRMED,
            f"{counted(len(quote.prices), 'shot')} may cost {total} USD, and nobody has said that "
            "it may be spent; nothing was sent",
            where=arguments.film,
            fix="Say `--yes`, and `--max-usd` for a limit.",
        )
    print(
        f"Type {total} to spend it, or nothing to leave it: ", end="", file=sys.stderr, flush=True
    )
    if sys.stdin.readline().strip() != total:
        raise MatchcutError(
            Code.SPENDING_UNCONFIRMED, "nothing was sent, nothing was spent", where=arguments.film
        )


def _usage(message: str, fix: str) -> MatchcutError:
    return MatchcutError(Code.USAGE, message, where="matchcut", fix=fix)
