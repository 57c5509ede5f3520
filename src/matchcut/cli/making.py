"""A film made and assembled, and what is told of it: the same for a rehearsal and a paid render."""

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import near
from matchcut.cli.progress import listening
from matchcut.cli.text import plain
from matchcut.render.commands import anchor_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matchcut.assemble.film import Assembled
    from matchcut.plan.types import Plan
    from matchcut.project import Project
    from matchcut.render.paid import Patience
    from matchcut.render.pins import Pin
    from matchcut.render.plan_file import PlanFile
    from matchcut.render.providers.protocol import Provider
    from matchcut.render.rendered import Rendered, RenderedShot


def make(
    project: "Project",
    plan: "Plan",
    provider: "Provider",
    *,
    as_json: bool,
    free: bool,
    max_usd: Decimal | None = None,
    prices: dict[str, Decimal] | None = None,
    agreed: "PlanFile | None" = None,
    slate: bool = False,
    patience: "Patience | None" = None,
    database: str = "",
    by_workers: bool = False,
) -> None:
    """Make a film, assemble it, and tell what came of it.

    Args:
        project: The film.
        plan: Its plan.
        provider: Who makes pixels.
        as_json: One JSON object a line on standard output.
        free: True where nothing is paid.
        max_usd: What this run may spend.
        prices: US dollars by shot, where the user knows more than the contract.
        agreed: A plan file that is applied.
        slate: Burn each shot's name and frame into the film.
        patience: How long to go on with a paid provider that does not answer.
        database: Address of the PostgreSQL database that is to hold its state.
        by_workers: Leave the work to those who share it.

    """
    import matchcut  # noqa: PLC0415 - `--help` does without

    with listening(plan, as_json=as_json, free=free) as tell:
        rendered = matchcut.render(
            project,
            plan,
            provider,
            tell,
            max_usd=max_usd,
            prices=prices or {},
            agreed=agreed,
            patience=patience,
            database=database,
            by_workers=by_workers,
        )
        assembled = matchcut.assemble(rendered, tell, slate=slate)
    print(_json(rendered, assembled) if as_json else _words(rendered, assembled, free=free))


def _json(rendered: "Rendered", assembled: "Assembled") -> str:
    cut = assembled.cut
    facts: dict[str, Any] = {
        "event": "film",
        "step": "done",
        "film": str(assembled.film),
        "timeline": str(assembled.timeline),
        "sheet": str(assembled.sheet),
        "frames": cut.frames,
        "fps": str(cut.rate),
        "rendered": list(rendered.made),
        "cost_usd": {
            shot.id: "unknown" if shot.cost_usd is None else str(shot.cost_usd)
            for shot in rendered.shots
            if shot.new
        },
        "moved": [
            {
                "anchor": f"{shot.id}.{edge}",
                "from": pin.pinned,
                "to": pin.frame,
                "by": pin.by,
                "replaced": bool(pin.still),
            }
            for shot, edge, pin in _moved(rendered)
        ],
        "new": assembled.new,
    }
    return json.dumps(facts, ensure_ascii=False)


def _words(rendered: "Rendered", assembled: "Assembled", *, free: bool) -> str:
    cut = assembled.cut
    seconds = float(cut.frames / cut.rate)
    if not rendered.made and not assembled.new:
        news = "Nothing has changed: nothing was rendered."
    elif not rendered.made:
        news = "Nothing was rendered; the film was assembled again."
    else:
        kept = len(rendered.shots) - len(rendered.made)
        news = f"{len(rendered.made)} rendered ({', '.join(rendered.made)}), {kept} kept."
    costs = [shot.cost_usd for shot in rendered.shots if shot.new]
    if costs and not free:
        known = sum((cost for cost in costs if cost is not None), Decimal(0))
        news += f" This cost about {known} USD; `matchcut ledger` lists it."
    moves = "".join(
        f"{_move(rendered.film, shot, edge, pin)}\n" for shot, edge, pin in _moved(rendered)
    )
    return (
        f"{news}\n{moves}"
        f"{near(assembled.film)}: {cut.frames} frames, {seconds:.2f} s\n"
        f"{near(assembled.timeline)}: the same cut, for an editor\n"
        f"{near(assembled.sheet)}: contact sheet with every seam"
    )


def _moved(rendered: "Rendered") -> "Iterator[tuple[RenderedShot, str, Pin]]":
    """Every edge that was stepped, in the film's order."""
    for shot in rendered.shots:
        for edge, pin in shot.pins.items():
            if pin.frame != pin.pinned or pin.still:
                yield shot, edge, pin


def _move(film: str, shot: "RenderedShot", edge: str, pin: "Pin") -> str:
    from matchcut.render.intake import FOOTAGE  # noqa: PLC0415 - loads the decoder

    if pin.still:
        side = "ends" if edge == "out" else "begins"
        return f"  {shot.id} {side} on your picture in place of frame {pin.frame}"
    frames = abs(pin.frame - pin.pinned)
    seconds = float(frames / shot.take.rate)
    why = f" for {plain(pin.said)}" if pin.said and pin.by == "measures" else ""
    what = "ends" if edge == "out" else "begins"
    side = "earlier" if edge == "out" else "later"
    said = f"  {shot.id} {what} at frame {pin.frame} and not {pin.pinned}{why}"
    back = ""
    if shot.take.provider == FOOTAGE and pin.by == "measures":
        # It was written as it was meant: whoever filmed it may want the rest all the same.
        whole = anchor_command(film, "step", f"{shot.id}.{edge}", str(pin.pinned))
        back = f"; {whole} shows all of it"
    return f"{said}: {seconds:.2f} s {side}{back}"
