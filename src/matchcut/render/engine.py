"""One run of the durable engine: launched, the film's workflow begun or taken up again, stopped."""

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetWorkflowID,
    WorkflowHandleAsync,
)

from matchcut.errors import Code, MatchcutError
from matchcut.render.database import SCHEMA, disk_faults
from matchcut.render.desk import Desk
from matchcut.render.loops import away_from_loops
from matchcut.render.work import KeptTake, Work
from matchcut.render.workflow import POLL_SECONDS, QUEUE, film_workflow, open_desk

_UNFINISHED = ["PENDING", "ENQUEUED"]
_EXECUTOR = "matchcut"
_WATCH_SECONDS = 0.5
_ENGINE = threading.Lock()
# Where its log has no handler the engine makes one, of the standard error of its first launch; that
# may be closed by the next one.
logging.getLogger("dbos").addHandler(logging.NullHandler())
_T = TypeVar("_T")


def run_film(
    desk: Desk, url: str, name: str, works: list[Work], kept: Mapping[str, KeptTake]
) -> dict[str, Any]:
    """Make what is to be made, durably.

    Args:
        desk: Where the steps work.
        url: The engine's database.
        name: Names this film with these inputs; a run of that name that was broken off is taken up
            again, and one of another name is given up, since its film is no longer written.
        works: The shots to be made, the most urgent first.
        kept: The takes that are there.

    Returns:
        What `film_workflow` returns.

    Raises:
        MatchcutError: `folder.busy` where this process is at work on another film.

    """
    # The engine is one per process: a second film would take the first one's place in it.
    if not _ENGINE.acquire(blocking=False):
        raise MatchcutError(
            Code.FOLDER_BUSY,
            "another film is being rendered in this process, and the engine carries one at a time",
            where=desk.film,
            fix="Render one after the other, or each in a process of its own.",
        )
    try:
        return away_from_loops(lambda: _run_film(desk, url, name, works, kept))
    finally:
        _ENGINE.release()


def _run_film(
    desk: Desk, url: str, name: str, works: list[Work], kept: Mapping[str, KeptTake]
) -> dict[str, Any]:
    DBOS.migrate(url)
    _give_up_others(url, name)
    _configure(url)
    open_desk(desk)
    try:
        with disk_faults(url) as faults:
            DBOS.launch()
            return asyncio.run(_run(name, works, kept, desk.provider.at_once, faults))
    finally:
        desk.stopping.set()
        DBOS.destroy()
        open_desk(None)


def _configure(url: str) -> None:
    config: DBOSConfig = {
        "name": "matchcut",
        "system_database_url": url,
        "application_version": f"schema-{SCHEMA}",
        "executor_id": _EXECUTOR,
        "log_level": "CRITICAL",
        "serializer": DBOSPortableJSONSerializer(),
        "notification_listener_polling_interval_sec": 0.1,
    }
    DBOS(config=config)


def _give_up_others(url: str, name: str) -> None:
    """Cancel what an earlier run left behind and cannot go on.

    That is one for a film that has been changed since, and one that had finished a shot: a run is
    named by what it is to make, so that shot's take is not there any more, and the run would build
    on it all the same.
    """
    client = DBOSClient(system_database_url=url, serializer=DBOSPortableJSONSerializer())
    try:
        left = client.list_workflows(status=_UNFINISHED, load_input=False, load_output=False)
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
    finally:
        client.destroy()


def _run_of(workflow: str, name: str) -> str:
    """Which of the runs of that name a workflow belongs to: `#1` of `NAME#1` and `NAME#1/shot`."""
    return workflow.removeprefix(name).partition("/")[0]


async def _run(
    name: str,
    works: list[Work],
    kept: Mapping[str, KeptTake],
    at_once: int,
    faults: Sequence[Exception],
) -> dict[str, Any]:
    await DBOS.register_queue_async(
        QUEUE,
        worker_concurrency=at_once,
        polling_interval_sec=POLL_SECONDS,
        on_conflict="always_update",
    )
    earlier = await DBOS.list_workflows_async(
        name="film", workflow_id_prefix=name, load_input=False, load_output=False
    )
    unfinished = [flow for flow in earlier if flow.status in _UNFINISHED]
    handle: WorkflowHandleAsync[dict[str, Any]]
    if unfinished:
        handle = await DBOS.retrieve_workflow_async(unfinished[0].workflow_id)
    else:
        with SetWorkflowID(f"{name}#{len(earlier) + 1}"):
            handle = await DBOS.start_workflow_async(
                film_workflow,
                [work.to_json() for work in works],
                {shot: take.to_json() for shot, take in kept.items()},
                at_once,
            )
    return await _outcome(handle, faults)


async def _outcome(handle: WorkflowHandleAsync[_T], faults: Sequence[Exception]) -> _T:
    """What the workflow returns, unless what becomes of it can no longer be written down."""
    result = asyncio.ensure_future(handle.get_result(polling_interval_sec=POLL_SECONDS))
    while not faults:
        done, _ = await asyncio.wait({result}, timeout=_WATCH_SECONDS)
        if done:
            return await result
    result.cancel()
    raise faults[0]
