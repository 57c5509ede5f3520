"""What several verbs share: the film argument, and how findings are shown."""

import argparse
import sys
from collections.abc import Iterable

from matchcut.findings import Finding, Severity, show_path

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


def print_findings(findings: Iterable[Finding]) -> None:
    """Findings for a person, on standard error: where, what, and what to do."""
    findings = tuple(findings)
    sys.stdout.flush()
    colour = sys.stderr.isatty()
    for finding in findings:
        kind = finding.severity.value
        if colour:
            kind = f"\033[{_COLOURS[finding.severity]}m{kind}\033[0m"
        path = show_path(finding.path)
        print(f"{finding.where}: {kind}: {finding.message}", file=sys.stderr)
        print(f"    {finding.fix}  [{path}, {finding.id}]", file=sys.stderr)
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
