"""What the verbs share that steer a film as it is being made."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from matchcut.cli.common import add_film_option
from matchcut.cli.text import plain


def add_whole_film(
    verbs: Any, name: str, *, help_: str, description: str
) -> argparse.ArgumentParser:
    """Add a verb that is about a film as a whole."""
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=help_, description=description)
    verb.add_argument(
        "film", nargs="?", default="film.yaml", help="the film file (film.yaml unless you say)"
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    return verb


def add_shot(verbs: Any, name: str, *, help_: str, description: str) -> argparse.ArgumentParser:
    """Add a verb that is about one shot, or all of them where none is named."""
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=help_, description=description)
    verb.add_argument("shot", nargs="?", metavar="SHOT", help="the shot's id; all of them without")
    add_film_option(verb)
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    return verb


def tell(arguments: argparse.Namespace, name: str, said: Sequence[str]) -> int:
    """Say what was written down, a sentence each."""
    if arguments.json:
        print(json.dumps({"event": name, "said": list(said)}, ensure_ascii=False))
    else:
        print("\n".join(plain(sentence) for sentence in said))
    return 0
