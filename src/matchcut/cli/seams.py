"""`matchcut seams`: what was measured where a film's clips meet."""

import argparse
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from matchcut.cli.shown import ShownFilm, add_looked, looked, number, table

if TYPE_CHECKING:
    from matchcut.assemble.record import Shown
    from matchcut.inspect.lock import Lock
    from matchcut.inspect.seam import Seam

NAME = "seams"

_COLUMNS = (
    ("seam", False),
    ("join", False),
    ("copies", True),
    ("lock dB", True),
    ("end dB", True),
    ("shift px", True),
    ("tone %", True),
    ("step", True),
    ("of own", True),
    ("speed", False),
    ("colour", True),
    ("sound dB", True),
    ("flags", False),
)


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="list what was measured where clips meet",
        description="List every seam of the film as it was assembled last: how well the first "
        "frame holds its anchor and the last one reaches its own, which frames repeat it, and what "
        "the eye meets there. A dash is `not measured`.",
    )
    add_looked(verb)
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    with looked(arguments.film, arguments.by) as found:
        habits = found.seams.habits(found.provider)
        pairs = [(one, other, other.seam) for one, other in pairwise(found.shots) if other.seam]
        if arguments.json:
            facts = {
                "film": found.film,
                "provider": found.provider,
                "seams": [
                    {"shots": [one.shot, other.shot], "join": other.join, **seam.to_json()}
                    for one, other, seam in pairs
                ],
                "learnt": [
                    {"endpoint": endpoint, "size": size, **habit.to_json()}
                    for (endpoint, size), habit in habits.items()
                ],
            }
            print(json.dumps(facts, indent=2, ensure_ascii=False))
            return 0
        _print(found, pairs, habits)
    return 0


def _print(
    found: ShownFilm, pairs: "list[tuple[Shown, Shown, Seam]]", habits: dict[tuple[str, str], Any]
) -> None:
    from matchcut.inspect.seam import FLAGS  # noqa: PLC0415 - loads numpy

    table(_COLUMNS, [_row(one, other, seam) for one, other, seam in pairs])
    said = {flag for _, _, seam in pairs for flag in seam.flags}
    for flag in (flag for flag in FLAGS if flag in said):
        print(f"{flag}: {FLAGS[flag]}")
    flagged = sum(bool(seam.flags) for _, _, seam in pairs)
    seams = f"{len(pairs)} seam{'' if len(pairs) == 1 else 's'}"
    print(f"{seams} of {found.film} by {found.provider}, {flagged or 'none'} flagged.")
    for (endpoint, size), habit in habits.items():
        usual = (
            f"{number(habit.head, 'd')} copies at the head",
            f"{number(habit.tail, 'd')} at the tail",
            f"lock {number(habit.lock_psnr, '.1f')} dB",
            f"end {number(habit.reach_psnr, '.1f')} dB",
            f"tone {_tone(habit.tone)} %",
        )
        print(f"{endpoint} at {size}, over {habit.seams}: {', '.join(usual)}")


def _row(one: "Shown", other: "Shown", seam: "Seam") -> tuple[str, ...]:
    from matchcut.inspect.seam import tone  # noqa: PLC0415 - loads numpy

    held = seam.held
    copies = seam.head if seam.tail is None else seam.tail
    speeds = [number(m.speed if m else None, ".3f") for m in (seam.before, seam.over, seam.after)]
    return (
        f"{one.shot} | {other.shot}",
        other.join,
        number(copies, "d"),
        number(seam.lock.psnr if seam.lock else None, ".1f"),
        number(seam.reach.psnr if seam.reach else None, ".1f"),
        _shift(held),
        _tone(tone(held) if held else None),
        number(seam.step, ".1f"),
        number(seam.ratio),
        " ".join(speeds),
        number(seam.colour, ".1f"),
        number(seam.sound_step, "+.1f"),
        " ".join(flag.removeprefix("seam.") for flag in seam.flags),
    )


def _shift(held: "Lock | None") -> str:
    if held is None or held.shift is None:
        return "-"
    return f"{held.shift[0]:+.2f} {held.shift[1]:+.2f}"


def _tone(changed: tuple[float, float, float] | None) -> str:
    if changed is None:
        return "-"
    return " ".join(f"{part * 100:+.1f}" for part in changed)
