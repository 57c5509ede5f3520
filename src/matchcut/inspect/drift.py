"""How far a chain has come away from its hero, and at which hop it will have gone too far.

Each shot is compared with the hero and never with the clip before it: ten steps that nobody sees
are one that everybody does. It is looked at in several places, and each is held to the budget for
itself, against the same place of the other hops: the frame that is handed on may be far out where
the clip as a whole is not, and nobody is shown a median.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

import numpy as np

from matchcut.inspect.colour import ciede2000
from matchcut.inspect.lock import Triple
from matchcut.inspect.look import Look, usual

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where in a clip it is looked at: at both seams, and inside."""
IN, OUT = "in", "out"
PLACES = (IN, "25 %", "50 %", "75 %", OUT)
"""What those places are called."""
USUAL = "usual"
"""A clip as a whole: the median over its places. It tells where now this place is out, now that."""

_LUMA = np.array([0.2126, 0.7152, 0.0722])
"""Weights of the channels in luminance: ITU-R BT.709-6 (2015), 3.2."""

HORIZON = 40
"""Hops beyond which nobody asks when it breaks."""
_FEWEST = 3
"""Points from which a line is drawn, the hero's own among them."""
_SURE = 2.0
"""Times the scatter about the line that it must rise over what was measured to be a trend."""


class Measure(StrEnum):
    """What drifts."""

    BRIGHTNESS = "brightness"
    """Mean L*, difference."""
    CONTRAST = "contrast"
    """Spread of L*, share."""
    SATURATION = "saturation"
    """Mean chroma, difference."""
    SHARPNESS = "sharpness"
    """Fine detail against coarse, share."""
    COLOUR = "colour"
    """CIEDE2000 of the mean colours; never below 0."""
    TONE = "tone"
    """Light at middle grey, multiplied up over the chain's own hops; share. Each hop is measured
    on one and the same picture, so that a camera that moves on does not sway it."""
    TINT = "tint"
    """The channel that has come furthest from the others in the same way; never below 0."""
    IDENTITY = "identity"
    """How far a face has changed: not measured, since no measure of faces is built in."""


BUDGET: Mapping[Measure, float] = {
    Measure.BRIGHTNESS: 10.0,
    Measure.CONTRAST: 0.4,
    Measure.SATURATION: 5.0,
    Measure.SHARPNESS: 0.4,
    Measure.COLOUR: 8.0,
    Measure.TONE: 0.1,
    Measure.TINT: 0.1,
}
"""How far a chain may come away, at any place of a clip. All but the last two are what a single
take of real footage comes away from its own middle by itself in two to five seconds, at most (8
takes of 6 clips, `bench/seams.py`: 9.9, 0.17, 4.4, 0.38, 7.9): less than that an eye takes for the
course of a shot. Of 51 chains that are such takes cut into hops 10 are over by a place in the clips
and 8 by the clips' medians; what the other two are over by is 2 % of the budget.
Contrast has more, for a camera that leaves the sky behind: 0.35 in ten hops over one still. Ten per
cent of light is two L* at middle grey, twice what is just seen side by side, and is told apart from
what the camera brings."""

Values = dict[Measure, float | None]
"""What was measured, None where it was not."""

