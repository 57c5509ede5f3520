"""Every shipped contract says what its sources state, and nothing else: no slip of the hand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matchcut.endpoints.contract import Contract, Kind, Parameter, Role
from matchcut.endpoints.load import shipped

FACTS: dict[str, Any] = json.loads(Path(__file__).with_name("facts.json").read_text("utf-8"))
ENDPOINTS: dict[str, dict[str, Any]] = FACTS["endpoints"]
KINDS = {"array<object>": Kind.OBJECTS, "array<url>": Kind.URLS}


def stated(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the sources state of each parameter, what a second one adds laid over it."""
    merged = {entry["name"]: dict(entry) for entry in facts["params"]}
    for name, more in facts.get("also", {"params": {}})["params"].items():
        merged[name] |= more
    for rule in facts.get("rules", ()):
        if rule["rule"] == "same_limits_as":
            name, other = rule["params"]
            merged[name] |= {
                key: value
                for key, value in merged[other].items()
                if key in {"formats", "max_megabytes"}
            }
    return {name: told(entry) for name, entry in merged.items()}


def told(entry: dict[str, Any]) -> dict[str, Any]:
    kind = entry["type"]
    return {
        "kind": KINDS.get(kind) or Kind(kind),
        "values": entry.get("enum", []),
        "default": entry.get("default"),
        "required": entry.get("required", False),
        "minimum": entry.get("min"),
        "maximum": entry.get("max"),
        "max_characters": entry.get("max_chars"),
        "max_megabytes": entry.get("max_megabytes"),
        # The two spellings name one format.
        "formats": [name for name in entry.get("formats", []) if name != "jpg"],
        "fields": sorted(field["name"] for field in entry.get("fields", [])),
    }


def written(parameter: Parameter) -> dict[str, Any]:
    """The same of a contract's parameter."""
    default, low, high = parameter.default, parameter.minimum, parameter.maximum
    return {
        "kind": parameter.kind,
        "values": list(parameter.values),
        "default": float(default) if parameter.kind is Kind.NUMBER and default else default,
        "required": parameter.required,
        "minimum": None if low is None else int(low),
        "maximum": None if high is None else int(high),
        "max_characters": parameter.max_characters,
        "max_megabytes": parameter.max_megabytes,
        "formats": list(parameter.formats),
        "fields": sorted(parameter.fields),
    }


def test_every_contract_has_its_facts_with_their_source() -> None:
    assert set(ENDPOINTS) == set(shipped())
    for facts in ENDPOINTS.values():
        assert facts["source"]
        assert facts.get("also", {"source": "none"})["source"]


@pytest.mark.parametrize("contract", shipped().values(), ids=lambda contract: contract.id)
def test_parameters_are_as_stated(contract: Contract) -> None:
    found = {name: written(parameter) for name, parameter in contract.parameters.items()}
    assert found == stated(ENDPOINTS[contract.id])


@pytest.mark.parametrize("contract", shipped().values(), ids=lambda contract: contract.id)
def test_what_goes_together_and_what_comes_back_are_as_stated(contract: Contract) -> None:
    facts = ENDPOINTS[contract.id]
    if "output" in facts:
        paths = {contract.output.video, contract.output.seed, contract.output.prompt}
        names = {path.partition(".")[0] for path in paths if path}
        assert names == set(facts["output"])
    exclusive = {"exactly_one_of", "mutually_exclusive"}
    for rule in facts.get("rules", ()):
        if rule["rule"] in exclusive:
            assert [set(e.parameters) for e in contract.exclusions] == [set(rule["params"])]
        elif rule["rule"] == "requires":
            (coupling,) = contract.couplings
            assert {name: list(v) for name, v in coupling.when.items()} == rule["when"]
            assert {name: list(v) for name, v in coupling.then.items()} == {
                name: [value] for name, value in rule["then"].items()
            }
        elif rule["rule"] == "at_most_one_element_with":
            assert contract.elements
            assert rule["params"] == [
                f"{contract.roles[Role.ELEMENTS]}[].{contract.elements.video}"
            ]
        else:
            assert rule["rule"] == "same_limits_as"
    rules = {rule["rule"] for rule in facts.get("rules", ())}
    assert bool(contract.couplings) == ("requires" in rules)
    # Of text-to-video endpoints the table has no rules.
    assert bool(contract.exclusions) == bool(rules & exclusive) or not contract.takes_anchors


@pytest.mark.parametrize("contract", shipped().values(), ids=lambda contract: contract.id)
def test_how_many_references_an_element_takes_is_as_stated(contract: Contract) -> None:
    fields = {
        field["name"]: field["items"]
        for entry in ENDPOINTS[contract.id]["params"]
        for field in entry.get("fields", ())
        if "items" in field
    }
    elements = contract.elements
    assert fields == ({elements.references: [1, elements.max_references]} if elements else {})


def test_a_slip_of_the_hand_is_found() -> None:
    contract = shipped()["fal-ai/wan/v2.7/image-to-video"]
    facts = stated(ENDPOINTS[contract.id])
    for name, parameter in contract.parameters.items():
        for slip in (
            replace(parameter, required=not parameter.required),
            replace(parameter, default="slip"),
            replace(parameter, kind=Kind.OBJECT),
            replace(parameter, values=(*parameter.values, "slip")),
            replace(parameter, max_megabytes=21),
            replace(parameter, formats=("tiff",)),
        ):
            assert written(slip) != facts[name]
