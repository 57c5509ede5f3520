"""What a shot costs in processor time of our own: the ledger, the engine, the anchors.

Run it as `python bench/overhead.py [--check]`. A maker that only copies a clip that is there stands
in for the endpoint, so that what is left is what matchcut does itself: claims, steps, the clip
taken in and looked at, its frames handed on. The same with one shot is taken off, since a process
and an engine are started once.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHOTS, CHAIN = 60, 3
MOST_MS = 60.0
ONE = """
import sys
from pathlib import Path
import matchcut
from instant import Instant
project = matchcut.load(sys.argv[1])
rendered = matchcut.render(project, matchcut.plan(project), Instant(Path(sys.argv[2])))
print(len(rendered.made))
"""


def film(folder: Path, shots: int) -> Path:
    """Chains of three shots; each begins with a hero."""
    sys.path.insert(0, str(ROOT / "tests"))
    from small import write_film  # noqa: PLC0415

    head = """
title: Overhead
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
"""
    rows = [
        f"  - {{id: s{n}, join: cut, start: art/a.png, prompt: view {n}}}\n"
        if n % CHAIN == 0
        else f"  - {{id: s{n}, prompt: view {n}}}\n"
        for n in range(shots)
    ]
    return write_film(folder, head + "".join(rows))


def seconds(shots: int, clip: Path) -> tuple[float, float]:
    """Processor time and wall time of a whole process, seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = film(Path(folder), shots)
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        code = "import sys; sys.path[:0] = [sys.argv.pop(1), sys.argv.pop(1)]\n" + ONE
        done = subprocess.run(
            [sys.executable, "-c", code, ROOT / "tests", ROOT / "bench", path, clip],
            check=True,
            capture_output=True,
            text=True,
        )
        assert int(done.stdout) == shots
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return spent, time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help=f"fail above {MOST_MS:g} ms")
    parser.add_argument("--runs", type=int, default=3, help="the best of so many is shown")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        from instant import write  # noqa: PLC0415

        write(clip)
        alone = min(seconds(1, clip)[0] for _ in range(given.runs))
        whole = [seconds(SHOTS + 1, clip) for _ in range(given.runs)]
    spent = min(cpu for cpu, _ in whole)
    each = (spent - alone) / SHOTS * 1000
    wall = min(wall for _, wall in whole)
    print(f"one shot, process and engine      {alone:6.2f} s of processor time")
    print(f"{SHOTS + 1} shots                         {spent:6.2f} s, in {wall:.1f} s")
    print(f"each further shot                 {each:6.1f} ms  (at most {MOST_MS:g} ms)")
    sys.exit(given.check and each > MOST_MS)


if __name__ == "__main__":
    main()
