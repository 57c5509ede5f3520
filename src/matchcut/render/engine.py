"""The durable engine: launched, a film's workflow begun or taken up again, stopped."""

import asyncio
import logging
import os
import platform
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    PortableWorkflowError,
    SetWorkflowID,
    WorkflowHandleAsync,
)

from matchcut.errors import Code, MatchcutError
from matchcut.render.commands import film_name
from matchcut.render.database import SCHEMA, Database, disk_faults, retold
from matchcut.render.desk import Desk, Opener
from matchcut.render.loops import away_from_loops
from matchcut.render.order import Order
from matchcut.render.providers.protocol import Host, Provider
from matchcut.render.work import KeptTake, Work
from matchcut.render.workers import DEAD_SECONDS, Workers, watch
from matchcut.render.workflow import POLL_SECONDS, film_workflow, open_desk, open_orders

FILMS = "films"
"""The queue of films; on a server each has its shots on the queue of who makes them."""
_APPLICATION = "matchcut"
_UNFINISHED = ["PENDING", "ENQUEUED"]
_EXECUTOR = "matchcut"
"""The one process that may be at work on a folder's own file."""
_WATCH_SECONDS = 0.5
_SERVER_POLL_SECONDS = 0.25
"""How often a process asks a server for work; several ask."""
_FILM_POLL_SECONDS = 0.1
"""How often it asks a folder's own file for its film, all the while that it is at work on it."""
_LEFT_POLL_SECONDS = 1.0
"""How often for shots: there are only those that a run which was broken off had left there."""
_FILMS_AT_ONCE = 100
_ENGINE = threading.Lock()
# Where its log has no handler the engine makes one, of the standard error of its first launch; that
# may be closed by the next one.
logging.getLogger("dbos").addHandler(logging.NullHandler())
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """A film's work as the engine is given it."""

    name: str
    """Names this film with these inputs; a run of that name that was broken off is taken up again,
    and one of another name is given up, since its film is no longer written."""
    order: Order
    works: Sequence[Work]
    """The shots to be made, the most urgent first."""
    kept: Mapping[str, KeptTake]
    """The takes that are there."""


def run_film(
    desk: Desk, database: Database, commission: Commission, opener: Opener | None = None
) -> dict[str, Any]:
    """Make what is to be made, durably; or have it made, where that is all that was asked.

    Args:
        desk: Where this process's steps work.
        database: The engine's and the ledger's.
        commission: What is to be made.
        opener: Opens desks for other films that share a server, since their work is on the same
            queues. Without one, work on a server is left to those who have one.

    Returns:
        What `film_workflow` returns.

    Raises:
        MatchcutError: `folder.busy` where this process is at work on another film.

    """
    with _only_one(film_name(desk.film)):
        return away_from_loops(lambda: _run_film(desk, database, commission, opener))


def work_for(
    database: Database, opener: Opener, stop: threading.Event, *, dead_seconds: float = DEAD_SECONDS
) -> None:
    """Work on whatever is on a server's queues, until told to stop.

    Args:
        database: The server.
        opener: Opens the desk of a film.
        stop: Set to end; what is not finished is left to others.
        dead_seconds: Silence after which another process is taken for dead.

    """
    with _only_one("worker"):
        DBOS.migrate(database.url)
        open_orders(opener)
        try:
            with _launched(database, dead_seconds=dead_seconds):
                stop.wait()
        finally:
            open_orders(None)


@contextmanager
def _only_one(where: str) -> Iterator[None]:
    # The engine is one per process: a second film would take the first one's place in it.
    if not _ENGINE.acquire(blocking=False):
        raise MatchcutError(
            Code.FOLDER_BUSY,
            "another film is being rendered in this process, and the engine carries one at a time",
            where=where,
            fix="Render one after the other, or each in a process of its own.",
        )
    try:
        yield
    finally:
        _ENGINE.release()


def _run_film(
    desk: Desk, database: Database, commission: Commission, opener: Opener | None
) -> dict[str, Any]:
    DBOS.migrate(database.url)
    with _client(database) as client:
        _give_up_others(client, database, commission)
        _register(client, desk.provider, database)
    open_desk(desk)
    open_orders(opener)
    try:
        idle = database.shared and opener is None
        with disk_faults(database.url) as faults, _launched(database, idle=idle):
            return asyncio.run(_run(commission, desk.provider, database, faults))
    finally:
        desk.stopping.set()
        open_desk(None)
        open_orders(None)


@contextmanager
def _launched(
    database: Database, *, dead_seconds: float = DEAD_SECONDS, idle: bool = False
) -> Iterator[None]:
    """The engine, running; on a server it says that it lives, and looks after the others.

    Args:
        database: The engine's.
        dead_seconds: Silence after which another process is taken for dead.
        idle: True where it takes no work itself.

    """
    executor = _EXECUTOR
    if database.shared:
        executor = f"{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    config: DBOSConfig = {
        "name": _APPLICATION,
        "system_database_url": database.url,
        "application_version": f"schema-{SCHEMA}",
        "executor_id": executor,
        "log_level": "CRITICAL",
        "serializer": DBOSPortableJSONSerializer(),
        "notification_listener_polling_interval_sec": 0.1,
    }
    workers = Workers(database, executor, dead_seconds=dead_seconds) if database.shared else None
    DBOS(config=config)
    if idle:
        DBOS.listen_queues([])
    try:
        if workers:
            workers.beat()  # before any work is taken: who has some must be seen to live
        DBOS.launch()
        with _watched(workers) if workers else nullcontext():
            yield
    finally:
        DBOS.destroy()


