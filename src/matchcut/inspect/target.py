"""A test target: a picture whose every place tells how it moves and what happens to its tones."""

import cv2
import numpy as np

from matchcut.frames.types import Pixels

_SEED = 1
_SMALLEST, _LARGEST = 1 / 100, 1 / 12
"""Radii of the leaves, in widths. Smaller ones blend where tones are compared, which looks like a
gain: with these one is found to 1 % of light through an encoder, at any shape."""
_LAYERS = 4
"""Times that the leaves would cover the picture side by side; what lies on top is seen."""
_DARKEST, _BRIGHTEST = 48, 207
"""Levels of the leaves without tint and grain; with these they still are clear of both ends."""
_TINT = 22
"""Levels by which a channel of a leaf may differ from its grey at most: little, since encoders keep
half of the lines of colour."""
_GRAIN, _GRAINS = 28, 230
"""Levels of the grain at most, and grains in a width: what keeps a large leaf from being flat."""


def target(width: int, height: int) -> Pixels:
    """Draw a test target: leaves of every size that have fallen on one another, as pebbles lie.

    It is the dead leaves model, by which the texture that cameras keep is measured (F. Cao, F.
    Guichard and H. Hornung, Measuring texture sharpness of a digital camera, SPIE 7250, 2009):
    edges in every direction, and no two places alike. Leaves have a grain besides, so that the
    motion of every place can be told.

    Args:
        width: Pixels, at least 64.
        height: Pixels, at least 64.

    Returns:
        (height, width, 3) uint8 R'G'B', the same for the same size.

    """
    random = np.random.default_rng(_SEED)
    small, large = _SMALLEST * width, _LARGEST * width
    leaf = 2 * np.pi * small**2 * np.log(large / small) / (1 - (small / large) ** 2)
    drawn = random.random((round(_LAYERS * width * height / leaf), 7))
    # Radii fall off with their third power: each size covers as much as any other.
    radii = small / np.sqrt(1 - drawn[:, 0] * (1 - (small / large) ** 2))
    greys = _DARKEST + (_BRIGHTEST - _DARKEST) * drawn[:, 3]
    colours = greys[:, None] + _TINT * (2 * drawn[:, 4:] - 1)
    # Whole pixels of twice the size, averaged: smooth edges that are the same everywhere.
    twice = np.full((2 * height, 2 * width, 3), (_DARKEST + _BRIGHTEST) // 2, np.uint8)
    for (across, along), radius, colour in zip(drawn[:, 1:3], radii, colours, strict=True):
        middle = int(across * 2 * width), int(along * 2 * height)
        cv2.circle(twice, middle, round(2 * radius), [int(level) for level in colour], cv2.FILLED)
    leaves = cv2.resize(twice, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    grains = 2 * random.random((max(2, round(height * _GRAINS / width)), _GRAINS)) - 1
    grain = cv2.resize(grains, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(leaves + _GRAIN * grain[..., None] + 0.5, 0, 255), np.uint8)
