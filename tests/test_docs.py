"""The documentation's examples do what the pages say, and what is generated is up to date."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from matchcut.cli.main import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def blocks(language: str) -> list[tuple[str, str]]:
    return [
        (f"{page.relative_to(ROOT)}-{number}", text)
        for page in PAGES
        for number, (kind, text) in enumerate(BLOCK.findall(page.read_text("utf-8")))
        if kind == language
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pictures that the pages name, and a second of footage."""
    place = tmp_path_factory.mktemp("docs")
    for example in ("courier", "first"):
        shutil.copytree(ROOT / "examples" / example / "art", place / "art", dirs_exist_ok=True)
    from fractions import Fraction  # noqa: PLC0415

    from matchcut.frames.encode import Quality, write_clip  # noqa: PLC0415
    from small import picture  # noqa: PLC0415

    frames = [picture(n, 192, 108) for n in range(24)]
    write_clip(place / "footage.mp4", frames, rate=Fraction(24), quality=Quality.TAKE)
    return place


FILMS = blocks("yaml")


@pytest.mark.parametrize("text", [text for _, text in FILMS], ids=[name for name, _ in FILMS])
def test_every_film_in_the_pages_can_be_rendered(
    text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = folder / "film.yaml"
    film.write_text(text, encoding="utf-8")
    assert main(["plan", str(film)]) == 0, capsys.readouterr().err
    said = capsys.readouterr().err
    assert ": error:" not in said
    assert ": warning:" not in said


def test_there_are_films_and_python_in_the_pages() -> None:
    assert len(FILMS) >= 7
    assert len(blocks("python")) >= 1


PYTHON = blocks("python")


@pytest.mark.parametrize("text", [text for _, text in PYTHON], ids=[name for name, _ in PYTHON])
def test_the_python_in_the_pages_runs(text: str, tmp_path: Path) -> None:
    from small import write_film  # noqa: PLC0415

    write_film(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "small.mp4 404" in done.stdout


def test_every_command_in_the_pages_is_one(folder: Path) -> None:
    for _, text in blocks("console"):
        for line in text.splitlines():
            command = line.removeprefix("$ ").split("#")[0].split()
            if command[0] in (".", "export"):
                continue
            if command[0] == "make":
                makefile = (ROOT / "Makefile").read_text("utf-8")
                assert f"\n{command[1]}:" in makefile, line
            else:
                assert command[0].endswith("matchcut"), line
                help_text = subprocess.run(
                    [sys.executable, "-m", "matchcut", command[1], "--help"],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                assert all(word in help_text for word in command if word.startswith("--")), line
    del folder


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in LINK.findall(page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert page.name in listed


def test_the_project_speaks_of_itself_alone() -> None:
    """No path of somebody's machine, no index address in a lock."""
    for lock in ROOT.glob("*.lock"):
        text = lock.read_text("utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text
