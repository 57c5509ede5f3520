"""How loud a stretch of sound is."""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""(samples,), one channel, -1 to 1."""

SILENCE = -96.0
"""Decibels below full scale that stand for silence: the floor of 16 bits."""


def level(samples: Samples) -> float | None:
    """Root mean square level.

    Returns:
        Decibels against full scale, -96 (silence) to 0; None where there is no sample.

    """
    if samples.size == 0:
        return None
    power = float(np.mean(samples.astype(np.float64) ** 2))
    return max(SILENCE, float(10 * np.log10(power))) if power > 0 else SILENCE
