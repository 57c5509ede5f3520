"""Every claim the project was founded on has a row, a source, a place and a test that exists."""

import ast
import re
from pathlib import Path

import pytest

from films import KLING, LTX, SEEDANCE, TEXT, WAN, plan
from matchcut.endpoints.contract import Role
from matchcut.endpoints.load import shipped

ROOT = Path(__file__).parent.parent
VERDICTS = {"kept", "corrected", "not measurable here"}
LATER = {"later: inspect", "later: render/providers", "later: plan/rules"}
ANCHORS = {
    SEEDANCE: {"image_url", "end_image_url"},
    WAN: {"image_url", "end_image_url", "video_url"},
    KLING: {"start_image_url", "end_image_url", "elements"},
    LTX: {"image_url", "end_image_url"},
}


def table() -> list[list[str]]:
    lines = (ROOT / "docs" / "claims.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_table_is_whole() -> None:
    rows = table()
    assert len(rows) >= 55
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        assert len(row) == 6, row
        assert all(row), row
        assert row[2] in VERDICTS, row
        assert (ROOT / row[4].strip("`")).exists(), row


def test_every_row_names_a_test_that_exists_or_the_room_that_will_hold_it() -> None:
    for row in table():
        node = row[5].strip("`")
        if node in LATER:
            assert row[2] == "not measurable here", row
            continue
        assert row[2] != "not measurable here", row
        file, _, name = node.partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}, node


def test_every_name_of_the_founding_table_is_spoken_of() -> None:
    text = (ROOT / "docs" / "claims.md").read_text("utf-8")
    names = {name for wire in ANCHORS.values() for name in wire}
    further = {"enable_prompt_expansion", "cfg_scale", "-sseof -0.1", "-sseof -0.3", "-q:v 2"}
    further |= {"frontal_image_url", "reference_image_urls", "@Element1", "duration", "seed"}
    assert all(f"{name}" in text for name in names | further)


@pytest.mark.parametrize("endpoint", ANCHORS)
def test_the_endpoint_table_is_in_the_contracts(endpoint: str) -> None:
    contract = shipped()[endpoint]
    roles = (Role.START, Role.END, Role.CONTINUE, Role.ELEMENTS)
    assert {contract.roles[role] for role in roles if role in contract.roles} == ANCHORS[endpoint]


def test_all_four_founding_endpoints_take_both_ends_and_none_is_special() -> None:
    """Which endpoints chain is read from contracts; no code knows a list of four."""
    both = {c.id for c in shipped().values() if {Role.START, Role.END} <= set(c.roles)}
    assert set(ANCHORS) <= both
    code = [path.read_text("utf-8") for path in (ROOT / "src" / "matchcut").rglob("*.py")]
    assert not any(endpoint in text for endpoint in ANCHORS for text in code)


def test_a_prompt_only_endpoint_has_no_anchor_role() -> None:
    texts = [contract for contract in shipped().values() if "text-to-video" in contract.id]
    assert texts
    assert not any(contract.takes_anchors for contract in texts)


def test_what_must_be_sent() -> None:
    for endpoint, name in ((SEEDANCE, "image_url"), (KLING, "start_image_url")):
        parameters = shipped()[endpoint].parameters
        assert parameters[name].required
        assert not parameters["end_image_url"].required


def test_the_bridge_asks_for_both_ends() -> None:
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
    assert contracts[LTX].parameters["duration"].values == (6, 8, 10)


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
