"""`matchcut rehearse`: the whole film on the embedded generator, offline and at no cost."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import add_film, print_findings
from matchcut.cli.progress import listening

if TYPE_CHECKING:
    from matchcut.assemble.film import Assembled
    from matchcut.render.run import Rendered

NAME = "rehearse"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="make the whole film on this machine, offline, at no cost",
        description="Make the whole film with the embedded generator. Same plan, same requests, "
        "same joins as a paid render; the pictures are camera moves and interpolation, not acting. "
        "What has not changed since the last time is kept; an interrupted run goes on.",
    )
    add_film(verb)
    verb.add_argument(
        "--slate", action="store_true", help="burn each shot's name and frame into the picture"
    )
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.findings import FindingsError, Severity  # noqa: PLC0415
    from matchcut.render.providers.embedded import Rehearsal  # noqa: PLC0415

    project = matchcut.load(arguments.film, allow=tuple(arguments.allow))
    plan = matchcut.plan(project)
    if not plan.renderable:
        if arguments.json:
            print(json.dumps({"event": "findings", **_findings(plan.findings)}))
        else:
            print_findings(plan.findings)
        return FindingsError(plan.findings).exit
    if not arguments.json:
        print_findings(f for f in plan.findings if f.severity is Severity.WARNING)
    with listening(plan, as_json=arguments.json, free=True) as tell:
        rendered = matchcut.render(project, plan, Rehearsal(slate=arguments.slate), tell)
        assembled = matchcut.assemble(rendered, tell)
    print(_told(rendered, assembled, as_json=arguments.json))
    return 0


def _findings(findings: Any) -> dict[str, Any]:
    return {"findings": [finding.to_json() for finding in findings]}


def _told(rendered: "Rendered", assembled: "Assembled", *, as_json: bool) -> str:
    cut = assembled.cut
    seconds = float(cut.frames / cut.rate)
    if as_json:
        facts = {
            "event": "film",
            "step": "done",
            "film": str(assembled.film),
            "timeline": str(assembled.timeline),
            "sheet": str(assembled.sheet),
            "frames": cut.frames,
            "fps": str(cut.rate),
            "rendered": list(rendered.made),
            "new": assembled.new,
        }
        return json.dumps(facts, ensure_ascii=False)
    if not rendered.made and not assembled.new:
        news = "Nothing has changed: nothing was rendered."
    elif not rendered.made:
        news = "Nothing was rendered; the film was assembled again."
    else:
        kept = len(rendered.shots) - len(rendered.made)
        news = f"{len(rendered.made)} rendered ({', '.join(rendered.made)}), {kept} kept."
    return (
        f"{news}\n"
        f"{_near(assembled.film)}: {cut.frames} frames, {seconds:.2f} s\n"
        f"{_near(assembled.timeline)}: the same cut, for an editor\n"
        f"{_near(assembled.sheet)}: contact sheet with every seam"
    )


def _near(file: Path) -> Path:
    """The file's path from here, where it lies below here."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
