"""What a request will cost, by the contract's prices. Never a guess: unknown is None."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from matchcut.endpoints.contract import Contract, Price, Unit

Size = tuple[int, int]
"""Width and height of the answer, pixels."""


def estimate(
    contract: Contract, arguments: Mapping[str, Any], seconds: Decimal | None, size: Size | None
) -> Decimal | None:
    """Estimate one request.

    Args:
        contract: The endpoint's contract.
        arguments: What is sent; a parameter that is not sent counts as its default.
        seconds: Length that is asked for.
        size: Of the answer that is expected.

    Returns:
        US dollars. Where sources disagree, the highest price, so that a budget is never passed
        because the cheaper source was wrong; None where no price fits.

    """
    costs = [
        price.usd * units
        for price in contract.prices
        if _fits(price, contract, arguments) and (units := _units(price, seconds, size)) is not None
    ]
    return max(costs).normalize() if costs else None


def billed(contract: Contract, arguments: Mapping[str, Any], units: str) -> Decimal | None:
    """What an answer's billable units come to.

    Args:
        contract: The endpoint's contract.
        arguments: What was sent.
        units: The count, as the answer has it.

    Returns:
        US dollars, by the highest price whose unit is known to be the billed one; None where there
        is none, or the count is no number.

    """
    try:
        count = Decimal(units)
    except ArithmeticError:
        return None
    if not count.is_finite() or count < 0:
        return None
    prices = [p.usd for p in contract.prices if p.billed and _fits(p, contract, arguments)]
    return (max(prices) * count).normalize() if prices else None


def _units(price: Price, seconds: Decimal | None, size: Size | None) -> Decimal | None:
    if price.unit is Unit.VIDEO:
        return Decimal(1)
    if seconds is None:
        return None
    if price.unit is Unit.SECOND:
        return seconds
    if size is None or price.tokens_rate is None:
        return None
    width, height = size
    return Decimal(width * height * price.tokens_rate) * seconds / 1024 / 1000


def _fits(price: Price, contract: Contract, arguments: Mapping[str, Any]) -> bool:
    return all(
        arguments.get(name, contract.parameters[name].default) == value
        for name, value in price.when.items()
    )
