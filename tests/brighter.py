"""A model that gives everything back a little brighter."""

from collections.abc import Iterator

import numpy as np

from matchcut.frames.types import Pixels
from matchcut.inspect.light import to_levels, to_light


def brighter(frames: Iterator[Pixels], gain: float) -> Iterator[Pixels]:
    """Frames with as much more light; the rounding has no pattern, as an encoder's has none."""
    noise = np.random.default_rng(1)
    grain = None
    for frame in frames:
        if grain is None:
            grain = noise.uniform(0, 1, frame.shape)
        yield np.clip(to_levels(to_light(frame) * gain) + grain, 0, 255).astype(np.uint8)
