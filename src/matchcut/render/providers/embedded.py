"""The embedded provider: a rehearsal in place of a hosted model, offline and at no cost.

It is given the same bound request as a hosted endpoint and reads it by the same roles. What it does
not do, it says: it moves a camera and interpolates between anchors; it knows no elements and
invents no acting, so a rehearsal shows timing, joins, sizes and cost, and not performances.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from matchcut.frames.clip import tail
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.shape import fit
from matchcut.frames.still import read_still
from matchcut.frames.types import Pixels
from matchcut.plan.types import Expectation
from matchcut.render.providers.protocol import Job
from matchcut.render.providers.rehearsal.generate import VERSION, generate
from matchcut.render.providers.rehearsal.scene import Scene

_MOST_AT_ONCE = 4


class Rehearsal:
    """Makes takes on this machine."""

    name = "rehearsal"

    @property
    def at_once(self) -> int:
        """As many takes as there are processors, within reason of memory."""
        return min(os.cpu_count() or 1, _MOST_AT_ONCE)

    def identity(self, expectation: Expectation) -> Mapping[str, Any]:
        """The size and length that it makes, and its own version: all change its pixels."""
        return {
            "expects": expectation.to_json(),
            "generator": VERSION,
        }

    async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        """Make a take; the work is done on a thread, since OpenCV and x264 let others run."""
        await asyncio.to_thread(self._make, job, clip, progress)

    def _make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        scene = self._scene(job)
        frames = _counted(generate(scene), scene.frames, progress)
        write_clip(clip, frames, rate=scene.rate, quality=Quality.TAKE)

    def _scene(self, job: Job) -> Scene:
        wanted = job.expectation
        prompt = str(job.role("prompt") or "")
        video = job.file("continue")
        carried = None
        if video:
            before = [fit(frame.pixels, wanted.width, wanted.height) for frame in tail(video, 2)]
            carried = (before[0], before[-1])
        return Scene(
            start=_fitted(job.file("start"), wanted),
            end=_fitted(job.file("end"), wanted),
            carried=carried,
            prompt=prompt,
            seed=_seed(prompt, int(job.role("seed") or 0) + job.rejected),
            width=wanted.width,
            height=wanted.height,
            frames=wanted.frames,
            rate=wanted.rate,
        )


def _seed(prompt: str, seed: int) -> int:
    """Other words give another take, as they would from a model, even where no camera is named."""
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


def _fitted(still: Path | None, wanted: Expectation) -> Pixels | None:
    return fit(read_still(still), wanted.width, wanted.height) if still else None


def _counted(
    frames: Iterator[Pixels], count: int, progress: Callable[[float], None]
) -> Iterator[Pixels]:
    for number, frame in enumerate(frames, start=1):
        yield frame
        progress(number / count)
