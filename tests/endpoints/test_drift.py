"""What an endpoint's live document has that its contract has not, and the other way round."""

from dataclasses import replace
from decimal import Decimal

import pytest

from endpoints.openapi_documents import read_file
from matchcut.endpoints.contract import Contract, Kind, Output, Parameter
from matchcut.endpoints.drift import drift
from matchcut.endpoints.load import shipped

CONTRACT = read_file("vidu-q3.json")
SIZES = ("360p", "540p", "720p", "1080p")


def live(**changes: Parameter | None) -> Contract:
    """The contract with other parameters; None takes one away."""
    parameters = {**CONTRACT.parameters, **changes}
    return replace(
        CONTRACT, parameters={name: one for name, one in parameters.items() if one is not None}
    )


@pytest.mark.parametrize("contract", shipped().values(), ids=lambda c: c.id)
def test_a_contract_has_not_drifted_from_itself(contract: Contract) -> None:
    assert drift(contract, contract) == ()


@pytest.mark.parametrize(
    ("name", "now", "severity", "says"),
    [
        ("end_image_url", None, "error", "not there any more"),
        ("cfg", Parameter(kind=Kind.NUMBER, default=Decimal("0.5")), "info", "new: number, 0.5"),
        ("cfg", Parameter(kind=Kind.NUMBER, required=True), "error", "new, and must be given"),
        (
            "duration",
            Parameter(kind=Kind.STRING, default="5"),
            "error",
            "was integer and is string",
        ),
        ("end_image_url", Parameter(kind=Kind.URL, required=True), "error", "must be given now"),
        ("image_url", Parameter(kind=Kind.URL), "info", "need not be given"),
        (
            "resolution",
            Parameter(kind=Kind.STRING, values=SIZES[:3], default="720p"),
            "error",
            "does not take 1080p any more",
        ),
        (
            "resolution",
            Parameter(kind=Kind.STRING, values=(*SIZES, "4k"), default="720p"),
            "info",
            "takes 4k too",
        ),
        (
            "resolution",
            Parameter(kind=Kind.STRING, default="720p"),
            "warning",
            "not listed any more",
        ),
        (
            "resolution",
            Parameter(kind=Kind.STRING, values=SIZES, default="1080p"),
            "warning",
            "default was 720p and is 1080p",
        ),
        (
            "audio",
            Parameter(kind=Kind.BOOLEAN, default=False),
            "warning",
            "default was True and is False",
        ),
        (
            "duration",
            Parameter(kind=Kind.INTEGER, values=(5, 10), default=5),
            "warning",
            "nothing but 5, 10",
        ),
        (
            "prompt",
            Parameter(kind=Kind.STRING, max_characters=500, default=""),
            "error",
            "longest text was 2000 and is 500",
        ),
        (
            "prompt",
            Parameter(kind=Kind.STRING, max_characters=5000, default=""),
            "info",
            "longest text was 2000 and is 5000",
        ),
        (
            "duration",
            Parameter(kind=Kind.INTEGER, default=5, maximum=Decimal(8)),
            "error",
            "largest value was not stated and is 8",
        ),
    ],
)
def test_one_thing_that_differs_is_one_difference(
    name: str, now: Parameter | None, severity: str, says: str
) -> None:
    (difference,) = drift(CONTRACT, live(**{name: now}))
    assert difference.where == name
    assert difference.severity.value == severity
    assert says in difference.message
    assert difference.to_json()["message"] == difference.message


@pytest.mark.parametrize(
    ("name", "was", "now"),
    [
        # The same lengths, once listed and once by their ends.
        (
            "duration",
            Parameter(kind=Kind.INTEGER, values=(2, 3, 4, 5)),
            Parameter(kind=Kind.INTEGER, minimum=Decimal(2), maximum=Decimal(5)),
        ),
        # The endpoint map leaves out what is off or zero.
        ("audio", Parameter(kind=Kind.BOOLEAN), Parameter(kind=Kind.BOOLEAN, default=False)),
        ("prompt", Parameter(kind=Kind.STRING), Parameter(kind=Kind.STRING, default="")),
        # A limit may come from a page that is no document.
        ("prompt", Parameter(kind=Kind.STRING, max_characters=9), Parameter(kind=Kind.STRING)),
        ("seed", Parameter(kind=Kind.INTEGER, minimum=Decimal(0)), Parameter(kind=Kind.INTEGER)),
        # A file's limits are in words, and an address is text.
        ("image_url", Parameter(kind=Kind.URL, max_megabytes=5), Parameter(kind=Kind.STRING)),
        # A type that is not understood says nothing.
        ("audio", Parameter(kind=Kind.BOOLEAN), Parameter(kind=Kind.ANY)),
    ],
)
def test_what_says_the_same_is_no_difference(name: str, was: Parameter, now: Parameter) -> None:
    one = replace(CONTRACT, parameters={name: was})
    assert drift(one, replace(CONTRACT, parameters={name: now})) == ()


def test_bounds_that_are_not_the_listed_lengths_differ() -> None:
    was = Parameter(kind=Kind.INTEGER, values=(2, 3, 4, 5))
    now = Parameter(kind=Kind.INTEGER, minimum=Decimal(2), maximum=Decimal(6))
    (difference,) = drift(
        replace(CONTRACT, parameters={"d": was}), replace(CONTRACT, parameters={"d": now})
    )
    assert difference.message == "it takes 6 too"


def test_text_and_number_are_different_values() -> None:
    was = Parameter(kind=Kind.ANY, values=(5, 10))
    now = Parameter(kind=Kind.ANY, values=("5", "10"))
    found = drift(
        replace(CONTRACT, parameters={"d": was}), replace(CONTRACT, parameters={"d": now})
    )
    assert [difference.severity.value for difference in found] == ["error", "info"]


def test_fields_of_an_element() -> None:
    was = Parameter(kind=Kind.OBJECTS, fields=("frontal_image_url", "voice_id"))
    now = Parameter(kind=Kind.OBJECTS, fields=("frontal_image_url", "name"))
    lost, new = drift(
        replace(CONTRACT, parameters={"e": was}), replace(CONTRACT, parameters={"e": now})
    )
    assert "lost the fields voice_id" in lost.message
    assert "new fields name" in new.message


def test_where_the_clip_stands_in_the_answer() -> None:
    there = replace(CONTRACT.output, video="videos.0.url", seed="seed")
    moved, seed = drift(CONTRACT, replace(CONTRACT, output=there))
    assert (moved.severity.value, moved.where) == ("error", "output")
    assert "video.url" in moved.message
    assert seed.severity.value == "info"
    back = drift(replace(CONTRACT, output=there), CONTRACT)
    assert [one.severity.value for one in back] == ["error", "warning"]


def test_what_no_document_states_is_not_compared() -> None:
    output = CONTRACT.output
    other = replace(
        CONTRACT,
        name="Other",
        notes=("a note",),
        inferred=(),
        output=Output(video=output.video, source="elsewhere", read=output.read),
    )
    assert drift(CONTRACT, other) == ()
