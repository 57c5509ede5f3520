"""Odd pictures and what comes of each: one row a picture, the same rows in the reference.

Four patches of known colours are written as somebody's program might, and read back; or the file is
refused, in just these words.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from icc import ADOBE, P3, cmyk_profile, grey_profile, rgb_profile
from PIL import Image, ImageCms

from matchcut.errors import Code, MatchcutError
from matchcut.frames.still import as_taken, inspect_still, read_still

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "odd-pictures.md"
PATCHES = ((200, 60, 40), (50, 170, 70), (40, 80, 190), (128, 128, 128))
"""Top left, top right, bottom left, bottom right."""
GREYS = ((99, 99, 99),) * 4
WIDTH, HEIGHT = 128, 96
AS_IT_IS, AS_PNG = "as it is", "as PNG"


def patches(colours: tuple[tuple[int, ...], ...] = PATCHES) -> np.ndarray:
    pixels = np.zeros((HEIGHT, WIDTH, len(colours[0])), np.uint8)
    for number, colour in enumerate(colours):
        row, column = divmod(number, 2)
        rows = slice(row * HEIGHT // 2, (row + 1) * HEIGHT // 2)
        pixels[rows, column * WIDTH // 2 : (column + 1) * WIDTH // 2] = colour
    return pixels


def saved(mode: str = "RGB", kind: str = "PNG", **options: object) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(patches()).convert(mode).save(sink, kind, **options)
    return sink.getvalue()


def with_chunk(name: bytes, body: bytes, data: bytes) -> bytes:
    """A PNG with one more chunk, right behind its header."""
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return data[:33] + chunk + data[33:]


def deep(alpha: int | None = None, *, grey: bool = False) -> bytes:
    """16 bits a channel."""
    levels = patches().astype(np.uint16)[..., ::-1] * 257
    if grey:
        levels = levels[..., 1]
    if alpha is not None:
        levels = np.dstack([levels, np.full((HEIGHT, WIDTH), alpha, np.uint16)])
    return bytes(cv2.imencode(".png", levels)[1])


def animated(kind: str) -> bytes:
    more = [Image.fromarray(patches()[::-1])]
    return saved(kind=kind, save_all=True, append_images=more)


def translucent() -> bytes:
    picture = Image.fromarray(patches()).convert("RGBA")
    picture.putpixel((5, 5), (1, 2, 3, 250))
    sink = io.BytesIO()
    picture.save(sink, "PNG")
    return sink.getvalue()


def cmyk(profile: bytes | None) -> bytes:
    """Full cyan, full magenta, full yellow, bare paper."""
    inks = ((255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 0))
    sink = io.BytesIO()
    picture = Image.frombytes("CMYK", (WIDTH, HEIGHT), patches(inks).tobytes())
    picture.save(sink, "JPEG", quality=100, icc_profile=profile)
    return sink.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(kind="JPEG", quality=95, subsampling=0, exif=exif)


def sized(width: int, height: int) -> bytes:
    """A PNG's header that claims a size, with hardly anything behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    plain = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head
    plain += struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return plain + with_chunk(b"IDAT", zlib.compress(bytes(1000)), b"x" * 33)[33:]


def linear(values: np.ndarray) -> np.ndarray:
    """sRGB's numbers of 0..255 as light (IEC 61966-2-1)."""
    share = values / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def numbers(light: np.ndarray) -> np.ndarray:
    """The reverse, clipped to what sRGB has."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def seen_as(to_srgb: list[list[float]], light: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What the patches' numbers mean in another space, as sRGB's: both have D65 for white."""
    return numbers(light(np.array(PATCHES)) @ np.array(to_srgb).T)


ADOBE_SEEN = seen_as(
    [[1.39836, -0.39836, 0], [0, 1, 0], [0, -0.04293, 1.04293]], lambda v: (v / 255) ** 2.19921875
)
P3_SEEN = seen_as(
    [[1.22494, -0.22494, 0], [-0.04206, 1.04206, 0], [-0.01964, -0.07864, 1.09828]],
    lambda v: (v / 255) ** 2.19921875,
)
GREY_SEEN = [
    (level,) * 3
    for level in np.asarray(Image.fromarray(patches()).convert("L"))[::50, ::70].ravel()
]
MARKED = [(255 * (sum(colour) > 370),) * 3 for colour in PATCHES]
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
QUADRANTS = {1: "0123", 2: "1032", 3: "3210", 4: "2301", 5: "0213", 6: "2031", 7: "3120", 8: "1302"}
"""Which patch is shown where, by orientation (Exif 2.32, 4.6.4 A)."""


