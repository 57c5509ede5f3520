"""Rules follow contracts, whatever is in them: shipped ones, and some that nobody ships."""

from dataclasses import replace
from datetime import date

import pytest

from films import HEAD, KLING, LTX_FAST, SEEDANCE, WAN, film, found
from matchcut.endpoints.contract import Contract, Coupling, Elements, Refusal, Role
from matchcut.endpoints.load import shipped
from matchcut.findings import Finding, Severity
from matchcut.frames.types import StillInfo
from matchcut.plan.build import build_plan
from matchcut.plan.types import Media

A = "  - {id: a, start: a.jpg, prompt: x}\n"
ON_KLING = f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x}}\n"


@pytest.mark.parametrize(
    ("shots", "order"),
    [
        ("duration: 12, resolution: 1080p", "`duration: 10`, or a canvas of 25 fps."),
        (
            "duration: 20, resolution: 1440p",
            "`duration: 10`, or a canvas of 25 fps and `resolution: 1080p`.",
        ),
    ],
)
def test_what_must_change_together_is_named_the_nearest_first(shots: str, order: str) -> None:
    text = f"  - {{id: a, endpoint: {LTX_FAST}, start: a.jpg, prompt: x, {shots}}}\n"
    (one,) = found("request.coupled", text)
    assert one.fix == f"Write {order}"
    right = HEAD.replace("fps: 24", "fps: 25")
    assert bool(found("request.coupled", text, right)) == ("1440p" in shots)


def test_a_coupling_by_hand_is_mended_in_options() -> None:
    wan = shipped()[WAN]
    rule = Coupling(
        when={"resolution": ("1080p",)},
        then={"enable_safety_checker": (True,)},
        source="made up",
        read=date(2026, 1, 1),
    )
    odd = replace(wan, couplings=(rule,))
    shots = A.replace(
        "prompt", "resolution: 1080p, options: {enable_safety_checker: false}, prompt"
    )
    (one,) = found("request.coupled", shots, contract=odd)
    assert one.fix == ("Write `options: {enable_safety_checker: true}`, or `resolution: 720p`.")
    assert found("request.coupled", shots.replace("false", "true"), contract=odd) == []


def test_people_are_told_who_does_not_refuse_them() -> None:
    shots = f"  - {{id: a, endpoint: {SEEDANCE}, start: a.jpg, prompt: '{{mara}} runs'}}\n"
    (one,) = found("people.refused", shots)
    assert "photographic people" in one.message
    assert "{mara}" in one.message
    others = one.fix.partition("(")[2].partition(")")[0].split(", ")
    assert others
    assert all(not shipped()[name].refusals for name in others)
    assert all(Role.START in shipped()[name].roles for name in others)
    assert "cutaway" in one.fix


def test_other_refusals_are_not_taken_for_people() -> None:
    weapons = Refusal(what="weapons", roles=(Role.START,), source="made up", read=date(2026, 1, 1))
    odd = replace(shipped()[WAN], refusals=(weapons,))
    assert (
        found("people.refused", A.replace("prompt: x", "prompt: '{mara} runs'"), contract=odd) == []
    )


@pytest.mark.parametrize(
    ("wire", "rule", "cure"),
    [
        ("elements", "elements.missing", "`frontal`"),
        ("cfg_scale", "option.missing", "`cfg_scale`"),
        ("shot_type", "", ""),
    ],
)
def test_what_an_endpoint_must_have_is_missed(wire: str, rule: str, cure: str) -> None:
    kling = shipped()[KLING]
    parameter = replace(kling.parameters[wire], required=True)
    if rule:
        parameter = replace(parameter, default=None)
    odd = replace(kling, parameters={**kling.parameters, wire: parameter})
    missed = [f for f in _all(odd, ON_KLING) if f.id.endswith(".missing")]
    assert [finding.id for finding in missed] == [rule] * bool(rule)
    assert all(cure in finding.fix for finding in missed)
    given = "options: {cfg_scale: 0.7}, prompt: '{mara} runs'"
    whole = _all(odd, ON_KLING.replace("prompt: x", given))
    assert not [f for f in whole if f.id.endswith(".missing")]


def test_an_anchor_that_is_not_taken_as_png_is_said_to_be_converted() -> None:
    chained = A + "  - {id: b, prompt: x}\n  - {id: c, prompt: x}\n"
    assert found("anchor.format", A, contract=_formats("jpeg")) == [], (
        "a still of the user's, not an anchor"
    )
    (one,) = found("anchor.format", chained, contract=_formats("jpeg"))
    assert one.severity is Severity.INFO
    assert "as jpeg" in one.message
    (one,) = found("anchor.format", chained, contract=_formats("avif"))
    assert one.severity is Severity.ERROR
    assert found("anchor.format", chained, contract=_formats("jpg", "png")) == []


def test_a_picture_that_cannot_be_converted_is_refused() -> None:
    still = StillInfo(width=160, height=90, format="jpeg", bytes=10, sha256="")
    media = Media(stills={"a.jpg": still})
    (one,) = found("still.format", A, media=media, contract=_formats("avif"))
    assert one.severity is Severity.ERROR
    assert found("still.format", A, media=media, contract=_formats("jpg")) == []


def test_tags_follow_the_contract_and_not_one_spelling() -> None:
    odd = replace(
        shipped()[KLING],
        elements=Elements(
            tag="<<{n}>>", frontal="frontal_image_url", references="r", max_references=3
        ),
    )
    own = ON_KLING.replace("prompt: x", "prompt: '{mara} meets <<2>>'")
    (one,) = found("element.no-such", own, contract=odd)
    assert "`<<2>>`" in one.message
    assert "1 element will be sent" in one.message
    assert found("element.no-such", own.replace("<<2>>", "<<1>>"), contract=odd) == []


def _formats(*formats: str) -> Contract:
    wan = shipped()[WAN]
    start = replace(wan.parameters["image_url"], formats=formats)
    return replace(wan, parameters={**wan.parameters, "image_url": start})


def _all(contract: Contract, shots: str) -> tuple[Finding, ...]:
    return build_plan(film(shots), {**shipped(), contract.id: contract}).findings
