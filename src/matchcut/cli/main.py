"""The command's entry: arguments to a verb, errors to a message and an exit code."""

import argparse
import contextlib
import errno
import gc
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from matchcut import __version__
from matchcut.cli.text import plain, wrapped
from matchcut.errors import Code, Exit, MatchcutError
from matchcut.findings import FindingsError, nearest
from matchcut.render.commands import act_on, film_at_hand, one_command, whole_film_command

_COLLECTED = (20_000, 20, 20)
"""New objects, and younger collections, after which Python looks for cycles. What a command loads
are objects by the hundred thousand that stay: with the usual 700 it looks through them again and
again, for a tenth of a short command's time."""
_FULL = frozenset({errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG})
_VERBS = (
    "plan",
    "rehearse",
    "render",
    "next",
    "status",
    "anchor",
    "gates",
    "show",
    "look",
    "approve",
    "step",
    "replace",
    "reject",
    "reroll",
    "takes",
    "circle",
    "resolve",
    "trace",
    "bisect",
    "pause",
    "resume",
    "cancel",
    "retry",
    "seams",
    "drift",
    "ledger",
    "endpoints",
    "calibrate",
    "schema",
    "worker",
)
"""In the order in which help lists them; each is a module, loaded when it is asked for."""
_MODULES = {"next": "next_shot"}
"""Where a module cannot be called as its verb is."""


_PAYING = ("render", "reroll", "next", "calibrate")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in matchcut's own way, and names the nearest verb."""

    def error(self, message: str) -> NoReturn:
        raise MatchcutError(
            Code.USAGE, message, where=self.prog, fix=f"`{self.prog} --help` lists what it takes."
        )


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The command's arguments.

    Args:
        only: One verb; the others are not even loaded then.

    """
    top = _Parser(
        prog="matchcut",
        description="Turn a written shot list into one continuous film by chaining image-to-video "
        "calls frame by frame.",
        epilog="Exit codes: 0 done, 2 usage, 3 findings stop the film, 4 configuration, "
        "5 budget or price, 6 provider, 7 a plan file is stale, or `plan --check` finds "
        "something to make, 8 a submission is unknown, 9 you must decide, "
        "10 and 11 `anchor` has a better frame or needs a person, 130 interrupted.",
    )
    top.add_argument("--version", action="version", version=f"matchcut {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
    for verb in _VERBS if only is None else (only,):
        import_module(f"matchcut.cli.{_MODULES.get(verb, verb)}").add(verbs)
    return top


def main(argv: Sequence[str]) -> int:
    """Run one command.

    Args:
        argv: The arguments after the program's name.

    Returns:
        The exit code.

    """
    with one_command():
        return _one(argv)


def _one(argv: Sequence[str]) -> int:
    as_json = "--json" in argv
    try:
        _know_verb(argv)
        arguments = parser(argv[0] if argv and argv[0] in _VERBS else None).parse_args(argv)
        if arguments.verb is None:
            parser().print_help()
            return Exit.DONE
        if getattr(arguments, "film", None):
            act_on(arguments.film)
        return int(arguments.run(arguments))
    except FindingsError as error:
        return error.exit  # the verb has shown them
    except MatchcutError as error:
        _report(error, as_json=as_json)
        return error.exit


def entry() -> NoReturn:
    """The console script."""
    gc.set_threshold(*_COLLECTED)
    signal.signal(signal.SIGINT, _interrupted)
    _open_streams()
    try:
        code = _run()
        sys.stdout.flush()
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
    except BrokenPipeError:
        # Whoever read has gone away, as `head` does; what was being made is not lost.
        code = Exit.DONE
    except OSError as error:
        code = _say(f"matchcut: the output cannot be written: {error.strerror or error}")
    # What is finished is on the disk and nothing is held any more; taking all modules apart would
    # take longer than many a verb.
    os._exit(code)


def _run() -> int:
    try:
        return main(sys.argv[1:])
    except (BrokenPipeError, MatchcutError):
        raise
    except Exception as error:
        debug = bool(os.environ.get("MATCHCUT_DEBUG"))
        if debug:
            # Here and not by Python itself: further out, what comes from the disk is a message.
            with contextlib.suppress(OSError, ValueError):
                traceback.print_exc()
        if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
            raise  # a stream, and no file of ours
        if debug:
            return Exit.INTERNAL
        fault = MatchcutError(
            Code.INTERNAL,
            f"matchcut has a fault of its own: {type(error).__name__}: {error}",
            fix="Nothing finished is lost. Run it again with MATCHCUT_DEBUG=1 and report what it "
            "prints.",
        )
        _report(fault, as_json="--json" in sys.argv)
        return fault.exit


def _open_streams() -> None:
    """Streams that are there and take every character, whatever they were started with."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(text: str) -> int:
    """A last word where standard output is no use, and the exit code that goes with it."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    return Exit.CONFIGURATION


def _interrupted(_signal: int, _frame: object) -> NoReturn:
    """Leave at once: what is finished is on the disk, and threads may be deep in a frame.

    An exception in its place could be caught on its way by a library that is waiting for something,
    and the run would go on.
    """
    cursor = "\033[?25h" if sys.stderr.isatty() else ""
    paid = any(verb in sys.argv[1:2] for verb in _PAYING)
    there = " What was sent goes on at the provider, and costs what it costs." if paid else ""
    said = f"{cursor}\nInterrupted. The same command goes on from here.{there}\n"
    os.write(2, said.encode())
    os._exit(Exit.INTERRUPTED)


def _know_verb(argv: Sequence[str]) -> None:
    known = _VERBS
    if not argv or argv[0].startswith("-") or argv[0] in known:
        return
    meant = nearest(argv[0], known)
    raise MatchcutError(
        Code.USAGE,
        f"there is no verb `{argv[0]}`",
        where="matchcut",
        fix=f"Did you mean `matchcut {meant}`?" if meant else f"Verbs are {', '.join(known)}.",
    )


def _report(error: MatchcutError, *, as_json: bool) -> None:
    failed: dict[str, MatchcutError] = getattr(error, "failed", {})
    if as_json:
        facts = {"event": "error", **_facts(error)}
        if failed:
            facts["failed"] = {shot: _facts(own) for shot, own in failed.items()}
        print(json.dumps(facts, ensure_ascii=False))
        return
    for own in _told(error, failed):
        place = f"{plain(own.where)}: " if own.where else ""
        print(wrapped(f"{place}{plain(own.message)}", sys.stderr), file=sys.stderr)
        if own.fix:
            print(wrapped(plain(own.fix), sys.stderr, "  "), file=sys.stderr)
    if error.code is Code.GATE_WAITS:
        gates = whole_film_command(film_at_hand(), "gates")
        print(plain(f"{gates} lists what waits for you."), file=sys.stderr)
    elif len(failed) > 1 and error.code is not Code.FILM_PAUSED:
        print(f"{len(failed)} shots could not be made; what is finished is kept.", file=sys.stderr)


def _told(error: MatchcutError, failed: dict[str, MatchcutError]) -> "Sequence[MatchcutError]":
    """What a person is told of a run: each shot's own error; that it is paused once for all."""
    if error.code is Code.FILM_PAUSED:
        silent = (Code.FILM_PAUSED, Code.SHOT_BLOCKED)
        return (error, *(own for own in failed.values() if own.code not in silent))
    return tuple(failed.values()) if len(failed) > 1 else (error,)


def _facts(error: MatchcutError) -> dict[str, Any]:
    return {
        "code": error.code.value,
        "message": error.message,
        "where": error.where,
        "fix": error.fix,
    }
