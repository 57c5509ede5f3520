"""Streams as shells give them: closed, full, cut short by `head`, in an encoding of 1987."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from render.tiny import rehearse, tiny
from small import write_film

if TYPE_CHECKING:
    from collections.abc import Iterator

fcntl = pytest.importorskip("fcntl")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="shells and pipes of POSIX")

COMMAND = [sys.executable, "-m", "matchcut"]
FILM = """
title: "Ночной курьер 夜"
canvas: {width: 96, height: 64, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, start: art/a.png, prompt: she walks, camera: pan right}
"""
VERBS = {
    "plan": ["plan", "film.yaml"],
    "plan --json": ["plan", "film.yaml", "--json"],
    "rehearse": ["rehearse", "film.yaml"],
    "rehearse --json": ["rehearse", "film.yaml", "--json"],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that was rehearsed before, so that rehearsing it again takes no time."""
    folder = write_film(tmp_path_factory.mktemp("made"), FILM).parent
    done = subprocess.run([*COMMAND, "rehearse", "film.yaml"], cwd=folder, check=False)
    assert done.returncode == 0
    return folder


@contextmanager
def started(words: list[str], folder: Path, **streams: int) -> "Iterator[subprocess.Popen[bytes]]":
    kept = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    with subprocess.Popen([*COMMAND, *words], cwd=folder, **kept) as running:
        yield running


def ended(running: "subprocess.Popen[bytes]") -> tuple[int, str]:
    """The exit code, and what was said on standard error."""
    err = running.stderr.read().decode() if running.stderr else ""
    return running.wait(timeout=60), err


@pytest.mark.parametrize("verb", VERBS)
def test_a_reader_that_takes_one_line_is_enough(verb: str, made: Path) -> None:
    """`| head -1`."""
    with started(VERBS[verb], made) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        running.stdout.close()
        code, err = ended(running)
    assert code == 0, err
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
    assert "fault" not in err


@pytest.mark.parametrize("verb", VERBS)
def test_a_reader_that_takes_nothing_is_enough(verb: str, made: Path) -> None:
    """`| true`, which is gone before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with started(VERBS[verb], made, stdout=writing) as running:
            code, err = ended(running)
    finally:
        os.close(writing)
    assert code == 0, err
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
    assert "fault" not in err


def test_a_rehearsal_whose_reader_goes_away_goes_on_the_next_time(tmp_path: Path) -> None:
    text = FILM + "  - {id: two, prompt: she runs}\n  - {id: three, prompt: she stops}\n"
    write_film(tmp_path, text)
    with started(VERBS["rehearse --json"], tmp_path) as running:
        assert running.stdout is not None
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            # What does not fit into it cannot be told before it is read, however slow this is.
            fcntl.fcntl(running.stdout, fcntl.F_SETPIPE_SZ, 4096)
        for line in running.stdout:
            if json.loads(line).get("state") == "done":
                break
        running.stdout.close()
        code, err = ended(running)
    assert (code, err) == (0, "")
    assert not (tmp_path / "out").exists(), "it is broken off, and not made for nobody"
    again = subprocess.run(
        [*COMMAND, *VERBS["rehearse --json"]], cwd=tmp_path, capture_output=True, check=True
    )
    made = json.loads(again.stdout.splitlines()[-1])["rendered"]
    assert "one" not in made, "what was finished is kept"
    assert "three" in made


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_no_fault(closed: str, made: Path) -> None:
    words = " ".join([*COMMAND, *VERBS["rehearse"]])
    done = subprocess.run(
        ["sh", "-c", f"{words} {closed}"], cwd=made, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert {path.name for path in made.iterdir()} == {"film.yaml", "art", "out", ".matchcut"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("verb", ["plan", "plan --json", "rehearse --json"])
def test_an_output_that_is_full_is_said(verb: str, made: Path) -> None:
    with (
        Path("/dev/full").open("wb") as full,
        started(VERBS[verb], made, stdout=full.fileno()) as running,
    ):
        code, err = ended(running)
    assert code == 4
    assert err.splitlines()[-1] == "matchcut: the output cannot be written: No space left on device"
    assert "Traceback" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_messages_that_cannot_be_written_change_nothing_else(made: Path) -> None:
    with (
        Path("/dev/full").open("wb") as full,
        started(VERBS["plan --json"], made, stderr=full.fileno()) as running,
    ):
        assert running.stdout is not None
        plan = json.loads(running.stdout.read())
        code, _ = ended(running)
    assert code == 0
    assert plan["shots"][0]["id"] == "one"


# A limit on the size of a file stands for the full disk: both fail the write itself.
LIMITED = """
import resource, sys
from importlib import import_module
module, _, name = sys.argv[1].rpartition(".")
module = import_module(module)
real = getattr(module, name)
def drawn(*words, **named):
    data = real(*words, **named)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    return data
setattr(module, name, drawn)
sys.argv[1:] = sys.argv[2:]
from matchcut.cli.main import entry
entry()
"""


@pytest.mark.parametrize(
    ("drawn", "words", "file"),
    [
        ("matchcut.render.showing._sheet", ["show", "one.out"], "film-one.out-71.png"),
        ("matchcut.takes.draw_takes", ["takes", "one", "--sheet"], "film-one.takes.png"),
        ("matchcut.assemble.film.draw_sheet", ["rehearse", "film.yaml"], "tiny.png"),
    ],
    ids=["show", "takes", "rehearse"],
)
def test_a_picture_that_does_not_fit_is_said_by_its_name(
    drawn: str, words: list[str], file: str, tmp_path: Path
) -> None:
    rehearse(tiny(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, drawn, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    said = done.stderr.splitlines()
    (place,) = (line for line in said if "a file cannot be written: File too large" in line)
    assert file in place
    assert "Look at the free space and the permissions there" in done.stderr
    assert "fault of its own" not in done.stderr


FULL = """
import errno, os, sys
from matchcut.cli import main
def full(_arguments):
    raise OSError(getattr(errno, sys.argv.pop()), "it is full")
main.main = full
main.entry()
"""


@pytest.mark.parametrize("number", ["ENOSPC", "EFBIG"])
@pytest.mark.parametrize("debug", ["", "1"])
def test_a_full_output_is_one_however_the_disk_says_so(number: str, debug: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, number],
        env={**os.environ, "MATCHCUT_DEBUG": debug},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == "matchcut: the output cannot be written: it is full"
    assert ("Traceback" in done.stderr) == bool(debug), "where it is asked for, it is there"


@pytest.mark.parametrize(
    ("encoding", "verb"), [("ascii", "plan"), ("ascii", "plan --json"), ("latin-1", "plan")]
)
def test_an_encoding_that_lacks_letters_spells_them_out(
    encoding: str, verb: str, made: Path
) -> None:
    done = subprocess.run(
        [*COMMAND, *VERBS[verb]],
        cwd=made,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    said = done.stdout.decode(encoding)
    assert "\\u041d\\u043e\\u0447\\u043d\\u043e\\u0439 \\u043a\\u0443" in said
    if verb == "plan --json":
        assert json.loads(said)["title"] == "Ночной курьер 夜", "spelled out as JSON does"
