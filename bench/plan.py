"""Time to read and to plan films of 10 000 shots: `python bench/plan.py [--check]`.

A plan binds every shot's request and runs every rule. Two films: one on an endpoint with a seed,
one on an endpoint with elements, where each shot has a tag and a picture more.
"""

import sys
import time
from collections.abc import Callable

from matchcut.endpoints.load import shipped
from matchcut.film.read import read_film
from matchcut.film.types import Film
from matchcut.plan.build import build_plan
from matchcut.plan.rules import RULES

SHOTS, RUNS = 10_000, 7
LIMIT_SECONDS = 2.0
HEAD = """
title: Long
canvas: {{width: 1280, height: 720, fps: 24}}
look: {{style: grainy, lens: 35 mm, light: overcast}}
cast: {{mara: {{subject: "a courier in her thirties, yellow rain jacket", frontal: mara.jpg}}}}
defaults: {{endpoint: {endpoint}, duration: 4, resolution: 720p, seed: 42}}
shots:
"""
HERO = "  - {{id: s{n}, hero: true, start: a.jpg, prompt: '{{mara}} stands', camera: push in}}\n"
SHOT = "  - {{id: s{n}, prompt: '{{mara}} walks', camera: pan left, background: roofs}}\n"
SEEDED = "fal-ai/wan/v2.7/image-to-video"
ELEMENTS = "fal-ai/kling-video/v3/pro/image-to-video"


def film(endpoint: str = SEEDED) -> str:
    """A hero every fifth shot, so that every fourth is a bridge."""
    shots = "".join((SHOT if n % 5 else HERO).format(n=n) for n in range(SHOTS))
    return HEAD.format(endpoint=endpoint) + shots


def timed(work: Callable[[], object]) -> float:
    """Fewest seconds of processor time of the runs: nothing here waits for anything else."""
    seconds = []
    for _ in range(RUNS):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return min(seconds)


def typed(endpoint: str) -> Film:
    read = read_film(film(endpoint).encode(), "film.yaml")
    assert read.findings == ()
    plan = build_plan(read.film, shipped())
    assert plan.renderable
    assert len(plan.shots) == SHOTS
    return read.film


def main() -> int:
    contracts = shipped()
    text = film().encode()
    seeded, elements = typed(SEEDED), typed(ELEMENTS)
    plan = build_plan(seeded, contracts)
    reading = timed(lambda: read_film(text, "film.yaml"))
    first = timed(lambda: build_plan(seeded, contracts))
    second = timed(lambda: build_plan(elements, contracts))
    digest = timed(lambda: plan.digest)
    print(f"{SHOTS} shots, {len(RULES)} rules, processor time, fastest of {RUNS} runs")
    print(f"  read {len(text) / 1e6:.1f} MB of YAML to types            {reading:6.2f} s")
    print(f"  bind and lint, seeds                    {first:6.2f} s  (at most {LIMIT_SECONDS} s)")
    print(f"  bind and lint, elements                 {second:6.2f} s  (at most {LIMIT_SECONDS} s)")
    print(f"  digest of the plan                      {digest:6.2f} s")
    return 1 if "--check" in sys.argv and max(first, second) > LIMIT_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
