"""What goes wrong while rendering: one shot's failure, a busy folder, a full or read-only disk."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import matchcut
from matchcut.endpoints import load
from matchcut.render.events import Event, ShotEvent, State
from matchcut.render.providers.protocol import Job
from render.tiny import ONE, TINY, rehearse, tiny
from small import FILM, frame_hashes, write_film

THREE = TINY + "  - {id: three, join: cut, start: art/c.png, prompt: the sea}\n"
CONTRACTS = Path(load.__file__).with_name("contracts")


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


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
@pytest.mark.parametrize("fits", [0, 60_000], ids=["nothing", "little"])
def test_a_disk_that_fills_up_loses_nothing_that_was_finished(tmp_path: Path, fits: int) -> None:
    """A limit on the size of a file stands for the full disk: both fail the write itself."""
    film = tiny(tmp_path, THREE)
    limited = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from matchcut.cli.main import entry\n"
        "from matchcut.render.ledger import Ledger\n"
        "finish, fits = Ledger.finish, int(sys.argv.pop())\n"
        "def last(*words, **named):\n"
        "    finish(*words, **named)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (fits, resource.RLIM_INFINITY))\n"
        "Ledger.finish = last\n"
        "entry()\n"
    )
    full = subprocess.run(
        [sys.executable, "-c", limited, "rehearse", str(film), str(fits)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert full.returncode == 4, full.stderr
    assert "Traceback" not in full.stderr
    assert "free space" in full.stderr
    finished = {line.split()[2] for line in full.stderr.splitlines() if line.endswith("  done")}
    assert finished, "the first take was finished"
    assert not (tmp_path / "out").exists()
    made = rehearse(film).made
    # A take whose row was the last that fitted may be more than was told, and never less.
    assert finished.isdisjoint(made), "what was finished is kept"
    assert made


def test_a_broken_database_is_said_and_not_overwritten(tmp_path: Path) -> None:
    film = write_film(tmp_path)
    (tmp_path / ".matchcut").mkdir()
    (tmp_path / ".matchcut" / "state.sqlite").write_bytes(b"this is no database" * 400)
    project = matchcut.load(film)
    with pytest.raises(matchcut.MatchcutError) as caught:
        matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())
    assert caught.value.code is matchcut.Code.STATE_BROKEN
    assert (tmp_path / ".matchcut" / "state.sqlite").read_bytes().startswith(b"this is no")


class Faulty(matchcut.Rehearsal):
    """A provider with a fault of its own."""

    async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        if job.shot == "one":
            raise ZeroDivisionError("by nothing")
        await super().make(job, clip, progress)


def test_a_fault_of_a_providers_own_costs_one_shot(tmp_path: Path) -> None:
    film = tiny(tmp_path, THREE)
    project = matchcut.load(film)
    with pytest.raises(matchcut.RenderError) as caught:
        matchcut.render(project, matchcut.plan(project), Faulty())
    assert set(caught.value.failed) == {"one", "two"}
    fault = caught.value.failed["one"]
    assert fault.code is matchcut.Code.INTERNAL
    assert "ZeroDivisionError: by nothing" in fault.message
    assert caught.value.exit is matchcut.Exit.INTERNAL
    assert rehearse(film).made == ("one", "two"), "the others were made"


@pytest.mark.parametrize("moment", ["the first word", "in the making", "done"])
def test_a_listener_that_goes_away_breaks_the_run_off(tmp_path: Path, moment: str) -> None:
    project = matchcut.load(tiny(tmp_path))
    plan = matchcut.plan(project)
    told: list[Event] = []

    def listen(event: Event) -> None:
        told.append(event)
        shot = event if isinstance(event, ShotEvent) else None
        making = shot is not None and shot.state is State.RENDERING and shot.share > 0.3
        done = shot is not None and shot.state is State.DONE
        if {"the first word": True, "in the making": making, "done": done}[moment]:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        matchcut.render(project, plan, matchcut.Rehearsal(), listen)
    heard = len(told)
    again = matchcut.render(project, plan, matchcut.Rehearsal())
    assert len(told) == heard, "whoever has gone away is told nothing more"
    assert again.made == (("two",) if moment == "done" else ("one", "two"))
    # Nor is there a difference where all is there already, and is only told.
    with pytest.raises(BrokenPipeError):
        matchcut.render(project, plan, matchcut.Rehearsal(), _gone)


def _gone(_event: Event) -> None:
    raise BrokenPipeError


class Waiting(matchcut.Rehearsal):
    """A provider that makes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.let = threading.Event()

    async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        self.begun.set()
        await asyncio.to_thread(self.let.wait, 60)
        await super().make(job, clip, progress)


