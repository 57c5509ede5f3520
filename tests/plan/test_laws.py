"""Laws over every shipped contract: a shot without an error asks for what the contract takes."""

import os
import subprocess
import sys
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from films import HEAD, film
from matchcut.endpoints.contract import Contract, Kind, Parameter
from matchcut.endpoints.load import shipped
from matchcut.findings import Severity
from matchcut.plan.build import build_plan

ENDPOINTS = sorted(shipped())
TYPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.STRING: str,
    Kind.INTEGER: int,
    Kind.NUMBER: (int, float),
    Kind.BOOLEAN: bool,
    Kind.URL: str,
    Kind.OBJECTS: list,
}
KEYS = st.fixed_dictionaries(
    {"endpoint": st.sampled_from(ENDPOINTS)},
    optional={
        "duration": st.sampled_from([2, 4, 5, 6, 7, 8, 10, 12, 20, 4.5]),
        "resolution": st.sampled_from(["480p", "720p", "1080p", "1440p", "2160p", "4k", "768P"]),
        "seed": st.sampled_from([42, 4_000_000_000]),
        "audio": st.booleans(),
        "start": st.just("a.jpg"),
        "join": st.sampled_from(["match", "cut", "continue", "still"]),
        "end": st.just("e.jpg"),
        "hero": st.booleans(),
        "options": st.dictionaries(
            st.sampled_from(["cfg_scale", "multi_prompt", "negative_prompt", "image_url", "seed"]),
            st.sampled_from([0.5, "x", True, 7]),
            max_size=2,
        ),
    },
)
RATES = st.sampled_from(["24", "25", "30", '"24000/1001"', "60"])


def written(shots: list[dict[str, Any]]) -> str:
    lines = [
        {"id": f"s{number}", "prompt": "'{mara} runs'", **shot} for number, shot in enumerate(shots)
    ]
    return "".join(f"  - {_yaml(line)}\n" for line in lines)


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(entry)}" for key, entry in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def wrong(contract: Contract, arguments: dict[str, Any]) -> list[str]:
    """What of a request the contract does not take, by a check that shares no code with binding."""
    found = [name for name, value in arguments.items() if _unfit(contract, name, value)]
    found += [
        name
        for name, parameter in contract.parameters.items()
        if parameter.required and parameter.default is None and name not in arguments
    ]
    found += ["exclusion" for rule in contract.exclusions if set(rule.parameters) <= set(arguments)]
    whole = {name: parameter.default for name, parameter in contract.parameters.items()} | arguments
    found += [
        "coupling"
        for rule in contract.couplings
        if all(whole[name] in values for name, values in rule.when.items())
        and not all(whole[name] in values for name, values in rule.then.items())
    ]
    return found


def _unfit(contract: Contract, name: str, value: Any) -> bool:
    parameter: Parameter | None = contract.parameters.get(name)
    if parameter is None or not isinstance(value, TYPES[parameter.kind]):
        return True
    if isinstance(value, bool) != (parameter.kind is Kind.BOOLEAN):
        return True
    if parameter.values and value not in parameter.values:
        return True
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return True
    return parameter.max_characters is not None and len(value) > parameter.max_characters


@given(st.lists(KEYS, min_size=1, max_size=4), RATES)
def test_a_shot_without_an_error_asks_for_what_the_contracts_take(
    shots: list[dict[str, Any]], rate: str
) -> None:
    head = HEAD.replace("fps: 24", f"fps: {rate}").replace(", resolution: 720p", "")
    planned = build_plan(film(written(shots), head), shipped())
    for finding in planned.findings:
        assert finding.message
        assert finding.fix
    refused = {f.path[1] for f in planned.findings if f.severity is Severity.ERROR}
    for shot in planned.shots:
        if shot.index not in refused:
            assert shot.request is not None
            assert shot.expectation is not None
            contract = shipped()[shot.request.endpoint]
            assert wrong(contract, dict(shot.request.arguments)) == []


def test_a_plan_does_not_hang_on_the_order_of_sets() -> None:
    """Found by running it twice, with names hashed otherwise."""
    cast = ", ".join(f"{name}: {{subject: {name}, references: [x.jpg]}}" for name in NAMES)
    head = HEAD.replace("cast: {", f"cast: {{{cast}, ")
    said = " ".join(f"{{{name}}}" for name in NAMES)
    kling = "fal-ai/kling-video/v3/pro/image-to-video"
    text = head + "".join(
        f"  - {{id: s{n}, endpoint: {kling}, prompt: '{said}'}}\n" for n in range(5)
    )
    plans = {
        subprocess.run(
            [sys.executable, "-c", PLAN, text],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    (one,) = plans
    assert len(one.splitlines()) > 2 * len(NAMES)


NAMES = ("ada", "ben", "cleo", "dan", "eve")
PLAN = """
import sys
from matchcut.endpoints.load import shipped
from matchcut.film.read import read_film
from matchcut.plan.build import build_plan

for finding in build_plan(read_film(sys.argv[1].encode(), "film.yaml").film, shipped()).findings:
    print(finding)
"""
