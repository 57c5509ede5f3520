"""What each endpoint can do, and for how much a second."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from matchcut.endpoints.contract import Contract, Coupling, Price, Role, Unit
from matchcut.endpoints.load import shipped
from matchcut.plan.matrix import Needs, Row, matrix

TODAY = date(2026, 11, 25)
LTX = shipped()["fal-ai/ltx-2.3/image-to-video"]
"""6, 8 or 10 s; 1080p, 1440p or 2160p; with and without sound."""


def price(usd: str, unit: Unit = Unit.SECOND, **more: Any) -> Price:
    return Price(
        **{"usd": Decimal(usd), "unit": unit, "when": {}, "source": "s", "read": TODAY, **more}
    )


def row(*prices: Price, contract: Contract = LTX, **more: Any) -> Row:
    (only,) = matrix([replace(contract, prices=prices, **more)])
    return only


SIZES = [("1080p", "0.06"), ("1440p", "0.12"), ("2160p", "0.24")]
BY_SIZE = [price(usd, when={"resolution": size}) for size, usd in SIZES]


def test_a_price_is_a_range_over_all_that_can_be_asked_for() -> None:
    found = row(*BY_SIZE)
    assert found.usd == (Decimal("0.06"), Decimal("0.24"))
    assert not found.partly_unpriced
    assert len(found.offers) == 3 * 2 * 2, "sizes, sound, the shortest and the longest"


def test_of_conflicting_prices_the_highest_counts() -> None:
    assert row(*BY_SIZE, price("0.08", when={"resolution": "1080p"})).usd == (
        Decimal("0.08"),
        Decimal("0.24"),
    )


def test_what_has_no_price_is_said() -> None:
    found = row(BY_SIZE[0])
    assert found.usd == (Decimal("0.06"), Decimal("0.06"))
    assert found.partly_unpriced
    assert row().usd is None
    assert row().to_json()["usd_a_second"] == "unknown"


def test_a_price_a_clip_is_cheapest_by_the_second_where_the_clip_is_longest() -> None:
    assert row(price("0.60", Unit.VIDEO)).usd == (Decimal("0.06"), Decimal("0.10"))


def test_a_price_of_tokens_goes_by_the_size() -> None:
    found = row(price("0.01", Unit.THOUSAND_TOKENS, tokens_rate=24))
    low = Decimal("0.01") * 1920 * 1080 * 24 / 1024 / 1000
    high = Decimal("0.01") * 3840 * 2160 * 24 / 1024 / 1000
    assert found.usd == (low, high)


def test_what_may_not_be_asked_for_together_is_not_offered() -> None:
    rule = Coupling(
        when={"duration": (10,)}, then={"resolution": ("1080p",)}, source="s", read=TODAY
    )
    found = row(*BY_SIZE, couplings=(rule,))
    longest = {offer.resolution for offer in found.offers if offer.duration == 10}
    assert longest == {"1080p"}


@pytest.mark.parametrize(
    ("needs", "met"),
    [
        (Needs(), True),
        (Needs(roles=frozenset({Role.END, Role.AUDIO})), True),
        (Needs(roles=frozenset({Role.SEED})), False),
        (Needs(min_lines=1440), True),
        (Needs(min_lines=2160), True),
        (Needs(min_lines=4320), False),
        (Needs(max_usd=Decimal("0.06")), True),
        (Needs(max_usd=Decimal("0.05")), False),
        # Both at once: 1440p costs 0.12.
        (Needs(min_lines=1440, max_usd=Decimal("0.12")), True),
        (Needs(min_lines=1440, max_usd=Decimal("0.11")), False),
    ],
)
def test_needs_are_met_all_at_once(needs: Needs, *, met: bool) -> None:
    assert needs.met(row(*BY_SIZE)) is met


def test_what_hangs_on_an_unknown_is_neither_met_nor_not() -> None:
    assert Needs(max_usd=Decimal(1)).met(row()) is None
    partly = row(BY_SIZE[0])
    assert Needs(max_usd=Decimal(1)).met(partly) is True
    assert Needs(max_usd=Decimal(1), min_lines=1440).met(partly) is None
    kling = shipped()["fal-ai/kling-video/v3/pro/image-to-video"]
    (sizeless,) = matrix([kling])
    assert Needs(min_lines=720).met(sizeless) is None


def test_sound_that_costs_more_counts_where_sound_is_needed() -> None:
    dear = price("0.30", when={"generate_audio": True})
    cheap = price("0.10", when={"generate_audio": False})
    found = row(dear, cheap)
    assert Needs(max_usd=Decimal("0.2")).met(found) is True
    assert Needs(max_usd=Decimal("0.2"), roles=frozenset({Role.AUDIO})).met(found) is False


@pytest.mark.parametrize("contract", shipped().values(), ids=lambda c: c.id)
def test_every_shipped_contract_is_a_row(contract: Contract) -> None:
    (found,) = matrix([contract])
    facts = found.to_json()
    assert facts["id"] == contract.id
    assert found.offers
    for role in (Role.START, Role.END, Role.CONTINUE, Role.ELEMENTS, Role.SEED):
        wire = contract.roles.get(role)
        assert (facts[role.value] or {}).get("parameter") == wire
    assert facts["reproducible"] is (Role.SEED in contract.roles)
