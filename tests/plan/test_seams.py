"""What meets at a seam: rates, sizes and shapes, of clips that are made and of footage."""

from dataclasses import replace
from fractions import Fraction

import pytest

from films import HEAD, KLING, LTX, SEEDANCE, found
from matchcut.endpoints.contract import Contract
from matchcut.endpoints.load import shipped
from matchcut.frames.types import ClipInfo, Matrix
from matchcut.plan.types import Media

A = "  - {id: a, start: a.jpg, prompt: x}\n"
HERO = "  - {id: h, hero: true, start: h.jpg, prompt: x}\n"
ON_SEEDANCE = f"  - {{id: a, endpoint: {SEEDANCE}, start: a.jpg, prompt: x}}\n"
THEN_LTX = f"  - {{id: b, prompt: x, endpoint: {LTX}, duration: 6, resolution: 1080p}}\n"


def footage(width: int, height: int, rate: Fraction) -> ClipInfo:
    return ClipInfo(
        width=width,
        height=height,
        frames=24,
        rate=rate,
        variable=False,
        start=Fraction(0),
        duration=Fraction(1),
        codec="h264",
        pixel_format="yuv420p",
        bit_depth=8,
        matrix=Matrix.BT709,
        matrix_tagged=True,
        full_range=False,
        has_sound=False,
    )


def test_a_seam_of_two_rates_names_a_canvas_that_both_can_make() -> None:
    shots = ON_SEEDANCE + THEN_LTX
    (one,) = found("seam.rates", shots, HEAD.replace("24}", "48}"))
    assert "at 48 frames a second where `a` had 24" in one.message
    assert "Set the canvas to 24 fps" in one.fix
    assert found("seam.rates", shots) == []


@pytest.mark.parametrize(
    ("rate", "joined", "count"),
    [
        (Fraction(60), "", 1),
        (Fraction(60), "join: cut, start: a.jpg, ", 0),
        (Fraction(24000, 1001), "", 0),
        (Fraction(24), "", 0),
    ],
)
def test_footage_meets_what_is_made_after_it(rate: Fraction, joined: str, count: int) -> None:
    shots = f"  - {{id: a, clip: a.mp4}}\n  - {{id: b, {joined}prompt: x, endpoint: {SEEDANCE}}}\n"
    clip = footage(1280, 720, rate)
    assert len(found("seam.rates", shots, media=Media(clips={"a.mp4": clip}))) == count
    variable = replace(clip, variable=True)
    assert found("seam.rates", shots, media=Media(clips={"a.mp4": variable})) == []


def test_larger_footage_turns_softer_in_what_goes_on_from_it() -> None:
    shots = "  - {id: a, clip: a.mp4}\n  - {id: b, prompt: x}\n"
    large = Media(clips={"a.mp4": footage(1920, 1080, Fraction(24))})
    (one,) = found("seam.softer", shots, media=large)
    assert "`b` has 720 lines and goes on from `a` with 1080" in one.message
    small = Media(clips={"a.mp4": footage(640, 360, Fraction(24))})
    assert found("seam.softer", shots, media=small) == []


def test_no_fall_is_claimed_where_an_endpoint_chooses_the_size_itself() -> None:
    shots = A.replace("prompt", "resolution: 1080p, prompt")
    assert found("seam.softer", shots + f"  - {{id: b, prompt: x, endpoint: {KLING}}}\n") == []


def shaped_contract(offered: str) -> Contract:
    """Seedance as it would be if it made clips of one shape only."""
    known = shipped()[SEEDANCE]
    only = replace(known.parameters["aspect_ratio"], values=(offered,), default=offered)
    return replace(known, parameters={**known.parameters, "aspect_ratio": only})


ON_ONE_SHAPE = f"  - {{id: b, prompt: x, endpoint: {SEEDANCE}}}\n"


@pytest.mark.parametrize(
    ("shots", "offered", "places"),
    [
        (A + ON_ONE_SHAPE, "4:3", [1]),
        (A + ON_ONE_SHAPE, "16:9", []),
        (A + ON_ONE_SHAPE.replace("prompt", "join: cut, start: b.jpg, prompt"), "4:3", []),
        (ON_ONE_SHAPE.replace("prompt", "start: a.jpg, prompt") + HERO, "4:3", [0]),
        (A + "  - {id: b, prompt: x}\n", "4:3", []),
    ],
)
def test_a_clip_of_another_shape_than_what_is_pinned_to_it_is_found(
    shots: str, offered: str, places: list[int]
) -> None:
    seen = found("seam.shapes", shots, contract=shaped_contract(offered))
    assert [finding.path for finding in seen] == [("shots", place) for place in places]
    assert all("1.33 times as wide" in finding.message for finding in seen)
