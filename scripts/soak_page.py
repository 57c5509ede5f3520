"""Writes docs/reference/soak.md from what `make soak` recorded.

Run it as `python scripts/soak_page.py RECORD`; a line of JSON for each film that was disturbed.
"""

import json
import os
import platform
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "soak.md"
HEAD = """# What a render survives

Written by `scripts/soak_page.py` from kill and worker tests at the settings of `make soak`,
{day}, {machine}.

Each row is so many films of three shots, rendered by the command line with fal's official client
against a server that behaves as fal does and writes down what it accepts. Each was disturbed once;
then the same command was run until the film was done, and what it asked was decided. In every film
the frames' hashes equal the undisturbed one's: a film where they do not ends the soak.

"""
COLUMNS = ("disturbed", "state", "films", "jobs accepted", "accepted twice", "clips lost", "parked")


def main() -> None:
    """Write the page."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in Path(sys.argv[1]).read_text("utf-8").splitlines():
        facts = json.loads(line)
        rows[facts["kind"], facts["state"]].append(facts)
    text = HEAD.format(
        day=datetime.now(UTC).date(),
        machine=f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
    )
    text += f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
    for (kind, state), films in sorted(rows.items()):
        sums = [sum(int(film[name]) for film in films) for name in ("accepted", "twice", "lost")]
        parked = sum(film["parked"] for film in films)
        cells = (kind, state, len(films), *sums, parked)
        text += f"| {' | '.join(map(str, cells))} |\n"
    text += (
        "\n*Parked*: the submission could not be found, waited as `unknown`, and the film was "
        "finished after\n`matchcut resolve`.\n"
    )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
