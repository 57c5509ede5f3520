"""What verbs share that look at a film as it was assembled last."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matchcut.cli.standing import add_by
from matchcut.cli.text import plain
from matchcut.errors import Code, MatchcutError
from matchcut.render.commands import rehearse_command

if TYPE_CHECKING:
    from matchcut.assemble.record import Shown
    from matchcut.render.seams import Seams


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFilm:
    """A film as it was assembled last."""

    film: str
    provider: str
    shots: "tuple[Shown, ...]"
    seams: "Seams"


def add_looked(verb: argparse.ArgumentParser) -> None:
    """The film, and whose takes are meant."""
    verb.add_argument(
        "film", nargs="?", default="film.yaml", help="the film file (film.yaml unless you say)"
    )
    add_by(verb, "whose takes (those assembled last unless you say)")
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")


@contextmanager
def looked(film: str, provider: str | None) -> Iterator[ShownFilm]:
    """Open what is known of a film; a render that is under way is not disturbed.

    Raises:
        MatchcutError: The film has not been assembled yet.

    """
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.assemble.record import shown_now  # noqa: PLC0415
    from matchcut.render.seams import Seams  # noqa: PLC0415
    from matchcut.render.state import open_state  # noqa: PLC0415
    from matchcut.store.folder import StateFolder  # noqa: PLC0415

    project = matchcut.load(film)
    folder = StateFolder(project.folder)
    if not folder.beside():
        raise _nothing(film, provider)
    database = open_state(folder)
    try:
        seams, key = Seams(database), folder.key(project.path.name)
        whose = provider or seams.latest(key)
        shots = shown_now(seams, key, whose) if whose else ()
        if whose is None or not shots:
            raise _nothing(film, provider)
        yield ShownFilm(film=project.path.name, provider=whose, shots=shots, seams=seams)
    finally:
        database.close()


def table(columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; of each column its name, and True where it is set right."""
    import sys  # noqa: PLC0415

    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, right in columns:
        drawn.add_column(name, justify="right" if right else "left")
    for row in rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(drawn)


def number(value: float | None, form: str = ".2f") -> str:
    """A number as a cell shows it; a dash stands for "not measured"."""
    return "-" if value is None else format(value, form)


def _nothing(film: str, provider: str | None) -> MatchcutError:
    by = f" by {provider}" if provider else ""
    return MatchcutError(
        Code.NOTHING_TO_RESOLVE,
        f"this film has not been assembled{by} yet, so nothing was measured",
        where=film,
        fix=f"{rehearse_command(Path(film).resolve().name)} makes it offline, at no cost.",
    )
