"""Several at work on one film: who dies, is taken for dead, or loses what all share."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matchcut.render.state import VARIABLE
from render.killing import FRAMES, Fal, Filming, fal_process, filming, shot_of, undisturbed_film
from render.paying import COMMAND, User, drawn, write

if TYPE_CHECKING:
    from postgres import Postgres

JUMPING = Path(__file__).with_name("jumping.py")
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
    one: Filming,
    *arguments: str,
    before: Callable[[], None] | None = None,
    command: tuple[str, ...] = COMMAND,
) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*command, *arguments],
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


def ordered(one: Filming, *more: str) -> "contextmanager[subprocess.Popen[str]]":
    """A render that leaves the work to the workers."""
    film = one.user.film.name
    return process(one, "render", film, "--yes", "--by-workers", "--look-for", "30", *more)


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def over(running: "subprocess.Popen[str]", seconds: float = 240.0) -> str:
    said, _ = running.communicate(timeout=seconds)
    assert "Traceback" not in said, said
    return said


def ended(running: "subprocess.Popen[str]") -> str:
    said = over(running)
    assert running.returncode == 0, said
    return said


def finished(one: Filming, film: "subprocess.Popen[str]") -> None:
    """The film is done; what nobody but a person can know of who was killed is decided first.

    Who is killed after it has written down that it sends, and before it does, leaves a submission
    that no list ever shows.
    """
    one.said.append(over(film))
    if film.returncode == 0:
        return
    assert film.returncode == 8, one.said[-1]
    one.decide()
    with ordered(one) as again:
        one.said.append(ended(again))


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
            finished(one, film)
        one.check(wanted, "one of two workers killed")


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
        shot = shot_of(one.fal.records("accepted")[0]["input"])
        with worker(one) as second:
            assert second.stdout is not None
            said: list[str] = []
            threading.Thread(target=said.extend, args=(second.stdout,), daemon=True).start()
            until(lambda: any(line.startswith(f"{shot}  ") for line in said), 120)
            os.killpg(first.pid, signal.SIGCONT)
            finished(one, film)
        one.check(wanted, "a living worker taken for dead")


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
        ended(film)
        one.check(wanted, "the server restarted")


@pytest.mark.timeout(600)
def test_the_folder_is_away_for_a_while(
    tmp_path: Path, clips: Path, server: "Postgres", wanted: list[str]
) -> None:
    away = float(os.environ.get("MATCHCUT_AWAY", "5"))
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
        one.check(wanted, "the shared folder away")


@pytest.mark.timeout(600)
def test_a_film_that_a_worker_does_not_see_yet_is_waited_for(
    tmp_path: Path, clips: Path, server: "Postgres", wanted: list[str]
) -> None:
    with filming(tmp_path, clips, database=server.address) as one, ordered(one) as film:
        until((one.user.folder / ".matchcut" / "shared.json").exists)
        time.sleep(2)  # the order is given; nobody has taken it
        one.user.film.rename(tmp_path / "film.yaml")
        with worker(one):
            time.sleep(4)
            assert not one.fal.records("accepted")
            (tmp_path / "film.yaml").rename(one.user.film)
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
            finished(one, film)
        one.check(wanted, "a worker's disk full")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("days", "shared"), [(3, False), (-3, True), (3, True)])
def test_the_clock_jumps(
    tmp_path: Path,
    clips: Path,
    request: pytest.FixtureRequest,
    wanted: list[str],
    days: int,
    *,
    shared: bool,
) -> None:
    address = request.getfixturevalue("server").address if shared else ""
    jump = tmp_path / "jump"
    with filming(tmp_path, clips, database=address) as one:
        command = (sys.executable, str(JUMPING), str(jump))
        with process(one, "render", one.user.film.name, "--yes", command=command) as film:
            until(lambda: len(one.fal.records("accepted")) >= 1)
            jump.write_text(str(days * 86400))
            ended(film)
        one.check(wanted, "the clock set by three days")
        sent = [datetime.fromisoformat(attempt.sent_at) for attempt in one.attempts()]
        assert max(sent) - min(sent) > timedelta(days=2), "it did jump"


APART = """
title: Apart
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
"""


def film_of(folder: Path, fal: Fal, address: str, shots: int) -> Filming:
    """A film of shots that need nothing of each other."""
    rows = [
        f"  - {{id: s{n}, join: cut, start: art/a.png, prompt: view {n} of {folder.name}}}\n"
        for n in range(shots)
    ]
    film = write(folder, APART + "".join(rows), **drawn("a"))
    return Filming(
        fal=fal, user=User(film=film, environment={**fal.environment, VARIABLE: address})
    )


@pytest.mark.timeout(600)
def test_an_accounts_limit_holds_for_all_its_films_and_workers(
    tmp_path: Path, clips: Path, server: "Postgres"
) -> None:
    with fal_process(tmp_path / "fal", clips, workers=4, pace=1.0) as fal:
        one, two = (film_of(tmp_path / name, fal, server.address, 4) for name in ("one", "two"))
        with worker(one), worker(one), ordered(one) as first, ordered(two) as second:
            ended(first)
            ended(second)
        accepted = fal.records("accepted")
        assert len(accepted) == 8
        assert max(job["under_way"] for job in accepted) == 2, "both places were taken, no more"


@pytest.mark.timeout(600)
def test_an_endpoints_limit_holds_within_the_accounts(
    tmp_path: Path, clips: Path, server: "Postgres"
) -> None:
    with fal_process(tmp_path / "fal", clips, workers=4, pace=1.0) as fal:
        one = film_of(tmp_path / "film", fal, server.address, 4)
        other = "endpoint: fal-ai/kling-video/o3/pro/image-to-video, prompt: view"
        text = one.user.film.read_text("utf-8")
        for n in (1, 3):
            text = text.replace(f"prompt: view {n}", f"{other} {n}")
        one.user.film.write_text(text, "utf-8")
        limits = ("--at-once", "3", "--at-once-each", "1", "--price", "s1=1", "--price", "s3=1")
        with process(one, "render", one.user.film.name, "--yes", *limits) as film:
            ended(film)
        accepted = fal.records("accepted")
        assert len(accepted) == 4
        assert max(job["under_way_there"] for job in accepted) == 1
        assert max(job["under_way"] for job in accepted) == 2, "both endpoints were busy at once"
