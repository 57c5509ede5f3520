"""The film as a durable workflow: each shot a child, started as soon as what it needs is there.

What a step returns is kept in the engine's database; after a crash the workflow runs again and
finished steps answer from there. So nothing in a workflow looks at the clock or the disk: only
steps do. Importing this module imports the engine, which takes a second: import it late.
"""

from collections.abc import Mapping
from typing import Any

from dbos import DBOS, SetWorkflowID

from matchcut.errors import Code, MatchcutError
from matchcut.render.desk import Desk, Stopped
from matchcut.render.events import ShotEvent, State
from matchcut.render.work import KeptTake, Work

QUEUE = "shots"
POLL_SECONDS = 0.05
Json = dict[str, Any]


class _Open:
    """The desk of the film that this process is at work on; the engine is one per process."""

    desk: Desk | None = None


def open_desk(desk: Desk | None) -> None:
    """Say which desk the steps work at."""
    _Open.desk = desk


def _desk() -> Desk:
    if _Open.desk is None:
        raise RuntimeError("a step ran while no film was open")
    return _Open.desk


@DBOS.step(name="take")
async def _take_step(work: Json, kept: Mapping[str, Json]) -> Json:
    desk = _desk()
    shot = Work.from_json(work)
    try:
        made = await desk.make(shot, {name: KeptTake.from_json(raw) for name, raw in kept.items()})
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


def _failed(desk: Desk, work: Work, error: MatchcutError) -> Json:
    state = State.WAITING if error.code is Code.GATE_WAITS else State.FAILED
    desk.tell(ShotEvent(shot=work.shot, state=state, message=error.message))
    return {"failed": describe(error)}


@DBOS.workflow(name="shot", max_recovery_attempts=None)
async def shot_workflow(work: Json, kept: Mapping[str, Json]) -> Json:
    """One shot: its take, or why there is none."""
    return await _take_step(work, kept)


@DBOS.workflow(name="film", max_recovery_attempts=None)
async def film_workflow(works: list[Json], kept: dict[str, Json], at_once: int) -> Json:
    """Every shot that is to be made, each as soon as what it needs is there.

    Args:
        works: The shots, the most urgent first.
        kept: The takes that were there before.
        at_once: Shots in the making at the same time; what waits is chosen from anew each time.

    Returns:
        `kept`: all takes by shot; `failed`: why a shot has none.

    """
    done = dict(kept)
    failed: dict[str, Json] = {}
    waiting = {work["shot"]: work for work in works}
    running: dict[str, Any] = {}
    film = DBOS.workflow_id
    while waiting or running:
        for name, work in list(waiting.items()):
            lost = next((need for need in work["needs"] if need in failed), None)
            if lost:
                failed[name] = {"needs": lost}
                del waiting[name]
            elif len(running) < at_once and all(need in done for need in work["needs"]):
                needed = {need: done[need] for need in work["needs"]}
                with SetWorkflowID(f"{film}/{name}"):
                    handle = await DBOS.enqueue_workflow_async(QUEUE, shot_workflow, work, needed)
                running[handle.workflow_id] = (name, handle)
                del waiting[name]
        if running:
            handles = [handle for _, handle in running.values()]
            first = await DBOS.wait_first_async(handles, polling_interval_sec=POLL_SECONDS)
            name, handle = running.pop(first.workflow_id)
            result = await handle.get_result(polling_interval_sec=POLL_SECONDS)
            if "kept" in result:
                done[name] = result["kept"]
            else:
                failed[name] = result["failed"]
    return {"kept": done, "failed": failed}


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
