"""The verbs, for Python: what the command line does is a thin layer over these."""

from dataclasses import replace
from typing import TYPE_CHECKING

from matchcut.endpoints.load import shipped
from matchcut.findings import Finding
from matchcut.plan.build import build_plan
from matchcut.plan.types import Plan
from matchcut.project import Project

if TYPE_CHECKING:
    from matchcut.assemble.film import Assembled
    from matchcut.render.events import Event, Listener
    from matchcut.render.providers.protocol import Provider
    from matchcut.render.run import Rendered


def plan(project: Project) -> Plan:
    """Plan a film; deterministic, and nothing is written or sent.

    Args:
        project: The film, from `load`.

    Returns:
        The plan, with every mistake of the film file, of the files it names and of the film itself,
        in the order in which they stand in the file.

    """
    built = build_plan(project.film, shipped(), project.media)
    own = [project.text.locate(finding) for finding in built.findings if project.text.says(finding)]
    findings = sorted((*project.findings, *own), key=_place)
    return replace(built, findings=tuple(findings))


def render(
    project: Project, plan: Plan, provider: "Provider", on_event: "Listener | None" = None
) -> "Rendered":
    """Render a plan: what has not changed is kept, the rest is made.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        provider: Who makes pixels; `Rehearsal()` is the embedded one.
        on_event: Called with each event while it works, from any thread.

    Returns:
        Every shot with its take.

    Raises:
        FindingsError: The plan has mistakes.
        RenderError: A shot could not be made.
        MatchcutError: The film's folder is busy or cannot be written to.

    """
    from matchcut.render.run import render_plan  # noqa: PLC0415 - loads the decoder

    return render_plan(project, plan, provider, on_event or _silent)


def assemble(rendered: "Rendered", on_event: "Listener | None" = None) -> "Assembled":
    """Assemble a rendered film: one mp4, a time line for editors, a contact sheet.

    Args:
        rendered: From `render`.
        on_event: Called with each event while it works.

    Returns:
        The files, in `out/` beside the film file, and the cut list.

    Raises:
        MatchcutError: A clip cannot be read, or the folder cannot be written to.

    """
    from matchcut.assemble.film import assemble_film  # noqa: PLC0415 - loads the decoder

    return assemble_film(rendered, on_event or _silent)


def _silent(_event: "Event") -> None:
    """Nobody listens."""


def _place(finding: Finding) -> tuple[int, int]:
    _, line, column = finding.where.rsplit(":", 2)
    return int(line), int(column)
