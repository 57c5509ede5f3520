"""A side of a real, encoded clip looked at: what is kept, stepped over, and left to a person."""

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import matchcut
from defects import Defect, damaged
from matchcut.edge import Choice, Side, Verdict, choose
from matchcut.errors import Code, MatchcutError
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import Pixels
from matchcut.inspect.onset import FEWEST
from matchcut.inspect.window import TOO_FEW
from moving import scene

LAST = 35


def clip(folder: Path, frames: Sequence[Pixels], rate: int = 24) -> Path:
    write_clip(folder / "a.mp4", list(frames), rate=Fraction(rate), quality=Quality.TAKE)
    return folder / "a.mp4"


def hurt(defect: Defect, indices: Sequence[int], strength: int = 1) -> list[Pixels]:
    whole = scene()
    made = list(whole)
    for index in indices:
        made[index] = damaged(defect, strength, whole, index, 5)
    return made


def test_a_clean_clip_passes_on_both_sides(tmp_path: Path) -> None:
    source = clip(tmp_path, scene())
    tail = choose(source, Side.TAIL)
    assert (tail.verdict, tail.frames, tail.pinned, tail.chosen) == (Verdict.PASS, 36, 35, 35)
    assert [c.frame for c in sorted(tail.candidates, key=lambda c: c.frame)] == list(range(24, 36))
    head = choose(source, Side.HEAD)
    assert (head.verdict, head.pinned, head.chosen) == (Verdict.PASS, 0, 0)
    assert {c.frame for c in head.candidates} == set(range(12))


@pytest.mark.parametrize(
    "defect", [Defect.MOTION, Defect.FLASH, Defect.FADE, Defect.GHOST], ids=str
)
def test_damage_at_the_end_is_stepped_over(tmp_path: Path, defect: Defect) -> None:
    found = choose(clip(tmp_path, hurt(defect, range(33, 36))), Side.TAIL)
    assert (found.verdict, found.pinned) == (Verdict.STEP, LAST)
    assert 29 <= found.chosen <= 32
    assert found.decided_by
    assert found.candidates[0].frame == found.chosen, "the best one first"
    scores = {c.frame: c.score for c in found.candidates}
    assert min(scores[frame] for frame in (33, 34, 35)) > 1 >= scores[found.chosen]
    reason = next(c for c in found.candidates if c.frame == LAST).reasons[0]
    assert (reason.measure, reason.score) == (found.decided_by, scores[LAST])


def test_damage_at_the_beginning_is_stepped_over(tmp_path: Path) -> None:
    found = choose(clip(tmp_path, hurt(Defect.FLASH, range(3))), Side.HEAD)
    assert (found.verdict, found.pinned) == (Verdict.STEP, 0)
    assert 3 <= found.chosen <= 6


def test_it_never_leaves_what_is_kept(tmp_path: Path) -> None:
    source = clip(tmp_path, hurt(Defect.DEFOCUS, range(28, 36)))
    kept = choose(source, Side.TAIL, kept=(30, 34))
    assert kept.pinned == 34
    assert kept.verdict is Verdict.PERSON, "all that is kept is damaged"
    assert {c.frame for c in kept.candidates} == set(range(30, 35))
    clean = choose(source, Side.TAIL, kept=(0, 27))
    assert (clean.verdict, clean.pinned, clean.chosen) == (Verdict.PASS, 27, 27)
    alone = choose(source, Side.TAIL, kept=(20, 20))
    assert (alone.verdict, alone.pinned, len(alone.candidates)) == (Verdict.PASS, 20, 1)
    head = choose(source, Side.HEAD, kept=(5, 30))
    assert (head.verdict, head.pinned) == (Verdict.PASS, 5)
    assert {c.frame for c in head.candidates} == set(range(5, 17))


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("count", [1, 2, 4])
def test_too_short_a_clip_is_a_persons(tmp_path: Path, count: int, side: Side) -> None:
    found = choose(clip(tmp_path, scene()[:count]), side)
    assert (found.verdict, found.decided_by) == (Verdict.PERSON, TOO_FEW)
    assert found.chosen == found.pinned == (count - 1 if side is Side.TAIL else 0)
    assert {"blur", "exposure"} <= set(found.unmeasured)


def test_twelve_frames_can_be_compared(tmp_path: Path) -> None:
    assert choose(clip(tmp_path, scene()[:FEWEST]), Side.TAIL).verdict is Verdict.PASS
    assert choose(clip(tmp_path, [scene()[0]] * FEWEST), Side.HEAD).verdict is Verdict.PASS


