"""Time of `matchcut status` on a film of 1 000 shots: `python bench/status.py [--check]`.

The whole process, as a person runs it: a film with a hero in every five, of which a third is done,
ten are under way, some wait for a person, and the rest is not begun. What is read is what a run
would have written, by the very code that writes it.
"""

import os
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from matchcut.render.attempt import Limits, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database
from matchcut.render.ledger import Ledger, Take

SHOTS, RUNS = 1000, 9
LIMIT_SECONDS = 0.5
ENDPOINT = "fal-ai/wan/v2.7/image-to-video"
HEAD = f"""
title: Long
budget_usd: "500"
canvas: {{width: 1280, height: 720, fps: 24}}
look: {{style: grainy, lens: 35 mm, light: overcast}}
cast: {{mara: {{subject: "a courier in her thirties, yellow rain jacket"}}}}
defaults: {{endpoint: {ENDPOINT}, duration: 4, resolution: 720p, seed: 42}}
shots:
"""
HERO = "  - {{id: s{n}, hero: true, start: a.jpg, prompt: '{{mara}} stands', camera: push in}}\n"
SHOT = "  - {{id: s{n}, prompt: '{{mara}} walks', camera: pan left, background: roofs}}\n"


def write(folder: Path, shots: int = SHOTS) -> Path:
    """A film in its folder, with the records of a run that is half way through it."""
    film = folder / "film.yaml"
    text = HEAD + "".join((SHOT if n % 5 else HERO).format(n=n) for n in range(shots))
    film.write_text(text, encoding="utf-8")
    (folder / ".matchcut").mkdir()
    database = Database(folder / ".matchcut" / "state.sqlite")
    ledger, attempts = Ledger(database), Attempts(database, run="bench")
    try:
        for n in range(shots // 2):
            _shot(ledger, attempts, n)
    finally:
        database.close()
    return film


def _shot(ledger: Ledger, attempts: Attempts, n: int) -> None:
    """Two in three are done; of the others one in ten is unknown, one odd, and most under way."""
    shot, inputs = f"s{n}", f"{n:064x}"
    request = {"endpoint": ENDPOINT, "arguments": {"prompt": "x" * 300, "seed": n}}
    claim = ledger.claim(
        "film.yaml", shot, inputs, provider="fal", request=request, expects=None, paid=True
    )
    sent = attempts.reserve(
        TakeKey(film="film.yaml", shot=shot, take=claim.number),
        provider="fal",
        endpoint=ENDPOINT,
        digest=inputs,
        estimate_usd=Decimal("0.40"),
        limits=Limits(),
    )
    if n % 30 == 1:
        attempts.unknown(sent, "the connection broke")
        return
    sent = attempts.accepted(sent, f"request-{n}", {"status": "https://queue.fal.run/s"})
    if n % 3 == 1:
        return
    take = Take(
        shot=shot,
        number=claim.number,
        provider="fal",
        inputs=inputs,
        clip=inputs,
        frames=96,
        rate=Fraction(24),
        cost_usd=Decimal("0.40"),
    )
    ledger.finish("film.yaml", take, unfit="it is black" if n % 30 == 2 else "")
    attempts.done(sent)


def timed(film: Path, *arguments: str) -> tuple[float, float]:
    """Fewest wall and processor seconds of the whole process."""
    wall, cpu = [], []
    for _ in range(RUNS):
        before, begun = os.times(), time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "matchcut", "status", film.name, *arguments],
            cwd=film.parent,
            check=True,
            capture_output=True,
        )
        wall.append(time.perf_counter() - begun)
        after = os.times()
        user = after.children_user - before.children_user
        cpu.append(user + after.children_system - before.children_system)
    return min(wall), min(cpu)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        film = write(Path(folder))
        wall, cpu = timed(film)
        wall_json, cpu_json = timed(film, "--json")
    print(f"{SHOTS} shots, whole process, fastest of {RUNS} runs (processor time in brackets)")
    print(f"  matchcut status           {wall:5.3f} s ({cpu:5.3f} s)  (under {LIMIT_SECONDS} s)")
    print(f"  matchcut status --json    {wall_json:5.3f} s ({cpu_json:5.3f} s)")
    return 1 if "--check" in sys.argv and wall >= LIMIT_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