_UNKNOWN: Values = {Measure.TONE: None, Measure.TINT: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One shot of a chain."""

    shot: str
    looks: Sequence[Look]
    """At `SHARES`, or as many as there are; none where nothing was looked at."""
    tone: Triple | None = None
    """By how much light at middle grey its first frame misses its anchor, a channel; None where
    that was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Where a measure goes, at the place that is over its budget first or else is furthest out."""

    measure: Measure
    budget: float
    place: str
    """One of `PLACES`, or `USUAL`. Tones are measured where a clip begins."""
    values: tuple[float | None, ...]
    """At this place, against the hero as it usually is; a hop each, the hero's own first."""
    slope: float | None
    """A hop; None where fewer than two hops were measured."""
    breaks: int | None
    """The hop at which it is over its budget, measured or foreseen; None where it is not to be."""
    broken: bool
    """True where that was measured."""

    @property
    def furthest(self) -> float:
        """How far any hop after the hero's own has come away, either way."""
        return max((abs(value) for value in self.values[1:] if value is not None), default=0.0)

    def to_json(self) -> dict[str, Any]:
        """The forecast as JSON has it."""
        return {
            "measure": self.measure.value,
            "budget": self.budget,
            "place": self.place,
            "values": list(self.values),
            "slope": self.slope,
            "breaks": self.breaks,
            "broken": self.broken,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A chain against its hero."""

    shots: tuple[str, ...]
    """The hero first."""
    inside: tuple[tuple[Values, ...], ...]
    """A shot each: what was measured at each place of it that was looked at."""
    forecasts: tuple[Forecast, ...]
    """A measure each that has a budget."""

    @property
    def first_break(self) -> Forecast | None:
        """What breaks first."""
        broken = [forecast for forecast in self.forecasts if forecast.breaks is not None]
        return min(broken, key=lambda one: one.breaks or 0, default=None)

    @property
    def within(self) -> bool:
        """True where nothing that was measured is over its budget."""
        return not any(forecast.broken for forecast in self.forecasts)

    @property
    def hero_at(self) -> int | None:
        """The hop at which a new hero would keep the chain inside its budget; None for none.

        It is the last hop before the first break; where the hop after the hero breaks already,
        that one.
        """
        first = self.first_break
        return None if first is None or first.breaks is None else max(1, first.breaks - 1)

    def to_json(self) -> dict[str, Any]:
        """The drift as JSON has it."""
        return {
            "shots": list(self.shots),
            "inside": [
                [{measure.value: value for measure, value in seen.items()} for seen in places]
                for places in self.inside
            ],
            "identity": None,
            "forecasts": [forecast.to_json() for forecast in self.forecasts],
            "hero_at": self.hero_at,
        }


def drift(chain: Sequence[Hop], budget: Mapping[Measure, float] = BUDGET) -> Drift:
    """Measure a chain's drift and say where it goes.

    Args:
        chain: The hero and the shots that follow from it, at least one.
        budget: How far each measure may come away.

    """
    hero = usual(chain[0].looks) if chain[0].looks else None
    inside = tuple(
        tuple(against(seen, hero) for seen in hop.looks) if hero else () for hop in chain
    )
    found = {USUAL: _usual(chain, hero), **{place: _at(place, inside) for place in PLACES}}
    tones = {IN: _tones(chain)}
    return Drift(
        shots=tuple(hop.shot for hop in chain),
        inside=inside,
        forecasts=tuple(
            _worst(
                forecast(measure, [values[measure] for values in hops], limit, place)
                for place, hops in (tones if measure in _UNKNOWN else found).items()
            )
            for measure, limit in budget.items()
        ),
    )


def _usual(chain: Sequence[Hop], hero: Look | None) -> list[Values]:
    """Each hop as a whole."""
    return [
        against(usual(hop.looks), hero) if hero and hop.looks else dict.fromkeys(Measure)
        for hop in chain
    ]


def _at(place: str, inside: Sequence[Sequence[Values]]) -> list[Values]:
    """Each hop at one of `PLACES`; what was looked at in fewer has its ends and nothing between."""
    hops = []
    for seen in inside:
        ends = {IN: seen[:1], OUT: seen[1:][-1:]}
        every = dict(zip(PLACES, ((values,) for values in seen), strict=False))
        here = (every if len(seen) == len(PLACES) else ends).get(place, ())
        hops.append(here[0] if here else dict.fromkeys(Measure))
    return hops


def _worst(places: Iterable[Forecast]) -> Forecast:
    """The place that is over its budget first, or else the one that is furthest out.

    A place where the hero itself is over tells of the course of a shot, and not of the chain.
    """
    judged = [one for one in places if abs(one.values[0] or 0.0) <= one.budget]
    return min(
        judged, key=lambda one: (one.breaks or HORIZON + 1, one.slope is None, -one.furthest)
    )


def against(seen: Look, hero: Look) -> Values:
    """One look against the hero's; what a single look cannot say is None."""
    pair = [np.array([one.brightness, one.red, one.yellow]) for one in (seen, hero)]
    return {
        Measure.BRIGHTNESS: seen.brightness - hero.brightness,
        Measure.CONTRAST: _share(seen.contrast, hero.contrast),
        Measure.SATURATION: seen.saturation - hero.saturation,
        Measure.SHARPNESS: _share(seen.sharpness, hero.sharpness),
        Measure.COLOUR: float(ciede2000(pair[0], pair[1])),
        Measure.TONE: None,
        Measure.TINT: None,
        Measure.IDENTITY: None,
    }


def forecast(
    measure: Measure, values: Sequence[float | None], budget: float, place: str = USUAL
) -> Forecast:
    """Draw a line through what was measured and see where it leaves the budget.

    The line is Theil's and Sen's (P. Sen, JASA 63, 1968): the median of all slopes between two
    points, which up to 29 % of wild points do not sway. A value that is over its budget alone and
    comes back is no break.

    Args:
        measure: What was measured.
        values: Against the hero, a hop each, the hero's own first.
        budget: How far it may come away, either way.
        place: Where in the clips.

    """
    points = [(hop, value) for hop, value in enumerate(values) if value is not None]
    broken = _broken(points, budget)
    slope, at_hero = _line(points)
    breaks = broken if broken is not None else _foreseen(points, slope, at_hero, budget)
    return Forecast(
        measure=measure,
        budget=budget,
        place=place,
        values=tuple(values),
        slope=slope,
        breaks=breaks,
        broken=broken is not None,
    )


def _broken(points: Sequence[tuple[int, float]], budget: float) -> int | None:
    """The hop from which on everything that was measured is over."""
    first = None
    for hop, value in reversed(points):
        if abs(value) <= budget:
            break
        first = hop
    return first


def _line(points: Sequence[tuple[int, float]]) -> tuple[float | None, float]:
    if len(points) < _FEWEST:
        return None, 0.0
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2)]
    slope = float(np.median(slopes))
    return slope, float(np.median([value - slope * hop for hop, value in points]))


