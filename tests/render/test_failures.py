"""What goes wrong while rendering: one shot's failure, a busy folder, a full or read-only disk."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import matchcut
from matchcut.render.events import Event, ShotEvent
from matchcut.render.providers.protocol import Job
from small import FILM, write_film


class Stubborn(matchcut.Rehearsal):
    """The rehearsal provider, which refuses one shot as a hosted endpoint may."""

    def __init__(self, refused: str) -> None:
        super().__init__()
        self._refused = refused

    async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        if job.shot == self._refused:
            raise matchcut.MatchcutError(
                matchcut.Code.PROVIDER_FAILED, "the endpoint refused the start picture"
            )
        await super().make(job, clip, progress)


def test_a_failed_shot_stops_only_what_hangs_on_it(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    told: list[Event] = []
    with pytest.raises(matchcut.RenderError) as caught:
        matchcut.render(project, plan, Stubborn("three"), told.append)
    assert set(caught.value.failed) == {"three", "four"}
    assert caught.value.exit == 6
    assert "needs `three`" in caught.value.failed["four"].message
    last = {e.shot: e.state.value for e in told if isinstance(e, ShotEvent)}
    assert last == {
        "one": "done",
        "two": "done",
        "three": "failed",
        "four": "blocked",
        "five": "done",
        "six": "done",
    }
    # The same command again, once the endpoint has come to its senses, makes only the rest.
    assert matchcut.render(project, plan, matchcut.Rehearsal()).made == ("three", "four")


def test_a_clip_of_another_length_is_not_silently_used(tmp_path: Path) -> None:
    class Short(matchcut.Rehearsal):
        async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
            await super().make(job, clip, progress)
            from matchcut.frames.clip import read_frames  # noqa: PLC0415
            from matchcut.frames.encode import Quality, write_clip  # noqa: PLC0415

            kept = [frame.pixels for frame in read_frames(clip, 0, 50)]
            write_clip(clip, kept, rate=job.expectation.rate, quality=Quality.TAKE)

    film = write_film(tmp_path, FILM.split("  - {id: two")[0])
    project = matchcut.load(film)
    with pytest.raises(matchcut.RenderError) as caught:
        matchcut.render(project, matchcut.plan(project), Short())
    assert caught.value.code is matchcut.Code.CLIP_UNEXPECTED
    assert "50 frames" in caught.value.message
    assert "where 72 of" in caught.value.message


def test_two_at_once_on_one_film_are_refused_clearly(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    command = [sys.executable, "-m", "matchcut", "rehearse", str(film)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        lock = tmp_path / ".matchcut" / "lock"
        deadline = time.monotonic() + 30
        while not lock.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        _, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    assert second.returncode == 4
    assert "another matchcut is at work" in second.stderr


def test_an_interrupted_run_says_so_and_goes_on(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    command = [sys.executable, "-m", "matchcut", "rehearse", str(film), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if '"done"' in line:
                break
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert time.monotonic() - begun < 15
    assert running.returncode == 130, err
    assert "The same command goes on from here." in err
    assert "Traceback" not in err
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    last = json.loads(again.stdout.splitlines()[-1])
    assert len(last["rendered"]) < 6, "what was finished is kept"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    (tmp_path / ".matchcut").write_text("in the way")
    done = subprocess.run(
        [sys.executable, "-m", "matchcut", "rehearse", str(film)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "cannot be written to" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / ".matchcut").read_text() == "in the way"


def test_a_disk_that_fills_up_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    """A limit on the size of a file stands for the full disk: both fail the write itself."""
    film = write_film(tmp_path)
    limited = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from matchcut.cli.main import main\n"
        "import matchcut.render.workflow, matchcut.render.engine\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))\n"
        "sys.exit(main(['rehearse', sys.argv[1]]))\n"
    )
    full = subprocess.run(
        [sys.executable, "-c", limited, str(film)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert full.returncode != 0
    done = subprocess.run(
        [sys.executable, "-m", "matchcut", "rehearse", str(film)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_broken_database_is_said_and_not_overwritten(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    (tmp_path / ".matchcut").mkdir()
    (tmp_path / ".matchcut" / "state.sqlite").write_bytes(b"this is no database" * 400)
    project = matchcut.load(film)
    with pytest.raises(matchcut.MatchcutError) as caught:
        matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())
    assert caught.value.code is matchcut.Code.STATE_BROKEN
    assert (tmp_path / ".matchcut" / "state.sqlite").read_bytes().startswith(b"this is no")
