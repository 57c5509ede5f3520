"""A newcomer's film with ten different mistakes: all ten at once, each with its line and cure."""

import shutil
from pathlib import Path

import cv2
import pytest

from matchcut.cli.main import main
from small import picture

FILM = """\
title: My first film
canvas: {width: 1280, height: 720, fps: 23}
cast:
  mara: {subject: a courier, frontal: art/mara.jpg}
defaults: {endpoint: fal-ai/wan/v2.7/image-to-video, duration: 4, resolution: 720p}
shots:
  - {id: roof, start: art/roof.png, prompt: "{marra} crosses the roof"}
  - {id: stairs, prompt: she runs, durration: 5}
  - {id: door, start: art/roof.png, prompt: a door opens}
  - {id: street, prompt: a street, duration: 40}
  - {id: park, join: continue, endpoint: fal-ai/ltx-2.3/image-to-video, prompt: a park,
     duration: 6, resolution: 1080p}
  - {id: bridge, prompt: a bridge, use: [0, 2]}
  - {id: hall, hero: true, start: art/broken.png, prompt: a hall}
  - {id: hall, prompt: the hall again, seed: none}
  - {id: end, join: cut, start: ../secret.png, prompt: the end}
"""

EXPECTED = [
    ("film.yaml:2:36", "not a frame rate", "24, 25"),
    ("film.yaml:4:30", "no file `mara.jpg`", "Put it there"),
    ("film.yaml:7:37", "{marra} is not in the cast", "{mara}"),
    ("film.yaml:8:36", "no key `durration`", "`duration`"),
    ("film.yaml:9:16", "second start", "join: cut"),
    ("film.yaml:10:36", "does not make clips of 40 s", "15 s"),
    ("film.yaml:11:16", "does not take a clip to continue", "fal-ai/wan/v2.7/image-to-video"),
    ("film.yaml:13:36", "is a bridge", "End use at 4"),
    ("film.yaml:14:28", "picture", "."),
    ("film.yaml:15:6", "already the name of shots[6]", "another name"),
    ("film.yaml:15:40", "whole number", "whole number"),
    ("film.yaml:16:26", "outside the film's folder", "--allow"),
]


def test_all_mistakes_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "art").mkdir()
    cv2.imwrite(str(tmp_path / "art" / "roof.png"), picture(1, 640, 360))
    whole = (tmp_path / "art" / "roof.png").read_bytes()
    (tmp_path / "art" / "broken.png").write_bytes(whole[: len(whole) // 2])
    film = tmp_path / "film.yaml"
    film.write_text(FILM, encoding="utf-8")
    assert main(["plan", str(film)]) == 3
    said = capsys.readouterr().err.splitlines()
    errors = [(said[n], said[n + 1]) for n in range(len(said)) if ": error: " in said[n]]
    assert len(errors) == len(EXPECTED), "\n".join(said)
    for (where, says, cure), (message, fix) in zip(EXPECTED, errors, strict=True):
        assert message.startswith(f"{where}: error: "), (where, message)
        assert says in message
        assert cure in fix
    assert sorted(path.name for path in tmp_path.iterdir()) == ["art", "film.yaml"]


def test_the_film_mended_as_told_can_be_rendered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "art").mkdir()
    for name in ("roof.png", "mara.jpg"):
        cv2.imwrite(str(tmp_path / "art" / name), picture(1, 640, 360))
    shutil.copy(tmp_path / "art" / "roof.png", tmp_path / "art" / "broken.png")
    shutil.copy(tmp_path / "art" / "roof.png", tmp_path / "secret.png")
    mended = FILM
    for wrong, right in (
        ("fps: 23", "fps: 24"),
        ("{marra}", "{mara}"),
        ("durration", "duration"),
        ("door, start", "door, join: cut, start"),
        ("duration: 40", "duration: 15"),
        ("endpoint: fal-ai/ltx-2.3/image-to-video, ", ""),
        (", use: [0, 2]", ""),
        ("id: hall, prompt", "id: hall-again, prompt"),
        (", seed: none", ""),
        ("../secret", "secret"),
    ):
        assert wrong in mended
        mended = mended.replace(wrong, right)
    film = tmp_path / "film.yaml"
    film.write_text(mended, encoding="utf-8")
    assert main(["plan", str(film)]) == 0, capsys.readouterr().err
