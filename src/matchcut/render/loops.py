"""Work that starts an event loop of its own, wherever it is called."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")


def away_from_loops(work: Callable[[], _T]) -> _T:
    """Do work here, or on a thread of its own where this thread has an event loop running.

    A loop cannot run inside another, and the engine takes a running one for its own.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(work).result()
