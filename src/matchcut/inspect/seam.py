"""What the eye meets where one clip ends and the next begins, in one value.

A seam is measured on the frames that are shown: what is left out as a copy does not count. Nothing
here is a verdict on a take; a flag says which number lies where people begin to see it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from matchcut.frames.types import Pixels
from matchcut.inspect.colour import colour_step
from matchcut.inspect.copies import difference
from matchcut.inspect.lock import Lock, Triple
from matchcut.inspect.travel import Travel, travel, turned

FREEZE, SHOWS = 0.4, 1.25
"""Bounds of the step over a seam against the clips' own steps: below the first the picture stands
for a moment, above the second it jumps. Of neighbouring frames inside
real takes 95 % lie between 0.70 and 1.45, and 4 % are taken for a step (112 places in 6 clips,
`bench/seams.py`): a hand that shakes is no seam, so a flag asks for a look and stops nothing."""
_PLAIN = 1.0
"""Levels of 255 a frame from which a clip's own steps stand out of an encoder's noise. Slower ones
are compared by how far they move, which noise sways less."""
_UNSEEN = 1.0
"""Levels by which a step must pass the clips' own to count: encoders that begin anew move a small
grey picture by 0.2 to 0.8."""
SLOWER, FASTER = 0.4, 2.5
"""Speed after a seam over the speed before it, beyond which it is a stall or a jump: the bounds of
the step, and their like upwards. Inside real takes 95 % lie between 0.31 and 2.69
(`bench/seams.py`)."""
TURN = 60.0
"""Degrees by which the motion may turn at a seam. Chosen: a pan that becomes a slanted pan is no
jump, one that becomes a tilt is."""
_MOVES = 0.005
"""Widths a second below which a picture stands: six pixels of 1280."""
_STEPS = 2
"""Frame to frame steps over which a side's motion is taken."""
_AIMS = 0.5
"""Pixels a frame, looked at 320 wide, from which a motion has a direction that an eye follows."""
_SURE = 0.15
"""Pixels a frame, looked at 320 wide, from which a speed stands out of an encoder's noise."""
TONE = 0.02
"""Change of linear light at middle grey by which a clip may miss its anchor. 4.6 % is one L*, what
an eye just sees side by side; a chain adds hops up, so less than half of that."""
_GREY = 0.18
SHIFT, SCALE = 1 / 1280, 0.002
"""Widths, and a share, by which a clip may lie beside its anchor: one pixel of 1280, in the middle
or at the sides. The measure itself is right to a tenth of that."""
COLOUR = 1.0
"""CIEDE2000 by which a seam may pass the clips' own steps: what an eye just sees."""
END_PSNR = 22.0
"""Decibels below which a last frame has not reached its end anchor. Chosen; a picture that lies
four pixels off is about there."""
END_SHIFT = 4 / 1280
"""Widths by which it may miss it."""
SOUND = 6.0
"""Decibels: twice or half the pressure, which nobody misses in a room tone."""
_QUIET = -50.0
"""Decibels below full scale: what is quieter on both sides is not heard to step."""