def with_profile(png: bytes, profile: bytes) -> bytes:
    return with_chunk(b"iCCP", b"own\0\0" + zlib.compress(profile), png)


def one_bit() -> bytes:
    sink = io.BytesIO()
    levels = np.array([sum(colour) > 370 for colour in PATCHES], np.uint8) * 255
    marks = patches(tuple((int(level),) for level in levels))[..., 0]
    Image.fromarray(marks).convert("1").save(sink, "PNG")
    return sink.getvalue()


def palette(**options: object) -> bytes:
    """Each patch is an entry of its own."""
    sink = io.BytesIO()
    Image.fromarray(patches()).quantize(4).save(sink, "PNG", **options)
    return sink.getvalue()


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One picture."""

    name: str
    data: Callable[[], bytes]
    outcome: str
    """What the reference says: `shown` with what is done, or the words of the refusal."""
    seen: object = PATCHES
    """The four patches as they are read."""
    within: float = 0
    """Levels of 255 that they may be off."""
    sent: str = AS_IT_IS
    suffix: str = "png"

    @property
    def refused(self) -> bool:
        return not self.outcome.startswith("shown")


def bad(name: str, data: Callable[[], bytes], outcome: str, suffix: str = "png") -> Row:
    return Row(name=name, data=data, outcome=outcome, suffix=suffix, sent="")


SHOWN = "shown"
DIFFER = "and readers differ in what they make of that"
NO = "no PNG, JPEG or WebP picture"
ROWS = (
    Row(name="PNG", data=saved, outcome=SHOWN),
    Row(
        name="WebP, lossless",
        data=lambda: saved(kind="WEBP", lossless=True),
        outcome=SHOWN,
        suffix="webp",
    ),
    Row(
        name="JPEG",
        data=lambda: saved(kind="JPEG", quality=95, subsampling=0),
        outcome=SHOWN,
        within=2,
        suffix="jpg",
    ),
    Row(
        name="JPEG, 4:2:0",
        data=lambda: saved(kind="JPEG", quality=95, subsampling=2),
        outcome=SHOWN,
        within=3,
        suffix="jpg",
    ),
    Row(
        name="JPEG, progressive",
        data=lambda: saved(kind="JPEG", quality=95, progressive=True),
        outcome=SHOWN,
        within=3,
        suffix="jpg",
    ),
    Row(
        name="JPEG with restart markers",
        data=lambda: saved(kind="JPEG", quality=95, restart_marker_blocks=2),
        outcome=SHOWN,
        within=3,
        suffix="jpg",
    ),
    Row(
        name="JPEG of R'G'B'",
        data=lambda: saved(kind="JPEG", quality=95, keep_rgb=True),
        outcome=SHOWN,
        within=2,
        suffix="jpg",
    ),
    Row(name="grey PNG", data=lambda: saved("L"), outcome=SHOWN, seen=GREY_SEEN),
    Row(
        name="grey JPEG with an sRGB profile",
        data=lambda: saved("L", "JPEG", quality=95, icc_profile=SRGB),
        outcome=SHOWN,
        seen=GREY_SEEN,
        within=2,
        suffix="jpg",
    ),
    Row(name="PNG of 1 bit", data=one_bit, outcome=SHOWN, seen=MARKED, sent=AS_PNG),
    Row(
        name="PNG with a palette",
        data=palette,
        outcome=SHOWN,
        sent=AS_PNG,
    ),
    Row(
        name="PNG with alpha that is opaque",
        data=lambda: saved("RGBA"),
        outcome="shown without the alpha",
        sent=AS_PNG,
    ),
    bad(
        "PNG with alpha that is used",
        translucent,
        "it is partly transparent, and what lies behind is unknown",
    ),
    bad(
        "PNG with a transparent palette entry",
        lambda: palette(transparency=0),
        "it is partly transparent, and what lies behind is unknown",
    ),
    Row(name="PNG of 16 bits", data=deep, outcome="shown, dithered to 8 bits", sent=AS_PNG),
    Row(
        name="grey PNG of 16 bits",
        data=lambda: deep(grey=True),
        outcome="shown, dithered to 8 bits",
        seen=[(g,) * 3 for _, g, _ in PATCHES],
        sent=AS_PNG,
    ),
    Row(
        name="PNG of 16 bits with opaque alpha",
        data=lambda: deep(65535),
        outcome="shown, dithered to 8 bits, without the alpha",
        sent=AS_PNG,
    ),
    bad(
        "PNG of 16 bits with used alpha",
        lambda: deep(60000),
        "it is partly transparent, and what lies behind is unknown",
    ),
    bad(
        "PNG of 16 bits with a Display P3 profile",
        lambda: with_profile(deep(), rgb_profile(P3, 2.2)),
        "it has 16 bits a channel and a colour profile that is not sRGB's",
    ),
    Row(name="PNG with an sRGB profile", data=lambda: saved(icc_profile=SRGB), outcome=SHOWN),
    Row(
        name="PNG in Adobe RGB",
        data=lambda: saved(icc_profile=rgb_profile(ADOBE, 2.19921875)),
        outcome="shown, converted to sRGB",
        seen=ADOBE_SEEN,
        within=2,
        sent=AS_PNG,
    ),
    Row(
        name="JPEG in Display P3",
        data=lambda: saved(
            kind="JPEG", quality=95, subsampling=0, icc_profile=rgb_profile(P3, 2.19921875)
        ),
        outcome="shown, converted to sRGB",
        seen=P3_SEEN,
        within=3,
        sent=AS_PNG,
        suffix="jpg",
    ),
    Row(
        name="grey PNG with a profile of gamma 1.8",
        data=lambda: saved("L", icc_profile=grey_profile(1.80078125)),
        outcome="shown, converted to sRGB",
        seen=numbers((np.array(GREY_SEEN) / 255) ** 1.80078125),
        within=1,
        sent=AS_PNG,
    ),
    Row(
        name="CMYK JPEG with a profile",
        data=lambda: cmyk(cmyk_profile()),
        outcome="shown, converted to sRGB",
        seen=((0, 255, 255), (255, 0, 255), (255, 255, 0), (255, 255, 255)),
        within=6,
        sent=AS_PNG,
        suffix="jpg",
    ),
    bad("CMYK JPEG without a profile", lambda: cmyk(None), "it is CMYK without a profile", "jpg"),
    bad(
        "PNG with a broken profile",
        lambda: saved(icc_profile=b"no profile" * 20),
        "its colour profile cannot be applied (cannot open profile from string)",
    ),
    Row(
        name="PNG that names the gamma of sRGB",
        data=lambda: with_chunk(b"gAMA", struct.pack(">I", 45455), saved()),
        outcome=SHOWN,
    ),
    Row(
        name="PNG that names another gamma, and sRGB",
        data=lambda: with_chunk(
            b"sRGB", b"\0", with_chunk(b"gAMA", struct.pack(">I", 100000), saved())
        ),
        outcome=SHOWN,
    ),
    bad(
        "PNG that names another gamma",
        lambda: with_chunk(b"gAMA", struct.pack(">I", 100000), saved()),
        f"it says that its gamma is 1, and not that of sRGB, {DIFFER}",
    ),
    bad(
        "PNG in HDR (PQ)",
        lambda: with_chunk(b"cICP", bytes([9, 16, 0, 1]), saved()),
        f"it is coded as primaries 9, transfer 16 of H.273, {DIFFER}",
    ),
    *(
        Row(
            name=f"JPEG with EXIF orientation {number}",
            data=lambda number=number: turned(number),
            outcome=SHOWN if number == 1 else "shown upright",
            seen=[PATCHES[int(place)] for place in QUADRANTS[number]],
            within=2,
            sent=AS_IT_IS if number == 1 else AS_PNG,
            suffix="jpg",
        )
        for number in range(1, 9)
    ),
    Row(
        name="JPEG with more pictures behind it, as phones write (MPO)",
        data=lambda: animated("MPO"),
        outcome="shown, the first of them",
        within=4,
        sent=AS_PNG,
        suffix="jpg",
    ),
    Row(name="PNG that is called .jpg", data=saved, outcome=SHOWN, suffix="jpg"),
    bad("animated PNG", lambda: animated("PNG"), "it is animated"),
    bad("animated WebP", lambda: animated("WEBP"), "it is animated", "webp"),
    bad("GIF", lambda: saved("P", "GIF"), f"it is a GIF picture, and {NO}", "gif"),
    bad("BMP", lambda: saved(kind="BMP"), f"it is a BMP picture, and {NO}", "bmp"),
    bad("TIFF", lambda: saved(kind="TIFF"), f"it is a TIFF picture, and {NO}", "tif"),
    bad(
        "AVIF",
        lambda: b"\0\0\0\x20ftypavif" + bytes(200),
        f"it is an AVIF picture, and {NO}",
        "avif",
    ),
    bad(
        "HEIC",
        lambda: b"\0\0\0\x24ftypheic" + bytes(200),
        f"it is a HEIC picture, and {NO}",
        "heic",
    ),
    bad("JPEG 2000", lambda: saved(kind="JPEG2000"), f"it is a JPEG 2000 picture, and {NO}", "jp2"),
    bad(
        "SVG",
        lambda: b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
        f"it is an SVG drawing, and {NO}",
        "svg",
    ),
    bad(
        "Photoshop file",
        lambda: b"8BPS\0\1" + bytes(99),
        f"it is a Photoshop file, and {NO}",
        "psd",
    ),
    bad("PDF", lambda: saved(kind="PDF"), f"it is a PDF document, and {NO}", "pdf"),
    bad(
        "web page that was saved as a picture",
        lambda: b"<!DOCTYPE html><html></html>",
        f"it is a web page, and {NO}",
    ),
    bad("video", lambda: b"\0\0\0\x20ftypisom" + bytes(200), f"it is a video, and {NO}", "mp4"),
    bad("text", lambda: b"this is no picture", f"it is {NO}"),
    bad("file of no bytes", lambda: b"", f"it is an empty file, and {NO}"),
    bad("half a PNG", lambda: half(saved()), "the picture is broken (*)"),
    bad("half a JPEG", lambda: half(saved(kind="JPEG")), "the picture is broken (*)", "jpg"),
    bad("half a WebP", lambda: half(saved(kind="WEBP")), "the picture is broken (*)", "webp"),
    bad("picture of one column", lambda: sized(1, 400), "1x400 is too small for an anchor"),
    bad("picture of 63 rows", lambda: sized(400, 63), "400x63 is too small for an anchor"),
    bad(
        "picture of 20,000x20,000",
        lambda: sized(20_000, 20_000),
        "the picture has more than 100 megapixels",
    ),
    bad(
        "file of more than 64 MiB", lambda: bytes((64 << 20) + 1), "the file is larger than 64 MiB"
    ),
)


def read_patches(pixels: np.ndarray) -> np.ndarray:
    """The mean of the middle of each quadrant."""
    height, width = pixels.shape[:2]
    return np.array(
        [
            pixels[y - 8 : y + 8, x - 8 : x + 8].mean(axis=(0, 1))
            for y in (height // 4, 3 * height // 4)
            for x in (width // 4, 3 * width // 4)
        ]
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_comes_out_as_the_table_says(row: Row, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{row.suffix}"
    path.write_bytes(row.data())
    if row.refused:
        for read in (inspect_still, read_still):
            with pytest.raises(MatchcutError) as caught:
                read(path)
            assert caught.value.code is Code.STILL_UNREADABLE
            begins, _, ends = row.outcome.partition("*")
            assert caught.value.message.startswith(begins)
            assert caught.value.message.endswith(ends)
            assert caught.value.fix
        return
    away = np.abs(read_patches(read_still(path)) - np.array(row.seen, float)).max()
    assert away <= row.within
    info = inspect_still(path)
    assert (AS_PNG if info.odd else AS_IT_IS) == row.sent
    if row.sent == AS_IT_IS:
        plain = read_patches(np.asarray(Image.open(path).convert("RGB")))
        assert np.abs(plain - np.array(row.seen, float)).max() <= row.within, (
            "any reader sees it so, whatever it knows of profiles and EXIF"
        )
        assert as_taken(path, (), None)[0] == path.read_bytes()


def test_the_reference_has_the_same_rows() -> None:
    section = PAGE.read_text("utf-8").partition("## Pictures")[2].partition("\n## ")[0]
    written = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert written == [line_of(row) for row in ROWS]


def line_of(row: Row) -> str:
    said = f"refused: {row.outcome.replace('*', '...')}" if row.refused else row.outcome
    return f"| {row.name} | {said} | {row.sent or '-'} |"
