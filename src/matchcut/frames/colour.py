"""One exact conversion each way between decoded pictures and pixels.

The default conversions of ffmpeg, PyAV and OpenCV darken a picture by 1 to 1.5 of 255 levels each
time, and read untagged HD as BT.601. Here the arithmetic is 32-bit float, rounded once, with the
matrix and the range by tag, and by height where the file says nothing. More than 8 bits are
dithered down, so that a smooth gradient shows no bands.

Sources: ITU-R BT.601-7 (2011), BT.709-6 (2015) and BT.2020-2 (2015) for the coefficients and the
limited range; ITU-T H.273 (2024) for the numbers of the tags; ITU-T H.264 (2021) figure E-1 and
clause E.2.1 for the siting: chroma of 4:2:0 lies on even columns, between two rows, unless said.
"""

from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.dither import offsets
from matchcut.frames.planes import sample_planes, samples, unshowable
from matchcut.frames.types import Matrix, Pixels

_Array = npt.NDArray[Any]
"""Samples on their way; float32 unless a docstring says otherwise."""

_LUMA_WEIGHTS = {
    Matrix.BT601: (0.299, 0.114),
    Matrix.BT709: (0.2126, 0.0722),
    Matrix.BT2020: (0.2627, 0.0593),
}
"""Weights of red and of blue in luma; green has the rest."""

_UNSAID = frozenset({0, 2, 3})
"""Unspecified and reserved, and RGB's own number where the samples are not RGB."""
_MATRIX_TAGS = {
    1: Matrix.BT709,
    5: Matrix.BT601,
    6: Matrix.BT601,
    9: Matrix.BT2020,
}
_MATRIX_NUMBERS = {Matrix.BT709: 1, Matrix.BT601: 6, Matrix.BT2020: 9}
_PRIMARIES_NUMBERS = {Matrix.BT709: 1, Matrix.BT601: 6, Matrix.BT2020: 1}
"""Ours are never wider than BT.709's, whatever the matrix."""
_TRANSFER_NUMBERS = {Matrix.BT709: 1, Matrix.BT601: 6, Matrix.BT2020: 14}
_HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
_WIDE_PRIMARIES = {9: "BT.2020", 10: "XYZ", 11: "DCI-P3", 12: "Display P3"}
"""Primaries whose colours are another picture when they are shown as BT.709's."""
_RANGE_LIMITED, _RANGE_FULL = 1, 2
_HD_HEIGHT = 720

