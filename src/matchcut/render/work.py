"""What the engine carries: a shot to be made, and a take that was, as plain JSON."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from matchcut.film.types import AnchorPolicy
from matchcut.inspect.correct import Correction
from matchcut.plan.kept import Kept
from matchcut.plan.reference import Kind, hangs_on, is_reference, parse
from matchcut.plan.types import Expectation, Plan, PlannedShot
from matchcut.render.circled import Sent
from matchcut.render.gates import Spot
from matchcut.render.ledger import Take
from matchcut.render.pins import OUT, Pin

_SEEDS = 2**31
"""Seeds run from 0 to one less; no endpoint takes fewer."""
_CARRIERS = ("start", "end", "continue", "elements")
"""Roles whose arguments are references; text elsewhere is text, whatever it looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One shot as the workflow sees it."""

    shot: str
    endpoint: str | None
    arguments: Mapping[str, Any]
    roles: Mapping[str, str]
    expectation: Expectation | None
    use: tuple[Decimal, Decimal] | None
    needs: tuple[str, ...]
    footage: str | None
    """Own footage, as written in the film; there is nothing to generate then."""
    cost_usd: Decimal | None
    edges: Mapping[str, str] = field(default_factory=dict)
    """Its edges (`in`, `out`) that another shot is pinned to, and which shot that is."""
    policy: AnchorPolicy | None = None
    """Who vouches for them; None leaves it to the kind of provider."""
    hands_over: bool = False
    """True where the shot after it is handed the clip itself, and no still."""
    bridge: bool = False
    """True where it must land on the hero after it: its out frame is pinned there."""
    expected: float = 0.0
    """How long it is expected to take, in one unit for all work of a run; seconds from the plan."""

    @classmethod
    def of(
        cls,
        shot: PlannedShot,
        edges: Mapping[str, str] | None = None,
        *,
        hands_over: bool = False,
    ) -> "Work":
        """The work that a planned shot is.

        Args:
            shot: The shot.
            edges: Its edges that another shot is pinned to, and which shot that is.
            hands_over: True where the shot after it is handed the clip itself.

        """
        return cls(
            shot=shot.id,
            endpoint=shot.endpoint,
            arguments=shot.request.arguments if shot.request else {},
            roles=shot.roles,
            expectation=shot.expectation,
            use=shot.use,
            needs=shot.needs,
            footage=shot.clip,
            cost_usd=shot.cost_usd,
            edges=edges or {},
            policy=shot.policy,
            bridge=shot.bridge,
            hands_over=hands_over,
            expected=shot.waiting_seconds,
        )

    def to_json(self) -> dict[str, Any]:
        """The work as the engine keeps it."""
        return {
            "shot": self.shot,
            "endpoint": self.endpoint,
            "arguments": dict(self.arguments),
            "roles": dict(self.roles),
            "expectation": self.expectation.to_json() if self.expectation else None,
            "use": [str(moment) for moment in self.use] if self.use else None,
            "needs": list(self.needs),
            "footage": self.footage,
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
            "edges": dict(self.edges),
            "policy": self.policy.value if self.policy else None,
            "bridge": self.bridge,
            "hands_over": self.hands_over,
            "expected": self.expected,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Work":
        """The reverse of `to_json`."""
        expects, use, cost = raw["expectation"], raw["use"], raw["cost_usd"]
        return cls(
            shot=raw["shot"],
            endpoint=raw["endpoint"],
            arguments=raw["arguments"],
            roles=raw["roles"],
            expectation=Expectation.from_json(expects) if expects else None,
            use=(Decimal(use[0]), Decimal(use[1])) if use else None,
            needs=tuple(raw["needs"]),
            footage=raw["footage"],
            cost_usd=None if cost is None else Decimal(cost),
            edges=raw["edges"],
            policy=AnchorPolicy(raw["policy"]) if raw["policy"] else None,
            bridge=raw["bridge"],
            hands_over=raw["hands_over"],
            expected=raw["expected"],
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Every reference in the arguments, each once."""
        return tuple(
            dict.fromkeys(_references([self.arguments.get(name) for name in self._carriers]))
        )

    @property
    def starts_on(self) -> str | None:
        """The shot whose out frame it starts on, or None."""
        reference = self.start
        parsed = parse(reference) if reference else None
        return parsed.name if parsed and parsed.kind is Kind.ANCHOR else None

    @property
    def end(self) -> str | None:
        """The reference of its end anchor, or None."""
        return self.arguments.get(self.roles.get("end", ""))

    @property
    def carried(self) -> str | None:
        """The reference of the clip that it continues, or None."""
        return self.arguments.get(self.roles.get("continue", ""))

    @property
    def start(self) -> str | None:
        """The reference of its start anchor, or None."""
        return self.arguments.get(self.roles.get("start", ""))

    def reseeded(self, rejected: int) -> "Work":
        """The work after so many takes were rejected: with as much further a seed, if it has one.

        The same seed would give the same take again.
        """
        name = self.roles.get("seed", "")
        seed = self.arguments.get(name)
        if not rejected or not isinstance(seed, int):
            return self
        return replace(self, arguments={**self.arguments, name: (seed + rejected) % _SEEDS})

    def replaced(self, by: Mapping[str, str]) -> dict[str, Any]:
        """The arguments with each reference replaced."""
        return replace_references(self.arguments, self.roles, by)

    @property
    def _carriers(self) -> tuple[str, ...]:
        return tuple(self.roles[role] for role in _CARRIERS if role in self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTake:
    """A take with the frames of it that are shown."""

    take: Take
    kept: Kept
    span: Fraction
    """How long those frames are shown, seconds."""
    pins: Mapping[str, Pin] = field(default_factory=dict)
    """By edge: where its neighbours are pinned to it."""
    tones: Correction = field(default_factory=Correction)
    """What has become of its hero's tones by its first frame."""
    sent: Sent | None = None
    """What it was made from, where another frame is shown before it and their seam was accepted."""

    def spot(self, edge: str, *, needed_by: str = "") -> Spot:
        """What a person looks at to decide of an edge that is pinned.

        Args:
            edge: `in` or `out`.
            needed_by: The shot that waits for it.

        """
        whole = self.pins[OUT].pinned if OUT in self.pins else self.kept[1]
        kept = (self.kept[0], whole) if edge == OUT else (self.pins[edge].pinned, whole)
        return replace(spot_of(self.take, edge, kept), needed_by=needed_by)

    def to_json(self) -> dict[str, Any]:
        """The take as the engine keeps it."""
        return {
            "take": self.take.to_json(),
            "kept": list(self.kept),
            "span": str(self.span),
            "pins": {edge: pin.to_json() for edge, pin in self.pins.items()},
            "tones": self.tones.to_json(),
            "sent": self.sent.to_json() if self.sent else None,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "KeptTake":
        """The reverse of `to_json`."""
        (first, last), sent = raw["kept"], raw.get("sent")
        return cls(
            take=Take.from_json(raw["take"]),
            kept=(first, last),
            span=Fraction(raw["span"]),
            pins={edge: Pin.from_json(pin) for edge, pin in raw["pins"].items()},
            tones=Correction.from_json(raw["tones"]),
            sent=Sent.from_json(sent) if sent else None,
        )


def spot_of(take: Take, edge: str, kept: Kept) -> Spot:
    """An edge of a take, with the frames that its `use` shows."""
    return Spot(
        shot=take.shot,
        edge=edge,
        clip=take.clip,
        suffix=take.suffix,
        kept=kept,
        number=take.number,
        provider=take.provider,
        inputs=take.inputs,
    )


def works_of(plan: Plan) -> list[Work]:
    """A plan's work in its order, each shot with the edges that others are pinned to."""
    edges: dict[str, dict[str, str]] = {}
    handed = set()
    for shot in plan.shots:
        for reference in filter(None, (shot.start, shot.end)):
            pinned = hangs_on(reference)
            if pinned:
                edges.setdefault(pinned[0], {})[pinned[1]] = shot.id
            if parse(reference).kind is Kind.CLIP:
                handed.add(parse(reference).name)
    return [Work.of(shot, edges.get(shot.id), hands_over=shot.id in handed) for shot in plan.work]


def timed(works: Iterable[Work], corrected: Mapping[str, float] | None) -> list[Work]:
    """The work with how long it is expected to take.

    Args:
        works: With the seconds of the plan.
        corrected: By endpoint, from `measured.corrections`. None for a rehearsal, where a shot
            takes as long as it has frames to draw.

    """
    if corrected is None:
        return [replace(work, expected=_frames(work)) for work in works]
    return [
        replace(work, expected=work.expected * corrected.get(work.endpoint or "", 1.0))
        for work in works
    ]


def _frames(work: Work) -> float:
    return float(work.expectation.frames) if work.expectation else 0.0


def replace_references(
    arguments: Mapping[str, Any], roles: Mapping[str, str], by: Mapping[str, str]
) -> dict[str, Any]:
    """A request's arguments with each reference replaced.

    Args:
        arguments: By wire name.
        roles: Role to wire name; only arguments that carry pictures or clips are looked at.
        by: What stands for each reference.

    """
    carriers = {roles[role] for role in _CARRIERS if role in roles}
    return {
        name: _replaced(value, by) if name in carriers else value
        for name, value in arguments.items()
    }


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if is_reference(value):
            yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _references(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _references(entry)


def _replaced(value: Any, by: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return by.get(value, value)
    if isinstance(value, Mapping):
        return {key: _replaced(entry, by) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(entry, by) for entry in value]
    return value
