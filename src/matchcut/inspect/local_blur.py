"""Blur in a place: a hand that is smeared, a streak."""

from collections.abc import Sequence

import numpy as np

from matchcut.inspect.detail import detail, textured
from matchcut.inspect.deviation import Deviation, smoothed, steps
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import onset_places
from matchcut.inspect.reduced import Reduced

_PLACE_FLOOR = 0.15
"""Octaves of a place."""
_SIDE = 5
_SHARE = 2.0
"""Percentile of places: a blur that is smaller is hardly seen."""


def local_blur(frames: Sequence[Reduced], motions: Sequence[Motion]) -> Deviation | None:
    """Tell frames that lose detail in a place and in some direction, followed along the movement.

    Octaves are averaged over `_SIDE` tiles, not energies: a sharp edge beside a smear does not
    hide it. A smear as large as a hand in a medium shot is seen; smaller ones are averaged away.

    Args:
        frames: A window in display order, or in the opposite one.
        motions: From each frame but the first to the one before it.

    Returns:
        How much detail has gone at once where most has, with places. None where there is too
        little detail.

    """
    if textured(np.stack([frame.fine for frame in frames])) is None:
        return None
    octaves = smoothed(detail(np.stack([frame.strokes for frame in frames])), _SIDE)
    lost = onset_places(-steps(octaves, motions), motions, _PLACE_FLOOR)
    maps = np.maximum(lost.max(axis=-1), 0)
    values = np.percentile(maps.reshape(len(maps), -1), 100 - _SHARE, axis=1)
    return Deviation(values=values.astype(np.float32), maps=maps)
