"""How a film stands, as the command line says it: what is stale, why, and what it would cost."""

import argparse
import json
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TextIO

from matchcut.cli.text import counted, plain, wrapped
from matchcut.errors import Exit, MatchcutError
from matchcut.findings import nearest

if TYPE_CHECKING:
    from matchcut.project import Project
    from matchcut.render.providers.protocol import Provider
    from matchcut.render.staleness import Staleness, Standing
    from matchcut.render.trace import Link

BY = ("fal", "rehearsal")
"""Who may make a film, as `--by` has it."""


def add_by(verb: argparse.ArgumentParser, help_: str, default: str | None = None) -> None:
    """Add `--by`: whose takes are meant."""
    verb.add_argument("--by", type=_known, choices=BY, default=default, help=help_)


def _known(name: str) -> str:
    """A provider's name; what is none is refused with those that are, and the nearest of them."""
    if name in BY:
        return name
    meant = nearest(name, BY)
    hint = f"did you mean `{meant}`? " if meant else ""
    raise argparse.ArgumentTypeError(
        f"there is no provider `{plain(name)}`: {hint}known are {' and '.join(BY)}"
    )


def provider_of(name: str) -> "Provider":
    """Who makes pixels, by name."""
    from matchcut.render.providers.embedded import Rehearsal  # noqa: PLC0415 - loads the decoder
    from matchcut.render.providers.fal.provider import Fal  # noqa: PLC0415

    return Rehearsal() if name == Rehearsal.name else Fal()


def check(standing: "Staleness", *, as_json: bool) -> int:
    """Print what would be made, and say by the exit code whether there is anything.

    Returns:
        0 where nothing is to do, 7 where something would be made, 9 where only you are waited for.

    """
    if as_json:
        print(json.dumps(standing.to_json(), indent=2, ensure_ascii=False))
    elif standing.to_make:
        print_standing(standing, sys.stdout)
    elif standing.waits:
        print(f"Nothing is to be made; {', '.join(standing.waits)} waits for your look.")
    else:
        print("Nothing is to do: every take is of just what would be sent.")
    if standing.to_make:
        return Exit.STALE_PLAN
    return Exit.GATE if standing.waits else Exit.DONE


def print_standing(standing: "Staleness", stream: TextIO) -> None:
    """What is to be made, each with its cause and cost, and the total."""
    for one in standing.to_make:
        print(wrapped(f"{plain(one.said())}{_cost(one, standing)}", stream), file=stream)
        if one.waits:
            print(f"  it waits for your look at {', '.join(one.waits)}", file=stream)
    stale = len(standing.stale)
    missing = len(standing.to_make) - stale
    parts = [f"{stale} stale"] * bool(stale) + [f"{missing} missing"] * bool(missing)
    print(f"{' and '.join(parts)}, {len(standing.kept)} kept{_total(standing)}.", file=stream)


def fallout(project: "Project", *, as_json: bool) -> list[dict[str, Any]]:
    """What a decision has made stale, for each provider that has made anything of the film.

    Args:
        project: The film.
        as_json: True where nothing is printed.

    Returns:
        The standings as JSON has them; without what is kept.

    """
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.staleness import makers  # noqa: PLC0415

    plan = matchcut.plan(project)
    if not plan.renderable:
        return []
    found: list[dict[str, Any]] = []
    made_by = makers(project)
    for name in BY:
        if name not in made_by or (name == "rehearsal" and project.addresses):
            continue  # a rehearsal is offline, and an address is not
        try:
            standing = matchcut.standing(project, plan, provider_of(name))
        except MatchcutError:
            continue  # what was decided stands; the next run says what is wrong
        if not standing.stale:
            continue
        facts = standing.to_json()
        facts["shots"] = [one.to_json() for one in standing.to_make]
        found.append(facts)
        if as_json:
            continue
        for one in standing.stale:
            print(wrapped(f"{plain(one.said())}{_cost(one, standing)}", sys.stdout, "  "))
        print(f"  {counted(len(standing.stale), 'shot')} stale by {name}{_total(standing)}.")
    return found


def newly_stale(project: "Project", link: "Link") -> dict[str, Any] | None:
    """What would have to be made anew if a take were rejected; None where it cannot be.

    Args:
        project: The film.
        link: The take.

    """
    import matchcut  # noqa: PLC0415 - `--help` does without

    plan = matchcut.plan(project)
    if link.take is None or plan.shot(link.shot) is None or not plan.renderable:
        return None
    by = provider_of(link.provider)
    now = {one.shot for one in matchcut.standing(project, plan, by).to_make}
    then = matchcut.standing(project, plan, by, without=frozenset({link.shot}))
    added = [one for one in then.to_make if one.shot not in now]
    known = sum((one.cost_usd for one in added if one.cost_usd is not None), Decimal(0))
    unknown = [one.shot for one in added if one.cost_usd is None]
    more = f", and {counted(len(unknown), 'shot')} of unknown price" if unknown else ""
    free = link.provider == "rehearsal"
    return {
        "anchor": f"{link.shot}.out",
        "shots": [one.shot for one in added],
        "total_usd": str(known),
        "unpriced": unknown,
        "cost": "making them here costs nothing" if free else f"{known} USD{more}",
    }


def _cost(one: "Standing", standing: "Staleness") -> str:
    if standing.provider == "rehearsal":
        return ""
    return f" ({'price unknown' if one.cost_usd is None else f'{one.cost_usd} USD'})"


def _total(standing: "Staleness") -> str:
    if standing.provider == "rehearsal":
        return "; making them here costs nothing"
    unknown = len(standing.unpriced)
    more = f", and {counted(unknown, 'shot')} of unknown price" if unknown else ""
    return f"; making them may cost {standing.total_usd} USD{more}"
