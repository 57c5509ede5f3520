"""Colour profiles made by hand (ICC.1:2010), so that what should come of them is known."""

import struct

import numpy as np

ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
"""XYZ of red, green and blue, adapted to D50 (Adobe RGB (1998), 4.3.6.1)."""
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""The same of Display P3 (SMPTE EG 432-1 primaries at D65)."""
_D50 = (0.9642, 1.0, 0.8249)


def rgb_profile(colorants: tuple[tuple[float, ...], ...], gamma: float) -> bytes:
    """A display profile: three primaries and one exponent."""
    tags = {b"wtpt": _xyz(_D50)}
    for letter, colorant in zip(b"rgb", colorants, strict=True):
        tags[bytes([letter]) + b"XYZ"] = _xyz(colorant)
        tags[bytes([letter]) + b"TRC"] = struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256))
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey_profile(gamma: float) -> bytes:
    """Grey of one exponent."""
    curve = struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256))
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(_D50), b"kTRC": curve})


def cmyk_profile() -> bytes:
    """A printer that mixes as the textbook says: full cyan and no other ink is sRGB's cyan."""
    corners = np.array(np.meshgrid(*[[0, 1]] * 4, indexing="ij")).reshape(4, -1).T
    rgb = (1 - corners[:, :3]) * (1 - corners[:, 3:])
    lab = np.array([_lab(colour) for colour in rgb])
    codes = np.stack([lab[:, 0] * 2.55, lab[:, 1] + 128, lab[:, 2] + 128], axis=1)
    ramp = bytes(range(256))
    head = struct.pack(">4sIBBBB9i", b"mft1", 0, 4, 3, 2, 0, *np.eye(3, dtype=int).ravel() * 65536)
    table = head + ramp * 4 + codes.round().clip(0, 255).astype(np.uint8).tobytes() + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(_D50), b"A2B0": table})


def _lab(rgb: np.ndarray) -> tuple[float, float, float]:
    """CIE L*a*b* at D50 of an sRGB colour of 0 and 1 (IEC 61966-2-1, adapted by Bradford)."""
    to_xyz = np.array(
        [
            [0.43607, 0.38515, 0.14308],
            [0.22249, 0.71687, 0.06062],
            [0.01392, 0.09708, 0.71410],
        ]
    )
    share = to_xyz @ rgb / _D50
    x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _xyz(values: tuple[float, ...]) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(value * 65536) for value in values))


def _profile(kind: bytes, space: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Header, table of tags, tags; everything else is left at zero."""
    said = b"by hand\0"
    tags = {
        b"desc": struct.pack(">4sII", b"desc", 0, len(said)) + said + bytes(79),
        b"cprt": b"text" + bytes(4) + said,
        **tags,
    }
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += padded
    head = struct.pack(
        ">I4sI4s4s4s12s4s4sIIIQI3i",
        *(
            at + len(body),
            b"",
            0x02400000,
            kind,
            space,
            pcs,
            bytes(12),
            b"acsp",
            b"",
            0,
            0,
            0,
            0,
            0,
        ),
        *(round(value * 65536) for value in _D50),
    )
    return head.ljust(128, b"\0") + table + body
