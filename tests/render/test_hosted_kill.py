"""Killed at any moment, a paid render goes on: nothing is paid twice, nothing paid is lost.

The hostile fal is a process of its own, which sees nothing of the kill but a connection that is
gone. What it has accepted stands in its own record, whatever the film's ledger says.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from matchcut.render.attempt import Attempt, AttemptState
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database
from render.paying import COMMAND, User, drawn, said, write
from small import frame_hashes

# `make test` kills 8 times at random, in parts that can run side by side; a soak sets this higher.
KILLS = int(os.environ.get("MATCHCUT_KILLS", "4"))
PARTS = 2
TESTS = Path(__file__).parents[1]
FILM = """
title: Kill
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: somebody walks, camera: push in, use: [0, 1]}
  - {id: two, prompt: somebody turns, camera: pan right, use: [0, 1]}
  - {id: six, join: cut, start: art/b.png, prompt: the sea, camera: pan left, use: [0, 1]}
"""
WORDS = {"walks": "one", "turns": "two", "the sea": "six"}
LOOK = "30"
"""Seconds; a job that was accepted is in the list after two."""
FRAMES = 24 + (24 - 1) + 24
MOST_RUNS = 6
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fal:
    """A hostile fal in another process."""

    folder: Path
    environment: dict[str, str]

    def records(self, kind: str) -> list[Json]:
        """What it has written down, the oldest first; a line that is being written is left out."""
        text = (self.folder / f"{kind}.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def accepted(self, shot: str) -> list[Json]:
        """The jobs it took on for a shot."""
        return [job for job in self.records("accepted") if shot_of(job["input"]) == shot]


def shot_of(given: Json) -> str:
    return next(shot for words, shot in WORDS.items() if words in given["prompt"])


@contextmanager
def fal_process(
    folder: Path, clips: Path, *, listed: bool = False, faults: list[Json] | None = None
) -> Iterator[Fal]:
    command = [sys.executable, "-m", "hostile", str(folder), "--cache", str(clips), "--pace", "0.1"]
    if listed:
        command.append("--list-unfinished")
    with subprocess.Popen(
        [*command, "--faults", json.dumps(faults or [])],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), *sys.path))},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        try:
            yield Fal(folder=folder, environment=facts["environment"])
        finally:
            process.terminate()


@dataclass(kw_only=True)
class Filming:
    """A film that is rendered again and again until it is done, whatever happens to it."""

    fal: Fal
    user: User
    said: list[str] = field(default_factory=list)

    def killed(self, moment: Callable[[float], bool], *more: str) -> bool:
        """Render, and kill the whole group once the moment has come; False where it was over."""
        begun = time.monotonic()
        with subprocess.Popen(
            [*COMMAND, "render", self.user.film.name, "--yes", *more],
            cwd=self.user.folder,
            env=self.user.shell,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as running:
            while running.poll() is None and not moment(time.monotonic() - begun):
                time.sleep(0.001)
            if running.poll() is not None:
                return False
            os.killpg(running.pid, signal.SIGKILL)
            return True

    def finish(self) -> None:
        """Run the same command until the film is done, and decide what it asks."""
        for _ in range(MOST_RUNS):
            command = ("render", self.user.film.name, "--yes", "--look-for", LOOK)
            done = self.user.run(*command, timeout=600)
            self.said.append(said(done))
            assert "Traceback" not in self.said[-1]
            if done.returncode == 0:
                return
            assert done.returncode == 8, self.said[-1]
            self.decide()
        pytest.fail("it is never done: " + "\n".join(self.said))

    def attempts(self) -> list[Attempt]:
        """What the film's ledger knows; empty where there is none yet."""
        state = self.user.folder / ".matchcut" / "state.sqlite"
        if not state.exists():
            return []
        database = Database(state)
        try:
            return Attempts(database).all()
        finally:
            database.close()

    def decide(self) -> None:
        """Do what the message says: look at fal's own site, and adopt or have it sent again."""
        attempts = self.attempts()
        known = {one.request_id for one in attempts}
        for one in attempts:
            if one.state is not AttemptState.UNKNOWN:
                continue
            shot = one.key.shot
            there = [
                job["request_id"]
                for job in self.fal.accepted(shot)
                if job["request_id"] not in known
            ]
            decision = ("--adopt", there[0]) if there else ("--resubmit",)
            decided = self.user.resolve(shot, *decision)
            assert decided.returncode == 0, said(decided)

    def check(self, wanted: list[str]) -> None:
        """Nothing was paid twice, nothing that was paid is lost, and the film is the right one."""
        attempts = self.attempts()
        over = (AttemptState.GIVEN_UP, AttemptState.REFUSED)
        by_take = Counter(one.key for one in attempts if one.state not in over)
        assert set(by_take.values()) == {1}, attempts
        accepted = self.fal.records("accepted")
        each = Counter(shot_of(job["input"]) for job in accepted)
        assert each == {"one": 1, "two": 1, "six": 1}, "each was paid once"
        done = [one.request_id for one in attempts if one.state is AttemptState.DONE]
        assert sorted(done) == sorted(job["request_id"] for job in accepted), "none is lost"
        assert not self.fal.records("leaks")
        assert not self.fal.records("fallback-uploads")
        film = self.user.folder / "out" / "kill.mp4"
        assert frame_hashes(film) == wanted


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> tuple[list[str], float]:
    """The film's frames when nothing happens, and how long it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with filming(folder, clips) as one:
        begun = time.monotonic()
        one.finish()
        length = time.monotonic() - begun
        frames = frame_hashes(folder / "film" / "out" / "kill.mp4")
        assert len(frames) == FRAMES
        one.check(frames)
    return frames, length


@contextmanager
def filming(
    folder: Path, clips: Path, *, listed: bool = False, faults: list[Json] | None = None
) -> Iterator[Filming]:
    with fal_process(folder / "fal", clips, listed=listed, faults=faults) as fal:
        film = write(folder / "film", FILM, **drawn("a", "b"))
        yield Filming(fal=fal, user=User(film=film, environment=fal.environment))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_moment(
    tmp_path: Path, clips: Path, undisturbed: tuple[list[str], float], part: int
) -> None:
    wanted, length = undisturbed
    moments = random.Random(20261125 + part)
    killed = 0
    for number in range(KILLS // PARTS):
        share = moments.uniform(0.15, 1.0)
        with filming(tmp_path / str(number), clips, listed=number % 2 == 1) as one:
            killed += one.killed(lambda passed, until=share * length: passed >= until)
            one.finish()
            one.check(wanted)
    # Machines speed up and slow down: some runs may have been done before their moment came.
    assert killed >= 1


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("nth", "listed"), [(1, False), (2, True), (3, False)])
def test_killed_between_the_acceptance_and_its_being_saved(
    tmp_path: Path, clips: Path, undisturbed: tuple[list[str], float], nth: int, *, listed: bool
) -> None:
    wanted, _ = undisturbed
    # The nth job is accepted at once, and its answer is held back until long after the kill.
    slow = {"fault": "SLOW_ACCEPT", "after": nth - 1, "seconds": 20}
    with filming(tmp_path, clips, listed=listed, faults=[slow]) as one:
        # One at a time, so that no other request is written down and not sent yet.
        assert one.killed(lambda _: len(one.fal.records("accepted")) >= nth, "--at-once", "1")
        attempts = one.attempts()
        known = {row.request_id for row in attempts}
        lost = [job for job in one.fal.records("accepted") if job["request_id"] not in known]
        assert lost, "it was killed in between"
        sending = {row.key.shot for row in attempts if row.state is AttemptState.SENDING}
        assert {shot_of(job["input"]) for job in lost} <= sending
        one.finish()
        assert len(one.said) == 1, "it was found again, and nobody had to decide"
        one.check(wanted)


@pytest.mark.timeout(600)
def test_killed_while_it_waits_to_send_it_again(
    tmp_path: Path, clips: Path, undisturbed: tuple[list[str], float]
) -> None:
    wanted, _ = undisturbed
    full = {"fault": "TOO_MANY_REQUESTS", "times": 2, "retry_after": 60}
    with filming(tmp_path, clips, faults=[full]) as one:
        assert one.killed(lambda _: sum(row.waits for row in one.attempts()) == 2)
        assert not one.fal.records("accepted")
        one.finish()
        assert len(one.said) == 1, "nothing was out, and nobody has to decide"
        one.check(wanted)
        assert [row.state.value for row in one.attempts() if row.key.shot == "one"] == [
            "refused",
            "done",
        ]