FLAGS: Mapping[str, str] = {
    "seam.start": "the first frame does not show its anchor",
    "seam.end": "the clip before does not reach the picture it was to end on",
    "seam.shift": "the first frame lies beside its anchor, or is larger or smaller",
    "seam.gain": "the clip is brighter, darker or of another tint than its anchor",
    "seam.colour": "colours step at the seam",
    "seam.freeze": "the picture stands at the seam",
    "seam.step": "the picture jumps at the seam",
    "seam.stall": "what moved before the seam hardly moves after it",
    "seam.jump": "it moves much faster after the seam, or another way",
    "seam.sound": "the sound steps at the seam",
}
"""Every flag, and what it says."""
BRIEFLY: Mapping[str, str] = {
    "seam.start": "does not begin on its anchor",
    "seam.end": "does not reach its end",
    "seam.shift": "lies beside its anchor",
    "seam.gain": "of another tone than its anchor",
    "seam.colour": "colours step",
    "seam.freeze": "stands still",
    "seam.step": "jumps",
    "seam.stall": "hardly moves after it",
    "seam.jump": "moves faster or another way after it",
    "seam.sound": "the sound steps",
}
"""The same in a few words, for under a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """Everything that was measured of a seam; None is "not measured"."""

    joined: bool
    """False for a cut, which is meant to show: it has numbers and no flags."""
    lands: bool = False
    """True where the clip before it was to end on the clip after it, and not that to begin on it.
    What the clip after it makes of its own anchor is no matter of this seam then: it has numbers
    and no flags."""
    head: int | None = None
    """Frames at the head of the clip after it that show the frame before it over again."""
    tail: int | None = None
    """Frames at the tail of the clip before it that show the frame after it beforehand."""
    lock: Lock | None = None
    """The first frame that was made of the clip after it, against the anchor it was sent."""
    reach: Lock | None = None
    """The last frame of the clip before it against the anchor it was to end on."""
    step: float | None = None
    """How much the shown picture changes over the seam, levels of 255."""
    noise: float | None = None
    """How much one and the same picture differs on the two sides, levels, where a copy shows it:
    what two encoders make of it."""
    own: tuple[float, float] | None = None
    """The usual step of the clip before and of the clip after, levels."""
    ratio: float | None = None
    """The step over the nearer of the two: 1 where it lies between them. Where both are so small
    that noise sways them it is said of the speeds instead; None where both clips stand. Noise that
    is known is taken out of the step."""
    before: Travel | None = None
    over: Travel | None = None
    after: Travel | None = None
    colour: float | None = None
    """Mean CIEDE2000 over the seam."""
    colour_own: float | None = None
    """The same from frame to frame inside the clips, the larger of the two."""
    sound: tuple[float, float] | None = None
    """Level before and after, decibels against full scale; None where one of them has no sound."""
    flags: tuple[str, ...] = ()
    """Keys of `FLAGS`."""

    @property
    def held(self) -> Lock | None:
        """What the seam hangs on: how well it is landed on, or else how the anchor is held."""
        return self.reach if self.lands else self.lock or self.reach

    @property
    def sound_step(self) -> float | None:
        """How much louder it is after the seam, decibels."""
        return None if self.sound is None else self.sound[1] - self.sound[0]

    def to_json(self) -> dict[str, Any]:
        """The seam as JSON has it."""
        return {
            "joined": self.joined,
            "lands": self.lands,
            "head": self.head,
            "tail": self.tail,
            "lock": _json(self.lock),
            "reach": _json(self.reach),
            "step": self.step,
            "noise": self.noise,
            "own": None if self.own is None else list(self.own),
            "ratio": self.ratio,
            "before": _json(self.before),
            "over": _json(self.over),
            "after": _json(self.after),
            "colour": self.colour,
            "colour_own": self.colour_own,
            "sound": None if self.sound is None else list(self.sound),
            "flags": list(self.flags),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Seam":
        """The reverse of `to_json`."""
        readers: dict[str, Callable[[Any], Any]] = {
            **dict.fromkeys(("lock", "reach"), Lock.from_json),
            **dict.fromkeys(("before", "over", "after"), Travel.from_json),
            **dict.fromkeys(("own", "sound"), _pair),
        }
        facts = {
            key: readers[key](value) if key in readers and value is not None else value
            for key, value in raw.items()
        }
        return cls(**{**facts, "flags": tuple(raw["flags"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The shown frames on one side of a seam."""

    frames: Sequence[Pixels]
    """In display order, at least one, all of the film's shape; five say enough."""
    rate: float
    """Frames a second."""
    sound: float | None = None
    """Level of the sound next to the seam, decibels; None where there is none."""

    def steps(self) -> list[float]:
        """How much the picture changes from frame to frame, levels."""
        return [difference(one, other) for one, other in pairwise(self.frames)]

    def colours(self) -> list[float]:
        """The same in CIEDE2000."""
        return [colour_step(one, other) for one, other in pairwise(self.frames)]