def _foreseen(
    points: Sequence[tuple[int, float]], slope: float | None, at_hero: float, budget: float
) -> int | None:
    """The first hop beyond those measured at which the line is over, where it is a trend at all."""
    if slope is None:
        return None
    rest = [value - slope * hop - at_hero for hop, value in points]
    scatter = 1.4826 * float(np.median(np.abs(rest)))
    span = points[-1][0] - points[0][0]
    if abs(slope) * span <= _SURE * scatter:
        return None
    for hop in range(points[-1][0] + 1, HORIZON + 1):
        if abs(at_hero + slope * hop) > budget:
            return hop
    return None


def _tones(chain: Sequence[Hop]) -> list[Values]:
    """What the hops did to tones so far, multiplied up.

    None from the first hop on that was not measured: what it did nobody knows.
    """
    values: list[Values] = []
    gone = np.ones(3)
    known = True
    for index, hop in enumerate(chain):
        known = known and (index == 0 or hop.tone is not None)
        if index and known and hop.tone is not None:
            gone = gone * (1 + np.array(hop.tone))
        light = float(gone @ _LUMA)
        tint = float(np.abs(gone / light - 1).max())
        values.append({Measure.TONE: light - 1, Measure.TINT: tint} if known else dict(_UNKNOWN))
    return values


def _share(value: float, reference: float) -> float | None:
    return value / reference - 1 if reference > 0 else None
