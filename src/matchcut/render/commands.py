"""What a person is told to type: with the film and the shot it is about, fit for a shell."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_USUAL = "film.yaml"

_acted_on: list[Path] = []
"""The film file that a command is about, the last of them. What is typed next must lead there from
the folder that the person is in. All threads see it: many a message is made deep in a run."""


@contextmanager
def one_command() -> Iterator[None]:
    """One command of a person's: what `act_on` says holds until it ends."""
    before = len(_acted_on)
    try:
        yield
    finally:
        del _acted_on[before:]


def act_on(film: Path | str) -> None:
    """Say which film file a command is about, as it was typed."""
    _acted_on.append(Path(film))


def film_at_hand() -> str:
    """Name of the film file that the command is about; the usual one where none was named."""
    return _acted_on[-1].resolve().name if _acted_on else _USUAL


def film_name(film: str) -> str:
    """The film file's name, of what the film is called in its state."""
    return film.rpartition("/")[2]


def film_path(film: str) -> str:
    """The film file as it is typed from the current folder.

    Args:
        film: Its name, or what the film is called in its state.

    Returns:
        Its path from here where it lies below here, else as it was typed; its name alone where
        the command is about another film, or about none.

    """
    name = film_name(film)
    if not _acted_on:
        return name
    typed = _acted_on[-1]
    file = typed.resolve()
    if name != file.name or (film != name and film != _key(file)):
        return name
    here = Path.cwd().resolve()
    return str(file.relative_to(here) if file.is_relative_to(here) else typed)


def _key(file: Path) -> str:
    """What a film is called in its state: on a server others have films of that name too."""
    from matchcut.store.folder import StateFolder  # noqa: PLC0415 - few films lie on a server

    return StateFolder(file.parent).key(file.name)


def _option(film: str) -> str:
    """`--film FILM` where it must be said, with a space before it."""
    path = film_path(film)
    return "" if path == _USUAL else f" --film {shlex.quote(path)}"


def resolve_command(film: str, shot: str, decision: str, take: int | None = None) -> str:
    """`matchcut resolve SHOT DECISION` for a film.

    Args:
        film: The film file's name.
        shot: The shot.
        decision: As `--resubmit` or `--adopt REQUEST_ID`.
        take: Which take, where that must be said.

    Returns:
        The command in backquotes.

    """
    number = "" if take is None else f" --take {take}"
    return f"`matchcut resolve {shlex.quote(shot)}{_option(film)}{number} {decision}`"


def anchor_command(film: str, verb: str, anchor: str, rest: str = "") -> str:
    """`matchcut VERB SHOT.out` for a film.

    Args:
        film: The film file's name.
        verb: As `show` or `approve`.
        anchor: As `rooftop.out`.
        rest: What else is said.

    Returns:
        The command in backquotes.

    """
    # What else is said stands first: a frame is taken only right behind its anchor.
    return f"`matchcut {verb} {shlex.quote(anchor)}{f' {rest}' if rest else ''}{_option(film)}`"


def take_command(film: str, verb: str, shot: str, rest: str = "") -> str:
    """`matchcut VERB SHOT` for a film.

    Args:
        film: The film file's name.
        verb: As `takes` or `circle`.
        shot: The shot.
        rest: What else is said.

    Returns:
        The command in backquotes.

    """
    return f"`matchcut {verb} {shlex.quote(shot)}{f' {rest}' if rest else ''}{_option(film)}`"


def film_command(film: str, verb: str, shot: str = "") -> str:
    """`matchcut VERB [SHOT]` for a film, where the film is said only if it must be.

    Args:
        film: The film file's name.
        verb: As `retry` or `cancel`, which name the film by `--film`.
        shot: The shot; every one where it is empty.

    Returns:
        The command in backquotes.

    """
    return f"`matchcut {verb}{f' {shlex.quote(shot)}' if shot else ''}{_option(film)}`"


def whole_film_command(film: str, verb: str) -> str:
    """`matchcut VERB [FILM]`, for verbs that are about a film as a whole; in backquotes."""
    path = film_path(film)
    return f"`matchcut {verb}{'' if path == _USUAL else f' {shlex.quote(path)}'}`"


def rehearse_command(film: str) -> str:
    """The command that makes a film here, at no cost, in backquotes."""
    return f"`matchcut rehearse {shlex.quote(film_path(film))}`"


def render_commands(film: str, *, free: bool = False) -> str:
    """The commands that go on with a film, in backquotes.

    Args:
        film: The film file's name.
        free: True where it is about a rehearsal: then what costs nothing is offered first.

    """
    first, other = ("rehearse", "render") if free else ("render", "rehearse")
    return f"`matchcut {first} {shlex.quote(film_path(film))}` (or `{other}`)"
