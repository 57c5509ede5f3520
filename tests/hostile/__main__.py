"""The hostile fal as a process of its own, for tests that kill the caller and not the server.

    python -m hostile FOLDER [--faults '[{"fault": "DROP_AFTER_ACCEPT", "times": 2}]']

It prints one line of JSON, with the environment for the caller, and runs until it is ended or its
parent is gone. What it saw stands in FOLDER, one file a kind of record: `accepted.jsonl` and so on.
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from hostile.fal import HostileFal
from hostile.faults import Fault

_PARENT_SECONDS = 0.5


def main() -> int:
    """Run until the end."""
    parser = argparse.ArgumentParser(prog="hostile", description="A hostile fal on loopback.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faults", default="[]", help="a JSON list of arguments of `inject`")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="where clips are kept for other servers too")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds a job takes at least")
    parser.add_argument("--list-unfinished", action="store_true")
    given = parser.parse_args()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with HostileFal(given.folder, workers=given.workers, cache=given.cache) as fal:
        fal.pace, fal.list_unfinished = given.pace, given.list_unfinished
        for injection in json.loads(given.faults):
            fal.inject(Fault[injection.pop("fault")], **injection)
        facts = {"environment": fal.environment, "key": fal.key, "cdn_token": fal.cdn_token}
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        parent = os.getppid()
        while os.getppid() == parent and not over.wait(_PARENT_SECONDS):
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
