"""What a picture file is, read from its first bytes, also where it cannot be decoded."""

import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_SRGB_GAMMA = 45455
"""1/2.2 in units of 1/100000 (W3C PNG, third edition, 2025, 11.3.2.2)."""
_GAMMA_SLACK = 700
_SRGB_CODE_POINTS = (1, 13)
"""Primaries and transfer of sRGB (ITU-T H.273 (2024), tables 2 and 3)."""

_STARTS = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"II+\0", "a TIFF picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop file"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1aE\xdf\xa3", "a video"),
)
_BRANDS = {
    b"avif": "an AVIF picture",
    b"avis": "an AVIF picture",
    b"heic": "a HEIC picture",
    b"heix": "a HEIC picture",
    b"hevc": "a HEIC picture",
    b"mif1": "a HEIC picture",
    b"msf1": "a HEIC picture",
}


def named(data: bytes) -> str:
    """What a file that is no PNG, JPEG or WebP is, as a person calls it; empty where unknown."""
    if not data:
        return "an empty file"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a video")
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")) and b"<svg" in start:
        return "an SVG drawing"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    return next((name for head, name in _STARTS if data.startswith(head)), "")


def own_tones(data: bytes) -> str:
    """What says of a PNG that its numbers are not sRGB's; empty where nothing does.

    A profile goes before `sRGB`, that before `gAMA`, and `cICP` before all (W3C PNG, third edition,
    2025, 11.3.2). Most readers pass over `gAMA` and `cICP`, so that such a file has two looks.
    """
    chunks = dict(_chunks(data))
    code_points = chunks.get(b"cICP", b"")
    if len(code_points) == 4 and (code_points[0], code_points[1]) != _SRGB_CODE_POINTS:  # noqa: PLR2004 - its length
        return f"it is coded as primaries {code_points[0]}, transfer {code_points[1]} of H.273"
    gamma = chunks.get(b"gAMA", b"")
    if b"iCCP" in chunks or b"sRGB" in chunks or b"cICP" in chunks or len(gamma) != 4:  # noqa: PLR2004 - its length
        return ""
    (value,) = struct.unpack(">I", gamma)
    if abs(value - _SRGB_GAMMA) <= _GAMMA_SLACK:
        return ""
    return f"it says that its gamma is {value / 100_000:g}, and not that of sRGB"


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG before its picture; none of another file."""
    at = len(_PNG) if data.startswith(_PNG) else len(data)
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            return
        yield kind, data[at + 8 : at + 8 + size]
        at += size + 12