@pytest.mark.parametrize("defect", [Defect.DEFOCUS, Defect.FLASH], ids=str)
@pytest.mark.parametrize(("side", "pinned"), [(Side.TAIL, 14), (Side.HEAD, 21)], ids=str)
def test_what_comes_after_is_no_excuse(
    tmp_path: Path, defect: Defect, side: Side, pinned: int
) -> None:
    """Damage in the middle of a clip, which is over where it is not shown any more."""
    source = clip(tmp_path, hurt(defect, range(pinned - 3, pinned + 4)))
    kept = (0, pinned) if side is Side.TAIL else (pinned, LAST)
    found = choose(source, side, kept=kept)
    assert (found.verdict, found.pinned) == (Verdict.STEP, pinned)
    assert abs(found.chosen - pinned) >= 4


def test_a_clip_that_stands_still_passes(tmp_path: Path) -> None:
    found = choose(clip(tmp_path, [scene()[0]] * 30), Side.TAIL)
    assert (found.verdict, found.chosen) == (Verdict.PASS, 29)
    assert "frozen" in found.unmeasured


def test_black_clips_and_black_tails(tmp_path: Path) -> None:
    black = np.zeros_like(scene()[0])
    found = choose(clip(tmp_path, [black] * 20), Side.TAIL)
    assert (found.verdict, found.decided_by) == (Verdict.PERSON, "flat tone")
    found = choose(clip(tmp_path, [*scene()[:-2], black, black]), Side.TAIL)
    assert (found.verdict, found.decided_by) == (Verdict.STEP, "flat tone")
    assert found.chosen <= 33
    found = choose(clip(tmp_path, [black]), Side.TAIL)
    assert (found.verdict, found.decided_by) == (Verdict.PERSON, "flat tone")


def test_the_window_is_half_a_second_and_at_least_twelve_frames(tmp_path: Path) -> None:
    frames = [*scene(), *scene()[::-1], *scene()]
    fast = choose(clip(tmp_path, frames, rate=60), Side.TAIL)
    assert {c.frame for c in fast.candidates} == set(range(107, 107 - 30, -2))
    head = choose(clip(tmp_path, frames, rate=50), Side.HEAD)
    assert {c.frame for c in head.candidates} == set(range(0, 25, 2))
    slow = choose(clip(tmp_path, scene(), rate=8), Side.TAIL)
    assert {c.frame for c in slow.candidates} == set(range(36 - FEWEST, 36))
    long = choose(clip(tmp_path, scene(), rate=24), Side.TAIL, seconds=Fraction(1))
    assert {c.frame for c in long.candidates} == set(range(12, 36))


def test_a_clip_of_variable_rate_is_looked_at_by_time(tmp_path: Path) -> None:
    place = tmp_path / "v.mp4"
    with av.open(str(place), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 480, 272, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 240)
        at = 0
        for index, pixels in enumerate(hurt(Defect.FLASH, [34, 35])):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = at, Fraction(1, 240)
            container.mux(stream.encode(frame))
            at += 4 if index > 16 else 20
        container.mux(stream.encode())
    found = choose(place, Side.TAIL)
    assert (found.frames, found.pinned, found.verdict) == (36, 35, Verdict.STEP)
    assert 30 <= found.chosen <= 33
    assert len(found.candidates) > FEWEST, "more than twelve frames last half a second here"


def test_a_choice_is_plain_json_and_back(tmp_path: Path) -> None:
    for frames in (hurt(Defect.LOCAL, range(33, 36), 2), scene()[:2]):
        found = choose(clip(tmp_path, frames), Side.TAIL)
        text = json.dumps(found.to_json())
        assert Choice.from_json(json.loads(text)) == found
    with pytest.raises((KeyError, TypeError, ValueError)):
        Choice.from_json({"frames": 3})


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"seconds": Fraction(0)}, Code.USAGE),
        ({"kept": (5, 36)}, Code.CLIP_NO_FRAMES),
        ({"kept": (9, 8)}, Code.CLIP_NO_FRAMES),
        ({"kept": (-1, 8)}, Code.CLIP_NO_FRAMES),
    ],
)
def test_what_cannot_be_looked_at_is_said(tmp_path: Path, asked: dict, code: Code) -> None:
    with pytest.raises(MatchcutError) as caught:
        choose(clip(tmp_path, scene()), Side.TAIL, **asked)
    assert caught.value.code is code


def test_what_is_no_clip_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("text")
    with pytest.raises(MatchcutError) as caught:
        choose(tmp_path / "a.mp4", Side.TAIL)
    assert caught.value.code is Code.CLIP_UNREADABLE


def test_it_is_there_from_python(tmp_path: Path) -> None:
    source = clip(tmp_path, hurt(Defect.FLASH, [34, 35]))
    anchor = matchcut.take_anchor(source)
    assert anchor.choice == matchcut.choose(source, matchcut.Side.TAIL)
    assert anchor.frame == anchor.choice.chosen <= 33