_EIGHT = 8
_BAND = 32
_TAPS = 17
"""Length of the inverse filters: what is cut off is below 0.0001 of the middle tap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """How the numbers of a picture are to be read."""

    matrix: Matrix
    tagged: bool
    """False where the file says nothing and the matrix was chosen by height."""
    full_range: bool
    bit_depth: int


def colour_of(picture: av.VideoFrame) -> Colour:
    """Read a decoded picture's matrix, range and depth.

    Args:
        picture: As the decoder returned it.

    Returns:
        Matrix and range by tag. An untagged matrix is BT.709 from 720 lines on, else BT.601; an
        untagged range is limited, but full for RGB and the `yuvj` formats.

    Raises:
        MatchcutError: `CLIP_UNREADABLE` for a matrix, a transfer (PQ, HLG) or primaries wider than
            BT.709's that 8-bit pixels cannot hold faithfully, and for alpha.

    """
    depth = max(component.bits for component in picture.format.components)
    hdr = _HDR_TRANSFERS.get(int(picture.color_trc))
    if hdr:
        raise unshowable(f"the picture is HDR ({hdr}), which 8-bit stills cannot hold")
    tag, spread = int(picture.colorspace), int(picture.color_range)
    primaries = int(picture.color_primaries)
    if primaries in _UNSAID and tag == _MATRIX_NUMBERS[Matrix.BT2020]:
        primaries = tag  # whose numbers are the same, and whose colours go with it
    wide = _WIDE_PRIMARIES.get(primaries)
    if wide:
        raise unshowable(f"its colours are those of {wide}, and would look pale as they are")
    if any(component.is_alpha for component in picture.format.components):
        raise unshowable(
            f"the picture has an alpha channel ({picture.format.name}), and what lies behind is "
            "unknown",
            fix="Lay it over the background that you mean, and export H.264, yuv420p, BT.709.",
        )
    if picture.format.is_rgb:
        full = spread != _RANGE_LIMITED
        return Colour(matrix=Matrix.IDENTITY, tagged=True, full_range=full, bit_depth=depth)
    if tag not in _MATRIX_TAGS and tag not in _UNSAID:
        raise unshowable(f"the colour matrix with H.273 number {tag} is not supported")
    by_height = Matrix.BT709 if picture.height >= _HD_HEIGHT else Matrix.BT601
    return Colour(
        matrix=_MATRIX_TAGS.get(tag, by_height),
        tagged=tag in _MATRIX_TAGS,
        full_range=spread == _RANGE_FULL or picture.format.name.startswith("yuvj"),
        bit_depth=depth,
    )


def to_pixels(picture: av.VideoFrame, *, centred: bool = False) -> Pixels:
    """Convert a decoded picture to pixels.

    Args:
        picture: 8 to 16 bits; Y'CbCr 4:2:0, 4:2:2 or 4:4:4, grey or RGB.
        centred: True where chroma lies between two columns, as in JPEG and MPEG-1. Left-sited,
            the default, is what H.264, HEVC and MPEG-2 assume where the stream says nothing.

    Returns:
        (height, width, 3) uint8 full-range R'G'B'. Chroma is interpolated linearly at its true
        site; values out of gamut are clipped; rounding happens once, to nearest, and is spread
        over neighbours where there are more than 8 bits (`dither`).

    Raises:
        MatchcutError: `CLIP_UNREADABLE` for a pixel format with alpha or an unknown one, an
            unsupported matrix, wide primaries, or HDR.

    """
    colour = colour_of(picture)
    planes = sample_planes(picture)
    width, height = picture.width, picture.height
    if len(planes) == 1 or picture.format.is_rgb:
        levels = planes[0] if len(planes) == 1 else cv2.merge(planes)
        values = _ranged(levels, colour)
        grey = values.ndim == 2  # noqa: PLR2004  # rows and columns only
        return np.asarray(cv2.merge([values] * 3) if grey else values, np.uint8)
    pixels = np.empty((height, width, 3), np.uint8)
    matrix = _to_rgb_matrix(colour)
    luma, *chroma = planes
    chroma = [plane.astype(np.float32) for plane in chroma]
    for band in _bands(height):
        blue, red = (_upsampled(plane, width, height, band, centred=centred) for plane in chroma)
        lit = cv2.addWeighted(luma[band], matrix[0, 0], luma[band], 0, 0, dtype=cv2.CV_32F)
        if colour.bit_depth > _EIGHT:
            lit = lit + offsets(band, width)  # on all three alike, so that grey stays grey
        cv2.merge(_mixed(lit, blue, red, matrix), pixels[band])
    return pixels


def to_planes(pixels: Pixels, matrix: Matrix = Matrix.BT709) -> av.VideoFrame:
    """Convert pixels to a picture for the encoder.

    Chroma is the least-squares fit: of all half-size planes the one whose interpolation by
    `to_pixels` comes nearest to the given colours. Pixels that were decoded by `to_pixels` so give
    back the planes they came from, instead of losing sharpness at every hop.

    Args:
        pixels: (height, width, 3) uint8 full-range R'G'B', both sides even.
        matrix: BT.601, BT.709 or BT.2020; the picture is tagged with it.

    Returns:
        yuv420p, limited range, left-sited chroma, with matrix, primaries, transfer and range
        tagged.

    Raises:
        MatchcutError: `CLIP_UNREADABLE` for an odd side, which 4:2:0 cannot hold.

    """
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        raise unshowable(
            f"a picture of {width}x{height} cannot be encoded: both sides must be even",
            fix="Choose a canvas with even width and height.",
        )
    picture = av.VideoFrame(width, height, "yuv420p")
    luma, *chroma = (samples(plane, 8, 1) for plane in picture.planes)
    narrow = [np.empty((height, width // 2), np.float32) for _ in chroma]
    rows = [row[None] for row in _to_ycc_matrix(matrix)]
    for band in _bands(height):
        levels = pixels[band].astype(np.float32)
        luma[band] = _rounded(cv2.transform(levels, rows[0]))
        for plane, row in zip(narrow, rows[1:], strict=True):
            plane[band] = _narrowed(cv2.transform(levels, row))
    for plane, values in zip(chroma, narrow, strict=True):
        plane[:] = _rounded(_fitted(_lowered(values)))
    picture.colorspace = _MATRIX_NUMBERS[matrix]
    picture.color_primaries = _PRIMARIES_NUMBERS[matrix]
    picture.color_trc = _TRANSFER_NUMBERS[matrix]
    picture.color_range = _RANGE_LIMITED
    return picture


def _levels(colour: Colour) -> tuple[float, float, float, float]:
    """Black, luma span, middle and chroma span of a range, in codes."""
    step = float(1 << (colour.bit_depth - 8))
    if colour.full_range:
        top = float((1 << colour.bit_depth) - 1)
        return 0.0, top, 128 * step, top
    return 16 * step, 219 * step, 128 * step, 224 * step


def _ranged(levels: _Array, colour: Colour) -> _Array:
    """Bring grey or R'G'B' codes to 0..255; the identity for 8-bit full range, else dithered."""
    black, span, _, _ = _levels(colour)
    if (black, span) == (0, 255):
        return levels.astype(np.uint8)
    scale = 255 / span
    values = levels.astype(np.float32)
    if colour.bit_depth > _EIGHT:
        height, width = levels.shape[:2]
        spread = offsets(slice(0, height), width) / np.float32(scale)
        values += spread if values.ndim == 2 else spread[..., None]  # noqa: PLR2004 - grey
    return cv2.addWeighted(values, scale, values, 0, -black * scale, dtype=cv2.CV_8U)


