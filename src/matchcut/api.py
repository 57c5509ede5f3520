"""The verbs, for Python: what the command line does is a thin layer over these."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from matchcut.calibrated import measured
from matchcut.endpoints.contract import Role
from matchcut.errors import Code, MatchcutError
from matchcut.findings import Finding, FindingsError, Severity
from matchcut.plan.build import build_plan
from matchcut.plan.schedule import Schedule
from matchcut.plan.schedule import schedule as schedule_plan
from matchcut.plan.types import Plan
from matchcut.project import Project
from matchcut.store.contracts import Known, known
from matchcut.store.folder import StateFolder
from matchcut.workshop import opening

if TYPE_CHECKING:
    from matchcut.assemble.film import Assembled
    from matchcut.render.desk import Spending
    from matchcut.render.events import Event, Listener
    from matchcut.render.paid import Patience
    from matchcut.render.plan_file import PlanFile
    from matchcut.render.providers.protocol import Provider
    from matchcut.render.rendered import Rendered
    from matchcut.render.run import Quote
    from matchcut.render.staleness import Staleness


def plan(project: Project) -> Plan:
    """Plan a film; deterministic, and nothing is written or sent.

    Args:
        project: The film, from `load`.

    Returns:
        The plan, with every mistake of the film file, of the files it names and of the film itself,
        in the order in which they stand in the file. Before them stand contracts of the user's own
        that cannot be read: mistakes where the film uses them, else warnings.

    """
    contracts = known()
    built = build_plan(project.film, contracts.contracts, project.media)
    own = [project.text.locate(finding) for finding in built.findings if project.text.says(finding)]
    tried = (project.text.locate(finding) for finding in measured(built))
    findings = sorted((*project.findings, *own, *tried), key=_place)
    return replace(built, findings=(*_broken_contracts(contracts, built), *findings))


def schedule(project: Project, plan: Plan, *, at_once: int = 2) -> Schedule:
    """Say when a plan's shots come about, and what that hangs on. Nothing is written or sent.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        at_once: Submissions under way at the same time, at least 1.

    Returns:
        Waves, critical path, expected makespan. Waits are those of the contracts, corrected by what
        this project has measured.

    Raises:
        FindingsError: The plan has mistakes.

    """
    if not plan.renderable:
        raise FindingsError(plan.findings)
    return schedule_plan(plan, at_once=at_once, corrections=_corrections(project, plan))


def _corrections(project: Project, plan: Plan) -> Mapping[str, float]:
    folder = StateFolder(project.folder)
    try:
        if not folder.beside():
            return {}
        from matchcut.render.measured import corrections  # noqa: PLC0415 - loads the database
        from matchcut.render.state import open_state  # noqa: PLC0415

        with closing(open_state(folder)) as database:
            return corrections(database, plan)
    except MatchcutError:
        # A state that cannot be read stops a render, which says why; a plan needs none of it.
        return {}


_MOST_OTHERS = 4
"""Endpoints that are named to somebody whose shot was refused."""


def quote(
    project: Project,
    plan: Plan,
    provider: "Provider",
    *,
    prices: Mapping[str, Decimal] | None = None,
    database: str = "",
    agreed: "PlanFile | None" = None,
) -> "Quote":
    """Say what a render would make, and what that may cost. Nothing is sent.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        provider: Who would make pixels.
        prices: US dollars by shot, where you know more than the contract does.
        database: As `render` has it.
        agreed: A plan file that is to be applied; its own prices count then.

    Returns:
        What is there already, and a price for each shot that is not.

    Raises:
        FindingsError: The plan has mistakes.
        MatchcutError: The film's folder is busy or cannot be written to; `plan.stale` where the
            plan file is not what would be done.

    """
    from matchcut.render.run import quote_plan  # noqa: PLC0415 - loads the decoder

    said = agreed.prices if agreed else prices
    spending = spending_of(project, plan, None, said)
    return quote_plan(project, plan, provider, spending, database, agreed=agreed)


def standing(
    project: Project,
    plan: Plan,
    provider: "Provider",
    *,
    prices: Mapping[str, Decimal] | None = None,
    without: AbstractSet[str] = frozenset(),
) -> "Staleness":
    """Say for every shot whether its take is kept, and if not, why. Nothing is made or held up.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        provider: Who would make pixels.
        prices: US dollars by shot, where you know more than the contract does.
        without: Shots to be taken for rejected: what would become stale with them.

    Raises:
        FindingsError: The plan has mistakes.
        MatchcutError: The film's state cannot be read.

    """
    from matchcut.render.staleness import staleness  # noqa: PLC0415 - loads the decoder

    if not plan.renderable:
        raise FindingsError(plan.findings)
    spending = spending_of(project, plan, None, prices)
    return staleness(project, plan, provider, spending, without=without)


def save_plan(
    project: Project,
    plan: Plan,
    file: Path | str,
    *providers: "Provider",
    prices: Mapping[str, Decimal] | None = None,
) -> None:
    """Write a plan file, which `render` takes as `agreed`: it then does just that.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        file: Where; its name ends in `.plan`.
        providers: Who may be asked to apply it.
        prices: US dollars by shot, where you know more than the contract does.

    Raises:
        FindingsError: The plan has mistakes.
        MatchcutError: The film's state cannot be read, or the file cannot be written.

    """
    from matchcut.render.plan_file import write_plan  # noqa: PLC0415
    from matchcut.render.staleness import begun_and_spent  # noqa: PLC0415

    standings = {
        provider.name: (
            standing(project, plan, provider, prices=prices),
            *begun_and_spent(project),
        )
        for provider in providers
    }
    write_plan(Path(file), project, plan, standings, prices or {})


def render(
    project: Project,
    plan: Plan,
    provider: "Provider",
    on_event: "Listener | None" = None,
    *,
    max_usd: Decimal | None = None,
    prices: Mapping[str, Decimal] | None = None,
    patience: "Patience | None" = None,
    database: str = "",
    by_workers: bool = False,
    agreed: "PlanFile | None" = None,
) -> "Rendered":
    """Render a plan: what has not changed is kept, the rest is made.

    One render at a time in a process: the durable engine carries one film.

    Args:
        project: The film, from `load`.
        plan: Its plan.
        provider: Who makes pixels: `Rehearsal()` is the embedded one, `Fal()` is paid.
        on_event: Called with each event while it works, from any thread.
        max_usd: What this run may spend at most, with what is still in flight from earlier ones.
            A paid provider needs it, or a film with a `budget_usd`.
        prices: US dollars by shot, where you know more than the contract does.
        patience: How long to go on with a paid provider that does not answer.
        database: Address of a PostgreSQL database that is to hold the film's state, as
            `postgresql://user@host/name`: other machines may then work on it (`work`). Said once;
            the film knows it from then on.
        by_workers: Leave the work to them, and wait for it.
        agreed: A plan file, from `read_plan`: just what it says is made, for no more than it says.

    Returns:
        Every shot with its take.

    Raises:
        FindingsError: The plan has mistakes.
        RenderError: A shot could not be made.
        MatchcutError: The film's folder is busy or cannot be written to; a price is unknown; no
            limit is given and the provider is paid.
        BrokenPipeError: `on_event` has raised it, to break the render off; what was finished is
            kept.

    """
    from matchcut.render.run import render_plan  # noqa: PLC0415 - loads the decoder

    if agreed is None:
        refuse_boundless(project, provider, max_usd)
    spending = spending_of(project, plan, max_usd, agreed.prices if agreed else prices)
    if patience is not None:
        spending = replace(spending, patience=patience)
    return render_plan(
        project,
        plan,
        provider,
        spending,
        on_event or _silent,
        place=database,
        opening=None if by_workers else opening(on_event or _silent),
        agreed=agreed,
    )


def refuse_boundless(project: Project, provider: "Provider", max_usd: Decimal | None) -> None:
    """Nobody is paid without a limit.

    Raises:
        MatchcutError: `spending.unconfirmed`.

    """
    from matchcut.render.providers.protocol import Host  # noqa: PLC0415 - loads the decoder

    if isinstance(provider, Host) and max_usd is None and project.film.budget_usd is None:
        raise MatchcutError(
            Code.SPENDING_UNCONFIRMED,
            f"{provider.name} is paid, and nothing says how much may be spent",
            where=project.path.name,
            fix="Give the film a `budget_usd`, or pass `max_usd`.",
        )


def spending_of(
    project: Project,
    plan: Plan,
    max_usd: Decimal | None,
    prices: Mapping[str, Decimal] | None,
) -> "Spending":
    """What a run may spend, and what is known of prices."""
    from matchcut.plan.cost import billed  # noqa: PLC0415
    from matchcut.render.attempt import Limits  # noqa: PLC0415
    from matchcut.render.desk import Spending  # noqa: PLC0415

    contracts = known().contracts
    billing = {
        shot.id: partial(billed, contracts[shot.request.endpoint], shot.request.arguments)
        for shot in plan.shots
        if shot.request and shot.request.endpoint in contracts
    }
    anchors = (Role.START, Role.END, Role.CONTINUE)
    others = {}
    for shot in plan.shots:
        sent = shot.request.arguments if shot.request else {}
        pinned = [role for role in anchors if shot.roles.get(role) in sent]
        others[shot.id] = tuple(
            contract.id
            for contract in contracts.values()
            if contract.id != shot.endpoint
            and not contract.refusals
            and not contract.inferred
            and all(role in contract.roles for role in pinned)
        )[:_MOST_OTHERS]
    limits = Limits(film_usd=project.film.budget_usd, run_usd=max_usd)
    return Spending(limits=limits, prices=prices, billing=billing, others=others)


def assemble(
    rendered: "Rendered", on_event: "Listener | None" = None, *, slate: bool = False
) -> "Assembled":
    """Assemble a rendered film: one mp4, a time line for editors, a contact sheet.

    Args:
        rendered: From `render`.
        on_event: Called with each event while it works.
        slate: Burn each shot's name and frame into the film; the clips stay clean.

    Returns:
        The files, in `out/` beside the film file, and the cut list.

    Raises:
        MatchcutError: A clip cannot be read, or the folder cannot be written to.

    """
    from matchcut.assemble.film import assemble_film  # noqa: PLC0415 - loads the decoder

    return assemble_film(rendered, on_event or _silent, slate=slate)


def _broken_contracts(contracts: Known, plan: Plan) -> Iterator[Finding]:
    used = {shot.endpoint for shot in plan.shots}
    for one in contracts.broken:
        yield Finding(
            id=one.error.code.value,
            path=("endpoint",),
            message=one.error.message,
            fix=one.error.fix,
            severity=Severity.ERROR if one.endpoint in used else Severity.WARNING,
            where=one.error.where,
        )


def _silent(_event: "Event") -> None:
    """Nobody listens."""


def _place(finding: Finding) -> tuple[int, int]:
    _, line, column = finding.where.rsplit(":", 2)
    return int(line), int(column)
