"""The example films, made as a user makes them, and judged from outside."""

import shutil
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import opentimelineio as otio
import pytest
from PIL import Image
from scenedetect import AdaptiveDetector, ContentDetector, detect

import matchcut
from matchcut.film.types import Join

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def courier(tmp_path_factory: pytest.TempPathFactory) -> matchcut.Assembled:
    folder = tmp_path_factory.mktemp("courier")
    shutil.copytree(ROOT / "examples" / "courier" / "art", folder / "art")
    shutil.copy(ROOT / "examples" / "courier" / "film.yaml", folder)
    project = matchcut.load(folder / "film.yaml")
    plan = matchcut.plan(project)
    assert plan.renderable
    return matchcut.assemble(matchcut.render(project, plan, matchcut.Rehearsal()))


def test_the_film_is_what_the_example_promises() -> None:
    film = matchcut.load(ROOT / "examples" / "courier" / "film.yaml").film
    joins = [film.join(index) for index in range(len(film.shots))]
    heroes = [index for index, shot in enumerate(film.shots) if shot.hero]
    assert 6 <= len(film.shots) <= 8
    assert len(heroes) >= 2
    assert any(film.is_bridge(index) for index in range(len(film.shots)))
    assert joins[heroes[0] + 1 : heroes[1] + 1] == [Join.MATCH] * 4, "three, one a bridge"
    assert Join.CUT in joins[1:]


def test_the_mp4_has_the_cut_lists_frames_at_a_constant_rate(courier: matchcut.Assembled) -> None:
    with av.open(str(courier.film)) as container:
        video = container.streams.video[0]
        times = sorted(
            packet.pts * packet.time_base for packet in container.demux(video) if packet.size
        )
        assert video.average_rate == 24
    assert len(times) == courier.cut.frames
    assert {b - a for a, b in pairwise(times)} == {Fraction(1, 24)}
    assert times[0] == 0
    assert len(times) / 24 >= 20


def test_the_mp4_is_tagged_and_plays_from_its_first_bytes(courier: matchcut.Assembled) -> None:
    with av.open(str(courier.film)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.width, context.height) == (1280, 720)
        # 1 is BT.709 in the matrix, the primaries and the transfer; range 1 is limited
        # (ITU-T H.273, tables 2 to 4).
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1
    data = courier.film.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("detector", [ContentDetector, AdaptiveDetector])
def test_a_stranger_sees_the_cuts_and_no_seam(
    courier: matchcut.Assembled, detector: type[ContentDetector | AdaptiveDetector]
) -> None:
    scenes = detect(str(courier.film), detector())
    found = [scene[0].frame_num for scene in scenes[1:]]
    cuts = [piece.begins for piece in courier.cut.pieces[1:] if piece.join is Join.CUT]
    assert len(cuts) == 2
    assert found == cuts


def test_each_shared_frame_is_shown_once(courier: matchcut.Assembled) -> None:
    pieces = courier.cut.pieces
    for before, after in pairwise(pieces):
        dropped = before.dropped_tail + after.dropped_head
        assert dropped == (0 if after.join is Join.CUT else 1), (before.shot, after.shot)


def test_the_time_line_is_the_same_cut(courier: matchcut.Assembled) -> None:
    timeline = otio.adapters.read_from_file(str(courier.timeline))
    clips = list(timeline.tracks[0])
    assert [clip.name for clip in clips] == [piece.shot for piece in courier.cut.pieces]
    for clip, piece in zip(clips, courier.cut.pieces, strict=True):
        assert clip.source_range.start_time.value == piece.first
        assert clip.source_range.duration.value == piece.last - piece.first + 1
        assert (courier.timeline.parent / clip.media_reference.target_url).is_file()
    assert timeline.duration().value == courier.cut.frames


def test_the_contact_sheet_has_a_row_a_shot(courier: matchcut.Assembled) -> None:
    with Image.open(courier.sheet) as sheet:
        assert sheet.width > 1280
        assert sheet.height > len(courier.cut.pieces) * 180


def test_the_first_film_can_be_read_in_a_minute_and_planned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    film = ROOT / "examples" / "first" / "film.yaml"
    assert len(film.read_text("utf-8").split()) < 120
    plan = matchcut.plan(matchcut.load(film))
    assert plan.renderable
    assert len(plan.shots) == 3
    assert capsys.readouterr().out == ""


def test_every_picture_is_credited() -> None:
    for art in (ROOT / "examples").glob("*/art"):
        credits_text = (art / "CREDITS.md").read_text("utf-8")
        for picture in art.iterdir():
            assert picture.name == "CREDITS.md" or picture.name in credits_text
