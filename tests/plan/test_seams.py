"""What meets at a seam: rates, sizes and shapes, of clips that are made and of footage."""

from dataclasses import replace
from fractions import Fraction

import pytest

from films import HEAD, KLING, LTX, SEEDANCE, found
from matchcut.frames.types import ClipInfo, Matrix, StillInfo
from matchcut.plan.types import Media

A = "  - {id: a, start: a.jpg, prompt: x}\n"
HERO = "  - {id: h, hero: true, start: h.jpg, prompt: x}\n"
ON_SEEDANCE = f"  - {{id: a, endpoint: {SEEDANCE}, start: a.jpg, prompt: x}}\n"
THEN_LTX = f"  - {{id: b, prompt: x, endpoint: {LTX}, duration: 6, resolution: 1080p}}\n"


def still(width: int, height: int) -> StillInfo:
    return StillInfo(width=width, height=height, format="png", bytes=10, sha256="")


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


@pytest.mark.parametrize(
    ("shots", "stills", "places"),
    [
        (A + "  - {id: b, prompt: x}\n" + HERO, {"a.jpg": (1280, 720), "h.jpg": (640, 480)}, [2]),
        (A + "  - {id: b, prompt: x}\n" + HERO, {"a.jpg": (1280, 720), "h.jpg": (1920, 1088)}, []),
        (A + "  - {id: b, prompt: x}\n" + HERO, {"h.jpg": (640, 480)}, []),
        (
            A.replace("prompt", "end: e.jpg, prompt") + "  - {id: b, join: still, prompt: x}\n",
            {"a.jpg": (1280, 720), "e.jpg": (720, 720)},
            [1],
        ),
        (
            A + "  - {id: b, join: cut, start: b.jpg, prompt: x}\n",
            {"a.jpg": (1280, 720), "b.jpg": (720, 1280)},
            [],
        ),
        (
            A + f"  - {{id: b, prompt: x, endpoint: {SEEDANCE}}}\n",
            {"a.jpg": (640, 480)},
            [1],
        ),
    ],
)
def test_shapes_that_meet_are_compared_where_they_are_known(
    shots: str, stills: dict[str, tuple[int, int]], places: list[int]
) -> None:
    media = Media(stills={name: still(*size) for name, size in stills.items()})
    seen = found("seam.shapes", shots, media=media)
    assert [finding.path for finding in seen] == [("shots", place) for place in places]
    assert all("16:9" in finding.fix for finding in seen)
