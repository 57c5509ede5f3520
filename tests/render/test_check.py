"""Whether a clip is what was asked for: near enough for a hosted model, exactly so for our own."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchcut.frames.clip import probe
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import ClipInfo, Pixels
from matchcut.plan.types import Expectation
from matchcut.render.check import judged
from small import picture

WANTED = Expectation(width=1280, height=720, rate=Fraction(24), frames=96)


def clip(path: Path, frames: list[Pixels]) -> Path:
    write_clip(path, frames, rate=Fraction(24), quality=Quality.TAKE)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that can be decoded; what it is like, each case says."""
    return clip(tmp_path_factory.mktemp("clip") / "clip.mp4", [picture(1, 96, 64)] * 4)


@pytest.fixture(scope="module")
def facts(whole: Path) -> ClipInfo:
    """Just what was asked for."""
    return replace(
        probe(whole), width=1280, height=720, rate=Fraction(24), duration=Fraction(4), frames=4
    )


def asked(width: int, height: int) -> Expectation:
    return replace(WANTED, width=width, height=height)


NEAR = [
    ((854, 480), (864, 496)),
    ((854, 480), (848, 480)),
    ((1920, 1080), (1920, 1088)),
    ((1280, 720), (1280, 704)),
    ((1280, 720), (1248, 704)),
    ((1280, 720), (960, 960)),  # another shape of the same area
    ((720, 1280), (704, 1280)),
]
FAR = [
    ((1280, 720), (854, 480)),
    ((1280, 720), (640, 360)),
    ((1920, 1080), (1280, 720)),
    ((3840, 2160), (1920, 1080)),
    ((854, 480), (1280, 720)),
    ((2560, 1440), (1920, 1088)),
]


@pytest.mark.parametrize(("wanted", "size"), NEAR)
def test_sides_of_whole_blocks_are_the_size_that_was_asked_for(
    whole: Path, facts: ClipInfo, wanted: tuple[int, int], size: tuple[int, int]
) -> None:
    given = replace(facts, width=size[0], height=size[1])
    assert judged(whole, given, asked(*wanted), exact=False) == ""


@pytest.mark.parametrize(("wanted", "size"), FAR)
def test_another_resolution_is_another_size(
    whole: Path, facts: ClipInfo, wanted: tuple[int, int], size: tuple[int, int]
) -> None:
    given = replace(facts, width=size[0], height=size[1])
    said = judged(whole, given, asked(*wanted), exact=False)
    assert said == f"it is {size[0]}x{size[1]} where {wanted[0]}x{wanted[1]} was asked for"
    unasked = replace(asked(*wanted), size_known=False)
    assert judged(whole, given, unasked, exact=False) == ""


@pytest.mark.parametrize(
    ("rate", "fits"),
    [
        (Fraction(24), True),
        (Fraction(24000, 1001), True),
        (Fraction(2404, 100), True),
        (Fraction(25), False),
        (Fraction(30), False),
        (Fraction(12), False),
    ],
)
def test_a_rate_that_is_nearly_it_is_it(
    whole: Path, facts: ClipInfo, rate: Fraction, *, fits: bool
) -> None:
    given = replace(facts, rate=rate)
    said = judged(whole, given, WANTED, exact=False)
    assert said == (
        "" if fits else f"it has {float(rate):g} frames a second where 24 were asked for"
    )
    assert judged(whole, given, replace(WANTED, rate_known=False), exact=False) == ""


@pytest.mark.parametrize(
    ("frames", "fits"),
    [(96, True), (97, True), (89, True), (103, True), (104, False), (81, False), (48, False)],
)
def test_a_few_frames_more_or_less_are_the_models_own(
    whole: Path, facts: ClipInfo, frames: int, *, fits: bool
) -> None:
    given = replace(facts, duration=Fraction(frames, 24))
    said = judged(whole, given, WANTED, exact=False)
    assert said == ("" if fits else f"it lasts {frames / 24:.2f} s where 4 s were asked for")


@pytest.mark.parametrize(
    ("seconds", "fits"), [(4, True), (7, True), (Fraction(72, 10), True), (5, False), (11, False)]
)
def test_a_continued_clip_may_have_its_source_in_it(
    whole: Path, facts: ClipInfo, seconds: Fraction, *, fits: bool
) -> None:
    given = replace(facts, duration=Fraction(seconds))
    said = judged(whole, given, WANTED, exact=False, carried=Fraction(3))
    assert (said == "") is fits, said


def test_all_that_is_wrong_is_said_at_once(whole: Path, facts: ClipInfo) -> None:
    given = replace(facts, width=640, height=360, rate=Fraction(12), duration=Fraction(2))
    said = judged(whole, given, WANTED, exact=False)
    assert said.count(", and ") == 2
    assert "1280x720" in said
    assert "24 were" in said
    assert "4 s were" in said


@pytest.mark.parametrize("tone", [0, 16, 128, 255])
def test_a_clip_of_one_flat_tone_shows_nothing(tmp_path: Path, facts: ClipInfo, tone: int) -> None:
    flat = [np.full((64, 96, 3), tone, np.uint8)] * 4
    given = clip(tmp_path / "flat.mp4", flat)
    assert "it shows nothing" in judged(given, facts, WANTED, exact=False)


def test_a_clip_that_begins_in_the_dark_shows_something(tmp_path: Path, facts: ClipInfo) -> None:
    dark = np.zeros((64, 96, 3), np.uint8)
    given = clip(tmp_path / "fade.mp4", [dark, dark, dark, picture(1, 96, 64)])
    assert judged(given, facts, WANTED, exact=False) == ""


def test_a_file_that_breaks_off_in_the_picture_is_not_whole(tmp_path: Path) -> None:
    frames = [picture(number, 96, 64) for number in range(24)]
    given = clip(tmp_path / "cut.mp4", frames)
    data = given.read_bytes()
    info = probe(given)
    wanted = Expectation(width=96, height=64, rate=Fraction(24), frames=24)
    assert judged(given, info, wanted, exact=False) == ""
    # The picture's data come last; its header goes on promising all of it.
    middle = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2
    given.write_bytes(data[:middle] + bytes(len(data) - middle))
    assert "cannot be decoded to its end" in judged(given, info, wanted, exact=False)


def test_one_frame_of_another_size_is_refused(tmp_path: Path) -> None:
    given = clip(tmp_path / "one.mp4", [picture(1, 96, 64)])
    info = probe(given)
    assert info.frames == 1
    wanted = Expectation(width=96, height=64, rate=Fraction(24), frames=1)
    assert judged(given, info, wanted, exact=True) == ""
    # One frame by itself has no rate.
    assert judged(given, info, replace(wanted, rate=Fraction(30)), exact=True) == ""
    said = judged(given, info, replace(wanted, width=192), exact=True)
    assert said == "it has 1 frames of 96x64 where 1 of 192x64 were asked for"


@pytest.mark.parametrize(
    "change", [{"frames": 5}, {"width": 98}, {"height": 66}, {"rate": Fraction(25)}]
)
def test_our_own_clips_are_exactly_what_was_asked_for(whole: Path, change: dict[str, int]) -> None:
    info = probe(whole)
    wanted = Expectation(width=96, height=64, rate=Fraction(24), frames=4)
    assert judged(whole, info, wanted, exact=True) == ""
    assert judged(whole, info, replace(wanted, **change), exact=True)


def test_nothing_asked_for_is_nothing_missed(whole: Path) -> None:
    assert judged(whole, probe(whole), None, exact=False) == ""
