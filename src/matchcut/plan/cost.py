"""What a request will cost, by the contract's prices. Never a guess: unknown is None."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from matchcut.endpoints.contract import Contract, Price, Unit


def estimate(
    contract: Contract, arguments: Mapping[str, Any], seconds: Decimal | None
) -> Decimal | None:
    """Estimate one request.

    Args:
        contract: The endpoint's contract.
        arguments: What is sent; a parameter that is not sent counts as its default.
        seconds: Length that is asked for.

    Returns:
        US dollars. Where sources disagree, the highest price, so that a budget is never passed
        because the cheaper source was wrong; None where no price fits.

    """
    costs = [
        cost
        for price in contract.prices
        if _fits(price, contract, arguments) and (cost := _total(price, seconds)) is not None
    ]
    return max(costs).normalize() if costs else None


def _total(price: Price, seconds: Decimal | None) -> Decimal | None:
    if price.unit is Unit.VIDEO:
        return price.usd
    return None if seconds is None else price.usd * seconds


def _fits(price: Price, contract: Contract, arguments: Mapping[str, Any]) -> bool:
    return all(
        arguments.get(name, contract.parameters[name].default) == value
        for name, value in price.when.items()
    )
