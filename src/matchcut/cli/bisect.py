"""`matchcut bisect`: the first clip of a chain that carries a defect."""

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film_option, near
from matchcut.cli.standing import add_by, newly_stale
from matchcut.cli.text import counted, plain
from matchcut.errors import Code, Exit, MatchcutError

if TYPE_CHECKING:
    from matchcut.project import Project
    from matchcut.render.bisect import Search, Verdict
    from matchcut.render.trace import Link

NAME = "bisect"

_SKIP, _NOT_JUDGED = 125, 126
_KEYS = {"g": "good", "b": "bad", "s": "skip"}


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="find the first clip of a chain that carries a defect, in as few looks as can be",
        description="A shot has a defect that its chain may have handed down. Look at the clip "
        "that is named, say whether it has it, and so on: a chain of n clips needs log2(n) looks. "
        "In a terminal it asks; else each call says what to look at next and exits with 9, and "
        "`--good` or `--bad` answers. At the end it says which take to reject, and what that "
        "would make stale.",
    )
    verb.add_argument("shot", metavar="SHOT", help="a shot that has the defect")
    for word, help_ in (
        ("good", "this shot of the chain has not the defect"),
        ("bad", "this one has it"),
        ("skip", "of this one it cannot be told"),
    ):
        verb.add_argument(
            f"--{word}", action="append", default=[], metavar="SHOT", help=f"{help_}; repeatable"
        )
    verb.add_argument(
        "--run",
        dest="command",
        metavar="COMMAND",
        help="let a command judge: it is given the clip's path, and exits 0 for good, 125 where it "
        "cannot tell, and with another code below 126 for bad",
    )
    verb.add_argument("--reset", action="store_true", help="forget what was said before")
    add_film_option(verb)
    add_by(verb, "whose takes (what was paid for unless you say)")
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.render.bisect import Verdict, bisect  # noqa: PLC0415 - loads the decoder

    project = matchcut.load(arguments.film)
    said = {name: word for word in Verdict for name in getattr(arguments, word.value)}
    shot, by = arguments.shot, arguments.by or ""
    found = bisect(project, shot, said, by=by, reset=arguments.reset)
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.json
    while found.next is not None and (arguments.command or asks):
        look = found.next
        verdict = (
            _judged(look, arguments.command) if arguments.command else _asked(project, found, look)
        )
        if verdict is None:
            break
        found = bisect(project, shot, {look.shot: verdict}, by=by)
    if arguments.json:
        print(json.dumps(_facts(project, found), indent=2, ensure_ascii=False))
    else:
        _print(project, arguments, found)
    return Exit.DONE if found.first is not None else Exit.GATE


def _judged(link: "Link", command: str) -> "Verdict":
    """Let a command judge a clip, as `git bisect run` lets one judge a revision."""
    from matchcut.render.bisect import Verdict  # noqa: PLC0415

    environment = {
        **os.environ,
        "MATCHCUT_SHOT": link.shot,
        "MATCHCUT_CLIP": str(link.file),
        "MATCHCUT_FRAME": str(link.frame),
    }
    words = [*shlex.split(command), str(link.file)]
    try:
        # What it says is for people; standard output is this command's own.
        code = subprocess.run(words, env=environment, stdout=2, check=False).returncode  # noqa: S603
    except OSError as error:
        raise _not_judged(link, f"cannot be run: {error.strerror or error}") from error
    if code == _SKIP:
        return Verdict.SKIP
    if not 0 <= code < _NOT_JUDGED:
        raise _not_judged(link, f"ended with {code}, which says nothing of the clip")
    return Verdict.BAD if code else Verdict.GOOD


def _not_judged(link: "Link", why: str) -> MatchcutError:
    return MatchcutError(
        Code.USAGE,
        f"the command that judges {why}",
        where=link.shot,
        fix="Let it exit 0 for good, 1 for bad and 125 where it cannot tell; what was said before "
        "is kept.",
    )


def _asked(project: "Project", found: "Search", link: "Link") -> "Verdict | None":
    """Have a person look; None where they leave it for now."""
    from matchcut.render.bisect import Verdict, sheet_of  # noqa: PLC0415

    sheet = near(Path(sheet_of(project, link)))
    print(
        f"{counted(len(found.suspects), 'suspect')}. Look at {plain(link.shot)}:", file=sys.stderr
    )
    print(f"  {sheet}\n  {near(link.file)}", file=sys.stderr)
    while True:
        print("good, bad, skip or quit? [g/b/s/q] ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        key = line.strip().lower()[:1]
        if key in _KEYS:
            return Verdict(_KEYS[key])
        if key == "q" or not line:
            return None


def _facts(project: "Project", found: "Search") -> dict[str, Any]:
    from matchcut.render.bisect import sheet_of  # noqa: PLC0415

    look = found.next
    facts: dict[str, Any] = {
        "chain": [link.shot for link in found.chain],
        "looks": found.looks,
        "suspects": [link.shot for link in found.suspects],
        "first": found.first.to_json() if found.first else None,
        "next": None,
        "reject": None,
    }
    if look is not None:
        facts["next"] = {**look.to_json(), "sheet": sheet_of(project, look)}
    elif found.first is not None:
        facts["reject"] = newly_stale(project, found.first)
    return facts


def _print(project: "Project", arguments: argparse.Namespace, found: "Search") -> None:
    from matchcut.render.bisect import sheet_of  # noqa: PLC0415
    from matchcut.render.commands import anchor_command  # noqa: PLC0415

    film = project.path.name
    if found.next is not None:
        link = found.next
        names = ", ".join(plain(one.shot) for one in found.suspects)
        print(f"{counted(len(found.suspects), 'suspect')}: {names}")
        print(f"Look at {plain(link.shot)}, and say whether it has the defect:")
        print(f"  {near(Path(sheet_of(project, link)))}")
        print(f"  {near(link.file)}")
        for word in ("good", "bad"):
            said = anchor_command(film, NAME, arguments.shot, f"--{word} {shlex.quote(link.shot)}")
            print(f"  {plain(said)}")
        return
    first = found.first
    if first is None:
        names = ", ".join(plain(one.shot) for one in found.suspects)
        print(
            f"After {counted(found.looks, 'look')} it is one of {names}; the others were skipped."
        )
        return
    take = "your own footage" if first.take is None else f"take {first.take} by {first.provider}"
    clips, looks = counted(len(found.chain), "clip"), counted(found.looks, "look")
    print(f"{plain(first.shot)} is the first that has it ({take}), of {clips}, after {looks}.")
    stale = newly_stale(project, first)
    if stale is None:
        return
    why = '--why "..."'
    rejects = anchor_command(film, "reject", f"{first.shot}.out", why)
    print(f"  {plain(rejects)} has another one made.")
    shots = ", ".join(plain(shot) for shot in stale["shots"])
    print(f"  To be made anew then: {shots}; {stale['cost']}.")
