"""Every benchmark, one after the other: `python bench/run.py`. Other work on the machine shows."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
<<<<<<< HEAD
ALL = ("start.py", "plan.py", "rehearsal.py", "last_frame.py", "ten_hops.py", "seams.py")
=======
ALL = ("start.py", "plan.py", "rehearsal.py", "last_frame.py", "ten_hops.py", "anchor.py")
>>>>>>> db31472f5961c39957a3fdfe3460d6156cc93a07


def main() -> None:
    for name in ALL:
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, str(FOLDER / name)], check=False)


if __name__ == "__main__":
    main()