def _mixed(lit: _Array, blue: _Array, red: _Array, matrix: _Array) -> list[_Array]:
    """Apply a 3x4 matrix to full-size Y', scaled already, Cb, Cr: rounded and clipped once."""
    red_offset, green_offset, blue_offset = matrix[:, 3]
    green = cv2.addWeighted(lit, 1, blue, matrix[1, 1], green_offset)
    return [
        cv2.addWeighted(lit, 1, red, matrix[0, 2], red_offset, dtype=cv2.CV_8U),
        cv2.addWeighted(green, 1, red, matrix[1, 2], 0, dtype=cv2.CV_8U),
        cv2.addWeighted(lit, 1, blue, matrix[2, 1], blue_offset, dtype=cv2.CV_8U),
    ]


def _to_rgb_matrix(colour: Colour) -> _Array:
    """3x4: codes of Y', Cb, Cr to R'G'B' of 0..255."""
    black, luma_span, middle, chroma_span = _levels(colour)
    rgb_from_ycc = np.linalg.inv(_ycc_from_rgb(colour.matrix))
    scale = np.diag([255 / luma_span, 255 / chroma_span, 255 / chroma_span])
    linear = rgb_from_ycc @ scale
    offset = -linear @ np.array([black, middle, middle])
    return np.hstack([linear, offset[:, None]])


def _to_ycc_matrix(matrix: Matrix) -> _Array:
    """3x4: R'G'B' of 0..255 to 8-bit limited codes of Y', Cb, Cr."""
    linear = np.diag([219 / 255, 224 / 255, 224 / 255]) @ _ycc_from_rgb(matrix)
    return np.hstack([linear, [[16], [128], [128]]]).astype(np.float32)


def _ycc_from_rgb(matrix: Matrix) -> _Array:
    """3x3: R'G'B' of 0..1 to Y' of 0..1 and Cb, Cr of -0.5..0.5 (BT.709-6, 3.2 and 3.3)."""
    red, blue = _LUMA_WEIGHTS[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    to_blue = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    to_red = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    return np.stack([luma, to_blue, to_red])


def _bands(height: int) -> list[slice]:
    """Cut a picture into bands of rows, small enough that temporaries stay in the cache."""
    return [slice(top, min(top + _BAND, height)) for top in range(0, height, _BAND)]


def _upsampled(plane: _Array, width: int, height: int, band: slice, *, centred: bool) -> _Array:
    """Interpolate a chroma plane linearly at its true site, for one band of the picture."""
    rows, columns = plane.shape
    across, down = round(width / columns), round(height / rows)
    if across == down == 1:
        return plane[band]
    left = 0.25 if centred and across > 1 else 0.0
    top = 0.25 if down > 1 else 0.0
    grid = np.array([[1 / across, 0, -left], [0, 1 / down, band.start / down - top]])
    return cv2.warpAffine(
        plane,
        grid,
        (width, band.stop - band.start),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _narrowed(plane: _Array) -> _Array:
    """Keep every other column, each with half of its neighbours mixed in: [1 2 1] / 4."""
    across = np.array([1, 2, 1]) / 4
    return cv2.sepFilter2D(plane, -1, across, np.ones(1), borderType=cv2.BORDER_REFLECT)[:, ::2]


def _lowered(plane: _Array) -> _Array:
    """Make one row out of two, with their neighbours mixed in: [1 3 3 1] / 8."""
    down = np.array([1, 3, 3, 1]) / 8
    mixed = cv2.sepFilter2D(
        plane, -1, np.ones(1), down, anchor=(0, 1), borderType=cv2.BORDER_REFLECT
    )
    return mixed[::2]


def _fitted(plane: _Array) -> _Array:
    """Turn a plainly halved plane into the least-squares fit of `to_planes`.

    With U the interpolation of `_upsampled`, the fit is (UᵀU)⁻¹Uᵀ. `_narrowed` and `_lowered` are
    Uᵀ; UᵀU is a filter of three taps each way, and its inverse a decaying one.
    """
    across, down = _inverse(3 / 4, 1 / 8), _inverse(5 / 8, 3 / 16)
    return cv2.sepFilter2D(plane, -1, across, down, borderType=cv2.BORDER_REFLECT)


def _inverse(middle: float, side: float) -> _Array:
    """Taps that undo the filter [side, middle, side] of sum 1: a geometric series both ways."""
    root = (middle**2 - 4 * side**2) ** 0.5
    ratio = (root - middle) / (2 * side)
    taps: _Array = ratio ** np.abs(np.arange(_TAPS) - _TAPS // 2)
    taps /= taps.sum()  # a flat colour stays what it is, however few the taps
    return taps


def _rounded(values: _Array) -> _Array:
    """Round to nearest and clip to 0..255."""
    return cv2.addWeighted(values, 1, values, 0, 0, dtype=cv2.CV_8U)
