"""Time to read and to plan a film of 10 000 shots: `python bench/plan.py [--check]`."""

import statistics
import sys
import time
from collections.abc import Callable

from matchcut.endpoints.load import shipped
from matchcut.film.read import read_film
from matchcut.plan.build import build_plan

SHOTS, RUNS = 10_000, 5
LIMIT_SECONDS = 2.0
HEAD = """
title: Long
canvas: {width: 1280, height: 720, fps: 24}
look: {style: grainy, lens: 35 mm, light: overcast}
cast: {mara: {subject: "a courier in her thirties, yellow rain jacket", frontal: mara.jpg}}
defaults: {endpoint: fal-ai/wan/v2.7/image-to-video, duration: 4, resolution: 720p, seed: 42}
shots:
"""
HERO = "  - {{id: s{n}, hero: true, start: a.jpg, prompt: '{{mara}} stands', camera: push in}}\n"
SHOT = "  - {{id: s{n}, prompt: '{{mara}} walks', camera: pan left, background: roofs}}\n"


def film() -> str:
    """A hero every fifth shot, so that every fourth is a bridge."""
    return HEAD + "".join((SHOT if n % 5 else HERO).format(n=n) for n in range(SHOTS))


def timed(work: Callable[[], object]) -> float:
    """Median seconds over the runs."""
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def main() -> int:
    text = film().encode()
    read = read_film(text, "film.yaml")
    assert read.findings == ()
    contracts = shipped()
    plan = build_plan(read.film, contracts)
    assert plan.renderable
    assert len(plan.shots) == SHOTS
    reading = timed(lambda: read_film(text, "film.yaml"))
    planning = timed(lambda: build_plan(read.film, contracts))
    digest = timed(lambda: plan.digest)
    print(f"{SHOTS} shots, median of {RUNS} runs")
    print(f"  read {len(text) / 1e6:.1f} MB of YAML to types  {reading:6.2f} s")
    print(f"  plan from the typed film          {planning:6.2f} s  (at most {LIMIT_SECONDS} s)")
    print(f"  digest of the plan                {digest:6.2f} s")
    return 1 if "--check" in sys.argv and planning > LIMIT_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
