"""Every shipped contract is whole, and broken ones are refused in a sentence."""

import pytest

from matchcut.endpoints.bind import lines
from matchcut.endpoints.contract import Contract, Kind, Role
from matchcut.endpoints.load import parse_contract, shipped
from matchcut.errors import Code, MatchcutError

CONTRACTS = list(shipped().values())


def test_the_founding_four_and_a_prompt_only_one_are_there() -> None:
    assert {
        "bytedance/seedance-2.0/image-to-video",
        "fal-ai/wan/v2.7/image-to-video",
        "fal-ai/kling-video/v3/pro/image-to-video",
        "fal-ai/ltx-2.3/image-to-video",
    } <= set(shipped())
    assert any(not contract.takes_anchors for contract in CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_a_contract_is_whole(contract: Contract) -> None:
    assert contract.source
    assert contract.name
    assert {Role.PROMPT, Role.DURATION} <= set(contract.roles)
    assert (Role.ELEMENTS in contract.roles) == (contract.elements is not None)
    for name, parameter in contract.parameters.items():
        if parameter.values and parameter.default is not None:
            assert parameter.default in parameter.values, name
        wire = {Kind.STRING: str, Kind.INTEGER: int, Kind.BOOLEAN: bool}.get(parameter.kind)
        assert wire is None or all(type(value) is wire for value in parameter.values), name
    for rule in contract.exclusions:
        assert set(rule.parameters) <= set(contract.parameters)
        assert rule.source
    for price in contract.prices:
        assert price.source
        assert set(price.when) <= set(contract.parameters)
    resolution = contract.parameter(Role.RESOLUTION)
    assert resolution is None or all(lines(value) for value in resolution.values)


HEAD = 'id = "a"\nname = "A"\nsource = "s"\nread = 2026-01-01\n'


@pytest.mark.parametrize(
    "text",
    [
        "id = ",
        'id = "a"',
        HEAD + '[roles]\nstart = "x"\n[parameters]\n',
        HEAD + '[roles]\nbegin = "p"\n[parameters]\np = { type = "string" }\n',
        HEAD + '[roles]\nprompt = "p"\n[parameters]\np = { type = "string", colour = 1 }\n',
        HEAD + '[roles]\nprompt = "p"\n[parameters]\np = { type = "word" }\n',
    ],
)
def test_a_broken_contract_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        parse_contract(text, "broken.toml")
    assert caught.value.code is Code.CONTRACT_BROKEN
    assert caught.value.where == "broken.toml"
    assert "cannot be read" in caught.value.message
