"""Several at work on one film: who dies, is taken for dead, or loses what all share."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from render.killing import FRAMES, Filming, filming, undisturbed_film
from render.paying import COMMAND

if TYPE_CHECKING:
    from postgres import Postgres

DEAD = "4"
"""Seconds of silence after which a worker is taken for dead here; they beat every two."""


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> list[str]:
    """The film's frames when nothing happens."""
    frames, _ = undisturbed_film(tmp_path_factory.mktemp("undisturbed"), clips)
    assert len(frames) == FRAMES
    return frames


@contextmanager
def process(
    one: Filming, *arguments: str, before: Callable[[], None] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=one.user.folder,
        env=one.user.shell,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=before,  # noqa: PLW1509 - no thread of this process matters to it
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)


def worker(one: Filming, **more: Callable[[], None]) -> "contextmanager[subprocess.Popen[str]]":
    return process(one, "worker", "--dead-after", DEAD, **more)


def ordered(one: Filming) -> "contextmanager[subprocess.Popen[str]]":
    """A render that leaves the work to the workers."""
    film = one.user.film.name
    return process(one, "render", film, "--yes", "--by-workers", "--look-for", "30")


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def ended(running: "subprocess.Popen[str]", seconds: float = 240.0) -> str:
    said, _ = running.communicate(timeout=seconds)
    assert "Traceback" not in said, said
    assert running.returncode == 0, said
    return said


def most_at_once(one: Filming) -> int:
    """How many jobs fal has had under way at the same time."""
    return max(job["running"] for job in one.fal.records("accepted"))


@pytest.mark.timeout(600)
def test_one_of_two_workers_dies(
    tmp_path: Path, clips: Path, server: "Postgres", wanted: list[str]
) -> None:
    with (
        filming(tmp_path, clips, database=server.address) as one,
        worker(one) as first,
        ordered(one) as film,
    ):
        until(lambda: len(one.fal.records("accepted")) >= 1)
        with worker(one):
            os.killpg(first.pid, signal.SIGKILL)
            ended(film)
        one.check(wanted)


@pytest.mark.timeout(600)
def test_a_living_worker_is_taken_for_dead(
    tmp_path: Path, clips: Path, server: "Postgres", wanted: list[str]
) -> None:
    with (
        filming(tmp_path, clips, database=server.address) as one,
        worker(one) as first,
        ordered(one) as film,
    ):
        until(lambda: len(one.fal.records("accepted")) >= 1)
        os.killpg(first.pid, signal.SIGSTOP)
        with worker(one):
            time.sleep(3 * float(DEAD))
            os.killpg(first.pid, signal.SIGCONT)
            ended(film)
        one.check(wanted)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("moment", ["sending", "accepted"])
def test_the_server_is_restarted(
    tmp_path: Path, clips: Path, server: "Postgres", wanted: list[str], moment: str
) -> None:
    with (
        filming(tmp_path, clips, database=server.address) as one,
        worker(one),
        ordered(one) as film,
    ):
        if moment == "accepted":
            until(lambda: len(one.fal.records("accepted")) >= 1)
        else:
            until(lambda: bool(one.attempts()))
        server.stop("immediate")
        time.sleep(3)
        server.start()
        try:
            ended(film)
        except AssertionError:
            one.finish()  # it may park what it cannot know; nothing is sent again by itself
        one.check(wanted)


@pytest.mark.timeout(600)
def test_the_folder_is_away_for_a_while(
    tmp_path: Path, clips: Path, server: "Postgres", wanted: list[str]
) -> None:
    away = float(os.environ.get("MATCHCUT_AWAY", "8"))
    with (
        filming(tmp_path, clips, database=server.address) as one,
        worker(one),
        ordered(one) as film,
    ):
        until(lambda: len(one.fal.records("accepted")) >= 1)
        state = one.user.folder / ".matchcut"
        state.rename(tmp_path / "away")
        time.sleep(away)
        assert not state.exists(), "nothing was begun anew in its place"
        (tmp_path / "away").rename(state)
        ended(film)
        one.check(wanted)


@pytest.mark.timeout(600)
def test_a_workers_disk_is_full(
    tmp_path: Path, clips: Path, server: "Postgres", wanted: list[str]
) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    with (
        filming(tmp_path, clips, database=server.address) as one,
        worker(one, before=full) as first,
        ordered(one) as film,
    ):
        until(lambda: len(one.fal.records("accepted")) >= 1)
        time.sleep(4)
        assert film.poll() is None, "it waits for room"
        os.killpg(first.pid, signal.SIGKILL)
        with worker(one):
            ended(film)
        one.check(wanted)
