"""What was measured of the endpoints that a film uses, in the words that `plan` has for it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matchcut.errors import MatchcutError
from matchcut.findings import Finding, Severity
from matchcut.plan.types import Plan, PlannedShot
from matchcut.store.calibrations import Calibration, Trial, broken, calibration

if TYPE_CHECKING:
    from matchcut.inspect.lock import Lock, Triple

_SEEN_SHIFT, _SEEN_SCALE = 0.1, 0.001
"""Pixels, and a share, below which a frame lies where its picture does; the measure is no surer."""
_SEEN_TONE = 0.002
"""Share of light at middle grey below which tones are as they were: an encoder does as much."""


def measured(plan: Plan) -> Iterator[Finding]:
    """Say what was measured of each endpoint at each size that the film asks for, once each.

    Yields:
        `endpoint.measured`, at the first shot that it is said of; or `endpoint.measured-broken`
        where there is a record that cannot be read.

    """
    said: set[tuple[str, str | None]] = set()
    for shot in plan.shots:
        asked = _asked(shot)
        if shot.endpoint is None or shot.request is None or (shot.endpoint, asked) in said:
            continue
        said.add((shot.endpoint, asked))
        path = ("shots", shot.index, "endpoint")
        try:
            for message, fix in _said(shot.endpoint, asked):
                yield Finding(
                    id="endpoint.measured",
                    severity=Severity.INFO,
                    path=path,
                    message=message,
                    fix=fix,
                )
        except MatchcutError as error:
            yield Finding(
                id="endpoint.measured-broken",
                severity=Severity.WARNING,
                path=path,
                message=f"{error.message} ({error.where})",
                fix=error.fix,
            )


def _asked(shot: PlannedShot) -> str | None:
    """The size that a shot asks for; None where the endpoint chooses it."""
    wanted = shot.expectation
    return f"{wanted.width}x{wanted.height}" if wanted and wanted.size_known else None


def _said(endpoint: str, asked: str | None) -> list[tuple[str, str]]:
    """Message and fix for each size that came of what is asked for."""
    known = calibration(endpoint, "fal")
    if known is None:
        return []
    try:
        fitting = [one for one in known.current if asked in (None, one.size, one.asked_size)]
        sizes = dict.fromkeys(one.size for one in fitting)
        if not sizes:
            return [_elsewhere(known, asked)]
        fix = "Where a seam cannot tell, the cut leaves out as many copies."
        return [(f"{endpoint} at {size}, {_in_words(known, size)}", fix) for size in sizes]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise broken(endpoint, "fal") from error


def _elsewhere(known: Calibration, asked: str | None) -> tuple[str, str]:
    sizes = ", ".join(dict.fromkeys(trial.size for trial in known.current))
    message = f"{known.endpoint} was measured at {sizes}, and this film asks for {asked}"
    fix = (
        "Nothing of it counts here. `matchcut calibrate` measures that size too: say "
        "`--resolution`, and `--start` with a picture of the film's shape."
    )
    return message, fix


def _in_words(known: Calibration, size: str) -> str:
    """One sentence: what came, how often pictures are repeated, how they are held at worst."""
    trials = known.at(size)
    day = max(trial.measured for trial in trials)
    parts = [_clips(trials), _copies(*known.copies(size))]
    held, reached = _worst([one.lock for one in trials]), _worst([one.reach for one in trials])
    if held:
        parts.append(_held(held))
    if reached:
        parts.append(_reached(reached))
    return f"measured on {day}: {'; '.join(parts)}"


def _clips(trials: Sequence[Trial]) -> str:
    rates = dict.fromkeys(f"{float(trial.rate):g}" for trial in trials)
    lengths = dict.fromkeys(
        f"{one.frames} frames" + f" for {one.asked_frames}" * (one.frames != one.asked_frames)
        for one in trials
    )
    return f"{' or '.join(rates)} fps, {' or '.join(lengths)}"


def _copies(head: int | None, tail: int | None) -> str:
    if head is None:
        said = "copies at the head could not be told"
    else:
        said = f"{head or 'no'} cop{'y' if head == 1 else 'ies'} at the head"
    return said if tail is None else f"{said} and {tail or 'none'} at the tail"


def _worst(raw: Sequence[Mapping[str, Any] | None]) -> "Lock | None":
    """The frame that holds its picture least; None where none was held against one."""
    from matchcut.inspect.lock import Lock  # noqa: PLC0415 - loads the measures

    locks = [Lock.from_json(one) for one in raw if one]
    return min(locks, key=lambda lock: lock.psnr, default=None)


def _held(lock: "Lock") -> str:
    from matchcut.inspect.seam import END_PSNR, tone  # noqa: PLC0415 - loads the measures

    if lock.shift is None and lock.psnr < END_PSNR:
        return f"the first frame does not show the start picture ({lock.psnr:.1f} dB)"
    changed = tone(lock)
    where = [_beside(lock), None if changed is None else _toned(changed)]
    return _listed(f"the first frame holds its picture at {lock.psnr:.1f} dB", where)


def _reached(lock: "Lock") -> str:
    from matchcut.inspect.seam import misses  # noqa: PLC0415 - loads the measures

    how = "misses" if misses(lock) else "reaches"
    return _listed(f"the last frame {how} the end picture at {lock.psnr:.1f} dB", [_beside(lock)])


def _listed(said: str, more: Sequence[str | None]) -> str:
    return ", ".join([said, *(part for part in more if part)])


def _beside(lock: "Lock") -> str | None:
    """Where and how large the picture is, as far as that differs."""
    if lock.shift is None or lock.scale is None:
        return None
    off, larger = math.hypot(*lock.shift), lock.scale - 1
    parts = [f"{off:.1f} px beside it"] if off >= _SEEN_SHIFT else []
    if abs(larger) >= _SEEN_SCALE:
        parts.append(f"{abs(larger):.1%} {'larger' if larger > 0 else 'smaller'}")
    return " and ".join(parts) or None


def _toned(changed: "Triple") -> str:
    """What has happened to light at middle grey: of the whole, or of each channel."""
    if max(map(abs, changed)) < _SEEN_TONE:
        return "with its tones"
    if max(changed) - min(changed) < _SEEN_TONE:
        whole = sum(changed) / len(changed)
        return f"{abs(whole):.1%} {'brighter' if whole > 0 else 'darker'}"
    channels = zip(("red", "green", "blue"), changed, strict=True)
    return "light " + ", ".join(f"{name} {part:+.1%}" for name, part in channels)
