"""`matchcut trace`: a frame's ancestry, clip by clip, to the first one."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film_option, near
from matchcut.cli.standing import add_by
from matchcut.cli.text import plain

if TYPE_CHECKING:
    from matchcut.project import Project
    from matchcut.render.trace import Link

NAME = "trace"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="walk a frame's ancestry to the first clip of its chain",
        description="Follow a frame back through the anchors that were really sent: for each clip "
        "its take, the frame that was handed on and how it was changed, the still, the seam, and "
        "what it cost.",
    )
    verb.add_argument(
        "frame",
        metavar="SHOT[@FRAME]",
        help="a shot (its out frame), `SHOT.in`, `SHOT@12` of its clip, or a number: a frame of "
        "the film as it was assembled last",
    )
    add_film_option(verb)
    add_by(verb, "whose takes (what was paid for unless you say)")
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.trace import trace  # noqa: PLC0415 - loads the decoder

    project = matchcut.load(arguments.film)
    name, by = _named(project, arguments.frame, arguments.by or "")
    links = trace(project, name, by=by)
    if arguments.json:
        facts = {"frame": name, "links": [link.to_json() for link in links]}
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return 0
    for link in links:
        _print(link)
    return 0


def _named(project: "Project", text: str, by: str) -> tuple[str, str]:
    """A frame of the film as a frame of a shot's clip; a shot may be called by a number."""
    if not text.isdecimal() or any(shot.id == text for shot in project.film.shots):
        return text, by
    from matchcut.assemble.place import place_of  # noqa: PLC0415

    shot, frame, whose = place_of(project, int(text), by=by)
    return f"{shot}@{frame}", whose


def _print(link: "Link") -> None:
    take = "own footage" if link.take is None else f"take {link.take} by {link.provider}"
    cost = "" if link.take is None else f", {link.cost_usd or 'unknown'} USD"
    state = "" if link.state in ("done", "footage") else f", {link.state}"
    print(f"{plain(link.name)}  {take}{state}{cost}")
    print(f"  {near(link.file)}")
    if link.started_on:
        changes = "".join(f", {plain(change)}" for change in link.changes)
        print(f"  started on {plain(link.started_on)}{changes}")
    elif link.take is not None:
        print("  started on its prompt alone")
    if link.anchor:
        print(f"  {near(link.anchor)}")
    if link.lands_on:
        print(f"  was to land on {plain(link.lands_on)}")
    if link.seam is not None:
        lock = f"{link.seam.lock.psnr:.1f} dB" if link.seam.lock else "not measured"
        step = "not measured" if link.seam.ratio is None else f"{link.seam.ratio:.2f} of its own"
        flags = f", flags {', '.join(link.seam.flags)}" if link.seam.flags else ""
        print(f"  seam: lock {lock}, step {step}{flags}")
