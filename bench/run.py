"""Every benchmark, one after the other: `python bench/run.py`. Other work on the machine shows."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ALL = (
    "start.py",
    "plan.py",
    "schedule.py",
    "rehearsal.py",
    "last_frame.py",
    "ten_hops.py",
    "anchor.py",
    "seams.py",
    "status.py",
    "gates.py",
)


def main() -> None:
    for name in ALL:
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, str(FOLDER / name)], check=False)


if __name__ == "__main__":
    main()
