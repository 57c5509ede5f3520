"""The paying verbs as their user runs them: processes, which know of fal by their environment."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hostile.sent import png

COMMAND = (sys.executable, "-m", "matchcut")
_OWN = ("FAL_", "MATCHCUT_", "XDG_CONFIG_HOME")
"""What the machine that runs the tests may have set for itself."""


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody with a film, a folder for it, and the environment of a shell."""

    film: Path
    environment: Mapping[str, str]
    """As a hostile fal gives it, and whatever else is to be different."""

    @property
    def folder(self) -> Path:
        return self.film.parent

    @property
    def shell(self) -> dict[str, str]:
        """The whole environment; no key and no contracts but those of the test."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith(_OWN)}
        return {**clean, "MATCHCUT_HOME": str(self.folder / "home"), **self.environment}

    def run(
        self, verb: str, *arguments: str, timeout: float = 240
    ) -> "subprocess.CompletedProcess[str]":
        """Run a verb to its end, without a terminal."""
        return subprocess.run(
            [*COMMAND, verb, *arguments],
            cwd=self.folder,
            env=self.shell,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def render(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Render the film."""
        return self.run("render", self.film.name, *arguments)

    def resolve(self, shot: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Decide a shot."""
        return self.run("resolve", shot, "--film", self.film.name, *arguments)

    def ledger(self) -> dict[str, Any]:
        """What the ledger says to a program."""
        done = self.run("ledger", self.film.name, "--json")
        assert done.returncode == 0, done.stderr
        facts: dict[str, Any] = json.loads(done.stdout)
        return facts

    def attempts(self, shot: str) -> list[dict[str, Any]]:
        """The attempts at a shot, in the order in which they were sent."""
        return [one for one in self.ledger()["attempts"] if one["shot"] == shot]


def write(folder: Path, text: str, **pictures: bytes) -> Path:
    """A film, and the pictures that it names, in `art/`; by the name without `.png`."""
    (folder / "art").mkdir(parents=True)
    for name, data in pictures.items():
        (folder / "art" / f"{name}.png").write_bytes(data)
    film = folder / "film.yaml"
    film.write_text(text, encoding="utf-8")
    return film


def drawn(*names: str, width: int = 240, height: int = 136) -> dict[str, bytes]:
    """A small picture for each name, no two alike."""
    return {name: png(number, width, height) for number, name in enumerate(names, start=1)}


def said(done: "subprocess.CompletedProcess[str]") -> str:
    """All that a command has written."""
    return f"{done.stdout}\n{done.stderr}"
