"""Every claim the project was founded on has a row, a source, a place and a test that exists."""

import ast
import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import pytest

from films import HEAD, KLING, LTX, SEEDANCE, TEXT, WAN, plan
from matchcut.endpoints.contract import Role
from matchcut.endpoints.load import shipped

ROOT = Path(__file__).parent.parent
VERDICTS = {"kept", "corrected", "not measurable here"}
LATER = {"later: inspect"}
ANCHORS = {
    SEEDANCE: {"image_url", "end_image_url"},
    WAN: {"image_url", "end_image_url", "video_url"},
    KLING: {"start_image_url", "end_image_url", "elements"},
    LTX: {"image_url", "end_image_url"},
}
KLING_O3 = "fal-ai/kling-video/o3/pro/image-to-video"
LTX_FAST = "fal-ai/ltx-2.3/image-to-video/fast"
VEO = "fal-ai/veo3.1/first-last-frame-to-video"
# What the founding text's own calls send, and what it tells of LTX in words.
SENT = {
    "Seedance": {"prompt", "image_url", "end_image_url", "duration"},
    "Wan": {
        *("prompt", "image_url", "end_image_url", "duration", "resolution", "seed"),
        "enable_prompt_expansion",
    },
    "Kling": {
        *("prompt", "start_image_url", "end_image_url", "elements", "duration", "cfg_scale"),
        *("frontal_image_url", "reference_image_urls"),
    },
    "LTX": {"duration"},
}
TOLD = [
    *("-sseof -0.1", "-vframes 1", "-q:v 2", "upload", "motion blur", "clear subject", "light"),
    *("fal_client.run", "@Element1", "2160p", "`fps`", "all text-to-video"),
    *("limit: the middle", "limit: camera", "limit: what is not", "limit: one frame"),
    *("full resolution", "hands", "face", "hair edges", "-sseof -0.3", "two minutes"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One claim."""

    number: int
    claim: str
    verdict: str
    source: str
    where: str
    test: str


def rows() -> list[Row]:
    """The table's rows; every line of the table but its head must be one."""
    lines = (ROOT / "docs" / "claims.md").read_text("utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]
        for line in lines
        if line.startswith("|")
    ][2:]
    assert all(len(row) == len(fields(Row)) and all(row) for row in cells), "an empty or odd row"
    return [
        Row(
            number=int(number),
            claim=claim,
            verdict=verdict,
            source=source,
            where=where.strip("`"),
            test=test.strip("`"),
        )
        for number, claim, verdict, source, where, test in cells
    ]


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"))


def exists(node: str) -> bool:
    """Whether `file.py::name`, `file.py::Class::name` or either with a `[case]` is there."""
    node, _, case = node.removesuffix("]").partition("[")
    file, *names = node.split("::")
    if not names or not names[-1].startswith("test_") or not (ROOT / file).is_file():
        return False
    body: list[ast.stmt] = tree(file).body
    for name in names:
        found = [
            n
            for n in body
            if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and n.name == name
        ]
        if not found:
            return False
        body = found[0].body
    texts = {n.value for n in ast.walk(tree(file)) if isinstance(n, ast.Constant)}
    return not case or case in texts


def test_the_table_is_whole() -> None:
    table = rows()
    assert [row.number for row in table] == list(range(1, len(table) + 1))
    assert len({row.claim for row in table}) == len(table)
    for row in table:
        assert row.verdict in VERDICTS, row
        place = (ROOT / row.where).resolve()
        assert place.is_file(), row
        assert place.is_relative_to(ROOT / "src" / "matchcut"), row


def test_every_row_names_a_test_that_exists_or_the_room_that_will_hold_it() -> None:
    for row in rows():
        if row.test in LATER:
            assert row.verdict != "kept", row
        else:
            assert exists(row.test), row


@pytest.mark.parametrize(
    "node",
    [
        "tests/test_claims.py",
        "tests/test_claims.py::rows",
        "tests/test_claims.py::test_that_nobody_wrote",
        "tests/test_nothing.py::test_the_table_is_whole",
        "tests/plan/test_rules.py::test_a_rule_fires_on_its_mistake_and_is_silent_without[no.rule]",
        "later: some day",
    ],
)
def test_a_test_that_is_not_there_is_noticed(node: str) -> None:
    assert not exists(node)


@pytest.mark.parametrize("endpoint", ANCHORS)
def test_the_founding_table_has_a_row_an_endpoint(endpoint: str) -> None:
    (claim,) = [row.claim for row in rows() if row.claim.startswith(f"`{endpoint}`:")]
    assert set(re.findall(r"`(\w+)`", claim.partition(":")[2])) == ANCHORS[endpoint]


@pytest.mark.parametrize(
    ("endpoint", "parameter"),
    [(endpoint, parameter) for endpoint, sent in SENT.items() for parameter in sorted(sent)],
)
def test_what_the_founding_text_sends_has_a_row(endpoint: str, parameter: str) -> None:
    own = [row.claim for row in rows() if row.claim.startswith(f"{endpoint}: ")]
    assert any(f"`{parameter}`" in claim for claim in own)


@pytest.mark.parametrize("words", TOLD)
def test_what_the_founding_text_tells_to_do_has_a_row(words: str) -> None:
    assert any(words in row.claim for row in rows())


@pytest.mark.parametrize("endpoint", ANCHORS)
def test_the_endpoint_table_is_in_the_contracts(endpoint: str) -> None:
    contract = shipped()[endpoint]
    roles = (Role.START, Role.END, Role.CONTINUE, Role.ELEMENTS)
    assert {contract.roles[role] for role in roles if role in contract.roles} == ANCHORS[endpoint]


def test_no_code_knows_a_list_of_endpoints() -> None:
    """Which endpoints chain is read from contracts; no code knows a list of four."""
    both = {c.id for c in shipped().values() if {Role.START, Role.END} <= set(c.roles)}
    assert set(ANCHORS) < both
    code = [path.read_text("utf-8") for path in (ROOT / "src" / "matchcut").rglob("*.py")]
    assert not any(endpoint in text for endpoint in ANCHORS for text in code)


def test_a_prompt_only_endpoint_has_no_anchor_role() -> None:
    texts = [contract for contract in shipped().values() if "text-to-video" in contract.id]
    assert texts
    assert not any(contract.takes_anchors for contract in texts)


def test_another_kling_has_another_name_for_its_start() -> None:
    names = {endpoint: shipped()[endpoint].roles[Role.START] for endpoint in (KLING, KLING_O3)}
    assert names == {KLING: "start_image_url", KLING_O3: "image_url"}


def test_photographic_people_are_known_to_be_turned_away() -> None:
    """What a third party saw is in the contract, for the pictures that can show somebody."""
    (refusal,) = shipped()[SEEDANCE].refusals
    assert "people" in refusal.what
    assert set(refusal.roles) == {Role.START, Role.END}


def test_what_must_be_sent() -> None:
    must = {
        SEEDANCE: {"prompt", "image_url"},
        WAN: set(),
        KLING: {"start_image_url"},
        LTX: {"prompt", "image_url"},
    }
    for endpoint, names in must.items():
        parameters = shipped()[endpoint].parameters
        assert {name for name, parameter in parameters.items() if parameter.required} == names


def test_a_bridge_asks_for_both_ends() -> None:
    bridge = plan(f"""
  - {{id: a, start: a.jpg, prompt: x}}
  - {{id: b, endpoint: {SEEDANCE}, prompt: x}}
  - {{id: c, hero: true, start: c.jpg, prompt: x}}
""").shots[1]
    assert bridge.request is not None
    assert bridge.request.arguments["image_url"] == "anchor://a/out"
    assert bridge.request.arguments["end_image_url"] == "anchor://c/in"


def test_expansion_is_on_by_default_and_sent_off() -> None:
    assert shipped()[WAN].parameters["enable_prompt_expansion"].default is True
    for endpoint in (WAN, TEXT):
        shot = plan(f"  - {{id: a, endpoint: {endpoint}, prompt: x}}\n").shots[0]
        assert shot.request is not None
        assert shot.request.arguments["enable_prompt_expansion"] is False


def test_resolutions_and_durations() -> None:
    contracts = shipped()
    assert contracts[WAN].parameters["resolution"].values == ("720p", "1080p")
    assert "2160p" in contracts[LTX].parameters["resolution"].values
    assert "4k" in contracts[SEEDANCE].parameters["resolution"].values
    assert "4k" in contracts[VEO].parameters["resolution"].values
    assert contracts[LTX].parameters["duration"].values == (6, 8, 10)
    assert max(contracts[LTX_FAST].parameters["duration"].values) == 20


def test_cfg_scale_is_the_callers_choice() -> None:
    assert str(shipped()[KLING].parameters["cfg_scale"].default) == "0.5"
    shots = (
        f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x, options: {{cfg_scale: 0.7}}}}\n"
    )
    requests = [
        plan(text).shots[0].request for text in (shots, shots.replace("cfg_scale: 0.7", ""))
    ]
    assert requests[0] is not None
    assert requests[1] is not None
    assert requests[0].arguments["cfg_scale"] == 0.7
    assert "cfg_scale" not in requests[1].arguments


