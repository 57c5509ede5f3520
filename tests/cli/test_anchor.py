"""`matchcut anchor`: exact frames, verdicts and exit codes, files that are never written over."""

import json
import resource
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from defects import Defect, damaged
from matchcut.cli.main import main
from matchcut.edge import Choice
from matchcut.frames.clip import frame_at, last_frame
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still
from moving import scene


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a clean clip and one whose end flashes, where the user stands."""
    whole = scene()
    flash = [*whole[:33], *(damaged(Defect.FLASH, 2, whole, i, 5) for i in (33, 34, 35))]
    for name, frames in (("clean", whole), ("flash", flash)):
        place = tmp_path / f"{name}.mp4"
        write_clip(place, list(frames), rate=Fraction(24), quality=Quality.TAKE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_clean_clip_gives_its_exact_last_frame(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["anchor", "clean.mp4"]) == 0
    said = capsys.readouterr().out
    assert "clean.mp4: 36 frames, the last one is 35" in said
    assert "frame 35 passes" in said
    assert (read_still(here / "clean.frame35.png") == last_frame(here / "clean.mp4").pixels).all()
    assert files(here) == {"clean.mp4", "flash.mp4", "clean.frame35.png"}


def test_what_speaks_against_the_last_frame_is_shown(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["anchor", str(here / "flash.mp4")]) == 10
    assert "  frame 35: " in capsys.readouterr().out


def test_json_says_everything(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anchor", "flash.mp4", "--json"]) == 10
    (facts,) = told(capsys)
    assert (facts["frames"], facts["last"], facts["verdict"]) == (36, 35, "step")
    assert 29 <= facts["chosen"] <= 32
    assert len(facts["candidates"]) == 12
    for one in facts["candidates"]:
        assert set(one) == {"frame", "score", "reasons"}
    worst = next(one for one in facts["candidates"] if one["frame"] == 35)
    assert worst["score"] > 1
    assert worst["reasons"][0]["measure"] == facts["decided_by"]
    still = read_still(Path(facts["still"]))
    assert (still == frame_at(here / "flash.mp4", facts["chosen"]).pixels).all()
    assert Choice.from_json(facts).verdict == "step"
    assert facts["better"] is None, "the better one was taken"


@pytest.mark.usefixtures("here")
def test_a_better_frame_is_named_where_another_one_is_taken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["anchor", "flash.mp4", "--frame", "35", "--json"]) == 10
    (facts,) = told(capsys)
    assert facts["chosen"] == 35
    assert 29 <= facts["better"] <= 32
    assert main(["anchor", "clean.mp4", "--json"]) == 0
    assert told(capsys)[0]["better"] is None


def test_where_the_sheet_cannot_lie_is_said_before_the_work_or_after_the_verdict(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["anchor", "flash.mp4", "--sheet", "nodir/x.png"]) == 4
    said = capsys.readouterr()
    assert "nodir/x.png: the picture cannot be put there: there is no folder `nodir`" in said.err
    assert "Name another place with `--sheet`." in said.err
    assert files(here) == {"clean.mp4", "flash.mp4"}, "nothing was done"
    assert main(["anchor", "flash.mp4", "--sheet", "clean.mp4"]) == 4
    said = capsys.readouterr()
    assert "frame 35 stands out (" in said.out
    assert "is not written over" in said.err
    assert "Name another place with `--sheet`." in said.err


def test_a_person_is_asked_where_nothing_can_be_compared(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(here / "two.mp4", list(scene()[:2]), rate=Fraction(24), quality=Quality.TAKE)
    assert main(["anchor", "two.mp4"]) == 11
    said = capsys.readouterr().out
    assert "needs a person: fewer than 12 frames to compare" in said
    assert "not measured: blur" in said
    assert "frame 1: not measured\n" in said, "0.00 would look like the best there is"


def test_half_a_picture_does_not_stand_in_the_way(here: Path) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    command = [sys.executable, "-m", "matchcut", "anchor", "clean.mp4", "--out", "y.png"]
    failed = subprocess.run(
        command,
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=full,
    )
    assert failed.returncode == 4
    assert "y.png: the picture cannot be put there" in failed.stderr
    assert "free space, or name another place with `--out`" in failed.stderr
    assert files(here) == {"clean.mp4", "flash.mp4"}
    subprocess.run(command, cwd=here, check=True)


@pytest.mark.parametrize(
    ("words", "frame"),
    [
        (["--at", "-0.3"], 28),
        (["--at", "-0.04"], 35),
        (["--at", "0"], 0),
        (["--at", "1.0"], 24),
        (["--frame", "7"], 7),
        (["--frame", "-2"], 34),
    ],
)
def test_a_frame_that_is_asked_for_is_taken(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], frame: int
) -> None:
    code = main(["anchor", "clean.mp4", *words, "--json"])
    (facts,) = told(capsys)
    assert (facts["chosen"], facts["pinned"]) == (frame, frame)
    assert {"pass": 0, "step": 10, "person": 11}[facts["verdict"]] == code
    still = read_still(here / f"clean.frame{frame}.png")
    assert (still == frame_at(here / "clean.mp4", frame).pixels).all()


def test_a_bad_frame_that_is_asked_for_is_taken_and_said_to_be_one(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["anchor", "flash.mp4", "--frame", "35"]) == 10
    said = capsys.readouterr().out
    assert "frame 35 stands out (" in said
    assert "frame 35 is taken" in said
    assert (here / "flash.frame35.png").exists()


@pytest.mark.usefixtures("here")
def test_the_head_is_looked_at_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anchor", "clean.mp4", "--head", "--json"]) == 0
    (facts,) = told(capsys)
    assert (facts["pinned"], facts["chosen"], facts["last"]) == (0, 0, 35)


def test_a_folder_gives_the_worst(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anchor", ".", "--json"]) == 10
    assert [facts["verdict"] for facts in told(capsys)] == ["pass", "step"]
    (here / "broken.mp4").write_text("text")
    (here / "stills").mkdir()
    assert main(["anchor", ".", "--json", "--out", "stills"]) == 3
    facts = told(capsys)
    assert facts[0]["error"] == "clip.unreadable"
    assert [one.get("verdict") for one in facts] == [None, "pass", "step"]
    assert len(files(here / "stills")) == 2
    assert main(["anchor", "."]) == 3
    assert "broken.mp4: " in capsys.readouterr().out


def test_nobodys_file_is_written_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = here / "clean.frame35.png"
    mine.write_bytes(b"mine")
    for _ in range(2):
        assert main(["anchor", "clean.mp4"]) == 0
    assert mine.read_bytes() == b"mine"
    assert files(here) >= {"clean-2.frame35.png"}
    assert not {"clean-3.frame35.png"} & files(here), "the same still is there already"
    assert main(["anchor", "clean.mp4", "--out", "clean.frame35.png"]) == 4
    assert main(["anchor", "clean.mp4", "--sheet", "clean.mp4"]) == 4
    assert "is not written over" in capsys.readouterr().err
    assert main(["anchor", "clean.mp4", "--out", "mine.png"]) == 0
    assert (read_still(here / "mine.png") == last_frame(here / "clean.mp4").pixels).all()


def test_the_sheet_shows_the_window_and_crops_at_full_size(here: Path) -> None:
    assert main(["anchor", "flash.mp4", "--sheet", "sheet.png"]) == 10
    sheet = read_still(here / "sheet.png")
    chosen = int(next(here.glob("flash.frame*.png")).stem.removeprefix("flash.frame"))
    frame = frame_at(here / "flash.mp4", chosen).pixels
    probe = frame[130:142, 200:212]
    found = [
        (row, column)
        for row in range(sheet.shape[0] - 12)
        for column in np.flatnonzero((sheet[row, :-12] == probe[0, 0]).all(axis=1))
        if (sheet[row : row + 12, column : column + 12] == probe).all()
    ]
    assert found, "a piece of the chosen frame is there, pixel by pixel"
    before = (here / "sheet.png").read_bytes()
    assert main(["anchor", "flash.mp4", "--sheet", "sheet.png"]) == 10, "the same is no other file"
    assert (here / "sheet.png").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nowhere.mp4"], 3, "there is no such clip"),
        (["empty"], 3, "there is no clip in this folder"),
        (["text.mp4"], 3, "text.mp4"),
        (["clean.mp4", "--at", "soon"], 2, "is no time"),
        (["clean.mp4", "--at", "1e999"], 2, "is no time"),
        (["clean.mp4", "--at", "nan"], 2, "is no time"),
        (["clean.mp4", "--at", "9"], 3, "nothing is shown at 9 s"),
        (["clean.mp4", "--frame", "36"], 3, "it has frames 0 to 35"),
        (["clean.mp4", "--frame", "-37"], 3, "it has frames 0 to 35"),
        (["clean.mp4", "--frame", "1", "--at", "1"], 2, "not allowed with"),
        ([".", "--sheet", "s.png"], 2, "Name one clip"),
        ([".", "--out", "nowhere"], 4, "Make the folder first"),
        (["clean.mp4", "--out", "nowhere/a.png"], 4, "cannot be put there"),
        (["clean.mp4", "--out", "nowhere/a.png"], 4, "Name another place with `--out`"),
        (["clean.mp4", "--sheet", "empty"], 4, "a folder is there"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    (here / "empty").mkdir()
    (here / "text.mp4").write_text("text")
    before = files(here)
    assert main(["anchor", *words]) == code
    said = capsys.readouterr()
    assert says in said.err
    assert files(here) == before
