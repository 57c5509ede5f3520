"""Where in a picture a measure found something."""

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.inspect.verdict import Region

_MOST = 0.6
"""Share of the picture from which it is the whole picture that is meant."""


def region_of(places: npt.NDArray[np.float32]) -> Region | None:
    """Box the place where a map is highest.

    Args:
        places: (rows, columns) float32, larger where more was found.

    Returns:
        The box about the connected tiles that have more than half of the highest value, as parts
        of the picture. None where nothing was found, or it is most of the picture.

    """
    rows, columns = places.shape
    peak = np.unravel_index(int(np.argmax(places)), places.shape)
    if places[peak] <= 0:
        return None
    high = (places > places[peak] / 2).astype(np.uint8)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(high, connectivity=8)
    left, top, width, height, area = (int(fact) for fact in facts[labels[peak]])
    if area > _MOST * rows * columns:
        return None
    return left / columns, top / rows, width / columns, height / rows
