"""The memory of a decoded picture as arrays of samples, whatever its pixel format."""

import re
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from matchcut.errors import Code, MatchcutError

_Array = npt.NDArray[Any]

_PLANAR = re.compile(r"(yuvj?4[024][024]p|gbrp|gray)(9|10|12|14|16)?(le)?")
_INTERLEAVED = {"nv12": 0, "nv16": 0, "nv24": 0, "p010le": 6, "p210le": 6, "p410le": 6}
"""Formats with Cb and Cr in one plane, and the unused low bits of their samples."""
_REPACKED = {
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yvyu422": "yuv422p",
    "bgr24": "rgb24",
    "rgb0": "rgb24",
    "bgr0": "rgb24",
    "0rgb": "rgb24",
    "0bgr": "rgb24",
    "rgb24": "rgb24",
}
"""Packed formats, and the format that holds the same numbers unpacked."""


def sample_planes(picture: av.VideoFrame) -> list[_Array]:
    """View a picture's samples without copying, where the format lets it.

    Args:
        picture: As the decoder returned it, or made for the encoder.

    Returns:
        Y, Cb, Cr, each (rows, columns) at its own size; or Y of a grey picture; or R, G, B; or
        one (height, width, 3) array of packed RGB. uint8, or uint16 for more than 8 bits.

    Raises:
        MatchcutError: `CLIP_UNREADABLE` for a format with alpha, a palette or an unknown layout.

    """
    name = picture.format.name
    if name in _REPACKED:
        if name != _REPACKED[name]:
            picture = picture.reformat(format=_REPACKED[name])
        name = _REPACKED[name]
    if name == "rgb24":
        rows = np.frombuffer(memoryview(picture.planes[0]), np.uint8)
        rows = rows.reshape(-1, picture.planes[0].line_size)[:, : picture.width * 3]
        return [rows.reshape(picture.height, picture.width, 3)]
    if name in _INTERLEAVED:
        luma, both = (
            samples(plane, 8 if name.startswith("nv") else 16, across)
            for plane, across in zip(picture.planes, (1, 2), strict=True)
        )
        return [plane >> _INTERLEAVED[name] for plane in (luma, both[:, 0::2], both[:, 1::2])]
    if not _PLANAR.fullmatch(name):
        raise unshowable(f"the pixel format {name} is not supported")
    depth = picture.format.components[0].bits
    planes = [samples(plane, depth, 1) for plane in picture.planes]
    return [planes[2], planes[0], planes[1]] if name.startswith("gbr") else planes


def samples(plane: av.video.plane.VideoPlane, depth: int, across: int) -> _Array:
    """View a plane's memory as rows, without the padding at their ends.

    Args:
        plane: Of a picture; writing to the view writes to the picture.
        depth: Bits of a sample; more than 8 take two bytes, little-endian.
        across: Samples that lie side by side for one column.

    Returns:
        (rows, columns x across) uint8 or uint16.

    """
    kind = np.dtype(np.uint8 if depth <= 8 else "<u2")  # noqa: PLR2004  # bits of a byte
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: plane.height, : plane.width * across]


def unshowable(message: str, fix: str = "") -> MatchcutError:
    """Say that a picture cannot be converted faithfully; the caller knows the file's name."""
    cure = fix or "Convert the clip to H.264, yuv420p, BT.709, and use that."
    return MatchcutError(Code.CLIP_UNREADABLE, message, fix=cure)
