"""Cut out at 1:1 what a person should look at closely. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from matchcut.frames.types import Pixels
from matchcut.look.places import Box, Place

SMALLEST = 160
"""Pixels a side; a hand by itself says little without what it holds."""
LARGEST = 640
"""Pixels a side; more does not fit beside others on a sheet."""
_ROOM = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A piece of a still, pixel for pixel."""

    place: Place
    box: Box
    """What was cut out: the place with some room round it, within the picture."""
    pixels: Pixels


def crops(pixels: Pixels, places: Iterable[Place], most: int = 12) -> tuple[Crop, ...]:
    """Cut places out of a still; nothing is scaled.

    Args:
        pixels: (height, width, 3) uint8.
        places: What was located in it.
        most: How many at most; the surest are kept, hands before faces before hair.

    Returns:
        The crops, in the order of the places. Each is from 160 to 640 pixels a side, or as large
        as the picture where that is smaller; of a larger place the middle is shown.

    """
    found = list(places)
    ranked = sorted(found, key=lambda place: (_ORDER[place.kind], -place.score))[:most]
    return tuple(_crop(pixels, place) for place in found if place in ranked)


_ORDER = {"hand": 0, "face": 1, "hair": 2}


def _crop(pixels: Pixels, place: Place) -> Crop:
    height, width = pixels.shape[:2]
    left, right = _span(place.box[0], place.box[2], width)
    top, bottom = _span(place.box[1], place.box[3], height)
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    return Crop(place=place, box=(left, top, right, bottom), pixels=part)


def _span(first: int, last: int, length: int) -> tuple[int, int]:
    """One side of a crop: with room round it, of an allowed size, moved into the picture."""
    wanted = round((last - first) * (1 + 2 * _ROOM))
    size = min(max(wanted, SMALLEST), LARGEST, length)
    begin = min(max((first + last - size) // 2, 0), length - size)
    return begin, begin + size
