"""Killed at any moment, the same command goes on, and the film is the undisturbed one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from small import frame_hashes, write_film

if TYPE_CHECKING:
    from collections.abc import Iterator

# `make test` kills 4 times, in parts that can run side by side; `make soak` sets this higher.
KILLS = int(os.environ.get("MATCHCUT_KILLS", "4"))
PARTS = 4
STARTUP = 1.5
"""Seconds within which a run loads itself and its engine, and has told nothing yet."""


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbs."""

    frames: list[str]
    told: int
    """Lines that it tells."""


@contextmanager
def rehearsing(film: Path) -> "Iterator[subprocess.Popen[str]]":
    with subprocess.Popen(
        [sys.executable, "-m", "matchcut", "rehearse", str(film), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        yield run


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    film = write_film(tmp_path_factory.mktemp("undisturbed"))
    with rehearsing(film) as run:
        out, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    frames = frame_hashes(film.parent / "out" / "small.mp4")
    assert len(frames) == 72 * 6 - 24 - 4
    return Undisturbed(frames, len(out.splitlines()))


def killed(film: Path, told: int, later: float) -> str | None:
    """Kill a run so many seconds after it has told so many lines.

    By what it has told, so that a kill lands in the same work on any machine.

    Returns:
        What it told last before that, or None where it was done before the kill came.

    """
    last = "nothing"
    with rehearsing(film) as run:
        assert run.stdout is not None
        for _ in range(told):
            last = run.stdout.readline().strip()
        time.sleep(later)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate(timeout=60)
    return last if run.returncode == -signal.SIGKILL else None


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_rehearsal_goes_on_to_the_same_film(
    tmp_path: Path, part: int, undisturbed: Undisturbed
) -> None:
    moments = random.Random(20261122 + part)
    landed = missed = 0
    while landed < KILLS // PARTS:
        film = write_film(tmp_path / f"killed-{landed + missed}")
        # One kill out of five falls into the start, the others into what comes then.
        startup = landed % 5 == 4
        told = 0 if startup else moments.randrange(undisturbed.told)
        later = moments.uniform(0, STARTUP if startup else 0.05)
        last = killed(film, told, later)
        if last is None:
            missed += 1
            assert missed <= KILLS, "most kills must land"
            continue
        landed += 1
        moment = f"kill {landed}, {later:.2f} s after {last}"
        with rehearsing(film) as again:
            out, err = again.communicate(timeout=120)
        assert again.returncode == 0, f"{moment}: {err}"
        assert "Traceback" not in err
        assert json.loads(out.splitlines()[-1])["step"] == "done"
        assert frame_hashes(film.parent / "out" / "small.mp4") == undisturbed.frames, moment
        media = list((film.parent / ".matchcut" / "media").rglob("*.mp4"))
        assert len(media) == 6, "no clip was made twice under another hash"
        within = {path.name for path in (film.parent / "out").iterdir()}
        assert within == {"small.mp4", "small.otio", "small.png", "small-clips"}, "no litter"