def test_only_wan_takes_a_seed() -> None:
    seeded = {endpoint for endpoint in ANCHORS if Role.SEED in shipped()[endpoint].roles}
    assert seeded == {WAN}


def test_a_request_knows_only_the_frame_before_it() -> None:
    """Nothing of the shots before the last one goes over the wire, for any of the four."""
    for endpoint in ANCHORS:
        planned = plan(f"""
  - {{id: a, endpoint: {endpoint}, duration: 6, start: a.jpg, prompt: one}}
  - {{id: b, endpoint: {endpoint}, duration: 6, prompt: two}}
  - {{id: c, endpoint: {endpoint}, duration: 6, prompt: three}}
""")
        request = planned.shots[2].request
        assert request is not None
        texts = [value for value in request.arguments.values() if isinstance(value, str)]
        assert [text for text in texts if "://" in text] == ["anchor://b/out"]
        assert "three" in texts
        assert not any("one" in text or "two" in text for text in texts)


def test_one_seed_goes_to_every_shot() -> None:
    head = HEAD.replace("defaults: {", "defaults: {seed: 42, ")
    planned = plan("  - {id: a, start: a.jpg, prompt: x}\n  - {id: b, prompt: y}\n", head)
    requests = [shot.request for shot in planned.shots]
    assert [r.arguments["seed"] for r in requests if r is not None] == [42, 42]
