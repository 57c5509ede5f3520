"""A plan and its parts. Values only; the same film and contracts give the same plan."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from matchcut.film.types import AnchorPolicy, Canvas, Join
from matchcut.findings import Finding, stops
from matchcut.frames.facts import ClipInfo, StillInfo

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Facts of the files a film names, by the path written there; what cannot be read is absent."""

    stills: Mapping[str, StillInfo] = field(default_factory=dict)
    clips: Mapping[str, ClipInfo] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The exact arguments that go over the wire for one shot.

    What does not exist yet stands as `anchor://SHOT/out`, `anchor://SHOT/in` or `clip://SHOT`, a
    picture of the user's as `still://path`, or as `crop://16:9/path` where it is fitted first.
    """

    endpoint: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the answer to a request should be: size in pixels, rate, number of frames."""

    width: int
    height: int
    rate: Fraction
    frames: int
    size_known: bool = True
    """False where the endpoint chooses the size itself; what is said here is the canvas's."""
    rate_known: bool = True
    """False where the endpoint's rate is neither asked for nor documented."""

    def to_json(self) -> dict[str, Any]:
        """The expectation as JSON has it."""
        return {
            "width": self.width,
            "height": self.height,
            "fps": str(self.rate),
            "frames": self.frames,
            "size_known": self.size_known,
            "rate_known": self.rate_known,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Expectation":
        """The reverse of `to_json`."""
        return cls(
            width=raw["width"],
            height=raw["height"],
            rate=Fraction(raw["fps"]),
            frames=raw["frames"],
            size_known=raw["size_known"],
            rate_known=raw["rate_known"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShot:
    """One shot with everything that is decided before the first cent is spent."""

    id: str
    index: int
    """Position in the film, from 0."""
    wave: int
    """Shots of one wave need nothing of each other; counted from 0."""
    hero: bool
    join: Join
    bridge: bool
    """True where it must land on the hero after it."""
    start: str | None
    """Reference of the start anchor or, for `continue`, of the clip."""
    end: str | None
    needs: tuple[str, ...]
    """Ids of the shots that must be rendered before."""
    clip: str | None
    """Own footage, as written; there is no request then."""
    request: Request | None
    expectation: Expectation | None
    roles: Mapping[str, str]
    """What the request's arguments are for: role to wire name."""
    prompt: str
    """The composed prompt."""
    endpoint: str | None
    seconds: Decimal | None
    use: tuple[Decimal, Decimal] | None
    cost_usd: Decimal | None
    """None where the price is unknown."""
    policy: AnchorPolicy | None = None
    """Who approves the frames of it that others are pinned to; None where the film does not say."""
    waiting_seconds: float = 0.0
    """How long its answer is expected to take; nothing that is sent hangs on it."""
    waiting_known: bool = False
    """True where the contract says so, and it is no guess."""

    @property
    def shown_seconds(self) -> Decimal | None:
        """How much of it the film shows, before frames that a seam shares are left out."""
        if self.use is None or self.seconds is None:
            return self.seconds
        return min(self.use[1], self.seconds) - self.use[0]

    def to_json(self) -> dict[str, Any]:
        """The shot as JSON has it."""
        return {
            "id": self.id,
            "wave": self.wave,
            "start": self.start,
            "end": self.end,
            "endpoint": self.endpoint,
            "seconds": None if self.seconds is None else float(self.seconds),
            "cost_usd": UNKNOWN if self.cost_usd is None else str(self.cost_usd),
            "index": self.index,
            "hero": self.hero,
            "bridge": self.bridge,
            "join": self.join.value,
            "needs": list(self.needs),
            "clip": self.clip,
            "use": None if self.use is None else [float(moment) for moment in self.use],
            "expects": self.expectation.to_json() if self.expectation else None,
            "arguments": dict(self.request.arguments) if self.request else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will happen, shot by shot."""

    title: str
    canvas: Canvas
    shots: tuple[PlannedShot, ...]
    """In the film's order."""
    findings: tuple[Finding, ...]

    @property
    def work(self) -> tuple[PlannedShot, ...]:
        """The shots in order of work: by wave, then as they stand in the film."""
        return tuple(sorted(self.shots, key=lambda shot: (shot.wave, shot.index)))

    @property
    def renderable(self) -> bool:
        """False where a finding stops it."""
        return not stops(self.findings)

    @property
    def cost_usd(self) -> Decimal:
        """What the shots with a known price cost together."""
        return sum((shot.cost_usd for shot in self.shots if shot.cost_usd is not None), Decimal(0))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Ids of the shots whose price is unknown."""
        return tuple(shot.id for shot in self.shots if shot.cost_usd is None)

    def shot(self, name: str) -> PlannedShot | None:
        """The shot with that id."""
        return next((shot for shot in self.shots if shot.id == name), None)

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON has it, shots in order of work."""
        return {
            "title": self.title,
            "canvas": {
                "width": self.canvas.width,
                "height": self.canvas.height,
                "fps": str(self.canvas.fps),
            },
            "shots": [shot.to_json() for shot in self.work],
            "findings": [finding.to_json() for finding in self.findings],
            "cost_usd": str(self.cost_usd),
            "unpriced": list(self.unpriced),
            "digest": self.digest,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of what will be done; findings and prices change nothing in it."""
        work = [
            {key: value for key, value in shot.to_json().items() if key != "cost_usd"}
            for shot in self.shots
        ]
        canvas = [self.canvas.width, self.canvas.height, str(self.canvas.fps)]
        text = json.dumps([self.title, canvas, work], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
