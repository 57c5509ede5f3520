"""The outline of a picture: turned, mirrored and stretched as its file asks, fitted to a canvas."""

from fractions import Fraction

import cv2
import numpy as np

from matchcut.frames.types import Pixels

_ONE = 1 << 16
"""1.0 in the 16.16 fixed point of a display matrix (ISO/IEC 14496-12:2022, 8.3.2)."""


def oriented(pixels: Pixels, matrix: bytes) -> Pixels | None:
    """Turn and mirror a picture as a display matrix asks.

    Args:
        pixels: (height, width, 3), as decoded.
        matrix: Nine little-endian 32-bit integers, row by row: a point (x, y) of the stored
            picture is shown at (ax + cy, bx + dy), with a, b, c, d the numbers 0, 1, 3 and 4.

    Returns:
        The picture as shown; None where the matrix is no quarter turn or mirror.

    """
    a, b, _, c, d, *_ = (int(value) for value in np.frombuffer(matrix, "<i4", 9))
    if {abs(a), abs(d)} == {_ONE} and b == c == 0:
        turned = pixels
        across, down = a < 0, d < 0
    elif {abs(b), abs(c)} == {_ONE} and a == d == 0:
        turned = pixels.transpose(1, 0, 2)
        across, down = c < 0, b < 0
    else:
        return None
    return np.ascontiguousarray(turned[:: -1 if down else 1, :: -1 if across else 1])


def squared(pixels: Pixels, aspect: Fraction) -> Pixels:
    """Stretch a picture of oblong samples to square ones, along the axis that grows.

    Args:
        pixels: (height, width, 3).
        aspect: Width of a sample over its height; 0 and 1 leave the picture alone.

    Returns:
        The picture with square samples, no side smaller than before.

    """
    height, width = pixels.shape[:2]
    if aspect > 1:
        width = round(width * aspect)
    elif 0 < aspect < 1:
        height = round(height / aspect)
    if pixels.shape[:2] == (height, width):
        return pixels
    stretched = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(stretched, np.uint8)


def fit(pixels: Pixels, width: int, height: int) -> Pixels:
    """Crop the shape of a canvas out of a picture's middle and scale that to it; never stretch.

    It is cropped before it is scaled, as a frame is that is handed on whole: both show one picture
    to a part of a pixel.

    Args:
        pixels: (h, w, 3) uint8.
        width: Of the canvas, pixels, at least 1.
        height: Of the canvas, pixels, at least 1.

    Returns:
        (height, width, 3) uint8; the same array where the size is right already. Shrinking
        averages areas; growing is Lanczos over 8x8 neighbours.

    """
    if pixels.shape[:2] == (height, width):
        return pixels
    part = cropped(pixels, Fraction(width, height))
    if part.shape[:2] == (height, width):
        return part
    method = cv2.INTER_AREA if part.shape[1] > width else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(part, (width, height), interpolation=method), np.uint8)


def cropped(pixels: Pixels, aspect: Fraction) -> Pixels:
    """The largest part of a picture that has a shape, out of its middle; nothing is scaled.

    Args:
        pixels: (h, w, 3).
        aspect: Width over height, above 0.

    Returns:
        One side as it was, the other shorter or the same.

    """
    height, width = _sides(pixels, aspect, within=True)
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def padded(pixels: Pixels, aspect: Fraction) -> Pixels:
    """A whole picture in the middle of the smallest black one of a shape; nothing is scaled.

    Args:
        pixels: (h, w, 3).
        aspect: Width over height, above 0.

    Returns:
        One side as it was, the other longer or the same.

    """
    height, width = _sides(pixels, aspect, within=False)
    top, left = (height - pixels.shape[0]) // 2, (width - pixels.shape[1]) // 2
    black = np.zeros((height, width, 3), np.uint8)
    black[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return black


def _sides(pixels: Pixels, aspect: Fraction, *, within: bool) -> tuple[int, int]:
    """Height and width of the shape that lies just within a picture, or just round it."""
    height, width = pixels.shape[:2]
    if (Fraction(width, height) > aspect) is within:
        return height, max(1, round(height * aspect))
    return max(1, round(width / aspect)), width
