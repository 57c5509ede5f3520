"""What several verbs share: the film argument, and how findings are shown."""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matchcut.plan.types import Plan
    from matchcut.project import Project

from matchcut.cli.text import plain, wrapped
from matchcut.errors import Code, MatchcutError
from matchcut.findings import Finding, FindingsError, Severity, show_path

_MOST_SHOWN = 200
"""Findings that are printed for a person; `plan --json` has all of them."""

_COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33", Severity.INFO: "36"}


def add_film(verb: argparse.ArgumentParser) -> None:
    """The film file, and what goes with it."""
    verb.add_argument("film", help="the film file, YAML or JSON")
    verb.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="FOLDER",
        help="let the film name files in this folder too (may stand several times)",
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")


def add_database(verb: argparse.ArgumentParser) -> None:
    """Where the film's state lies, for those that work on films together."""
    verb.add_argument(
        "--database",
        metavar="URL",
        default="",
        help="keep the film's state in this PostgreSQL database, as postgresql://user@host/name, "
        "so that `matchcut worker` on other machines can work on it; said once, the film knows it",
    )
    verb.add_argument(
        "--by-workers",
        action="store_true",
        help="leave the work to those workers, and wait for it",
    )


def refuse_alone(arguments: argparse.Namespace, project: "Project") -> None:
    """Refuse to leave work to workers where nobody could share it.

    Raises:
        MatchcutError: `usage`.

    """
    from matchcut.render.state import VARIABLE  # noqa: PLC0415 - `--help` does without
    from matchcut.store.folder import StateFolder  # noqa: PLC0415

    named = arguments.database or os.environ.get(VARIABLE) or StateFolder(project.folder).shared
    if arguments.by_workers and not named:
        raise MatchcutError(
            Code.USAGE,
            "`--by-workers` leaves the work to others, and the film's state is here",
            where=str(arguments.film),
            fix="Name the database that they share: `--database postgresql://user@host/name`.",
        )


def add_film_option(verb: argparse.ArgumentParser) -> None:
    """The film that a shot or a frame belongs to, for verbs that name that first."""
    verb.add_argument(
        "--film", default="film.yaml", help="the film file (film.yaml unless you say another)"
    )


def add_slate(verb: argparse.ArgumentParser) -> None:
    """Names and numbers in the picture, for people who talk about a cut."""
    verb.add_argument(
        "--slate",
        action="store_true",
        help="burn each shot's name and frame into the film; the clips stay clean",
    )


def planned(arguments: argparse.Namespace) -> tuple["Project", "Plan"]:
    """The film and its plan, where it can be rendered; its warnings are shown.

    Raises:
        FindingsError: It cannot; the findings have been shown.

    """
    import matchcut  # noqa: PLC0415 - `--help` does without

    project = matchcut.load(arguments.film, allow=tuple(arguments.allow))
    plan = matchcut.plan(project)
    if not plan.renderable:
        if arguments.json:
            found = [finding.to_json() for finding in plan.findings]
            print(json.dumps({"event": "findings", "findings": found}))
        else:
            print_findings(plan.findings)
        raise FindingsError(plan.findings)
    if not arguments.json:
        print_findings(f for f in plan.findings if f.severity is Severity.WARNING)
    return project, plan


def near(file: Path) -> str:
    """The file's path from here, where it lies below here; fit to be shown."""
    here = Path.cwd()
    return plain(str(file.relative_to(here) if file.is_relative_to(here) else file))


def print_findings(findings: Iterable[Finding]) -> None:
    """Findings for a person, on standard error: where, what, and what to do."""
    findings = tuple(findings)
    sys.stdout.flush()
    colour = sys.stderr.isatty()
    for finding in findings[:_MOST_SHOWN]:
        kind = finding.severity.value
        if colour:
            kind = f"\033[{_COLOURS[finding.severity]}m{kind}\033[0m"
        path = show_path(finding.path)
        said = f"{plain(finding.where)}: {kind}: {plain(finding.message)}"
        print(wrapped(said, sys.stderr), file=sys.stderr)
        cure = f"{plain(finding.fix)}  [{plain(path)}, {finding.id}]"
        print(wrapped(cure, sys.stderr, "    "), file=sys.stderr)
    if len(findings) > _MOST_SHOWN:
        print(f"... and {len(findings) - _MOST_SHOWN} more.", file=sys.stderr)
    counted = _counted(findings)
    if counted:
        print(f"{counted}.", file=sys.stderr)


def _counted(findings: Iterable[Finding]) -> str:
    """`3 mistakes, 1 warning`, or an empty text where there is neither."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    words = {Severity.ERROR: "mistake", Severity.WARNING: "warning"}
    return ", ".join(
        f"{counts[severity]} {word}{'' if counts[severity] == 1 else 's'}"
        for severity, word in words.items()
        if counts[severity]
    )
