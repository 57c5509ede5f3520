"""What 1 000 parked gates cost while they wait: `python bench/gates.py [--check] [--seconds 20]`.

A gate is a row, and the run that came to it ends: so nothing at all is at work for it. Measured are
the processes that may be there all the same: one that has opened them, holds the film and goes on
living, and `matchcut status --watch` beside it.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from matchcut.project import read
from matchcut.render.database import Database
from matchcut.render.gates import Gates, Spot
from matchcut.render.status import status
from matchcut.store.folder import StateFolder
from status import write

GATES = 1000
LIMIT_SHARE = 0.05


def park(database: Database) -> None:
    """Open the gates, as a run does."""
    gates = Gates(database)
    for n in range(GATES):
        spot = Spot(
            shot=f"s{n}",
            edge="out",
            clip=f"{n:064x}",
            suffix=".mp4",
            kept=(0, 95),
            number=1,
            provider="fal",
            inputs=f"{n:064x}",
            needed_by=f"s{n + 1}",
        )
        gates.open("film.yaml", spot, "fal")


def watched(film: Path, seconds: float) -> tuple[float, float]:
    """Share of a core of this process, and of one that watches, while everything waits."""
    watcher = subprocess.Popen(
        [sys.executable, "-m", "matchcut", "status", film.name, "--watch", "--json"],
        cwd=film.parent,
        stdout=subprocess.PIPE,
    )
    assert watcher.stdout is not None
    watcher.stdout.readline()  # it has come up, and has said everything once
    mine, its, begun = time.process_time(), _cpu(watcher.pid), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - begun
    shares = (time.process_time() - mine) / passed, (_cpu(watcher.pid) - its) / passed
    watcher.terminate()
    watcher.wait()
    return shares


def _cpu(pid: int) -> float:
    """Processor seconds of a process so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--check", action="store_true")
    asked.add_argument("--seconds", type=float, default=20.0)
    arguments = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        film = write(Path(place), GATES + 1)
        folder = StateFolder(film.parent)
        with folder.held():
            database = Database(folder.database)
            begun = time.process_time()
            park(database)
            opened = time.process_time() - begun
            begun = time.process_time()
            found = status(read(film))
            asking = time.process_time() - begun
            parked, watching = watched(film, arguments.seconds)
            database.close()
    waiting = len(found.gates)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{GATES} gates parked for {arguments.seconds:.0f} s, processor time")
    print("  once the run has ended          no process, 0 % of a core")
    print(f"  a process that holds them     {parked:7.2%} of a core  ({memory} MiB)")
    print(f"  matchcut status --watch       {watching:7.2%} of a core  (under {LIMIT_SHARE:.0%})")
    print(f"  opening all of them           {opened:7.2f} s")
    print(f"  asking for all that waits     {asking:7.2f} s  ({waiting} shots of the film wait)")
    return 1 if arguments.check and max(parked, watching) >= LIMIT_SHARE else 0


if __name__ == "__main__":
    sys.exit(main())