def test_a_second_render_in_one_process_is_refused(tmp_path: Path) -> None:
    one, other = (matchcut.load(tiny(tmp_path / name, ONE)) for name in ("one", "other"))
    waiting = Waiting()
    with ThreadPoolExecutor(max_workers=1) as pool:
        first = pool.submit(matchcut.render, one, matchcut.plan(one), waiting)
        try:
            assert waiting.begun.wait(60)
            with pytest.raises(matchcut.MatchcutError) as caught:
                matchcut.render(other, matchcut.plan(other), matchcut.Rehearsal())
        finally:
            waiting.let.set()
        assert first.result(60).made == ("one",), "the first one is not disturbed"
    assert caught.value.code is matchcut.Code.FOLDER_BUSY
    assert "one at a time" in caught.value.message
    assert caught.value.fix
    assert rehearse(tmp_path / "other" / "film.yaml").made == ("one",)


@pytest.mark.timeout(60)
def test_a_broken_off_run_whose_clips_are_gone_starts_over(tmp_path: Path) -> None:
    film = tiny(tmp_path)
    wanted = frame_hashes(rehearse(film).shots[1].clip)
    with closing(sqlite3.connect(tmp_path / ".matchcut" / "state.sqlite")) as state:
        # As it stands where a run is killed while it makes the second shot.
        state.execute(
            "UPDATE workflow_status SET status = 'PENDING', output = NULL "
            "WHERE workflow_uuid NOT LIKE '%/one'"
        )
        state.execute("DELETE FROM operation_outputs WHERE workflow_uuid NOT LIKE '%/one'")
        state.execute("DELETE FROM matchcut_take WHERE shot = 'two'")
        state.commit()
    shutil.rmtree(tmp_path / ".matchcut" / "media")
    again = rehearse(film)
    assert again.made == ("one", "two")
    assert frame_hashes(again.shots[1].clip) == wanted


def test_words_that_look_like_a_reference_are_words(tmp_path: Path) -> None:
    film = tiny(tmp_path, TINY.replace("she walks", '"still://a"').replace("she runs", "clip://x"))
    assert rehearse(film).made == ("one", "two")
    assert rehearse(film).made == ()


def test_numbers_deep_in_options_are_sent_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = (CONTRACTS / "kling-v3-pro-image-to-video.toml").read_text(encoding="utf-8")
    own = shipped.replace("fal-ai/kling-video/v3/pro/image-to-video", "own/kling").replace(
        "[parameters]", '[parameters]\ngrade = { type = "any" }'
    )
    (tmp_path / "home" / "endpoints").mkdir(parents=True)
    (tmp_path / "home" / "endpoints" / "own.toml").write_text(own, encoding="utf-8")
    monkeypatch.setenv("MATCHCUT_HOME", str(tmp_path / "home"))
    text = ONE.replace("fal-ai/kling-video/v3/pro/image-to-video", "own/kling").replace(
        "camera: pan right", "options: {grade: {curve: [0.25, [1.5, {x: 1e-3}]], lift: 2}}"
    )
    film = tiny(tmp_path / "film", text)
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    assert plan.shots[0].request is not None, plan.findings
    sent = json.loads(json.dumps(plan.shots[0].request.arguments))
    assert sent["grade"] == {"curve": [0.25, [1.5, {"x": 0.001}]], "lift": 2}
    assert rehearse(film).made == ("one",)
