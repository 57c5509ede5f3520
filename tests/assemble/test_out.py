"""What lies in `out/`: ours is replaced whole, the user's is never lost, and nothing is litter."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageFont

import matchcut
from matchcut.assemble import film as assembly
from matchcut.assemble import sheet
from matchcut.frames.encode import Quality, write_clip
from matchcut.inspect.seam import FLAGS
from small import frame_hashes, picture, write_film

TEXT = """
title: TITLE
canvas: {width: 96, height: 64, fps: 24}
shots:
  - {id: one, clip: one.mp4}
  - {id: two, join: cut, clip: two.mp4}
"""
FILES = {"film.mp4", "film.otio", "film.png", "film-clips/one.mp4", "film-clips/two.mp4"}


def footage(folder: Path, title: str = "Film") -> Path:
    """A film of own footage alone, which is assembled in a moment."""
    film = write_film(folder, TEXT.replace("TITLE", title))
    for number, name in enumerate(("one", "two")):
        frames = [picture(number, 96, 64)] * 4
        write_clip(folder / f"{name}.mp4", frames, rate=Fraction(24), quality=Quality.TAKE)
    return film


def render(film: Path) -> matchcut.Rendered:
    project = matchcut.load(film)
    return matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())


def assemble(film: Path) -> matchcut.Assembled:
    return matchcut.assemble(render(film))


def within(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_same_takes_are_assembled_once(tmp_path: Path) -> None:
    film = footage(tmp_path)
    first = assemble(film)
    assert first.new
    assert within(tmp_path / "out") == FILES
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    again = assemble(film)
    assert not again.new
    assert again.cut == first.cut
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == times


@pytest.mark.parametrize("name", sorted(FILES))
def test_somebodys_own_file_is_kept_under_another_name(tmp_path: Path, name: str) -> None:
    film = footage(tmp_path)
    place = tmp_path / "out" / name
    place.parent.mkdir(parents=True)
    place.write_bytes(b"the user's")
    assemble(film)
    kept = place.with_name(f"{place.stem}.1{place.suffix}")
    assert kept.read_bytes() == b"the user's"
    assert place.stat().st_size > 500
    # One that was edited since is the user's too, and the first one stays where it is.
    place.write_bytes(b"edited")
    assert assemble(film).new
    assert kept.read_bytes() == b"the user's"
    assert place.with_name(f"{place.stem}.2{place.suffix}").read_bytes() == b"edited"
    assert within(tmp_path / "out") == FILES | {
        str(kept.relative_to(tmp_path / "out")),
        str(place.with_name(f"{place.stem}.2{place.suffix}").relative_to(tmp_path / "out")),
    }


def test_two_films_of_one_title_do_not_write_over_each_other(tmp_path: Path) -> None:
    film = footage(tmp_path)
    other = film.with_name("other.yaml")
    other.write_text(film.read_text().replace("96", "128"), encoding="utf-8")
    one, two = assemble(film), assemble(other)
    assert one.film.name == "film.mp4"
    assert two.film.name == "film-other.mp4"
    assert within(tmp_path / "out") == FILES | {f.replace("film", "film-other", 1) for f in FILES}
    assert not assemble(film).new
    assert not assemble(other).new


def test_clips_that_are_gone_are_put_back(tmp_path: Path) -> None:
    film = footage(tmp_path)
    assemble(film)
    for clip in (tmp_path / "out" / "film-clips").iterdir():
        clip.unlink()
    (tmp_path / "out" / "film-clips").rmdir()
    assert assemble(film).new
    assert within(tmp_path / "out") == FILES


BROKEN = [
    b"",
    b"{",
    b"null",
    b"\xff\xfe",
    b'{"film": "film.yaml"}',
    b'{"film": "film.yaml", "inputs": "x", "files": 3, "copies": []}',
    b'{"film": "film.yaml", "inputs": "x", "files": [], "copies": [["a", "b"]]}',
    b'{"film": "film.yaml", "inputs": "x", "files": [], "copies": [[0, 0, 0]]}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_a_record_that_cannot_be_made_out_is_as_none(tmp_path: Path, data: bytes) -> None:
    film = footage(tmp_path)
    wanted = frame_hashes(assemble(film).film)
    record = tmp_path / ".matchcut" / "assembled-film.json"
    assert json.loads(record.read_text())["film"] == "film.yaml"
    record.write_bytes(data)
    again = assemble(film)
    assert again.new
    assert frame_hashes(again.film) == wanted
    assert not assemble(film).new, "the record is whole again"


def test_a_record_of_another_number_of_shots_is_as_none(tmp_path: Path) -> None:
    film = footage(tmp_path)
    first = assemble(film)
    record = tmp_path / ".matchcut" / "assembled-film.json"
    known = json.loads(record.read_text())
    for copies in ([[0, 0]], [[0, 0]] * 3, [[-2, 0], [0, -3]]):
        record.write_text(json.dumps({**known, "copies": copies}))
        assert assemble(film).cut == first.cut


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("seam.jump",), "changes by 0.0 of 255, moves faster or another way after it"),
        (tuple(FLAGS), "changes by 0.0 of 255, does not begin on its anchor, "),
    ],
    ids=["one", "all"],
)
def test_the_contact_sheet_says_what_is_flagged_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], said: str
) -> None:
    real, written = assembly.survey, []

    def flagged(*words: Any, **named: Any) -> Any:
        found = real(*words, **named)
        met = [replace(one, seam=replace(one.seam, step=0.0, flags=flags)) for one in found.met]
        return replace(found, met=tuple(met))

    def write(_draw: Any, _place: Any, text: str, size: int, _colour: Any) -> None:
        written.append((text, size))

    monkeypatch.setattr(assembly, "survey", flagged)
    monkeypatch.setattr(sheet, "write", write)
    assemble(footage(tmp_path))
    ((line, size),) = (one for one in written if one[0].startswith("changes by"))
    assert line.startswith(said)
    assert "seam." not in line, "codes are for JSON"
    assert ImageFont.load_default(size).getlength(line) <= sheet.WIDTH * 2, "it ends on the sheet"
    assert line == said or line.endswith(" more"), "and what has no room is counted"


STEPS = ("write_clip", "write_timeline", "draw_sheet", "_hashes")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_an_assembly_that_is_broken_off_leaves_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    film = footage(tmp_path)
    rendered = render(film)
    real = getattr(assembly, step)

    def broken_off(*words: object, **named: object) -> object:
        if after:
            real(*words, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(assembly, step, broken_off)
        with pytest.raises(KeyboardInterrupt):
            matchcut.assemble(rendered)
    assert assemble(film).new
    assert within(tmp_path / "out") == FILES
    assert not assemble(film).new


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_assembly_leaves_no_litter(tmp_path: Path) -> None:
    """Killed as soon as the first of its files stands in `out/`."""
    film = footage(tmp_path)
    killed = (
        "import os, signal, sys\n"
        "from matchcut.assemble import film\n"
        "real = film.replace_file\n"
        "def replace(draft, place):\n"
        "    real(draft, place)\n"
        "    if place.suffix == '.mp4':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "film.replace_file = replace\n"
        "from matchcut.cli.main import main\n"
        "main(['rehearse', sys.argv[1]])\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(film)], check=False)
    assert done.returncode == -9
    assert within(tmp_path / "out") == {"film.mp4"}
    assert assemble(film).new
    assert within(tmp_path / "out") == FILES
    assert not list((tmp_path / ".matchcut" / "scratch").glob("*"))


def test_a_title_of_200_letters_of_four_bytes_each_is_a_file_name(tmp_path: Path) -> None:
    film = footage(tmp_path, "\U00020000" * 200)
    made = assemble(film)
    assert made.film.stem == "\U00020000" * 30, "as much as fits, in whole letters"
    made.film.write_bytes(b"edited")
    assert assemble(film).new
    assert made.film.with_name(f"{made.film.stem}.1.mp4").read_bytes() == b"edited"


@pytest.mark.parametrize("title", ["'!!!'", "'...'", "'../../x'", "'-_-'", "'CON / NUL'"])
def test_a_title_without_letters_is_called_by_the_file(tmp_path: Path, title: str) -> None:
    made = assemble(footage(tmp_path, title))
    assert made.film.parent == tmp_path / "out"
    assert made.film.name in {"film.mp4", "x.mp4", "con-nul.mp4"}


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_a_folder_whose_name_is_no_utf8(tmp_path: Path) -> None:
    footage(tmp_path / "plain")
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    (tmp_path / "plain").rename(folder)
    film = folder / "film.yaml"
    extra = "  - {id: three, join: cut, prompt: the sea, start: art/a.png, duration: 3,\n"
    extra += "     endpoint: fal-ai/kling-video/v3/pro/image-to-video}\n"
    film.write_text(film.read_text() + extra, encoding="utf-8")
    begun = time.monotonic()
    made = assemble(film)
    assert made.film.read_bytes()[4:8] == b"ftyp"
    assert json.loads(made.timeline.read_text())["OTIO_SCHEMA"] == "Timeline.1"
    assert not assemble(film).new
    assert time.monotonic() - begun < 60
    assert {path.name for path in folder.iterdir()} == {
        *("art", "film.yaml", "one.mp4", "two.mp4", "out", ".matchcut"),
    }
