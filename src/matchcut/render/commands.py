"""What a person is told to type: with the film and the shot it is about, fit for a shell."""

import shlex

_USUAL = "film.yaml"


def film_name(film: str) -> str:
    """The film file's name, of what the film is called in its state."""
    return film.rpartition("/")[2]


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
    name = film_name(film)
    which = "" if name == _USUAL else f" --film {shlex.quote(name)}"
    number = "" if take is None else f" --take {take}"
    return f"`matchcut resolve {shlex.quote(shot)}{which}{number} {decision}`"


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
    name = film_name(film)
    which = "" if name == _USUAL else f" --film {shlex.quote(name)}"
    # What else is said stands first: a frame is taken only right behind its anchor.
    return f"`matchcut {verb} {shlex.quote(anchor)}{f' {rest}' if rest else ''}{which}`"


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
    name = film_name(film)
    which = "" if name == _USUAL else f" --film {shlex.quote(name)}"
    return f"`matchcut {verb} {shlex.quote(shot)}{f' {rest}' if rest else ''}{which}`"


def film_command(film: str, verb: str, shot: str = "") -> str:
    """`matchcut VERB [SHOT]` for a film, where the film is said only if it must be.

    Args:
        film: The film file's name.
        verb: As `retry` or `cancel`, which name the film by `--film`.
        shot: The shot; every one where it is empty.

    Returns:
        The command in backquotes.

    """
    name = film_name(film)
    which = "" if name == _USUAL else f" --film {shlex.quote(name)}"
    return f"`matchcut {verb}{f' {shlex.quote(shot)}' if shot else ''}{which}`"


def whole_film_command(film: str, verb: str) -> str:
    """`matchcut VERB [FILM]`, for verbs that are about a film as a whole; in backquotes."""
    name = film_name(film)
    return f"`matchcut {verb}{'' if name == _USUAL else f' {shlex.quote(name)}'}`"


def rehearse_command(film: str) -> str:
    """The command that makes a film here, at no cost, in backquotes."""
    return f"`matchcut rehearse {shlex.quote(film_name(film))}`"


def render_commands(film: str) -> str:
    """The commands that go on with a film, in backquotes."""
    quoted = shlex.quote(film_name(film))
    return f"`matchcut render {quoted}` (or `rehearse`)"