def measure_seam(
    before: Side,
    after: Side,
    *,
    joined: bool,
    lands: bool = False,
    head: int | None = None,
    tail: int | None = None,
    noise: float | None = None,
    lock: Lock | None = None,
    reach: Lock | None = None,
) -> Seam:
    """Measure a seam.

    Args:
        before: The last shown frames of the clip before it.
        after: The first shown frames of the clip after it, copies left out.
        joined: True where the two are meant to be one movement.
        lands: True where the clip before it was to end on the one after it.
        head: Copies at the head of the clip after it, where that could be told.
        tail: Copies at the tail of the clip before it, where that could be told.
        noise: `difference` of a copy and what it is a copy of, where there is one.
        lock: The first frame that was made of the clip after it, against its anchor.
        reach: The last frame of the clip before it against its end anchor.

    """
    last, first = before.frames[-1], after.frames[0]
    step = difference(last, first)
    own = _own(before.steps(), after.steps())
    colours = [float(np.median(side)) for side in (before.colours(), after.colours()) if side]
    sound = None if before.sound is None or after.sound is None else (before.sound, after.sound)
    facts: dict[str, Any] = {
        "joined": joined,
        "lands": lands,
        "head": head,
        "tail": tail,
        "lock": lock,
        "reach": reach,
        "step": step,
        "noise": noise,
        "own": own,
        "before": _travel(before.frames[-_STEPS - 1 :], before.rate),
        "over": travel(last, first, rate=(before.rate + after.rate) / 2),
        "after": _travel(after.frames[: _STEPS + 1], after.rate),
        "colour": colour_step(last, first),
        "colour_own": max(colours, default=None),
        "sound": sound,
    }
    pace = _pace(Seam(**facts))
    facts["ratio"] = None if pace is None else pace.ratio
    return Seam(**facts, flags=_flags(Seam(**facts)) if joined else ())


