"""What a film shows, shot by shot, as it is written down beside the takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matchcut.assemble.cut import CutList
from matchcut.assemble.survey import Survey
from matchcut.errors import MatchcutError
from matchcut.film.types import Join
from matchcut.inspect.correct import Correction, change, then
from matchcut.inspect.drift import Drift, Hop, drift
from matchcut.inspect.lock import Triple
from matchcut.inspect.look import Look
from matchcut.inspect.seam import Seam, tone_at_grey
from matchcut.plan.reference import hangs_on
from matchcut.plan.types import PlannedShot
from matchcut.render.rendered import Rendered
from matchcut.render.seams import Habit, Seams
from matchcut.store.calibrations import calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a film shows of one shot."""

    shot: str
    join: str
    hero: bool
    bridge: bool
    endpoint: str | None
    clip: str
    """SHA-256 of the clip."""
    first: int
    last: int
    seam: Seam | None
    """How it meets the shot before it; None for the first."""
    tone: Triple | None = None
    """What has happened to light at middle grey since the frame that is shown before it, a channel;
    None where tones could not be compared, or it was not made from that frame."""
    looks: tuple[Look, ...] = ()
    """How it looks at the places where drift is measured, as far as the film is long enough."""

    def to_json(self) -> dict[str, Any]:
        """The shot as JSON has it."""
        return {
            "shot": self.shot,
            "join": self.join,
            "hero": self.hero,
            "bridge": self.bridge,
            "endpoint": self.endpoint,
            "clip": self.clip,
            "first": self.first,
            "last": self.last,
            "seam": None if self.seam is None else self.seam.to_json(),
            "tone": None if self.tone is None else list(self.tone),
            "looks": [seen.to_json() for seen in self.looks],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Shown":
        """The reverse of `to_json`."""
        seam, tone = raw["seam"], raw["tone"]
        return cls(
            **{
                **raw,
                "seam": None if seam is None else Seam.from_json(seam),
                "tone": None if tone is None else (tone[0], tone[1], tone[2]),
                "looks": tuple(map(Look.from_json, raw["looks"])),
            }
        )


def keep_shown(
    rendered: Rendered,
    seams: Seams,
    cut: CutList,
    found: Survey,
    looks: Mapping[str, tuple[Look, ...]],
) -> tuple[Shown, ...]:
    """Write down what a film shows, and every seam that was measured."""
    film, provider = rendered.film, rendered.provider
    shots: list[Shown] = []
    for index, (piece, plan, take) in enumerate(
        zip(cut.pieces, rendered.plan.shots, rendered.shots, strict=True)
    ):
        met = found.met[index - 1] if index else None
        if met:
            seams.keep(met.before, met.after, piece.join.value, provider, met.seam)
        shots.append(
            Shown(
                shot=piece.shot,
                join=piece.join.value,
                hero=plan.hero,
                bridge=plan.bridge,
                endpoint=None if plan.clip else take.endpoint or plan.endpoint,
                clip=take.take.clip,
                first=piece.first,
                last=piece.last,
                seam=met.seam if met else None,
                tone=_tone(met.seam, take.started_from) if met and _goes_on(plan) else None,
                looks=looks.get(piece.shot, ()),
            )
        )
    seams.show(film, provider, [shot.to_json() for shot in shots])
    return tuple(shots)


def shown_of(rendered: Rendered, seams: Seams) -> tuple[Shown, ...]:
    """What was written down of just these takes; empty where it was of others, or nothing."""
    known = shown_now(seams, rendered.film, rendered.provider)
    same = [(shot.shot, shot.clip) for shot in known] == [
        (shot.id, shot.take.clip) for shot in rendered.shots
    ]
    return known if same else ()


def shown_now(seams: Seams, film: str, provider: str) -> tuple[Shown, ...]:
    """What a film by this provider shows; empty where nothing is known, or of another version."""
    try:
        return tuple(Shown.from_json(raw) for raw in seams.shown(film, provider))
    except (KeyError, TypeError, ValueError, IndexError):
        return ()


def usual_of(seams: Seams, provider: str, endpoint: str, size: str) -> Habit | None:
    """What is known of an endpoint at a size: learnt from the film's own takes, else calibrated.

    Copies at the head and at the tail are each asked for by themselves: a chain without a bridge
    teaches nothing of a tail. A calibration that cannot be read counts as none here; the plan says
    so.
    """
    learnt = seams.habit(provider, endpoint, size)
    if learnt and learnt.head is not None and learnt.tail is not None:
        return learnt
    try:
        measured = calibration(endpoint, provider)
    except MatchcutError:
        return learnt
    head, tail = measured.copies(size) if measured else (None, None)
    if head is None and tail is None:
        return learnt
    known = learnt or Habit(seams=0)
    return replace(
        known,
        head=head if known.head is None else known.head,
        tail=tail if known.tail is None else known.tail,
    )


def drifts(shots: Sequence[Shown]) -> tuple[Drift, ...]:
    """Measure each chain of a film against its hero.

    A chain begins with a hero, or else with a shot that starts on a picture of its own; a bridge
    belongs to the chain that it comes from, by its first frame. A chain of one shot
    has nowhere to drift.

    """
    chains: list[list[Shown]] = []
    for shot in shots:
        if chains and not shot.hero and shot.join in (Join.MATCH, Join.CONTINUE):
            chains[-1].append(shot)
        else:
            chains.append([shot])
    return tuple(drift([_hop(shot) for shot in chain]) for chain in chains if len(chain) > 1)


def _hop(shot: Shown) -> Hop:
    # A bridge is on its way to another hero: only where it begins does it belong to this one.
    looks = shot.looks[:1] if shot.bridge else shot.looks
    return Hop(shot=shot.shot, looks=looks, tone=shot.tone)


def _goes_on(plan: PlannedShot) -> bool:
    """True where it starts on another shot's frame."""
    return plan.start is not None and hangs_on(plan.start) is not None


def _tone(seam: Seam, started_from: Correction) -> Triple | None:
    """Against the frame that is shown before: what was done to it before it was sent counts too."""
    held = None if seam.lands else seam.lock
    if held is None or held.gain is None:
        return None
    both = then(started_from, change(held))
    return tone_at_grey(both.gain, both.offset)
