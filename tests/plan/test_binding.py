"""Binding by contracts that nobody ships, and wire names that are written by hand."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from films import KLING, LTX, SEEDANCE, WAN
from matchcut.endpoints.bind import Bound, Wants, bind, names_elsewhere
from matchcut.endpoints.contract import Contract, Kind, Parameter, Role
from matchcut.endpoints.load import shipped
from matchcut.endpoints.offered import lines
from matchcut.findings import Severity

WANTS = Wants(prompt="x", aspect=Fraction(16, 9), rate=Fraction(24), duration=Decimal(6))


def bound(contract: Contract, **wants: Any) -> Bound:
    return bind(contract, replace(WANTS, **wants), names_elsewhere(shipped().values()))


def with_role(role: Role, parameter: Parameter, endpoint: str = WAN) -> Contract:
    """A shipped contract with one parameter more, `wire`, that plays a role."""
    contract = shipped()[endpoint]
    return replace(
        contract,
        roles={**contract.roles, role: "wire"},
        parameters={**contract.parameters, "wire": parameter},
    )


@pytest.mark.parametrize(
    ("endpoint", "name", "says", "cure"),
    [
        (KLING, "image_url", "its name there is `start_image_url`", "`start`"),
        (KLING, "first_frame_url", "its name there is `start_image_url`", "`start`"),
        (KLING, "last_frame_url", "its name there is `end_image_url`", "`end`"),
        (WAN, "start_image_url", "its name there is `image_url`", "`start`"),
        (WAN, "prompt_optimizer", "is `enable_prompt_expansion`", "`enable_prompt_expansion`"),
        (KLING, "video_url", "it takes no clip to continue", "an endpoint that has it"),
        (KLING, "seed", "it takes no seed", "Remove it"),
        (LTX, "negative_prompt", "it takes no negative prompt", "Remove it"),
        (WAN, "end_image_ur", "no parameter", "Did you mean `end_image_url`? matchcut binds it"),
        (KLING, "cfg_scal", "has no parameter `cfg_scal`", "Did you mean `cfg_scale`?"),
        (SEEDANCE, "resolutoin", "no parameter", "`resolution`? matchcut binds it"),
        (SEEDANCE, "xyz", "no parameter", "It has bitrate_mode, end_user_id."),
    ],
)
def test_a_name_by_hand_that_is_wrong_there_is_told_the_right_one(
    endpoint: str, name: str, says: str, cure: str
) -> None:
    got = bound(shipped()[endpoint], options={name: "x"})
    assert name not in got.arguments
    (problem,) = got.problems
    assert (problem.id, problem.key, problem.severity) == (
        "option.unknown",
        name,
        Severity.ERROR,
    )
    assert says in problem.message
    assert cure in problem.fix


def test_a_name_with_two_roles_elsewhere_is_told_the_one_it_can_have_here() -> None:
    names = {"frames": (Role.ELEMENTS, Role.START)}
    got = bind(shipped()[WAN], replace(WANTS, options={"frames": "x"}), names)
    assert "its name there is `image_url`" in got.problems[0].message


@pytest.mark.parametrize(
    ("parameter", "asked", "sent", "cure"),
    [
        (Parameter(kind=Kind.INTEGER), "6", 6, ""),
        (Parameter(kind=Kind.INTEGER, maximum=Decimal(5)), "6", None, "5 s"),
        (Parameter(kind=Kind.INTEGER, minimum=Decimal(8)), "6", None, "8 s"),
        (Parameter(kind=Kind.INTEGER), "6.5", None, "7 s"),
        (Parameter(kind=Kind.NUMBER), "6.5", 6.5, ""),
        (Parameter(kind=Kind.STRING), "6", "6", ""),
        (Parameter(kind=Kind.STRING, default="5s"), "6.5", "6.5s", ""),
        (Parameter(kind=Kind.NUMBER, values=(Decimal("6.5"), 8)), "6.5", 6.5, ""),
        (Parameter(kind=Kind.STRING, values=("4s", "8s")), "5", None, "or for 8 s; `use` shows"),
        (Parameter(kind=Kind.STRING, values=("auto",)), "5", None, "auto"),
    ],
)
def test_a_length_follows_what_the_parameter_says_of_itself(
    parameter: Parameter, asked: str, sent: object, cure: str
) -> None:
    got = bound(with_role(Role.DURATION, parameter), duration=Decimal(asked))
    assert got.arguments.get("wire") == sent
    assert type(got.arguments.get("wire")) is type(sent)
    assert [problem.id for problem in got.problems] == ["duration.not-offered"] * bool(cure)
    assert all(cure in problem.fix for problem in got.problems)
    assert got.seconds == (Decimal(asked) if sent else None)


def test_an_endpoint_that_takes_no_length_is_refused() -> None:
    contract = shipped()[WAN]
    roles = {role: name for role, name in contract.roles.items() if role is not Role.DURATION}
    got = bound(replace(contract, roles=roles))
    assert [problem.id for problem in got.problems] == ["duration.unknown"]
    assert got.seconds is None


@pytest.mark.parametrize(
    ("parameter", "canvas", "sent", "rate", "warned"),
    [
        (Parameter(kind=Kind.INTEGER, values=(24, 25)), Fraction(25), 25, Fraction(25), False),
        (Parameter(kind=Kind.INTEGER, values=(24, 25)), Fraction(60), 25, Fraction(25), True),
        (Parameter(kind=Kind.STRING, values=("16", "24")), Fraction(24), "24", Fraction(24), False),
        (
            Parameter(kind=Kind.INTEGER, minimum=Decimal(4), maximum=Decimal(30)),
            Fraction(48),
            30,
            Fraction(30),
            True,
        ),
        (
            Parameter(kind=Kind.INTEGER),
            Fraction(24000, 1001),
            24,
            Fraction(24),
            True,
        ),
        (
            Parameter(kind=Kind.NUMBER),
            Fraction(24000, 1001),
            24000 / 1001,
            Fraction(24000, 1001),
            False,
        ),
    ],
)
def test_a_rate_that_cannot_be_had_is_the_nearest_and_a_warning(
    parameter: Parameter, canvas: Fraction, sent: object, rate: Fraction, *, warned: bool
) -> None:
    got = bound(with_role(Role.FPS, parameter), rate=canvas)
    assert got.arguments["wire"] == sent
    assert got.rate == rate
    assert [(p.id, p.severity) for p in got.problems] == [
        ("fps.not-offered", Severity.WARNING)
    ] * warned


def test_a_rate_by_words_only_is_left_to_the_endpoint() -> None:
    smooth = Parameter(kind=Kind.STRING, values=("slow", "fast"), default="slow")
    got = bound(with_role(Role.FPS, smooth))
    assert got.arguments["wire"] == "slow"
    assert got.problems == ()


@pytest.mark.parametrize(
    ("name", "height"),
    [("720p", 720), ("768P", 768), ("4k", 2160), ("auto", None), ("p", None), ("\u00b2p", None)],
)
def test_a_resolution_is_read_by_its_name(name: str, height: int | None) -> None:
    assert lines(name) == height


def test_a_shape_without_a_list_is_the_canvas() -> None:
    got = bound(with_role(Role.ASPECT, Parameter(kind=Kind.STRING)))
    assert got.arguments["wire"] == "16:9"


@pytest.mark.parametrize(
    ("role", "parameter", "sent"),
    [
        (Role.EXPANSION, Parameter(kind=Kind.BOOLEAN, default=True), False),
        (Role.EXPANSION, Parameter(kind=Kind.STRING, values=("enabled", "disabled")), "disabled"),
        (Role.EXPANSION, Parameter(kind=Kind.STRING, values=("some", "more")), None),
        (Role.AUDIO, Parameter(kind=Kind.STRING, values=("on", "off")), "on"),
        (Role.AUDIO, Parameter(kind=Kind.BOOLEAN), True),
    ],
)
def test_a_switch_is_sent_in_the_endpoints_own_words(
    role: Role, parameter: Parameter, sent: object
) -> None:
    got = bound(with_role(role, parameter), audio=True)
    assert got.arguments.get("wire") == sent
    assert got.problems == ()


@pytest.mark.parametrize(("low", "high", "word"), [(50, None, "larger"), (None, 6, "smaller")])
def test_a_seed_stays_in_its_range(low: int | None, high: int | None, word: str) -> None:
    parameter = Parameter(
        kind=Kind.INTEGER,
        minimum=None if low is None else Decimal(low),
        maximum=None if high is None else Decimal(high),
    )
    (problem,) = bound(with_role(Role.SEED, parameter), seed=42).problems
    assert problem.id == "seed.out-of-range"
    assert word in problem.fix


@pytest.mark.parametrize(
    ("parameter", "good", "bad", "takes"),
    [
        (Parameter(kind=Kind.BOOLEAN), True, 1, "true or false"),
        (Parameter(kind=Kind.INTEGER, minimum=Decimal(2)), 2, 1, "a whole number from 2"),
        (Parameter(kind=Kind.INTEGER), 3, 3.5, "a whole number"),
        (Parameter(kind=Kind.NUMBER, maximum=Decimal(1)), 0.5, 1.5, "a number up to 1"),
        (Parameter(kind=Kind.NUMBER), Decimal("0.7"), True, "a number"),
        (Parameter(kind=Kind.NUMBER, values=(Decimal("0.7"),)), 0.7, 0.8, "0.7"),
        (Parameter(kind=Kind.STRING, max_characters=2), "ab", "abc", "text of up to 2 characters"),
        (Parameter(kind=Kind.STRING, values=("a", "b")), "b", "c", "a, b"),
        (Parameter(kind=Kind.URL), "https://a.example/b", "b.jpg", "an `https` address"),
        (Parameter(kind=Kind.URLS), ["https://a.example/b"], ["b"], "a list of `https` addresses"),
        (Parameter(kind=Kind.OBJECT, fields=("a",)), {"a": 1}, {"b": 1}, "a mapping with a"),
        (Parameter(kind=Kind.OBJECTS, fields=("a",)), [{"a": 1}], [{"b": 1}], "a list of mappings"),
    ],
)
def test_an_option_is_of_the_kind_that_the_contract_says(
    parameter: Parameter, good: object, bad: object, takes: str
) -> None:
    contract = shipped()[WAN]
    odd = replace(contract, parameters={**contract.parameters, "odd": parameter})
    assert bound(odd, options={"odd": good}).problems == ()
    (problem,) = bound(odd, options={"odd": bad}).problems
    assert problem.id == "option.wrong-value"
    assert takes in problem.fix


def test_an_option_of_an_unknown_kind_is_sent_as_it_is_written() -> None:
    contract = shipped()[WAN]
    odd = {**contract.parameters, "odd": Parameter(kind=Kind.ANY)}
    written = {"a": [Decimal("0.5"), "x", None]}
    got = bound(replace(contract, parameters=odd), options={"odd": written})
    assert got.arguments["odd"] == {"a": [0.5, "x", None]}
    assert got.problems == ()


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"elements": [{"video_url": "https://a.example/v"}]}, ["option.own-word"]),
        (
            {"elements": [{"video_url": "a"}, {"video_url": "b"}]},
            ["option.own-word", "element.second-video"],
        ),
        ({"duration": "auto"}, ["duration.unknown"]),
        ({"duration": "5"}, ["option.own-word"]),
        ({"generate_audio": True}, ["option.own-word"]),
    ],
)
def test_what_matchcut_binds_is_not_given_by_hand(
    options: Mapping[str, object], ids: list[str]
) -> None:
    problems = bound(shipped()[KLING], options=options).problems
    assert [problem.id for problem in problems] == ids


def test_expansion_that_is_asked_for_beside_an_end_is_warned_of_in_any_words() -> None:
    words = Parameter(kind=Kind.STRING, values=("enabled", "disabled", "auto"))
    odd = with_role(Role.EXPANSION, words)
    for value, ids in (("auto", ["end.expansion"]), ("disabled", [])):
        got = bound(odd, end="still://e.jpg", options={"wire": value})
        assert [problem.id for problem in got.problems] == ids
    assert bound(odd, options={"wire": "auto"}).problems == ()


def test_a_length_in_frames_follows_from_the_rate() -> None:
    counted = Parameter(kind=Kind.INTEGER, minimum=Decimal(17), maximum=Decimal(161), default=81)
    both = with_role(Role.FRAMES, counted)
    roles = {role: name for role, name in both.roles.items() if role is not Role.DURATION}
    contract = replace(both, roles=roles)
    timed = replace(contract, output=replace(contract.output, rate=Fraction(16)))
    got = bound(timed, duration=Decimal(5))
    assert got.arguments["wire"] == 80
    assert got.seconds == 5
    assert not got.problems
    short = bound(timed, duration=Decimal(1))
    assert [problem.id for problem in short.problems] == ["duration.not-offered"]
    assert "17 frames" in short.problems[0].fix
    unknown = replace(contract, output=replace(contract.output, rate=None))
    assert [p.id for p in bound(unknown, duration=Decimal(5)).problems] == ["duration.unknown"]


def test_an_endpoint_of_one_length_takes_no_other() -> None:
    contract = shipped()["fal-ai/minimax/hailuo-02/pro/image-to-video"]
    assert bound(contract, duration=Decimal(6)).seconds == 6
    assert not bound(contract, duration=Decimal(6)).problems
    other = bound(contract, duration=Decimal(5))
    assert [problem.id for problem in other.problems] == ["duration.not-offered"]