def _own(before: list[float], after: list[float]) -> tuple[float, float] | None:
    """The usual step of each side; a clip of one frame has the other's."""
    if not before and not after:
        return None
    usual = [
        float(np.median(steps or other)) for steps, other in ((before, after), (after, before))
    ]
    return usual[0], usual[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """A step over a seam and the usual one of each side, all in levels or all in speeds."""

    over: float
    sides: tuple[float, float]
    stands: float
    """What a side that stands does not reach."""

    @property
    def ratio(self) -> float:
        """The step over the nearer side's; 1 between them."""
        low, high = max(min(self.sides), 1e-6), max(self.sides)
        if self.over < low:
            return self.over / low
        return self.over / high if self.over > high else 1.0


def _pace(seam: Seam) -> _Pace | None:
    """What a step is compared with; None where nothing moves, or that cannot be told."""
    if seam.own is not None and seam.step is not None and max(seam.own) >= _PLAIN:
        over = float(np.sqrt(max(0.0, seam.step**2 - (seam.noise or 0.0) ** 2)))
        return _Pace(over=over, sides=seam.own, stands=_PLAIN)
    if seam.before is None or seam.over is None or seam.after is None:
        return None
    sides = seam.before.pixels, seam.after.pixels
    if max(sides) < _SURE:
        return None
    return _Pace(over=seam.over.pixels, sides=sides, stands=_SURE)


def _travel(frames: Sequence[Pixels], rate: float) -> Travel | None:
    apart = len(frames) - 1
    return travel(frames[0], frames[-1], rate=rate, apart=apart) if apart else None


def _flags(seam: Seam) -> tuple[str, ...]:
    begun = None if seam.lands else seam.lock
    checks = {
        "seam.start": begun is not None and begun.shift is None and _told(begun),
        "seam.end": seam.reach is not None and misses(seam.reach),
        "seam.shift": begun is not None and _beside(begun, SHIFT, SCALE),
        "seam.gain": any(_toned(one) for one in (begun, seam.reach)),
        "seam.colour": _coloured(seam),
        "seam.freeze": _freezes(seam),
        "seam.step": _steps(seam),
        "seam.stall": _stalls(seam),
        "seam.jump": _jumps(seam),
        "seam.sound": _sounds(seam),
    }
    return tuple(flag for flag in FLAGS if checks[flag])


def _told(lock: Lock) -> bool:
    """A picture without texture cannot be found again; where it is equal, nobody misses it."""
    return lock.psnr < END_PSNR


def misses(lock: Lock) -> bool:
    """True where a last frame does not reach the picture that it was to end on."""
    return lock.psnr < END_PSNR or _beside(lock, END_SHIFT, 4 * SCALE)


def _beside(lock: Lock, shift: float, scale: float) -> bool:
    if lock.shift is None or lock.scale is None:
        return False
    return bool(np.hypot(*lock.shift) > shift * lock.width or abs(lock.scale - 1) > scale)


def tone(lock: Lock) -> tuple[float, float, float] | None:
    """By how much light at middle grey has changed a channel: 0.01 is one per cent more."""
    if lock.gain is None or lock.offset is None:
        return None
    return tone_at_grey(lock.gain, lock.offset)


def tone_at_grey(gains: Triple, offsets: Triple) -> Triple:
    """What a gain and an offset a channel do to light at middle grey: 0.01 is one per cent more."""
    red, green, blue = (
        gain + offset / _GREY - 1 for gain, offset in zip(gains, offsets, strict=True)
    )
    return red, green, blue


def _toned(lock: Lock | None) -> bool:
    changed = tone(lock) if lock else None
    return changed is not None and max(abs(part) for part in changed) > TONE


def _coloured(seam: Seam) -> bool:
    """Beyond what a motion of this size brings with it anyhow."""
    if seam.colour is None or seam.colour_own is None:
        return False
    return seam.colour > seam.colour_own * max(1.0, _haste(seam)) + COLOUR


def _haste(seam: Seam) -> float:
    """How much further the picture moves over the seam than in the clips; 1 where nobody knows."""
    if seam.before is None or seam.over is None or seam.after is None:
        return 1.0
    return seam.over.speed / max(seam.before.speed, seam.after.speed, _MOVES)


def _freezes(seam: Seam) -> bool:
    pace = _pace(seam)
    return pace is not None and pace.ratio < FREEZE and min(pace.sides) >= pace.stands


def _steps(seam: Seam) -> bool:
    if seam.step is None or seam.own is None:
        return False
    return seam.step > SHOWS * max(seam.own) and seam.step > max(seam.own) + _UNSEEN


def _stalls(seam: Seam) -> bool:
    if seam.before is None or seam.after is None or not _moves(seam.before):
        return False
    return seam.after.speed < SLOWER * seam.before.speed


def _jumps(seam: Seam) -> bool:
    if seam.before is None or seam.after is None or not _moves(seam.after):
        return False
    if seam.after.speed > FASTER * max(seam.before.speed, _MOVES):
        return True
    angle = turned(seam.before, seam.after)
    aims = min(seam.before.pixels, seam.after.pixels) >= _AIMS
    return angle is not None and angle > TURN and aims


def _moves(known: Travel) -> bool:
    return known.speed >= _MOVES and known.pixels >= _SURE


def _sounds(seam: Seam) -> bool:
    step = seam.sound_step
    return (
        step is not None
        and seam.sound is not None
        and abs(step) > SOUND
        and max(seam.sound) > _QUIET
    )


def _json(value: Lock | Travel | None) -> dict[str, Any] | None:
    return None if value is None else value.to_json()


def _pair(raw: Sequence[float]) -> tuple[float, float]:
    return raw[0], raw[1]
