"""Time from a shell to an answer: `python bench/start.py [--check]`."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 9
LIMIT_SECONDS = 0.4
FIRST = Path(__file__).parent.parent / "examples" / "first" / "film.yaml"


def timed(*arguments: str) -> float:
    """Median wall seconds of the whole process."""
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", *arguments], check=True, capture_output=True)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def main() -> int:
    bare = timed("this")
    asked = timed("matchcut", "--help")
    planned = timed("matchcut", "plan", str(FIRST))
    print(f"median of {RUNS} runs, whole process")
    print(f"  python alone              {bare:5.3f} s")
    print(f"  matchcut --help           {asked:5.3f} s  (under {LIMIT_SECONDS} s)")
    print(f"  matchcut plan, 3 shots    {planned:5.3f} s")
    return 1 if "--check" in sys.argv and asked >= LIMIT_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
