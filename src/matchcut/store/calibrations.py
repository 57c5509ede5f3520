"""What was measured of endpoints on purpose: dated records in the user's own settings folder."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    measured: date
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
    asked_size: str | None = None
    """As `size`; None where the endpoint chooses it, or that was not written down."""

    @property
    def size(self) -> str:
        """As in `1280x720`."""
        return f"{self.width}x{self.height}"

    def to_json(self) -> dict[str, Any]:
        """The trial as JSON has it."""
        return {
            "name": self.name,
            "measured": self.measured.isoformat(),
            "clip": self.clip,
            "width": self.width,
            "height": self.height,
            "fps": str(self.rate),
            "frames": self.frames,
            "asked_fps": None if self.asked_rate is None else str(self.asked_rate),
            "asked_frames": self.asked_frames,
            "asked_size": self.asked_size,
            "head": self.head,
            "tail": self.tail,
            "lock": None if self.lock is None else dict(self.lock),
            "reach": None if self.reach is None else dict(self.reach),
            "cost_usd": self.cost_usd,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any], measured: str) -> "Trial":
        """The reverse of `to_json`.

        Args:
            raw: The trial.
            measured: The day of the whole record: older ones say no other.

        """
        asked = raw["asked_fps"]
        same = ("name", "clip", "width", "height", "frames", "asked_frames", "head", "tail")
        return cls(
            **{key: raw[key] for key in same},
            measured=date.fromisoformat(raw.get("measured", measured)),
            rate=Fraction(raw["fps"]),
            asked_rate=None if asked is None else Fraction(asked),
            lock=raw["lock"],
            reach=raw["reach"],
            cost_usd=raw["cost_usd"],
            asked_size=raw.get("asked_size"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Everything that was measured of an endpoint, at one size and another, on one day and another.

    What was paid for stays in it; what counts is `current`.
    """

    endpoint: str
    provider: str
    trials: tuple[Trial, ...]

    @property
    def measured(self) -> date:
        """The day on which something of it was measured last; there is a trial in every record."""
        return max(trial.measured for trial in self.trials)

    @property
    def current(self) -> tuple[Trial, ...]:
        """The trials that count: of each name at each size the one that was measured last."""
        by_day = sorted(self.trials, key=lambda trial: trial.measured)
        last = {(trial.name, trial.size): trial for trial in by_day}
        return tuple(last.values())

    def at(self, size: str) -> tuple[Trial, ...]:
        """The trials that count at a size; empty where it was not measured there."""
        return tuple(trial for trial in self.current if trial.size == size)

    def copies(self, size: str) -> tuple[int | None, int | None]:
        """Copies at the head and at the tail at a size, the median; None where none was told."""
        fitting = self.at(size)
        heads = [trial.head for trial in fitting if trial.head is not None]
        tails = [trial.tail for trial in fitting if trial.tail is not None]
        return (
            int(median(sorted(heads))) if heads else None,
            int(median(sorted(tails))) if tails else None,
        )

    def joined(self, later: "Calibration") -> "Calibration":
        """This record and a later one of the same endpoint.

        A take that was measured before is on record once, as it was measured last. Its day stays:
        the model made it then.
        """
        known = {(trial.name, trial.clip): trial for trial in self.trials}
        for trial in later.trials:
            key = trial.name, trial.clip
            known[key] = replace(trial, measured=known.get(key, trial).measured)
        return replace(self, trials=tuple(known.values()))

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
        """The reverse of `to_json`.

        Raises:
            ValueError: There is no trial in it; as does what is no number or day.

        """
        if not raw["trials"]:
            raise ValueError("no trials")
        return cls(
            endpoint=str(raw["endpoint"]),
            provider=str(raw["provider"]),
            trials=tuple(Trial.from_json(trial, raw["measured"]) for trial in raw["trials"]),
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
    return None if place is None else _read(_file(place, endpoint, provider), endpoint, provider)


def keep_calibration(new: Calibration, folder: Path | None = None) -> tuple[Calibration, Path]:
    """Add what was measured to the endpoint's record; what is in it stays.

    A record that cannot be read is set aside under another name: somebody may have paid for it.

    Returns:
        The whole record, and its file.

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
    file = _file(place, new.endpoint, new.provider)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        place.mkdir(parents=True, exist_ok=True)
        whole = _before(file, new).joined(new)
        text = json.dumps(whole.to_json(), indent=2, ensure_ascii=False) + "\n"
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
    return whole, file


def _before(file: Path, new: Calibration) -> Calibration:
    """What was on record; nothing where that cannot be read."""
    nothing = replace(new, trials=())
    try:
        return _read(file, new.endpoint, new.provider) or nothing
    except MatchcutError:
        file.replace(file.with_name(f"{file.name}.broken"))
        return nothing


def _read(file: Path, endpoint: str, provider: str) -> Calibration | None:
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
    raise _unreadable(file, endpoint)


def broken(endpoint: str, provider: str, folder: Path | None = None) -> MatchcutError:
    """What is wrong where the record of an endpoint says something that nobody understands."""
    place = folder or calibrations_folder() or Path()
    return _unreadable(_file(place, endpoint, provider), endpoint)


def _unreadable(file: Path, endpoint: str) -> MatchcutError:
    return MatchcutError(
        Code.CONTRACT_BROKEN,
        f"what was measured of {endpoint} cannot be read",
        where=str(file),
        fix="Mend that file, or measure it again with `matchcut calibrate`, which sets it aside.",
    )


def _file(place: Path, endpoint: str, provider: str) -> Path:
    return place / f"{slug(endpoint)}.{provider}.json"


def slug(endpoint: str) -> str:
    """An endpoint's id as a file name."""
    return endpoint.replace("/", "__")
