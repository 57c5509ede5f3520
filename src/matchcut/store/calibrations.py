"""What was measured of endpoints on purpose: dated records in the user's own settings folder."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from matchcut.errors import Code, MatchcutError
from matchcut.store.contracts import own_folder

_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One take that was made to be measured; None is "not measured"."""

    name: str
    """`start`, `end` (with an end picture) or `expanded` (with prompt expansion on)."""
    clip: str
    """SHA-256 of the clip."""
    width: int
    height: int
    rate: Fraction
    """Frames a second, counted."""
    frames: int
    asked_rate: Fraction | None
    """What was asked for or is documented; None where neither is."""
    asked_frames: int
    head: int | None
    """Copies of the start picture, where that could be told."""
    tail: int | None
    """Copies of the end picture, where there was one."""
    lock: Mapping[str, Any] | None
    """The first frame against the start picture, as `Lock.to_json` has it."""
    reach: Mapping[str, Any] | None
    """The last frame against the end picture."""
    cost_usd: str | None

    @property
    def size(self) -> str:
        """As in `1280x720`."""
        return f"{self.width}x{self.height}"

    def to_json(self) -> dict[str, Any]:
        """The trial as JSON has it."""
        return {
            "name": self.name,
            "clip": self.clip,
            "width": self.width,
            "height": self.height,
            "fps": str(self.rate),
            "frames": self.frames,
            "asked_fps": None if self.asked_rate is None else str(self.asked_rate),
            "asked_frames": self.asked_frames,
            "head": self.head,
            "tail": self.tail,
            "lock": None if self.lock is None else dict(self.lock),
            "reach": None if self.reach is None else dict(self.reach),
            "cost_usd": self.cost_usd,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Trial":
        """The reverse of `to_json`."""
        asked = raw["asked_fps"]
        same = ("name", "clip", "width", "height", "frames", "asked_frames", "head", "tail")
        return cls(
            **{key: raw[key] for key in same},
            rate=Fraction(raw["fps"]),
            asked_rate=None if asked is None else Fraction(asked),
            lock=raw["lock"],
            reach=raw["reach"],
            cost_usd=raw["cost_usd"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What was measured of an endpoint on one day."""

    endpoint: str
    provider: str
    measured: date
    trials: tuple[Trial, ...]

    def copies(self, size: str) -> tuple[int | None, int | None]:
        """Copies at the head and at the tail at a size, the median; None where none was told."""
        fitting = [trial for trial in self.trials if trial.size == size]
        heads = [trial.head for trial in fitting if trial.head is not None]
        tails = [trial.tail for trial in fitting if trial.tail is not None]
        return (
            int(median(sorted(heads))) if heads else None,
            int(median(sorted(tails))) if tails else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The calibration as JSON has it."""
        return {
            "endpoint": self.endpoint,
            "provider": self.provider,
            "measured": self.measured.isoformat(),
            "trials": [trial.to_json() for trial in self.trials],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Calibration":
        """The reverse of `to_json`."""
        return cls(
            endpoint=str(raw["endpoint"]),
            provider=str(raw["provider"]),
            measured=date.fromisoformat(raw["measured"]),
            trials=tuple(map(Trial.from_json, raw["trials"])),
        )


def calibrations_folder() -> Path | None:
    """Where records lie, beside the user's own contracts; None where the user has no home."""
    own = own_folder()
    return own.parent / "calibrations" if own else None


def calibration(endpoint: str, provider: str, folder: Path | None = None) -> Calibration | None:
    """The record of an endpoint, or None where there is none.

    Raises:
        MatchcutError: `contract.broken` where there is one that cannot be read.

    """
    place = folder or calibrations_folder()
    file = None if place is None else place / f"{slug(endpoint)}.{provider}.json"
    if file is None:
        return None
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
        known = Calibration.from_json(json.loads(data.decode("utf-8")))
        if len(data) <= _LARGEST and (known.endpoint, known.provider) == (endpoint, provider):
            return known
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        pass
    raise MatchcutError(
        Code.CONTRACT_BROKEN,
        f"what was measured of {endpoint} cannot be read",
        where=str(file),
        fix="Take that file away, or measure it again with `matchcut calibrate`.",
    )


def keep_calibration(known: Calibration, folder: Path | None = None) -> Path:
    """Write a record, in place of an older one of the same endpoint.

    Raises:
        MatchcutError: `folder.unwritable`.

    """
    place = folder or calibrations_folder()
    if place is None:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            "there is no folder for what is measured of endpoints",
            fix="Set MATCHCUT_HOME to a folder.",
        )
    file = place / f"{slug(known.endpoint)}.{known.provider}.json"
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        place.mkdir(parents=True, exist_ok=True)
        text = json.dumps(known.to_json(), indent=2, ensure_ascii=False) + "\n"
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(file)
    except OSError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"what was measured cannot be written: {error.strerror or error}",
            where=str(file),
            fix="Look at the permissions there and at the free space; the same command writes it "
            "without paying again.",
        ) from error
    return file


def slug(endpoint: str) -> str:
    """An endpoint's id as a file name."""
    return endpoint.replace("/", "__")
