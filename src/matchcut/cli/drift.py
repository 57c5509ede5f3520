"""`matchcut drift`: how far each chain has come away from its hero, and where it goes."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.shown import add_looked, looked, number, table

if TYPE_CHECKING:
    from matchcut.inspect.drift import Drift, Forecast

NAME = "drift"

_PLACES = {
    "in": "where the clips begin",
    "out": "where the clips end",
    "usual": "in most places of the clips",
}
_SHARES = frozenset({"contrast", "sharpness", "tone", "tint"})


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="show how far each chain drifts from its hero, and when it breaks",
        description="Compare each shot of a chain with the chain's hero, in the film as it was "
        "assembled last, at both ends and inside, and say at which hop a budget will be broken. Of "
        "each measure that place of the clips is listed which is over its budget first, or else is "
        "furthest out; `usual` is the median of all. A dash is `not measured`.",
    )
    add_looked(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from matchcut.assemble.record import drifts  # noqa: PLC0415 - loads numpy

    with looked(arguments.film, arguments.by) as found:
        chains = drifts(found.shots)
    if arguments.json:
        facts = {
            "film": found.film,
            "provider": found.provider,
            "chains": [chain.to_json() for chain in chains],
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return 0
    for chain in chains:
        tell(chain)
    if not chains:
        print("No shot goes on from another, so nothing can drift.")
    return 0


def tell(chain: "Drift") -> None:
    """Print a chain's drift, hop by hop, and what to do about it."""
    print(f"{chain.shots[0]} and {len(chain.shots) - 1} after it")
    names = [(forecast.measure.value, True) for forecast in chain.forecasts]
    rows = [
        (shot, *(_value(forecast, forecast.values[hop]) for forecast in chain.forecasts), "-")
        for hop, shot in enumerate(chain.shots)
    ]
    rows.append(("place", *(one.place for one in chain.forecasts), "-"))
    rows.append(("budget", *(_value(one, one.budget) for one in chain.forecasts), "-"))
    rows.append(("breaks at hop", *(_breaks(one) for one in chain.forecasts), "-"))
    table([("shot", False), *names, ("identity", True)], rows)
    print(_advice(chain))


def _value(forecast: "Forecast", value: float | None) -> str:
    if value is None or forecast.measure.value not in _SHARES:
        return number(value, ".1f")
    return f"{value * 100:.1f} %"


def _breaks(forecast: "Forecast") -> str:
    if forecast.breaks is None:
        return "-" if forecast.slope is None else "none"
    return str(forecast.breaks)


def _advice(chain: "Drift") -> str:
    first, at = chain.first_break, chain.hero_at
    if first is None or at is None:
        return "It stays within its budget, as far as can be seen."
    name, place = first.measure.value, _PLACES.get(first.place, f"{first.place} into the clips")
    where = f"`{chain.shots[at]}`" if at < len(chain.shots) else f"the shot at hop {at}"
    if first.broken:
        return (
            f"Over its {name} budget from `{chain.shots[first.breaks or 0]}` on, {place}: make "
            f"{where} a hero with a `start` of its own."
        )
    return (
        f"Its {name} is to break its budget at hop {first.breaks}, {place}: before it goes on so "
        f"far, make {where} a hero with a `start` of its own."
    )
