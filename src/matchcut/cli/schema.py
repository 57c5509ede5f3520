"""`matchcut schema`: the JSON Schema of a film file, for editors."""

import argparse
import json
from typing import Any

NAME = "schema"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="print the JSON Schema of a film file, for editors",
        description="Print the JSON Schema of a film file. Save it, and put "
        "`# yaml-language-server: $schema=film.schema.json` in a film's first line: editors then "
        "complete its keys.",
    )
    verb.set_defaults(run=_run)


def _run(_arguments: argparse.Namespace) -> int:
    from matchcut.film.types import json_schema  # noqa: PLC0415 - `--help` does without

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0
