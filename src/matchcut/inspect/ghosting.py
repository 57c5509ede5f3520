"""An earlier frame that shines through."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.inspect.deviation import Deviation, both
from matchcut.inspect.motion import Motion, carried
from matchcut.inspect.onset import weights
from matchcut.inspect.reduced import Reduced

Floats = npt.NDArray[np.float32]

LAGS = (2, 3, 4, 5)
"""Frames back from which a ghost is looked for."""
_BEGIN = max(LAGS) + 2
_FLOOR = 0.05
"""Share of an earlier frame: least standard deviation."""
_BEFORE = 8
"""Frames whose share is the usual one of the next."""
_FEWEST = 2
"""Frames before, without which none is usual."""
_QUANTILE, _DEVIATIONS = 0.9, 1.64
"""Of what shares do anyway, and how many deviations of a normal distribution that is."""
_GONE = 0.8
"""Part of an appearance that a disappearance must have, to be its end."""
_NOISE = 4.0
"""Levels squared a pixel: frames that differ by less hold no ghost that could be seen."""
_STILL = 0.05
"""Levels squared that a frame adds to its predecessor, below which it repeats it: no ghost came."""
_FINE = 9
"""Pixels: only edges make a ghost, light does not."""
_PLACE = 4
"""Pixels a side, of the places that each have their say."""


def ghosting(
    frames: Sequence[Reduced], motions: Sequence[Motion], softer: Floats
) -> Deviation | None:
    """Tell frames into which an earlier one is blended.

    What a frame shows beyond what its predecessor foretells is compared, by least squares, with
    what each earlier frame would add and, beside that, with what following the movement too little
    looks like. Each place has its own say, and the median of them counts, by how much there is to
    see: a ghost is all over the picture, a movement that was not followed is in one place.

    A blend costs detail as well. What shows an earlier frame and costs none is a movement that was
    followed badly, so the geometric mean of both is told.

    Args:
        frames: A window in display order, or in the opposite one.
        motions: From each frame but the first to the one before it.
        softer: (frames,) how much detail each has lost, in the clip's own deviations.

    Returns:
        How much more of an earlier frame has come into each than is usual, the worst of `LAGS`, and
        how much detail it cost, in the clip's own deviations. None for a window that is too short
        to tell.

    """
    if len(frames) < 2 * _BEGIN:
        return None
    greys = [frame.grey.astype(np.float32) for frame in frames]
    shares = np.zeros((len(LAGS), len(frames)), np.float32)
    for index in range(_BEGIN, len(frames)):
        foretold = carried(greys[index - 1], motions[index - 1])
        rest = _edges(greys[index] - foretold)
        slip = _edges(greys[index - 1] - foretold)
        if (rest * rest).mean() < _STILL:
            shares[:, index] = shares[:, index - 1]
            continue
        for row, lag in enumerate(LAGS):
            shares[row, index] = _share(rest, _edges(greys[index - lag] - foretold), slip)
    shown = np.max([_appeared(share) for share in shares], axis=0)
    return Deviation(values=both(shown, softer))


def _share(rest: Floats, added: Floats, slip: Floats) -> float:
    """How much of `added` is in `rest`, `slip` accounted for: the median place's, weighted."""
    places = (max(1, rest.shape[1] // _PLACE), max(1, rest.shape[0] // _PLACE))
    by_added, by_slip, power, slips, both = (
        cv2.resize(product, places, interpolation=cv2.INTER_AREA).ravel()
        for product in (rest * added, rest * slip, added * added, slip * slip, added * slip)
    )
    power, slips = power + _NOISE, slips + _NOISE
    alone = power - both * both / slips  # of `added` that slipping does not look like as well
    each = (by_added - by_slip * both / slips) / alone
    order = np.argsort(each)
    weights = np.cumsum(alone[order])
    return float(each[order][np.searchsorted(weights, weights[-1] / 2)])


def _appeared(shares: Floats) -> Floats:
    """How far above the usual the share once was, where it has not gone since."""
    over = np.zeros_like(shares)
    for index in range(_BEGIN + _FEWEST, len(shares)):
        over[index] = shares[index] - np.median(shares[max(_BEGIN, index - _BEFORE) : index])
    known = np.abs(over[_BEGIN + _FEWEST :])
    over /= max(_FLOOR, float(np.quantile(known, _QUANTILE)) / _DEVIATIONS)
    over *= weights(len(shares))
    found = np.zeros_like(shares)
    for index in range(1, len(shares)):
        for begin in range(index + 1):
            gone = over[begin + 1 : index + 1].min(initial=0)
            if -gone < _GONE * over[begin]:
                found[index] = max(found[index], over[begin])
    return found


def _edges(picture: Floats) -> Floats:
    return np.asarray(picture - cv2.blur(picture, (_FINE, _FINE)), np.float32)
