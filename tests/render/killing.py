"""A paid film that is killed, again and again, and what must be true of it in the end.

The hostile fal is a process of its own, which sees nothing of a kill but a connection that is gone.
What it has accepted stands in its own record, whatever the film's ledger says.
"""

import json
import os
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
from matchcut.render.state import VARIABLE, open_state
from matchcut.store.folder import StateFolder
from render.paying import COMMAND, User, drawn, said, write
from small import frame_hashes

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
    folder: Path,
    clips: Path,
    *,
    listed: bool = False,
    faults: list[Json] | None = None,
    workers: int = 1,
    pace: float = 0.1,
) -> Iterator[Fal]:
    """A hostile fal in a process of its own; a job takes it `pace` seconds at least."""
    command = [sys.executable, "-m", "hostile", str(folder), "--cache", str(clips)]
    command += ["--pace", str(pace), "--workers", str(workers)]
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
        folder = StateFolder(self.user.folder)
        if not folder.beside():
            return []
        database = open_state(folder, self.user.environment.get(VARIABLE, ""))
        try:
            return Attempts(database).all(folder.key(self.user.film.name))
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

    def check(self, wanted: list[str], kind: str = "") -> None:
        """Nothing was paid twice, nothing that was paid is lost, and the film is the right one.

        Args:
            wanted: The undisturbed film's frames.
            kind: What was done to this one, for the record of a soak.

        """
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
        self._record(kind, len(accepted), sum(by_take.values()) - len(by_take), len(done))

    def _record(self, kind: str, accepted: int, twice: int, done: int) -> None:
        """Write down what was seen, where a soak asks for it."""
        place = os.environ.get("MATCHCUT_RECORD")
        if place and kind:
            facts = {
                "kind": kind,
                "state": "PostgreSQL" if VARIABLE in self.user.environment else "SQLite",
                "accepted": accepted,
                "twice": twice,
                "lost": accepted - done,
                "parked": len(self.said) > 1,
            }
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(json.dumps(facts) + "\n")


@contextmanager
def filming(
    folder: Path,
    clips: Path,
    *,
    listed: bool = False,
    faults: list[Json] | None = None,
    database: str = "",
) -> Iterator[Filming]:
    """A film and the fal that is to make it; its state in its folder or on a server."""
    with fal_process(folder / "fal", clips, listed=listed, faults=faults) as fal:
        film = write(folder / "film", FILM, **drawn("a", "b"))
        shared = {VARIABLE: database} if database else {}
        yield Filming(fal=fal, user=User(film=film, environment={**fal.environment, **shared}))


def undisturbed_film(folder: Path, clips: Path) -> tuple[list[str], float]:
    """The film's frames when nothing happens to it, and how many seconds it takes."""
    with filming(folder, clips) as one:
        begun = time.monotonic()
        one.finish()
        length = time.monotonic() - begun
        frames = frame_hashes(folder / "film" / "out" / "kill.mp4")
        assert len(frames) == FRAMES
        one.check(frames)
    return frames, length
