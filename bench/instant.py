"""A maker that makes nothing: each take is a clip that is there already."""

import shutil
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from matchcut.frames.encode import Quality, write_clip
from matchcut.plan.types import Expectation
from matchcut.render.providers.protocol import Job


class Instant:
    """The provider.

    Args:
        clip: What every take is.

    """

    name = "instant"
    at_once = 2

    def __init__(self, clip: Path) -> None:
        self._clip = clip

    def identity(self, _expectation: Expectation) -> Mapping[str, Any]:
        """Nothing but the request."""
        return {}

    async def make(self, _job: Job, clip: Path, _progress: Callable[[float], None]) -> None:
        """Copy the clip."""
        shutil.copyfile(self._clip, clip)


def write(clip: Path) -> None:
    """A clip of three seconds in which something moves."""
    ground = np.random.default_rng(5).integers(0, 255, (18, 60, 3)).repeat(6, 0).repeat(6, 1)
    frames = (ground[:108, n : n + 192].astype(np.uint8) for n in range(72))
    write_clip(clip, frames, rate=Fraction(24), quality=Quality.TAKE)
