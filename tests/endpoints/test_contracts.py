"""Every shipped contract is whole; what is missing in one is found, and broken ones are refused."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from gaps import gaps
from matchcut.endpoints.contract import Contract, Kind, Role
from matchcut.endpoints.load import parse_contract, shipped
from matchcut.errors import Code, MatchcutError

CONTRACTS = list(shipped().values())
FILES = [
    file
    for file in (resources.files("matchcut.endpoints") / "contracts").iterdir()
    if file.is_file()
]
WORDS_OF_OWNERS = {"fal", "ai", "bytedance", "minimax", "video", "v"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_a_contract_is_whole(contract: Contract) -> None:
    assert gaps(contract) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_named_after_its_endpoint(file: Path) -> None:
    """The name in lower case with dashes, and of the id only its owner is left out."""
    contract = parse_contract(file.read_text("utf-8"), file.name)
    stem = file.name.removesuffix(".toml")
    assert stem == contract.name.lower().replace(" ", "-")
    left, rest = [], contract.id
    for word in stem.split("-"):
        before, found, rest = rest.partition(word)
        assert found, f"{word} is not in {contract.id}, or not in that order"
        left.append(before)
    assert set(re.findall(r"[a-z]+|[\d.]+", " ".join([*left, rest]))) <= WORDS_OF_OWNERS


def test_no_code_names_an_endpoint() -> None:
    source = Path(__file__).parents[2] / "src"
    code = [path.read_text("utf-8") for path in source.rglob("*.py")]
    assert code
    assert not [contract.id for contract in CONTRACTS if any(contract.id in text for text in code)]


def test_the_endpoints_that_are_promised_are_there() -> None:
    starts = [c.id for c in CONTRACTS if Role.START in c.roles]
    assert len(FILES) == len(CONTRACTS) == len(starts) + 5
    assert sum(not contract.takes_anchors for contract in CONTRACTS) == 4
    assert [c.id for c in CONTRACTS if Role.CONTINUE in c.roles and c.id not in starts] == [
        "fal-ai/veo3.1/extend-video"
    ]


SEEDANCE = shipped()["bytedance/seedance-2.0/image-to-video"]
WAN = shipped()["fal-ai/wan/v2.7/image-to-video"]
KLING = shipped()["fal-ai/kling-video/v3/pro/image-to-video"]
FAST = shipped()["fal-ai/ltx-2.3/image-to-video/fast"]


def without(mapping: Mapping[Any, Any], key: Any) -> dict[Any, Any]:
    return {name: value for name, value in mapping.items() if name != key}


def changed(contract: Contract, name: str, **changes: Any) -> Contract:
    parameter = replace(contract.parameters[name], **changes)
    return replace(contract, parameters={**contract.parameters, name: parameter})


def priced(**changes: Any) -> Contract:
    return replace(WAN, prices=(replace(WAN.prices[0], **changes), *WAN.prices[1:]))


BROKEN = {
    "no prompt": replace(WAN, roles=without(WAN.roles, Role.PROMPT)),
    "no duration": replace(WAN, roles=without(WAN.roles, Role.DURATION)),
    "without a start": replace(WAN, roles=without(WAN.roles, Role.START)),
    "prompt-only": replace(WAN, id="fal-ai/wan/v2.7/text-to-video"),
    "and plays": changed(WAN, "image_url", kind=Kind.STRING, formats=(), max_megabytes=None),
    "plays no role here": replace(WAN, roles=without(WAN.roles, Role.NEGATIVE_PROMPT)),
    "elements without": replace(KLING, elements=None),
    "an element's field": changed(KLING, "elements", fields=("video_url",)),
    "says no lines": changed(WAN, "resolution", values=("hd",), default="hd"),
    "is no string": changed(SEEDANCE, "duration", values=(4, "5"), default="5"),
    "is no integer in its range": changed(WAN, "duration", maximum=Decimal(14)),
    "is not one of its values": changed(SEEDANCE, "duration", default="3"),
    "a value twice": changed(SEEDANCE, "duration", values=("auto", "4", "4")),
    "required, and has a default": changed(SEEDANCE, "duration", required=True),
    "do not belong to its type": changed(WAN, "video_url", max_characters=9),
    "an object without fields": changed(KLING, "multi_prompt", fields=()),
    "an exclusion of fewer": replace(
        WAN, exclusions=(replace(WAN.exclusions[0], parameters=("video_url",)),)
    ),
    "a coupling with one side": replace(FAST, couplings=(replace(FAST.couplings[0], when={}),)),
    "a coupling of fps": replace(
        FAST, couplings=(replace(FAST.couplings[0], then={"fps": (30,)}),)
    ),
    "a refusal of": replace(SEEDANCE, refusals=(replace(SEEDANCE.refusals[0], roles=()),)),
    "is no path": replace(WAN, output=replace(WAN.output, video="video url")),
    "a rate that is none": replace(FAST, output=SEEDANCE.output),
    "without its continuation": replace(WAN, continuation=None),
    "a price of nothing": priced(usd=Decimal(0)),
    "which is not offered": priced(when={"resolution": "480p"}),
    "a billed unit that": priced(billed=True),
    "no example that": replace(WAN, examples=WAN.examples[:1]),
    "comes out as": priced(usd=Decimal("0.11")),
    "an example with": replace(
        WAN, examples=(*WAN.examples, replace(WAN.examples[0], send={"duration": 4, "fps": 24}))
    ),
    "no example of a request": replace(SEEDANCE, examples=SEEDANCE.examples[:3]),
    "Price: no source": priced(source=" "),
    "Output: no source": replace(WAN, output=replace(WAN.output, read=date(2999, 1, 1))),
    "Waiting: no source": replace(KLING, waiting=replace(KLING.waiting, source="")),
    "roles that nobody read": replace(WAN, inferred=("start",)),
}


@pytest.mark.parametrize(("gap", "contract"), BROKEN.items(), ids=BROKEN)
def test_a_gap_is_found(gap: str, contract: Contract) -> None:
    assert any(gap in found for found in gaps(contract))


WHOLE = """id = "a"
name = "A"
source = "s"
read = 2026-01-01
roles = { prompt = "p" }
parameters = { p = { type = "string" } }
output = { video = "v", source = "s", read = 2026-01-01 }
"""
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
        WHOLE + "waiting = 30\n",
        WHOLE + '[waiting]\nsource = "s"\nread = 2026-01-01\n',
        WHOLE + '[waiting]\nper_second = 0\nsource = "s"\nread = 2026-01-01\n',
        WHOLE + '[waiting]\nper_second = nan\nsource = "s"\nread = 2026-01-01\n',
    ],
)
def test_a_broken_contract_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        parse_contract(text, "broken.toml")
    assert caught.value.code is Code.CONTRACT_BROKEN
    assert caught.value.where == "broken.toml"
    assert "cannot be read" in caught.value.message


def test_how_long_clips_are_waited_for_is_read() -> None:
    assert parse_contract(WHOLE, "a.toml").waiting is None
    told = WHOLE + '[waiting]\nper_second = 12.5\nsource = "s"\nread = 2026-01-01\n'
    waiting = parse_contract(told, "a.toml").waiting
    assert waiting is not None
    assert waiting.per_second == Decimal("12.5")
