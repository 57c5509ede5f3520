"""What goes over the wire, endpoint by endpoint, and what is expected back."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from films import HEAD, KLING, LTX, SEEDANCE, TEXT, WAN, plan
from matchcut.plan.kept import kept_frames

COMMON = {"prompt": "x"}


@pytest.mark.parametrize(
    ("endpoint", "extra", "arguments", "cost"),
    [
        (
            WAN,
            "seed: 42, end: e.jpg",
            {
                "image_url": "still://a.jpg",
                "end_image_url": "still://e.jpg",
                "duration": 6,
                "resolution": "720p",
                "seed": 42,
                "enable_prompt_expansion": False,
            },
            "0.6",
        ),
        (
            KLING,
            "options: {cfg_scale: 0.7}",
            {
                "start_image_url": "still://a.jpg",
                "duration": "6",
                "generate_audio": False,
                "cfg_scale": 0.7,
            },
            "1.344",
        ),
        (
            SEEDANCE,
            "end: e.jpg",
            {
                "image_url": "still://a.jpg",
                "end_image_url": "still://e.jpg",
                "duration": "6",
                "resolution": "720p",
                "aspect_ratio": "16:9",
                "generate_audio": False,
            },
            "1.8144",
        ),
        (
            LTX,
            "resolution: 2160p",
            {
                "image_url": "still://a.jpg",
                "duration": 6,
                "resolution": "2160p",
                "aspect_ratio": "16:9",
                "fps": 24,
                "generate_audio": False,
            },
            "1.44",
        ),
    ],
)
def test_each_endpoint_gets_its_own_names_types_and_price(
    endpoint: str, extra: str, arguments: dict[str, object], cost: str
) -> None:
    planned = plan(
        f"  - {{id: a, start: a.jpg, prompt: x, duration: 6, endpoint: {endpoint}, {extra}}}\n"
    )
    assert planned.renderable, planned.findings
    shot = planned.shots[0]
    assert shot.request is not None
    assert dict(shot.request.arguments) == COMMON | arguments
    assert shot.cost_usd == Decimal(cost)


def test_a_price_that_nobody_states_is_unknown() -> None:
    shot = plan(f"  - {{id: a, prompt: x, endpoint: {TEXT}}}\n").shots[0]
    assert shot.cost_usd is None
    assert shot.to_json()["cost_usd"] == "unknown"


@pytest.mark.parametrize(
    ("canvas", "endpoint", "extra", "size", "rate", "frames"),
    [
        ("1280, height: 720, fps: 24", WAN, "", (1280, 720), Fraction(24), 96),
        ("1280, height: 720, fps: 30", WAN, "", (1280, 720), Fraction(30), 120),
        ("720, height: 1280, fps: 25", WAN, "", (720, 1280), Fraction(25), 100),
        ("1920, height: 1080, fps: 30", SEEDANCE, "resolution: 4k", (3840, 2160), Fraction(24), 96),
        (
            "1280, height: 720, fps: 50",
            LTX,
            "duration: 6, resolution: 1080p",
            (1920, 1080),
            Fraction(50),
            300,
        ),
        ("640, height: 360, fps: 24", KLING, "", (640, 360), Fraction(24), 96),
        ('1280, height: 720, fps: "24000/1001"', WAN, "", (1280, 720), Fraction(24000, 1001), 96),
    ],
)
def test_what_is_expected_back(
    canvas: str, endpoint: str, extra: str, size: tuple[int, int], rate: Fraction, frames: int
) -> None:
    head = HEAD.replace("1280, height: 720, fps: 24", canvas)
    comma = f", {extra}" if extra else ""
    expected = (
        plan(f"  - {{id: a, start: a.jpg, prompt: x, endpoint: {endpoint}{comma}}}\n", head)
        .shots[0]
        .expectation
    )
    assert expected is not None
    assert (expected.width, expected.height) == size
    assert (expected.rate, expected.frames) == (rate, frames)


@given(
    st.sampled_from([24, 25, 30, 48, 50, 60, Fraction(24000, 1001)]),
    st.integers(1, 400),
    st.decimals(0, 20, places=3),
    st.decimals(0, 20, places=3),
)
def test_use_shows_exactly_the_frames_that_begin_inside_it(
    rate: Fraction, frames: int, one: Decimal, other: Decimal
) -> None:
    rate = Fraction(rate)
    begin, end = sorted((one, other))
    inside = [n for n in range(frames) if Fraction(begin) <= n / rate < Fraction(end)]
    kept = kept_frames((begin, end), rate, frames)
    assert kept == ((inside[0], inside[-1]) if inside else None)
    assert kept is None or kept[1] <= ceil(Fraction(end) * rate) - 1
