"""A real maker whose clips are cheap: small mp4 files that follow from what it was sent."""

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still
from matchcut.plan.types import Expectation
from matchcut.render.providers.protocol import Job
from small import picture

CONTRACT = """
id = "{id}"
name = "{id}"
source = "written for a test{comment}"
read = 2026-11-29

[roles]
prompt = "prompt"
start = "image_url"
end = "end_image_url"
duration = "duration"
seed = "seed"

[parameters]
prompt = {{ type = "string" }}
image_url = {{ type = "url" }}
end_image_url = {{ type = "url" }}
duration = {{ type = "integer", values = [1, 2], default = 2 }}
seed = {{ type = "integer" }}

[output]
video = "video.url"
rate = "24"
source = "written for a test"
read = 2026-11-29

[[prices]]
usd = "{usd}"
unit = "second"
source = "written for a test"
read = 2026-11-29
"""
ONE, OTHER = "test/tiny/one", "test/tiny/other"


def write_contracts(*, usd: str = "0.5", comment: str = "") -> None:
    """Its endpoints as the user's own contracts, in place of what stands there."""
    folder = Path(os.environ["MATCHCUT_HOME"]) / "endpoints"
    folder.mkdir(parents=True, exist_ok=True)
    for name in (ONE, OTHER):
        text = CONTRACT.format(id=name, usd=usd, comment=comment)
        (folder / f"{name.replace('/', '-')}.toml").write_text(text, encoding="utf-8")


class TinyMaker:
    """Pans over a texture; which one, and from where, follows from all that it was sent."""

    name = "tiny"
    at_once = 1

    def identity(self, expectation: Expectation) -> Mapping[str, Any]:
        """Its clips have just the size and length that are expected."""
        return {"expects": expectation.to_json()}

    async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        wanted = job.expectation
        sent = [job.request.endpoint, str(job.role("prompt")), str(job.role("seed")), job.rejected]
        sent += [hashlib.sha256(_pixels(job.file(role))).hexdigest() for role in ("start", "end")]
        seed = int(hashlib.sha256(repr(sent).encode()).hexdigest()[:8], 16)
        wide = picture(seed, wanted.width + wanted.frames, wanted.height)
        frames = (
            np.ascontiguousarray(wide[:, at : at + wanted.width]) for at in range(wanted.frames)
        )
        write_clip(clip, frames, rate=wanted.rate, quality=Quality.TAKE)
        progress(1.0)


def _pixels(still: Path | None) -> bytes:
    return read_still(still).tobytes() if still else b""
