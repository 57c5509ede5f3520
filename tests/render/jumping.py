"""matchcut on a machine whose clock jumps: `python jumping.py FILE VERB ...`.

Seconds in FILE are added to what the clock says, from when they are written there. Only the clock
of the day jumps, as when a machine is set or wakes up; the one that counts seconds goes on.
"""

import datetime as dt
import sys
import threading
import time
from pathlib import Path
from typing import Any

JUMP = Path(sys.argv[1])
_now, _offset = time.time, 0.0


def _watch() -> None:
    global _offset  # noqa: PLW0603 - a clock is
    while True:
        if JUMP.exists():
            _offset = float(JUMP.read_text() or 0)
        time.sleep(0.02)


class Jumping(dt.datetime):
    """A moment whose `now` jumps."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.now(dt.UTC).replace(tzinfo=None)


if __name__ == "__main__":
    time.time = lambda: _now() + _offset  # type: ignore[assignment]
    dt.datetime = Jumping  # type: ignore[misc]
    threading.Thread(target=_watch, daemon=True).start()
    from matchcut.cli.main import entry

    sys.argv[1:2] = []
    entry()
