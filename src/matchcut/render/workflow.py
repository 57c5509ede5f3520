"""The film as a durable workflow: each shot a child, started as soon as what it needs is there.

What a step returns is kept in the engine's database; after a crash the workflow runs again and
finished steps answer from there. So nothing in a workflow looks at the clock or the disk: only
steps do. Importing this module imports the engine, which takes a second: import it late.
"""

import asyncio
import platform
import time
from collections.abc import Mapping
from typing import Any

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from matchcut.errors import Code, MatchcutError
from matchcut.plan.dispatch import Dispatcher, Task
from matchcut.render.desk import Desk, Opener, Stopped
from matchcut.render.events import ShotEvent, State
from matchcut.render.order import Order
from matchcut.render.work import KeptTake, Work

WAITS = frozenset({Code.GATE_WAITS, Code.FILM_PAUSED, Code.SHOT_CANCELLED})
"""What is no failure: a shot that waits for its user's word."""
POLL_SECONDS = 0.05
_AWAY = frozenset({Code.STATE_AWAY, Code.FOLDER_UNWRITABLE})
"""What may pass by itself where machines share a server and a folder."""
_UNSEEN = _AWAY | {Code.FILM_UNREADABLE}
_AWAY_SECONDS = 180.0
_AGAIN_SECONDS = 2.0
Json = dict[str, Any]


class _Open:
    """The desks that this process works at; the engine is one per process."""

    desk: Desk | None = None
    opener: Opener | None = None


def open_desk(desk: Desk | None) -> None:
    """Say at which desk the steps of the film that this process was started for work."""
    _Open.desk = desk


def open_orders(opener: Opener | None) -> None:
    """Say how a desk is opened for any other film."""
    _Open.opener = opener


def _desk(order: Order) -> Desk:
    own = _Open.desk
    if own is not None and (own.film, own.digest) == (order.film, order.digest):
        return own
    if _Open.opener is None:
        raise RuntimeError("a step ran while its film was not open")
    return _Open.opener(order)


@DBOS.step(name="take")
async def _take_step(order: Json, work: Json, kept: Mapping[str, Json]) -> Json:
    shot = Work.from_json(work)
    try:
        desk = await _opened(Order.from_json(order))
    except MatchcutError as error:
        # Whoever reads this need not be where it happened.
        error.message = f"on {platform.node()}, {error.message}"
        return {"failed": describe(error)}
    try:
        made = await _make(desk, shot, {name: KeptTake.from_json(r) for name, r in kept.items()})
    except MatchcutError as error:
        return _failed(desk, shot, error)
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001 - one shot's fault is not the film's
        fault = MatchcutError(
            Code.INTERNAL,
            f"matchcut has a fault of its own: {type(error).__name__}: {error}",
            fix="What is finished is kept. Report it, with the film if you can.",
        )
        return _failed(desk, shot, fault)
    return {"kept": made.to_json()}


async def _opened(order: Order) -> Desk:
    """The desk for an order; a folder that is not there yet, or for a while, is waited for."""
    until = time.monotonic() + _AWAY_SECONDS
    while True:
        try:
            return await asyncio.to_thread(_desk, order)
        except MatchcutError as error:
            if error.code not in _UNSEEN or time.monotonic() > until:
                raise
        await asyncio.sleep(_AGAIN_SECONDS)


async def _make(desk: Desk, shot: Work, kept: Mapping[str, KeptTake]) -> KeptTake:
    """Make a take; where machines share a server and a folder, one that is away comes back."""
    until = time.monotonic() + (_AWAY_SECONDS if desk.shared else 0.0)
    while True:
        try:
            return await desk.make(shot, kept)
        except MatchcutError as error:
            passes = error.code in _AWAY or desk.away
            if not passes or time.monotonic() > until:
                raise
            desk.tell(ShotEvent(shot=shot.shot, state=State.ANCHORS, message=error.message))
        await asyncio.sleep(_AGAIN_SECONDS)


