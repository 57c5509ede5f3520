"""What comes of everything that can go wrong at fal: `python bench/faults.py [--write]`.

Plays each fault of the hostile fal on loopback to a film of three shots and prints a table; with
`--write` it becomes docs/reference/faults.md. The tests hold the same table; here the figures are
those that were seen.
"""

import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import matchcut  # noqa: E402
from hostile import HostileFal  # noqa: E402 - found by the line above
from render.hosted import CASES, KLING, SEEDANCE, Case, film_text, play, quick, render  # noqa: E402
from small import frame_hashes, write_film  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "faults.md"
HEAD = """\
<!-- Written by bench/faults.py; do not edit. -->

# What goes wrong at fal, and what comes of it

A film of three shots (a hero, a shot that starts on its last frame, a cut that hangs on neither) is
rendered against a server on loopback that behaves like fal at its worst, with fal's official client
unchanged. The fault happens to the hero. *First run* is what the first `render` comes to; then its
maker does what *then* says, and renders again. *Jobs* are those that the server accepted for the
hero, which it would bill: more than one only where a take has failed for good and a new one was
asked for, or a person said so. *Known* are all jobs of the film in the ledger. In the end the
film's frames are compared with those of a run in which nothing went wrong.

"""
COLUMNS = "| fault | first run | jobs | then | jobs in the end | known | clips lost | film |"


def main() -> None:
    rows = [COLUMNS, "|" + "---|" * (COLUMNS.count("|") - 1)]
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        quick(patch)
        folder = Path(scratch)
        wanted = {}
        for name in (KLING, SEEDANCE):
            with serving(folder, f"plain-{len(wanted)}", patch):
                film = write_film(folder / f"plain-{len(wanted)}", film_text(name))
                _, rendered = render(film)
                assert rendered is not None
                wanted[name] = frame_hashes(matchcut.assemble(rendered).film)
        for number, case in enumerate(CASES):
            with serving(folder, f"case-{number}", patch) as fal:
                rows.append(row(case, fal, folder / f"film-{number}", wanted[case.endpoint]))
            print(rows[-1], flush=True)
    seen = (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    text = HEAD + "\n".join(rows) + f"\n\nSeen {seen}, by `python bench/faults.py --write`.\n"
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")


def serving(folder: Path, name: str, patch: pytest.MonkeyPatch) -> HostileFal:
    server = HostileFal(folder / f"fal-{name}", cache=folder / "clips")
    for variable, value in server.environment.items():
        patch.setenv(variable, value)
    return server


def row(case: Case, fal: HostileFal, folder: Path, wanted: list[str]) -> str:
    outcome = play(case, fal, folder)
    accepted = {job.request_id for job in fal.accepted}
    known = len(accepted & {attempt.request_id for attempt in outcome.attempts})
    lost = sum(attempt.state.value == "accepted" for attempt in outcome.attempts)
    same = "the same" if frame_hashes(outcome.film) == wanted else "ANOTHER ONE"
    cells = (
        case.name,
        outcome.first,
        outcome.accepted_first,
        case.then or "nothing",
        outcome.accepted,
        f"{known} of {len(accepted)}",
        lost,
        same,
    )
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
