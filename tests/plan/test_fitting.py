"""Stills brought to the film's shape: who says how, what is said of it, what is sent."""

from fractions import Fraction

import pytest

from films import HEAD, found, plan
from matchcut.film.types import Fit
from matchcut.findings import Severity
from matchcut.frames.types import StillInfo
from matchcut.plan.reference import Kind, Reference, is_reference, parse, shaped
from matchcut.plan.types import Media

WIDE, SQUARE, TALL = (1600, 900), (900, 900), (900, 1600)
PADS = HEAD.replace("shots:", "fit: pad\nshots:")


def media(**sizes: tuple[int, int]) -> Media:
    return Media(
        stills={
            f"{name}.jpg": StillInfo(
                width=size[0], height=size[1], format="jpeg", bytes=9, sha256=""
            )
            for name, size in sizes.items()
        }
    )


def sent(shots: str, head: str = HEAD, **sizes: tuple[int, int]) -> list[tuple[object, object]]:
    """What each shot starts and ends on, in the request itself."""
    requests = [shot.request for shot in plan(shots, head, media(**sizes)).shots]
    return [(r.arguments.get("image_url"), r.arguments.get("end_image_url")) for r in requests if r]


START = "  - {id: s, start: a.jpg, prompt: x}\n"
BOTH = "  - {id: s, start: a.jpg, end: e.jpg, prompt: x}\n"


@pytest.mark.parametrize(
    ("size", "reference"),
    [
        (WIDE, "still://a.jpg"),
        ((1664, 960), "still://a.jpg"),  # 832x480, which stands for 16:9
        ((1728, 992), "still://a.jpg"),  # 864x496
        ((1600, 1000), "crop://16:9/a.jpg"),
        (SQUARE, "crop://16:9/a.jpg"),
        (TALL, "crop://16:9/a.jpg"),
        ((2400, 1000), "crop://16:9/a.jpg"),
    ],
)
def test_a_still_is_fitted_where_its_shape_is_another(
    size: tuple[int, int], reference: str
) -> None:
    assert sent(START, a=size) == [(reference, None)]


def test_a_still_that_nobody_has_looked_at_is_left_alone() -> None:
    assert sent(START) == [("still://a.jpg", None)]


def test_the_film_says_how_and_a_shot_may_say_otherwise() -> None:
    assert sent(BOTH, PADS, a=SQUARE, e=SQUARE) == [("pad://16:9/a.jpg", "pad://16:9/e.jpg")]
    own = BOTH.replace("prompt", "fit: crop, prompt")
    assert sent(own, PADS, a=SQUARE, e=SQUARE) == [("crop://16:9/a.jpg", "crop://16:9/e.jpg")]


def test_a_still_that_two_shots_share_is_the_same_picture_in_both() -> None:
    shots = BOTH.replace("prompt", "fit: pad, prompt") + "  - {id: t, join: still, prompt: x}\n"
    (_, end), (start, _) = sent(shots, a=WIDE, e=SQUARE)
    assert (end, start) == ("pad://16:9/e.jpg", "pad://16:9/e.jpg")


def test_the_pictures_of_a_cast_are_never_fitted() -> None:
    kling = HEAD.replace("fal-ai/wan/v2.7", "fal-ai/kling-video/v3/pro").replace(
        "resolution: 720p", ""
    )
    shots = "  - {id: s, start: art/mara.jpg, prompt: '{mara} x'}\n"
    (shot,) = plan(shots, kling, media(**{"art/mara": SQUARE})).shots
    assert shot.request
    assert shot.request.arguments["start_image_url"] == "crop://16:9/art/mara.jpg"
    (element,) = shot.request.arguments["elements"]
    assert element["frontal_image_url"] == "still://art/mara.jpg"


def test_what_is_lost_is_said_and_much_of_it_warned_of() -> None:
    (one,) = found("still.shape", START, media=media(a=(1600, 1000)))
    assert (one.severity, one.path) == (Severity.INFO, ("shots", 0, "start"))
    assert "1600x1000" in one.message
    assert "without 10% of its height, half of it above and below" in one.message
    assert "`fit: pad`" in one.fix
    (one,) = found("still.shape", START, media=media(a=TALL))
    assert one.severity is Severity.WARNING
    assert "without 68% of its height" in one.message
    (one,) = found("still.shape", START, media=media(a=(2400, 1000)))
    assert "without 26% of its width, half of it left and right" in one.message
    (one,) = found("still.shape", START, PADS, media=media(a=TALL))
    assert one.severity is Severity.INFO
    assert "black bars left and right that take 68% of the picture" in one.message
    assert found("still.shape", START, media=media(a=WIDE)) == []


def test_a_picture_that_readers_differ_about_is_said_to_be_converted() -> None:
    turned = StillInfo(
        width=1600,
        height=900,
        format="webp",
        bytes=99_000_000,
        sha256="",
        odd=("turned by its EXIF",),
    )
    known = Media(stills={"a.jpg": turned, "art/mara.jpg": turned})
    seen = found("still.converted", START, media=known)
    assert [finding.path for finding in seen] == [
        ("cast", "mara", "frontal"),
        ("shots", 0, "start"),
    ]
    assert all("turned by its EXIF" in finding.message for finding in seen)
    assert found("still.too-large", START, media=known) == [], "that file is not what is sent"


@pytest.mark.parametrize("fit", Fit)
def test_a_reference_says_how_a_picture_is_fitted(fit: Fit) -> None:
    reference = shaped("still://art/a 1:2.jpg", fit, Fraction(64, 27))
    assert reference == f"{fit}://64:27/art/a 1:2.jpg"
    assert is_reference(reference)
    assert parse(reference) == Reference(
        kind=Kind.STILL, name="art/a 1:2.jpg", fit=fit, aspect=Fraction(64, 27)
    )
