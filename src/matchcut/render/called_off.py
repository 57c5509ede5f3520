"""What is said of a take that a person has decided of while it was on its way."""

from matchcut.errors import Code, MatchcutError
from matchcut.render.attempt import TakeKey
from matchcut.render.commands import film_command, resolve_command


def cancelled(key: TakeKey, *, clip: bool = False) -> MatchcutError:
    """That a shot was cancelled, and is not made again by itself.

    Args:
        key: Its take.
        clip: True where its clip has come all the same.

    """
    again = film_command(key.film, "retry", key.shot)
    if not clip:
        return MatchcutError(
            Code.SHOT_CANCELLED,
            f"take {key.take} was cancelled, and nothing is sent for it by itself",
            where=key.shot,
            fix=f"To have it made again: {again}.",
        )
    return MatchcutError(
        Code.SHOT_CANCELLED,
        f"take {key.take} was cancelled, and its clip has come all the same: it is kept and not "
        "used",
        where=key.shot,
        fix=f"To use it: {resolve_command(key.film, key.shot, '--accept', key.take)}; to have "
        f"another made: {again}.",
    )


def rejected(key: TakeKey) -> MatchcutError:
    """That a take was rejected while its clip was on its way."""
    return MatchcutError(
        Code.DECISION_STALE,
        f"take {key.take} was rejected while its clip was on its way: it is kept and not used",
        where=key.shot,
        fix="Run the same command again: it makes another one. To use this one after all: "
        f"{resolve_command(key.film, key.shot, '--accept', key.take)}.",
    )
