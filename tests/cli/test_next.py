"""`matchcut next`: one link of a chain without a film file, rehearsed and paid."""

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml

import matchcut
from hostile import Fault, HostileFal
from hostile.sent import KLING
from matchcut.cli.main import main
from matchcut.frames.clip import last_frame
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still
from matchcut.render.paid import Patience
from matchcut.render.providers.fal.watch import Pace
from render.hosted import quick
from small import frame_hashes, picture

ASKED = ["--endpoint", KLING, "--prompt", "she goes on", "--duration", "3"]


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clip in a folder of its own, where the user stands."""
    place = tmp_path / "shots" / "roof.mp4"
    place.parent.mkdir()
    whole = picture(4, 192 + 96, 108)
    frames = [whole[:, 2 * n : 2 * n + 192] for n in range(48)]
    write_clip(place, frames, rate=Fraction(24), quality=Quality.TAKE)
    monkeypatch.chdir(place.parent)
    return place


def within(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".matchcut"}


FILES = {"roof.mp4", "roof.next.yaml", "roof.last.png", "roof-next.mp4"}


def facts(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["event"] == "next"
    return dict(told)


def test_a_link_is_rehearsed(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["next", "roof.mp4", *ASKED, "--rehearse"]) == 0
    said = capsys.readouterr().out
    assert "Last frame: roof.last.png (frame 47)" in said
    assert "roof-next.mp4: goes on from roof.mp4" in said
    assert "roof.next.yaml" in said
    assert within(clip.parent) == FILES
    shown = last_frame(clip).pixels
    assert (read_still(clip.with_name("roof.last.png")) == shown).all(), "lossless"
    film = yaml.safe_load(clip.with_name("roof.next.yaml").read_text(encoding="utf-8"))
    assert film["canvas"] == {"width": 192, "height": 108, "fps": 24}
    assert [shot["id"] for shot in film["shots"]] == ["clip", "next"]
    assert main(["plan", "roof.next.yaml"]) == 0, "the two are a film like any other"


def test_the_seam_is_measured_and_a_second_time_makes_nothing_new(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["next", "roof.mp4", *ASKED, "--rehearse", "--json"]
    assert main(words) == 0
    first = facts(capsys)
    assert first["frame"] == 47
    assert first["repeated"] == 1, "the rehearsal gives its anchor back once"
    assert 0 < float(str(first["step"])) < 20, "a step of the picture, and no jump"
    assert (first["verdict"], first["decided_by"], first["better"]) == ("pass", "", None)
    assert Path(str(first["clip"])) == clip.with_name("roof-next.mp4")
    assert first["cost_usd"] == "0"
    files = {path: path.read_bytes() for path in clip.parent.iterdir() if path.is_file()}
    media = sorted(clip.parent.joinpath(".matchcut", "media").rglob("*.*"))
    assert main(words) == 0
    out = capsys.readouterr().out
    assert json.loads(out.splitlines()[-1]) == first
    assert '"rendering"' not in out
    assert {path: path.read_bytes() for path in clip.parent.iterdir() if path.is_file()} == files
    assert sorted(clip.parent.joinpath(".matchcut", "media").rglob("*.*")) == media


def test_another_prompt_is_another_link(clip: Path) -> None:
    assert main(["next", "roof.mp4", *ASKED, "--rehearse"]) == 0
    before = {path: path.read_bytes() for path in clip.parent.iterdir() if path.is_file()}
    other = ["--endpoint", KLING, "--prompt", "she turns back", "--duration", "3"]
    assert main(["next", "roof.mp4", *other, "--rehearse"]) == 0
    assert all(path.read_bytes() == data for path, data in before.items())
    assert within(clip.parent) == FILES | {"roof-2.next.yaml", "roof-next-2.mp4"}


def test_a_film_that_the_user_wrote_on_is_not_written_over(clip: Path) -> None:
    film = clip.with_name("roof.next.yaml")
    film.write_text("title: mine\n", encoding="utf-8")
    assert main(["next", "roof.mp4", *ASKED, "--rehearse"]) == 0
    assert film.read_text(encoding="utf-8") == "title: mine\n"
    own = clip.with_name("roof-2.next.yaml")
    edited = own.read_text(encoding="utf-8") + "  - {id: more, prompt: and on}\n"
    own.write_text(edited, encoding="utf-8")
    assert main(["next", "roof.mp4", *ASKED, "--rehearse"]) == 0
    assert own.read_text(encoding="utf-8") == edited
    assert clip.with_name("roof-next.mp4").exists()


def test_nor_is_any_other_file_of_the_users(clip: Path) -> None:
    own = [clip.with_name(name) for name in ("roof-next.mp4", "roof.last.png")]
    for place in own:
        place.write_bytes(b"mine")
    assert main(["next", "roof.mp4", *ASKED, "--rehearse"]) == 0
    assert [place.read_bytes() for place in own] == [b"mine"] * 2
    assert within(clip.parent) == FILES | {"roof-next-2.mp4", "roof-2.last.png"}


def test_a_still_to_end_on_may_lie_elsewhere(clip: Path, tmp_path: Path) -> None:
    import cv2  # noqa: PLC0415

    end = picture(9, 192, 108)
    cv2.imwrite(str(tmp_path / "end.png"), end[:, :, ::-1])
    words = ["next", "roof.mp4", *ASKED, "--rehearse", "--end", "../end.png"]
    assert main(words) == 0
    landed = last_frame(clip.with_name("roof-next.mp4")).pixels
    assert np.abs(landed.astype(int) - end).mean() < 4
    assert main([*words, "--out", "here.mp4"]) == 0
    assert frame_hashes(clip.with_name("here.mp4")) == frame_hashes(clip.with_name("roof-next.mp4"))


@pytest.mark.parametrize(
    ("words", "finding"),
    [
        (["--endpoint", "fal-ai/nobody/knows", "--prompt", "x"], "endpoint."),
        (["--endpoint", KLING, "--prompt", "x", "--duration", "99"], "duration."),
        (["--endpoint", KLING, "--prompt", "x", "--duration", "0"], "film.wrong-value"),
        (["--endpoint", KLING, "--prompt", "x", "--resolution", "8k"], "resolution."),
        (["--endpoint", KLING, "--prompt", "x", "--end", "nowhere.png"], "file.missing"),
        (["--endpoint", KLING, "--prompt", ""], "prompt.missing"),
    ],
)
def test_what_cannot_be_asked_is_found_before_anything_is_made(
    clip: Path, capsys: pytest.CaptureFixture[str], words: list[str], finding: str
) -> None:
    assert main(["next", "roof.mp4", *words, "--rehearse", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    errors = [one["id"] for one in told["findings"] if one["severity"] == "error"]
    assert any(one.startswith(finding) for one in errors), errors
    assert within(clip.parent) == {"roof.mp4"}, "nothing is left lying about"
    assert main(["next", "roof.mp4", *words, "--rehearse"]) == 3
    assert ": error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nowhere.mp4", *ASKED], 3, "there is no such clip"),
        ([".", *ASKED], 3, "there is no such clip"),
        (["roof.mp4", *ASKED[:4], "--duration", "nan"], 2, "is no length"),
        (["roof.mp4", "--endpoint", KLING], 2, "--prompt"),
    ],
)
def test_wrong_usage_is_a_sentence(
    clip: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    assert main(["next", *words, "--rehearse"]) == code
    assert says in capsys.readouterr().err
    assert within(clip.parent) == {"roof.mp4"}


def test_what_is_no_clip_is_said(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip.with_name("text.mp4").write_text("text", encoding="utf-8")
    assert main(["next", "text.mp4", *ASKED, "--rehearse"]) == 3
    assert "text.mp4" in capsys.readouterr().err
    assert within(clip.parent) == {"roof.mp4", "text.mp4"}


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileFal]:
    quick(monkeypatch)
    # As patient as a test can be, through all the layers of the command.
    for waits, short in (
        (Patience, {"retry": 2.0, "search": 2.0, "first_pause": 0.1, "longest_pause": 0.3}),
        (Pace, {"first_pause": 0.1, "longest_pause": 0.3}),
    ):
        for name, seconds in short.items():
            monkeypatch.setitem(waits.__init__.__kwdefaults__, name, seconds)
    with HostileFal(tmp_path / "fal") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


PAID = ["next", "roof.mp4", *ASKED, "--max-usd", "1"]


def test_a_paid_link_is_sent_once(
    clip: Path, fal: HostileFal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(PAID) == 5, "nobody has said that it may be spent"
    assert main([*PAID[:-1], "0.01", "--yes"]) == 5
    assert len(fal.submissions) == 0
    assert "nothing was sent" in capsys.readouterr().err
    for _ in range(2):
        assert main([*PAID, "--yes", "--json"]) == 0
        told = facts(capsys)
        assert told["cost_usd"] == "0.672"
        assert len(fal.submissions) == len(fal.accepted) == 1
    assert within(clip.parent) == FILES
    (job,) = fal.accepted
    assert "she goes on" in str(job.input)
    assert not fal.leaks


def test_an_unknown_submission_is_resolved_by_the_film_that_was_written(
    clip: Path, fal: HostileFal, capsys: pytest.CaptureFixture[str]
) -> None:
    fal.inject(Fault.DROP_AFTER_ACCEPT)
    fal.inject(Fault.PLATFORM_500, times=None)
    assert main([*PAID, "--yes"]) == 8
    said = capsys.readouterr().err
    assert "matchcut resolve next" in said
    assert within(clip.parent) == FILES - {"roof-next.mp4"}
    assert main([*PAID, "--yes"]) == 8, "it is not sent again by itself"
    assert len(fal.accepted) == 1
    fal.faults.clear()
    request = fal.accepted[0].request_id
    fal.wait_done(request)
    assert main(["resolve", "next", "--film", "roof.next.yaml", "--adopt", request]) == 0
    capsys.readouterr()
    assert main([*PAID, "--yes", "--json"]) == 0
    assert len(fal.accepted) == 1
    assert facts(capsys)["clip"] == str(clip.with_name("roof-next.mp4"))
    assert within(clip.parent) == FILES


def test_python_and_the_command_line_are_one_link(clip: Path, fal: HostileFal) -> None:
    assert main([*PAID, "--yes"]) == 0
    link = matchcut.begin_link(clip, endpoint=KLING, prompt="she goes on", duration=3)
    made = matchcut.finish_link(link, matchcut.Fal(), max_usd=Decimal(1))
    assert made.clip == clip.with_name("roof-next.mp4")
    assert len(fal.accepted) == 1
