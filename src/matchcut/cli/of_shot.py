"""What the verbs share that are about one shot and its takes."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film_option, near
from matchcut.cli.text import plain

if TYPE_CHECKING:
    from matchcut.circling import Judged
    from matchcut.inspect.seam import Seam


def add_shots_film(verb: argparse.ArgumentParser) -> None:
    """The film that the shot belongs to, and what goes with it."""
    add_film_option(verb)
    verb.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="FOLDER",
        help="let the film name files in this folder too (may stand several times)",
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")


def facts_of(one: "Judged") -> dict[str, Any]:
    """A judged take as JSON has it."""
    return {
        "event": "take",
        "shot": one.shot,
        "take": one.take.number,
        "provider": one.take.provider,
        "endpoint": one.endpoint,
        "clip": str(one.clip),
        "cost_usd": None if one.take.cost_usd is None else str(one.take.cost_usd),
        "seams": {
            place: seam.to_json() if seam else None
            for place, seam in (("before", one.before), ("after", one.after))
        },
        "against": [{"seam": place, "flag": flag} for place, flag in one.against],
        "stale": {shot: "unknown" if usd is None else str(usd) for shot, usd in one.stale.items()},
        "circled": one.circled,
    }


def tell_take(one: "Judged", *, as_json: bool) -> None:
    """Say of a take what was measured, and what would come of circling it."""
    from matchcut.circling import priced  # noqa: PLC0415 - loads the decoder
    from matchcut.inspect.seam import FLAGS  # noqa: PLC0415

    if as_json:
        print(json.dumps(facts_of(one), ensure_ascii=False))
        return
    cost = "unknown" if one.take.cost_usd is None else f"{one.take.cost_usd} USD"
    mark = ", circled" if one.circled else ""
    print(f"{plain(one.shot)}, take {one.take.number}{mark}: {near(one.clip)}, {cost}")
    for place, seam in (("before", one.before), ("after", one.after)):
        if seam:
            print(f"  seam {place} it: {seam_in_words(seam)}")
    for place, flag in one.against:
        print(f"  against it: {FLAGS[flag]} ({flag}, the seam {place} it)")
    if one.stale:
        print(f"  made anew with it: {plain(priced(one.stale))}")


def seam_in_words(seam: "Seam") -> str:
    """A seam's main figures; what was not measured is left out."""
    held = seam.held
    said = []
    if held is not None:
        said.append(f"{held.psnr:.1f} dB against its anchor")
    if seam.step is not None:
        usual = "" if seam.ratio is None else f", {seam.ratio:.2f} of its usual"
        said.append(f"changes by {seam.step:.1f} of 255{usual}")
    return ", ".join((*said, *(seam.flags or ("within limits",))))