@contextmanager
def _watched(workers: Workers) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(workers, _take_over, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        with suppress(MatchcutError):  # the server is away: others will notice the silence
            workers.leave(_take_over)


def _take_over(executor: str) -> None:
    """Put back into its queues what a process had begun."""
    for flow in DBOS.list_workflows(
        executor_id=executor, status="PENDING", load_input=False, load_output=False
    ):
        DBOS.resume_workflow(flow.workflow_id, queue_name=flow.queue_name)


@contextmanager
def _client(database: Database) -> Iterator[DBOSClient]:
    """Speaks to the engine's database before the engine is there."""
    client = DBOSClient(system_database_url=database.url, serializer=DBOSPortableJSONSerializer())
    try:
        yield client
    finally:
        client.destroy()


def _give_up_others(client: DBOSClient, database: Database, commission: Commission) -> None:
    """Cancel what an earlier run left behind and cannot go on.

    That is one for a film that has been changed since, and one that had finished a shot: a run is
    named by what it is to make, so that shot's take is not there any more, and the run would build
    on it all the same. On a server it is only this film's runs; a file is held by this one alone.
    """
    name = commission.name
    mine = f"{commission.order.film}/" if database.shared else None
    left = client.list_workflows(
        status=_UNFINISHED, workflow_id_prefix=mine, load_input=False, load_output=False
    )
    finished = client.list_workflows(
        name="shot",
        status="SUCCESS",
        workflow_id_prefix=name,
        load_input=False,
        load_output=False,
    )
    over = {_run_of(flow.workflow_id, name) for flow in finished}
    client.cancel_workflows(
        [
            flow.workflow_id
            for flow in left
            if not flow.workflow_id.startswith(name) or _run_of(flow.workflow_id, name) in over
        ]
    )


def _run_of(workflow: str, name: str) -> str:
    """Which of the runs of that name a workflow belongs to: `#1` of `NAME#1` and `NAME#1/shot`."""
    return workflow.removeprefix(name).partition("/")[0]


async def _run(
    commission: Commission, provider: Provider, database: Database, faults: Sequence[Exception]
) -> dict[str, Any]:
    name = commission.name
    earlier = await DBOS.list_workflows_async(
        name="film", workflow_id_prefix=name, load_input=False, load_output=False
    )
    unfinished = [flow for flow in earlier if flow.status in _UNFINISHED]
    handle: WorkflowHandleAsync[dict[str, Any]]
    if unfinished:
        handle = await DBOS.retrieve_workflow_async(unfinished[0].workflow_id)
    else:
        with SetWorkflowID(f"{name}#{len(earlier) + 1}"):
            handle = await DBOS.enqueue_workflow_async(
                FILMS,
                film_workflow,
                commission.order.to_json(),
                [work.to_json() for work in commission.works],
                {shot: take.to_json() for shot, take in commission.kept.items()},
                provider.at_once if isinstance(provider, Host) or not database.shared else None,
            )
    try:
        return await _outcome(handle, faults)
    except PortableWorkflowError as error:
        # The engine itself could not write, and that was written down as what came of the film.
        fault = retold(database.name, error.message)
        if fault is None:
            raise
        raise fault from error


def _register(client: DBOSClient, provider: Provider, database: Database) -> None:
    """The queues, with what may be under way at the same time.

    Whoever is paid has one account, and its limits hold for all that work for it together, over all
    and at each endpoint; a maker has the processors of each machine. The engine looks for new
    queues once a second, so they are there before it is.
    """
    client.register_queue(
        FILMS,
        worker_concurrency=_FILMS_AT_ONCE,
        polling_interval_sec=_SERVER_POLL_SECONDS if database.shared else _FILM_POLL_SECONDS,
        application_name=_APPLICATION,
    )
    paid = isinstance(provider, Host)
    client.register_queue(
        provider.name,
        global_concurrency=provider.at_once if paid else None,
        partition_concurrency=provider.at_once_each if isinstance(provider, Host) else None,
        worker_concurrency=None if paid else provider.at_once,
        polling_interval_sec=_SERVER_POLL_SECONDS if database.shared else _LEFT_POLL_SECONDS,
        application_name=_APPLICATION,
    )


async def _outcome(handle: WorkflowHandleAsync[_T], faults: Sequence[Exception]) -> _T:
    """What the workflow returns, unless what becomes of it can no longer be written down."""
    result = asyncio.ensure_future(handle.get_result(polling_interval_sec=POLL_SECONDS))
    while not faults:
        done, _ = await asyncio.wait({result}, timeout=_WATCH_SECONDS)
        if done:
            return await result
    result.cancel()
    raise faults[0]
