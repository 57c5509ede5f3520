"""Killed at any moment, the same command goes on, and the film is the undisturbed one."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from small import frame_hashes, write_film

# `make test` kills 20 times, in parts that can run side by side; `make soak` sets this higher.
KILLS = int(os.environ.get("MATCHCUT_KILLS", "20"))
PARTS = 4


def rehearse(film: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "matchcut", "rehearse", str(film)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_rehearsal_goes_on_to_the_same_film(tmp_path: Path, part: int) -> None:
    undisturbed = write_film(tmp_path / "undisturbed")
    begun = time.monotonic()
    run = rehearse(undisturbed)
    out, _ = run.communicate(timeout=120)
    assert run.returncode == 0, out
    length = time.monotonic() - begun
    wanted = frame_hashes(undisturbed.parent / "out" / "small.mp4")
    assert len(wanted) == 72 * 6 - 24 - 4

    moments = random.Random(20261122 + part)
    killed = 0
    for number in range(KILLS // PARTS):
        film = write_film(tmp_path / f"killed-{number}")
        # Two kills out of three fall into the making of takes, the others anywhere.
        share = moments.uniform(0.3, 1.0) if number % 3 else moments.uniform(0.0, 1.0)
        run = rehearse(film)
        time.sleep(share * length)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            killed += 1
        run.communicate()
        again = rehearse(film)
        out, _ = again.communicate(timeout=120)
        assert again.returncode == 0, f"kill {number} at {share:.2f}: {out}"
        assert "Traceback" not in out
        got = frame_hashes(film.parent / "out" / "small.mp4")
        assert got == wanted, f"kill {number} at {share:.2f} of {length:.1f} s"
        media = list((film.parent / ".matchcut" / "media").rglob("*.mp4"))
        assert len(media) == 6, "no clip was made twice under another hash"
    # Machines speed up and slow down: some runs may have been done before their moment came.
    assert killed >= 1
