"""A link of a chain from Python: taken up, looked at, made, and measured."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

import matchcut
from matchcut.frames.clip import frame_at, last_frame
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import difference
from small import picture

KLING = "fal-ai/kling-video/v3/pro/image-to-video"


def pan(width: int = 96, height: int = 64, frames: int = 24) -> list[Pixels]:
    whole = picture(4, width + 2 * frames, height)
    return [whole[:, 2 * n : 2 * n + width] for n in range(frames)]


def clip(folder: Path, frames: list[Pixels], rate: Fraction = Fraction(24)) -> Path:
    write_clip(folder / "a.mp4", frames, rate=rate, quality=Quality.TAKE)
    return folder / "a.mp4"


def begin(source: Path, **asked: object) -> matchcut.Link:
    return matchcut.begin_link(source, endpoint=KLING, prompt="on", **{"duration": 3, **asked})


def test_a_link_goes_on_from_the_exact_last_frame(tmp_path: Path) -> None:
    source = clip(tmp_path, pan())
    link = begin(source)
    assert (link.look.frame, link.look.choice.pinned, link.look.doubtful) == (23, 23, False)
    assert (read_still(link.look.still) == last_frame(source).pixels).all()
    assert [shot.start for shot in link.plan.shots] == [None, "anchor://clip/out"]
    assert link.plan.cost_usd > 0
    assert not (tmp_path / ".matchcut").exists(), "nothing is made yet"
    told: list[object] = []
    made = matchcut.finish_link(link, matchcut.Rehearsal(), told.append)
    assert made.clip == tmp_path / "a-next.mp4"
    first = frame_at(made.clip, 0).pixels.astype(int)
    assert np.abs(first - last_frame(source).pixels).mean() < 2
    assert made.repeated == 1
    entry = frame_at(made.clip, 1).pixels
    assert made.step == difference(last_frame(source).pixels, entry), "the copy is left out"
    assert made.step < 20
    assert made.cost_usd == 0
    assert told
    again = matchcut.finish_link(begin(source), matchcut.Rehearsal())
    assert again == made


def test_a_link_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    source = clip(tmp_path, pan())
    with pytest.raises(matchcut.FindingsError) as caught:
        begin(source, duration=99)
    assert any(one.severity == "error" for one in caught.value.findings)
    with pytest.raises(matchcut.FindingsError):
        begin(source, wibble=1)
    with pytest.raises(matchcut.MatchcutError) as missing:
        begin(tmp_path / "b.mp4")
    assert missing.value.code is matchcut.Code.FILE_MISSING
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def _blurred(frame: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), 3), np.uint8)


@pytest.mark.parametrize(
    ("last", "decided_by"),
    [
        (lambda frame: np.full_like(frame, 40), "flat tone"),
        (_blurred, "blur"),
        (lambda frame: frame, ""),
    ],
    ids=["flat", "soft", "good"],
)
def test_a_last_frame_that_is_worth_a_look_is_said(
    tmp_path: Path, last: object, decided_by: str
) -> None:
    frames = pan()
    frames[-1] = last(frames[-1])  # type: ignore[operator]
    look = begin(clip(tmp_path, frames)).look
    assert (look.choice.decided_by, look.doubtful) == (decided_by, bool(decided_by))
    assert look.choice.chosen in (range(18, 23) if decided_by else (23,))


@pytest.mark.parametrize(
    ("rate", "canvas"),
    [
        (Fraction(24), Fraction(24)),
        (Fraction(12), Fraction(24)),
        (Fraction(25), Fraction(25)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(15), Fraction(30)),
        (Fraction(23), Fraction(24000, 1001)),
    ],
)
def test_the_two_are_a_film_at_the_clips_own_rate(
    tmp_path: Path, rate: Fraction, canvas: Fraction
) -> None:
    link = begin(clip(tmp_path, pan(), rate))
    assert link.plan.canvas.fps == canvas
    assert (link.plan.canvas.width, link.plan.canvas.height) == (96, 64)


def test_a_place_for_the_clip_is_looked_at_before_anything_is_made(tmp_path: Path) -> None:
    source = clip(tmp_path, pan())
    link = begin(source)
    (tmp_path / "taken.mp4").write_bytes(b"mine")
    for place in (source, tmp_path / "taken.mp4", tmp_path / "nowhere" / "b.mp4"):
        with pytest.raises(matchcut.MatchcutError) as caught:
            matchcut.finish_link(link, matchcut.Rehearsal(), out=place)
        assert caught.value.code is matchcut.Code.FOLDER_UNWRITABLE
    assert not (tmp_path / ".matchcut").exists()
    assert (tmp_path / "taken.mp4").read_bytes() == b"mine"
