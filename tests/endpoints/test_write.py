"""A contract that is written and read again is the same one."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoints.openapi_documents import read_file
from matchcut.endpoints.contract import (
    Contract,
    Coupling,
    Example,
    Kind,
    Output,
    Parameter,
    Price,
    Refusal,
    Role,
    Unit,
)
from matchcut.endpoints.load import parse_contract, shipped
from matchcut.endpoints.typed import mistyped
from matchcut.endpoints.write import is_untouched, to_json, to_toml
from matchcut.errors import Code, MatchcutError

IMPORTED = [
    read_file(name)
    for name in ("vidu-q3.json", "kling-v3-standard.json", "pixverse-v6-transition.json")
]
TODAY = date(2026, 11, 25)


def again(contract: Contract) -> Contract:
    return parse_contract(to_toml(contract), "again.toml")


@pytest.mark.parametrize("contract", [*shipped().values(), *IMPORTED], ids=lambda c: c.id)
def test_a_contract_comes_back_as_it_was(contract: Contract) -> None:
    found = again(contract)
    assert found == contract
    assert [*found.parameters] == [*contract.parameters], "the wire's order is the contract's"
    assert [*found.roles] == [*contract.roles]


@pytest.mark.parametrize("contract", shipped().values(), ids=lambda c: c.id)
def test_every_shipped_contract_is_of_its_own_types(contract: Contract) -> None:
    """They are read without that check."""
    assert mistyped(contract) is None


def test_everything_that_a_contract_can_hold_comes_back() -> None:
    whole = replace(
        IMPORTED[0],
        couplings=(
            Coupling(when={"duration": (5,)}, then={"seed": (1, 2)}, source="s", read=TODAY),
        ),
        refusals=(Refusal(what="cats", roles=(Role.START, Role.END), source="s", read=TODAY),),
        output=Output(video="v.url", source="s", read=TODAY, rate=Fraction(24000, 1001)),
        prices=(
            Price(
                usd=Decimal("0.10"), unit=Unit.VIDEO, when={"audio": True}, source="s", read=TODAY
            ),
            Price(
                usd=Decimal("0.014"),
                unit=Unit.THOUSAND_TOKENS,
                when={},
                source="s",
                read=TODAY,
                tokens_rate=24,
                billed=True,
            ),
        ),
        examples=(
            Example(send={"duration": 5}, usd=Decimal("0.50"), width=1, height=2),
            Example(send={}, usd=None, width=1, height=2),
        ),
        notes=('It says "no".\nTwice.', "C:\\path", "ünïcode 🎬"),
    )
    found = again(whole)
    assert found == whole
    assert str(found.prices[0].usd) == "0.10", "money keeps its figures"


VALUES = st.text(max_size=20) | st.integers(-(10**9), 10**9) | st.booleans()
PLAIN = VALUES | st.decimals(allow_nan=False, allow_infinity=False, places=3)


@settings(max_examples=100, deadline=None)
@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    values=st.lists(PLAIN, max_size=8),
    default=PLAIN
    | st.lists(VALUES, min_size=1, max_size=3)
    | st.dictionaries(st.text(), VALUES, min_size=1, max_size=3),
    low=st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2),
)
def test_any_parameter_comes_back(name: str, values: list[Any], default: Any, low: Any) -> None:
    parameter = Parameter(kind=Kind.ANY, values=tuple(values), default=default, minimum=low)
    contract = replace(IMPORTED[0], parameters={name: parameter}, roles={Role.PROMPT: name})
    assert again(contract) == contract


def test_the_first_line_tells_an_edited_file() -> None:
    text = to_toml(IMPORTED[0])
    assert text.startswith("# Written by `matchcut endpoints import`")
    assert is_untouched(text)
    assert not is_untouched(text + "\n# mine\n")
    assert not is_untouched(text.replace("720p", "721p"))
    assert not is_untouched("")


def test_a_list_stands_in_one_line_where_it_fits() -> None:
    lines = to_toml(IMPORTED[1]).splitlines()
    assert 'values = ["customize", "intelligent"]' in lines
    assert all(len(line) <= 130 for line in lines[1:])


def test_a_price_can_be_added_at_the_end_of_the_file() -> None:
    block = '\n[[prices]]\nusd = "0.10"\nunit = "second"\nsource = "a page"\nread = 2026-01-31\n'
    contract = parse_contract(to_toml(IMPORTED[2]) + block, "it.toml")
    assert contract.prices[0].usd == Decimal("0.10")


@pytest.mark.parametrize("contract", [*shipped().values(), *IMPORTED], ids=lambda c: c.id)
def test_a_contract_is_json(contract: Contract) -> None:
    facts = json.loads(json.dumps(to_json(contract)))
    assert facts["id"] == contract.id
    assert facts["roles"] == {role.value: name for role, name in contract.roles.items()}
    assert facts["read"] == contract.read.isoformat()
    assert [price["usd"] for price in facts.get("prices", [])] == [
        str(price.usd) for price in contract.prices
    ]


HEAD = 'id = "a/b"\nname = "A"\nsource = "s"\nread = 2026-01-01\n'
TAIL = '[output]\nvideo = "video.url"\nsource = "s"\nread = 2026-01-01\n'
ROLES = '[roles]\nprompt = "p"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "roles = 5\nparameters = {}\noutput = {}", "`roles` is no table"),
        (HEAD + "roles = {}\nparameters = [1]\noutput = {}", "`parameters` is no table"),
        (HEAD + ROLES + "[parameters]\np = 4\n" + TAIL, "the parameter p is no table"),
        (
            HEAD + ROLES + '[parameters]\np = { type = "string", values = 5 }\n' + TAIL,
            "`values` of the parameter p is no list",
        ),
        (
            HEAD + ROLES + '[parameters]\np = { type = "string", max_characters = "9" }\n' + TAIL,
            "parameters.p.max_characters is not a whole number",
        ),
        (
            HEAD + ROLES + '[parameters]\np = { type = "string", required = 1 }\n' + TAIL,
            "parameters.p.required is not true or false",
        ),
        (
            HEAD.replace('"a/b"', "5") + ROLES + '[parameters]\np = { type = "string" }\n' + TAIL,
            "id is not text",
        ),
        (
            HEAD.replace("2026-01-01", '"today"') + "[roles]\n[parameters]\n" + TAIL,
            "read is not a date",
        ),
        (
            HEAD + "notes = [1]\n[roles]\n[parameters]\n" + TAIL,
            "notes[0] is not text",
        ),
        (HEAD + "x = " + "[" * 5000, "nested too deeply"),
    ],
)
def test_a_contract_written_by_hand_is_held_to_its_types(text: str, says: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        parse_contract(text, "mine.toml")
    assert caught.value.code is Code.CONTRACT_BROKEN
    assert says in caught.value.message
