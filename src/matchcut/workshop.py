"""Working on other people's films: what a worker does, and a render whose queues are shared."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from matchcut.errors import Code, MatchcutError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matchcut.render.database import Database
    from matchcut.render.desk import Desk, Opener
    from matchcut.render.events import Listener
    from matchcut.render.order import Order
    from matchcut.render.providers.protocol import Provider
    from matchcut.render.run import Opening


def work(
    database: str,
    on_event: "Listener | None" = None,
    *,
    stop: threading.Event | None = None,
    dead_seconds: float | None = None,
) -> None:
    """Work on the films whose state a PostgreSQL database holds, until told to stop.

    The films' folders must be at the same path here as where they are rendered from; keys are taken
    from this process's own environment.

    Args:
        database: Its address, as `postgresql://user@host/name`.
        on_event: Called with each event while it works, from any thread.
        stop: Set to end; what is not finished is left to others.
        dead_seconds: Silence after which another process is taken for dead; its work is taken over.

    Raises:
        MatchcutError: `state.away` where the database cannot be reached.

    """
    from matchcut.render.database import Database  # noqa: PLC0415 - loads the engine
    from matchcut.render.engine import work_for  # noqa: PLC0415
    from matchcut.render.workers import DEAD_SECONDS  # noqa: PLC0415

    server = Database(database)
    try:
        work_for(
            server,
            opening(on_event or _silent)(server),
            stop or threading.Event(),
            dead_seconds=DEAD_SECONDS if dead_seconds is None else dead_seconds,
        )
    finally:
        server.close()


def opening(tell: "Listener") -> "Opening":
    """How desks are opened for films that others have given orders for.

    Args:
        tell: Called with each event, from any thread.

    """

    def opened(database: "Database") -> "Opener":
        desks: dict[tuple[str, str, str], Desk] = {}
        lock = threading.Lock()

        def opener(order: "Order") -> "Desk":
            # A film is read once; its pictures are copied then, and looked at no more.
            with lock:
                known = (order.film, order.digest, order.run)
                if known not in desks:
                    desks[known] = _open(order, database, tell)
                return desks[known]

        return opener

    return opened


def _open(order: "Order", database: "Database", tell: "Listener") -> "Desk":
    from matchcut.api import plan, spending_of  # noqa: PLC0415 - it renders, and needs this module
    from matchcut.project import load  # noqa: PLC0415
    from matchcut.render.desks import desk_of  # noqa: PLC0415
    from matchcut.render.paid import Patience  # noqa: PLC0415
    from matchcut.store.folder import StateFolder  # noqa: PLC0415

    project = load(order.file, allow=order.allow)
    planned, folder = plan(project), StateFolder(project.folder)
    if planned.digest != order.digest or folder.key(project.path.name) != order.film:
        raise MatchcutError(
            Code.DECISION_STALE,
            "the film was edited, or is another one here, since this work was ordered",
            where=order.file,
            fix="`matchcut render` orders it anew, by the film as it is now.",
        )
    spending = spending_of(project, planned, order.run_usd, order.prices)
    spending = replace(spending, patience=Patience(search=order.search_seconds))
    return desk_of(
        project,
        order.digest,
        folder,
        database,
        _provider(order),
        spending=spending,
        tell=tell,
        run=order.run,
    )


def _provider(order: "Order") -> "Provider":
    from matchcut.render.providers.embedded import Rehearsal  # noqa: PLC0415
    from matchcut.render.providers.fal.provider import Fal  # noqa: PLC0415

    makers: Mapping[str, Callable[[], Provider]] = {"rehearsal": Rehearsal, "fal": Fal}
    if order.provider not in makers:
        raise MatchcutError(
            Code.PROVIDER_MISSING,
            f"nobody here is called {order.provider}",
            where=order.file,
            fix=f"Providers are {', '.join(makers)}.",
        )
    return makers[order.provider]()


def _silent(_event: object) -> None:
    """Nobody listens."""
