"""matchcut turns a written shot list into one continuous film, chained frame by frame.

```python
import matchcut

project = matchcut.load("film.yaml")
plan = matchcut.plan(project)
film = matchcut.assemble(matchcut.render(project, plan, matchcut.Rehearsal()))
```
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matchcut.anchor import Anchor, take_anchor
    from matchcut.api import assemble, plan, quote, render, save_plan, schedule, standing
    from matchcut.assemble.film import Assembled
    from matchcut.catalogue import check_endpoints, find_endpoints, import_endpoint
    from matchcut.circling import Judged, circle
    from matchcut.edge import Choice, Side, Verdict, choose
    from matchcut.endpoints.contract import Contract, Role
    from matchcut.errors import Code, Exit, MatchcutError
    from matchcut.findings import Finding, FindingsError, Severity
    from matchcut.link import Link, NextShot, begin_link, finish_link
    from matchcut.plan.another import Ask
    from matchcut.plan.matrix import Needs
    from matchcut.plan.schedule import Schedule
    from matchcut.plan.types import Plan, PlannedShot
    from matchcut.project import Project, load
    from matchcut.render.plan_file import PlanFile, read_plan
    from matchcut.render.providers.embedded import Rehearsal
    from matchcut.render.providers.fal.provider import Fal
    from matchcut.render.rendered import Rendered, RenderedShot, RenderError
    from matchcut.render.run import Quote
    from matchcut.render.staleness import Staleness
    from matchcut.retake import Rerolled, RerollQuote, quote_reroll, reroll
    from matchcut.store.contracts import known
    from matchcut.takes import LoggedTake, list_takes
    from matchcut.workshop import work

__version__ = "0.1.0"

# Names are fetched when they are first used: whoever reads a film need not load the decoder, and
# whoever plans it need not load the engine.
_HOMES = {
    "Anchor": "matchcut.anchor",
    "Ask": "matchcut.plan.another",
    "Assembled": "matchcut.assemble.film",
    "Choice": "matchcut.edge",
    "Code": "matchcut.errors",
    "Contract": "matchcut.endpoints.contract",
    "Exit": "matchcut.errors",
    "Fal": "matchcut.render.providers.fal.provider",
    "Finding": "matchcut.findings",
    "FindingsError": "matchcut.findings",
    "Judged": "matchcut.circling",
    "Link": "matchcut.link",
    "LoggedTake": "matchcut.takes",
    "MatchcutError": "matchcut.errors",
    "Needs": "matchcut.plan.matrix",
    "NextShot": "matchcut.link",
    "Plan": "matchcut.plan.types",
    "PlanFile": "matchcut.render.plan_file",
    "PlannedShot": "matchcut.plan.types",
    "Project": "matchcut.project",
    "Quote": "matchcut.render.run",
    "Rehearsal": "matchcut.render.providers.embedded",
    "RenderError": "matchcut.render.rendered",
    "Rendered": "matchcut.render.rendered",
    "RenderedShot": "matchcut.render.rendered",
    "RerollQuote": "matchcut.retake",
    "Rerolled": "matchcut.retake",
    "Role": "matchcut.endpoints.contract",
    "Schedule": "matchcut.plan.schedule",
    "Severity": "matchcut.findings",
    "Side": "matchcut.edge",
    "Staleness": "matchcut.render.staleness",
    "Verdict": "matchcut.edge",
    "assemble": "matchcut.api",
    "begin_link": "matchcut.link",
    "check_endpoints": "matchcut.catalogue",
    "choose": "matchcut.edge",
    "circle": "matchcut.circling",
    "find_endpoints": "matchcut.catalogue",
    "finish_link": "matchcut.link",
    "import_endpoint": "matchcut.catalogue",
    "known": "matchcut.store.contracts",
    "list_takes": "matchcut.takes",
    "load": "matchcut.project",
    "plan": "matchcut.api",
    "quote": "matchcut.api",
    "quote_reroll": "matchcut.retake",
    "read_plan": "matchcut.render.plan_file",
    "render": "matchcut.api",
    "reroll": "matchcut.retake",
    "save_plan": "matchcut.api",
    "schedule": "matchcut.api",
    "standing": "matchcut.api",
    "take_anchor": "matchcut.anchor",
    "work": "matchcut.workshop",
}

__all__ = [
    "Anchor",
    "Ask",
    "Assembled",
    "Choice",
    "Code",
    "Contract",
    "Exit",
    "Fal",
    "Finding",
    "FindingsError",
    "Judged",
    "Link",
    "LoggedTake",
    "MatchcutError",
    "Needs",
    "NextShot",
    "Plan",
    "PlanFile",
    "PlannedShot",
    "Project",
    "Quote",
    "Rehearsal",
    "RenderError",
    "Rendered",
    "RenderedShot",
    "RerollQuote",
    "Rerolled",
    "Role",
    "Schedule",
    "Severity",
    "Side",
    "Staleness",
    "Verdict",
    "assemble",
    "begin_link",
    "check_endpoints",
    "choose",
    "circle",
    "find_endpoints",
    "finish_link",
    "import_endpoint",
    "known",
    "list_takes",
    "load",
    "plan",
    "quote",
    "quote_reroll",
    "read_plan",
    "render",
    "reroll",
    "save_plan",
    "schedule",
    "standing",
    "take_anchor",
    "work",
]


# Three verbs have the name of the room they work in, and loading a room sets its name here. So the
# rooms are loaded now (they are empty until a module in them is asked for) and their names let go:
# `matchcut.plan` is the verb, `from matchcut.plan.build import ...` still finds the room.
for _room in ("assemble", "plan", "render"):
    import_module(f"matchcut.{_room}")
    globals().pop(_room, None)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'matchcut' has no attribute {name!r}")
    return getattr(import_module(home), name)