def _failed(desk: Desk, work: Work, error: MatchcutError) -> Json:
    state = State.WAITING if error.code in WAITS else State.FAILED
    desk.tell(ShotEvent(shot=work.shot, state=state, message=error.message))
    return {"failed": describe(error)}


@DBOS.workflow(name="shot", max_recovery_attempts=None)
async def shot_workflow(order: Json, work: Json, kept: Mapping[str, Json]) -> Json:
    """One shot: its take, or why there is none."""
    return await _take_step(order, work, kept)


@DBOS.workflow(name="film", max_recovery_attempts=None)
async def film_workflow(
    order: Json, works: list[Json], kept: dict[str, Json], at_once: int | None
) -> Json:
    """Every shot that is to be made, each as soon as what it needs is there.

    What is begun, and when, is the dispatcher's to say.

    Args:
        order: What whoever works on it must know of the film.
        works: The shots, in the film's order.
        kept: The takes that were there before.
        at_once: Shots in the making at the same time; what waits is chosen from anew each time.
            None leaves it to their queue.

    Returns:
        `kept`: all takes by shot; `failed`: why a shot has none.

    """
    done = dict(kept)
    failed: dict[str, Json] = {}
    by_shot = {work["shot"]: work for work in works}
    most = len(works) if at_once is None else at_once
    tasks, each = [_task(work) for work in works], order["at_once_each"]
    limits = {task.endpoint: each for task in tasks if task.endpoint and each}
    dispatcher = Dispatcher(tasks, at_once=most, done=kept, at_once_on=limits)
    running: dict[str, Any] = {}
    film = DBOS.workflow_id
    while not dispatcher.over:
        for name in dispatcher.next():
            needed = {need: done[need] for need in by_shot[name]["needs"]}
            with SetWorkflowID(f"{film}/{name}"):
                handle = await _begin(order, by_shot[name], needed)
            running[handle.workflow_id] = (name, handle)
        handles = [handle for _, handle in running.values()]
        first = await DBOS.wait_first_async(handles, polling_interval_sec=POLL_SECONDS)
        name, handle = running.pop(first.workflow_id)
        result = await handle.get_result(polling_interval_sec=POLL_SECONDS)
        if "kept" in result:
            done[name] = result["kept"]
            dispatcher.finished(name)
        else:
            failed[name] = result["failed"]
            failed |= {lost: {"needs": need} for lost, need in dispatcher.failed(name).items()}
    return {"kept": done, "failed": failed}


async def _begin(order: Json, work: Json, needed: Mapping[str, Json]) -> Any:
    """Begin a shot: here and now, or by the queue where machines share the work.

    A folder's own file has nobody else to do it, and the dispatcher has said already that there is
    room; a queue would only be asked all the time whether it has something.
    """
    if _Open.desk is not None and not _Open.desk.shared:
        return await DBOS.start_workflow_async(shot_workflow, order, work, needed)
    # A queue with a limit for each endpoint wants to know whose each piece of work is.
    endpoint = (work["endpoint"] or "none") if order["at_once_each"] else None
    with SetEnqueueOptions(queue_partition_key=endpoint):
        return await DBOS.enqueue_workflow_async(
            order["provider"], shot_workflow, order, work, needed
        )


def _task(work: Json) -> Task:
    return Task(
        id=work["shot"],
        needs=tuple(work["needs"]),
        seconds=work["expected"],
        endpoint=work["endpoint"],
    )


def describe(error: MatchcutError) -> Json:
    """An error as the engine keeps it."""
    return {
        "code": error.code.value,
        "message": error.message,
        "where": error.where,
        "fix": error.fix,
    }


def error_of(raw: Json, shot: str) -> MatchcutError:
    """The reverse of `describe`."""
    if "needs" in raw:
        return MatchcutError(
            Code.SHOT_BLOCKED, f"`{shot}` needs `{raw['needs']}`, which failed", where=shot
        )
    place = raw["where"]
    named = place if not place or place == shot else f"{shot}: {place}"
    return MatchcutError(Code(raw["code"]), raw["message"], where=named or shot, fix=raw["fix"])
