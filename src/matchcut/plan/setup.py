"""Each shot set up: what it starts and ends on, whom it waits for, what its defaults come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from matchcut.endpoints.contract import Contract
from matchcut.film.types import Film, Join, Shot
from matchcut.plan.reference import clip_of, in_of, out_of, still

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A shot in its place in the film."""

    index: int
    shot: Shot
    join: Join
    bridge: bool
    endpoint: str | None
    contract: Contract | None
    """None for own footage and where the endpoint is unknown."""
    duration: Decimal | None
    resolution: str | None
    audio: bool
    seed: int | None
    start: str | None = None
    carried: str | None = None
    end: str | None = None
    needs: tuple[int, ...] = ()
    """Positions of the shots that must be rendered before."""
    wave: int = 0

    @property
    def has_anchor(self) -> bool:
        """True where a picture or a clip is to be pinned to an edge."""
        return bool(self.start or self.carried or self.end)


def set_up(
    film: Film, contracts: Mapping[str, Contract], landing: str | None = None
) -> tuple[Setup, ...]:
    """Set up every shot of a film, in the film's order.

    A hero waits for nobody. A shot that matches or continues waits for the one before it; a bridge
    waits for the hero after it as well. So the waves follow from one pass.

    Args:
        film: What the user wrote.
        contracts: What endpoints accept, by id.
        landing: A shot that is to land on the clip after it as a bridge does, though that is no
            hero: it has been rendered already.

    """
    setups: list[Setup] = []
    for index, shot in enumerate(film.shots):
        join = film.join(index)
        before = film.shots[index - 1] if index else None
        start, carried, needs = _start(shot, join, before, index)
        end = still(shot.end) if shot.end else None
        lands = shot.id == landing and index + 1 < len(film.shots)
        bridge = (film.is_bridge(index) or lands) and not shot.clip
        if bridge:
            end = in_of(film.shots[index + 1].id)
            needs = (*needs, index + 1)
        endpoint = None if shot.clip else shot.endpoint or film.defaults.endpoint
        waits = [0 if need > index else setups[need].wave for need in needs]
        setups.append(
            Setup(
                index=index,
                shot=shot,
                join=join,
                bridge=bridge,
                endpoint=endpoint,
                contract=contracts.get(endpoint) if endpoint else None,
                duration=_first(shot.duration, film.defaults.duration),
                resolution=_first(shot.resolution, film.defaults.resolution),
                audio=bool(_first(shot.audio, film.defaults.audio)),
                seed=_first(shot.seed, film.defaults.seed),
                start=start,
                carried=carried,
                end=end,
                needs=needs,
                wave=max(waits) + 1 if waits else 0,
            )
        )
    return tuple(setups)


def _start(
    shot: Shot, join: Join, before: Shot | None, index: int
) -> tuple[str | None, str | None, tuple[int, ...]]:
    if shot.clip:
        return None, None, ()
    if join is Join.STILL and before:
        return (still(before.end) if before.end else None), None, ()
    if shot.hero or join is Join.CUT or before is None:
        return (still(shot.start) if shot.start else None), None, ()
    if join is Join.CONTINUE:
        return None, clip_of(before.id), (index - 1,)
    return out_of(before.id), None, (index - 1,)


def _first(own: _T | None, default: _T | None) -> _T | None:
    return default if own is None else own
