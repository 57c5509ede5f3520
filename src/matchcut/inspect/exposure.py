"""Light that changes at once over the whole picture: flashes and fades."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matchcut.inspect.deviation import Deviation, both, steps
from matchcut.inspect.motion import Motion
from matchcut.inspect.onset import onset
from matchcut.inspect.reduced import Reduced

_FLOOR = 0.2
"""L*: a step of the whole picture that an encoder makes of nothing."""
_TONES = (3.0, 25.0, 75.0, 97.0)
"""Percentiles of luma."""
_TONE_FLOOR = 2.0
"""Levels of 255."""
_LIT = 10.0
"""L* from which a tile is lit: darker ones hardly show what happens to the light."""
FEWEST_LIT = 0.03
"""Share of lit tiles; with fewer, all of them are looked at."""


def exposure(
    frames: Sequence[Reduced],
    lab: npt.NDArray[np.float32],
    motions: Sequence[Motion],
    lighter: npt.NDArray[np.float32],
) -> Deviation:
    """Tell flashes and fades of the whole picture.

    Both the lightness of what is followed and the tones of the picture are looked at: a veil of
    light lifts the shadows of a bright picture more than it lightens it.

    Args:
        frames: A window in display order, or in the opposite one.
        lab: (frames, rows, columns, 3) float32 as of `Reduced.lab`.
        motions: From each frame but the first to the one before it.
        lighter: (frames,) as of `lighting`: what changes the whole picture changes most places.

    Returns:
        How much lighter or darker each frame is, 0 as usual and larger the further, both ways, the
        geometric mean with `lighter`.

    """
    changes = np.median(steps(lab[..., 0], motions)[:, lit(lab)], axis=1)
    found = [np.abs(onset(changes, _FLOOR))]
    tones = np.array([np.percentile(frame.grey, _TONES) for frame in frames], np.float32)
    found += [np.abs(onset(np.diff(tone, prepend=tone[:1]), _TONE_FLOOR)) for tone in tones.T]
    return Deviation(values=both(np.max(found, axis=0), lighter))


def lit(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Tell which tiles are lit over a window: (rows, columns)."""
    tiles = np.asarray(np.median(lab[..., 0], axis=0) > _LIT)
    return tiles if tiles.mean() >= FEWEST_LIT else np.ones_like(tiles)
