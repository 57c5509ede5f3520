"""Picture files: read what can be read faithfully, write losslessly, refuse the rest."""

import hashlib
import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin, UnidentifiedImageError

from matchcut.errors import Code, MatchcutError
from matchcut.frames.dither import offsets
from matchcut.frames.header import named, own_tones
from matchcut.frames.types import Pixels, StillInfo

_MAX_BYTES = 64 << 20
_MAX_PIXELS = 100_000_000
_MIN_SIDE = 64
_FORMATS = ("PNG", "JPEG", "WEBP")
_SEVERAL = "MPO"
"""Pillow's name for a JPEG with more pictures behind it, as phones write; the first is it."""
_EXACT_MODES = frozenset({"1", "L", "P", "RGB", "LA", "RGBA", "PA", "CMYK"})
_OPAQUE_MODES = {"1": "L", "LA": "L", "P": "RGB", "PA": "RGB", "RGBA": "RGB"}
"""What a picture without true transparency is unpacked to, before its profile is applied."""
_ODD_MODES = frozenset({"1", "P", "LA", "RGBA", "PA"})
_OPAQUE = 255
_DEEP_OPAQUE = 65535
_DEEP_STEP = 257
"""65535 / 255: what one level of 8 bits is in 16."""
_ORIENTATION = 0x0112
"""Exif 2.32, 4.6.4."""
_AS_SHOWN = 1
_LATTICE = 9
_SAME_LEVELS = 1
"""A profile that moves no colour by more is sRGB, whatever its name."""


def inspect_still(path: Path) -> StillInfo:
    """Read a picture file's facts, and prove by decoding it that it is whole and can be used.

    Args:
        path: A local file.

    Returns:
        Its facts; width and height as shown.

    Raises:
        MatchcutError: `STILL_UNREADABLE` for everything that `read_still` refuses.

    """
    data = _bytes(path)
    with _decoded(path, data) as picture:
        upright = _upright(picture)
        width, height = upright.size
        _in_srgb(path, upright.resize((8, 8)))  # its profile can be applied
        deep = _is_deep(data, picture)
        if deep:
            _deep(path, data, picture)
        return StillInfo(
            width=width,
            height=height,
            format="jpeg" if picture.format == _SEVERAL else str(picture.format).lower(),
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            odd=tuple(_oddities(picture, deep=deep)),
        )


def size_by_header(path: Path) -> tuple[int, int]:
    """Width and height of a still that was written here, without decoding it.

    Raises:
        MatchcutError: `STILL_UNREADABLE` where it is no picture.

    """
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            return picture.size
    except (OSError, SyntaxError, ValueError) as error:
        raise _unreadable(path, f"the picture is broken ({error})", "Make it anew.") from error


def read_still(path: Path) -> Pixels:
    """Read a picture file, turned as its EXIF says and converted to sRGB by its profile.

    Args:
        path: A PNG, JPEG or WebP of at most 64 MiB and 100 megapixels, each side at least 64
            pixels.

    Returns:
        (height, width, 3) uint8 full-range R'G'B'; without a profile, or with sRGB's, the numbers
        as they are. 16 bits are dithered to 8.

    Raises:
        MatchcutError: `STILL_UNREADABLE` for what is missing, broken, too big or too small, and
            for what 8-bit RGB cannot hold without a guess: alpha that is used, CMYK without a
            profile, 16 bits of another profile than sRGB, a gamma of its own, an animation.

    """
    data = _bytes(path)
    with _decoded(path, data) as picture:
        if _is_deep(data, picture):
            return _deep(path, data, picture)
        return np.ascontiguousarray(_in_srgb(path, _upright(picture)), np.uint8)


def write_still(pixels: Pixels, provenance: Mapping[str, str]) -> bytes:
    """Encode pixels as a lossless PNG that says where they come from.

    Args:
        pixels: (height, width, 3) uint8 full-range R'G'B'.
        provenance: Kept as PNG text chunks, in this order: clip hash, frame index and the like.
            Keys are 1 to 79 Latin-1 characters (W3C PNG, third edition, 2025, 11.3.3).

    Returns:
        The PNG file; the same bytes for the same input on one build of zlib.

    """
    texts = PngImagePlugin.PngInfo()
    for key, value in provenance.items():
        texts.add_itxt(key, value)
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG", compress_level=1, pnginfo=texts)
    return sink.getvalue()


def as_taken(path: Path, formats: tuple[str, ...], limit: int | None) -> tuple[bytes, str]:
    """A picture file as somebody takes it: as it is where that will do, else converted.

    Args:
        path: A picture that `read_still` reads.
        formats: Lower-case formats that are taken, as `jpeg`; empty takes any.
        limit: Bytes that it may have; None is no limit.

    Returns:
        The file, and its suffix. Where it has to be another one: lossless PNG if that is taken and
        small enough, else JPEG without subsampled colour, as good as fits (quality 98 down to 80),
        and smaller than it was only where nothing else helps.

    Raises:
        MatchcutError: As `read_still`; also where no format is left that can be written.

    """
    data = path.read_bytes()
    kind = _kind_of(data)
    small = limit is None or len(data) <= limit
    if small and (not formats or kind in formats):
        return data, path.suffix.lower()
    picture = Image.fromarray(read_still(path))
    taken = formats or ("png", "jpeg")
    for scale in (1.0, 0.84, 0.7, 0.5, 0.35):
        scaled = picture
        if scale < 1:
            size = (round(picture.width * scale), round(picture.height * scale))
            scaled = picture.resize(size, Image.Resampling.LANCZOS)
        for format_, options in _WAYS:
            if format_ in taken or (format_ == "jpeg" and "jpg" in taken):
                sink = io.BytesIO()
                scaled.save(sink, format_, **options)
                if limit is None or sink.tell() <= limit:
                    return sink.getvalue(), f".{'jpg' if format_ == 'jpeg' else format_}"
    raise _unreadable(
        path,
        f"it cannot be made into what is taken ({', '.join(taken)})",
        "Save it smaller, as one of these.",
    )


_WAYS: tuple[tuple[str, dict[str, int]], ...] = (
    ("png", {"compress_level": 6}),
    *(("jpeg", {"quality": quality, "subsampling": 0}) for quality in (98, 95, 90, 80)),
)


def _kind_of(data: bytes) -> str:
    """The format by what is in the file, whatever its name says; empty where it is none of ours."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            return "jpeg" if picture.format == _SEVERAL else str(picture.format).lower()
    except (OSError, SyntaxError, ValueError):
        return ""


def pixel_hash(pixels: Pixels) -> str:
    """Hash what is seen, whatever file it came from.

    Args:
        pixels: (height, width, 3) uint8.

    Returns:
        SHA-256 over the shape, as `720x1280x3:` in ASCII, and the bytes; lower-case hexadecimal.

    """
    digest = hashlib.sha256(f"{'x'.join(map(str, pixels.shape))}:".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def _bytes(path: Path) -> bytes:
    """Read a file once, so that what is hashed is what is decoded."""
    if path.exists() and not path.is_file():
        raise _unreadable(
            path, "it cannot be opened (it is no file)", "Name a picture."
        )  # a pipe would never end
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise _unreadable(path, f"it cannot be opened ({reason})", "Check the path.") from error
    if len(data) > _MAX_BYTES:
        raise _unreadable(
            path,
            f"the file is larger than {_MAX_BYTES >> 20} MiB",
            "Scale the picture down to the size of the film.",
        )
    return data


@contextmanager
def _decoded(path: Path, data: bytes) -> Iterator[Image.Image]:
    """Open and decode a picture; sizes are checked on the header, before memory is taken."""
    whole = "Export the picture again as PNG or JPEG."
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            warnings.simplefilter("ignore")  # what matters of it is refused below, in our words
            _refuse_size(path, picture)
            if picture.format != _SEVERAL and getattr(picture, "n_frames", 1) > 1:
                raise _unreadable(path, "it is animated", "Save the one picture of it you mean.")
            deep = _is_deep(data, picture)
            picture.load()
            _refuse_unfaithful(path, picture, data, deep=deep)
            yield picture
    except MatchcutError:
        raise
    except UnidentifiedImageError as error:
        what = named(data)
        said = f"it is {what}, and no" if what else "it is no"
        raise _unreadable(path, f"{said} PNG, JPEG or WebP picture", whole) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _unreadable(path, f"the picture is broken ({error})", whole) from error
    except Image.DecompressionBombError as error:
        raise _too_big(path) from error


def _refuse_size(path: Path, picture: Image.Image) -> None:
    if picture.width * picture.height > _MAX_PIXELS:
        raise _too_big(path)
    if min(picture.size) < _MIN_SIDE:
        raise _unreadable(
            path,
            f"{picture.width}x{picture.height} is too small for an anchor",
            f"Use a picture with at least {_MIN_SIDE} pixels a side, better the film's size.",
        )


def _upright(picture: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(picture)


def _is_deep(data: bytes, picture: Image.Image) -> bool:
    """True for a PNG of 16 bits a channel; byte 24 says so (W3C PNG, third edition, 11.2.1)."""
    return picture.format == "PNG" and data[24:25] == b"\x10"


def _deep(path: Path, data: bytes, picture: Image.Image) -> Pixels:
    """16 bits a channel dithered to 8; Pillow would cut them down without a word."""
    if not _is_srgb(picture.info.get("icc_profile")):
        raise _unreadable(
            path,
            "it has 16 bits a channel and a colour profile that is not sRGB's",
            "Export it as sRGB, or with 8 bits a channel and the profile.",
        )
    levels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16:
        raise _unreadable(
            path, "its 16 bits a channel cannot be read", "Export it with 8 bits a channel."
        )
    levels = levels.reshape(*levels.shape[:2], -1)
    channels = levels.shape[2]
    if channels in (2, 4) and levels[..., -1].min() != _DEEP_OPAQUE:
        raise _transparent(path)
    colour = levels[..., 2::-1] if channels > 2 else np.repeat(levels[..., :1], 3, axis=2)  # noqa: PLR2004 - grey and its alpha
    rows = slice(0, levels.shape[0])
    values = colour.astype(np.float32) / _DEEP_STEP
    values += offsets(rows, levels.shape[1])[..., None]
    turned = _upright_pixels(np.rint(values).clip(0, _OPAQUE).astype(np.uint8), picture)
    return np.ascontiguousarray(turned)


def _upright_pixels(pixels: Pixels, picture: Image.Image) -> Pixels:
    """Turn pixels as `_upright` turns the picture that they were read from."""
    holder = Image.fromarray(pixels)
    holder.getexif()[_ORIENTATION] = picture.getexif().get(_ORIENTATION, _AS_SHOWN)
    return np.asarray(ImageOps.exif_transpose(holder))


def _in_srgb(path: Path, picture: Image.Image) -> Image.Image:
    """Convert to sRGB by the embedded profile, or refuse where that would be a guess."""
    profile = picture.info.get("icc_profile")
    picture = picture.convert(_OPAQUE_MODES.get(picture.mode, picture.mode))
    if picture.mode != "CMYK" and _is_srgb(profile):
        return picture.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        if source.profile.xcolor_space == "RGB " and picture.mode == "L":
            picture = picture.convert("RGB")  # grey by its numbers, in the profile's tones
        shown = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError) as error:
        raise _unreadable(
            path,
            f"its colour profile cannot be applied ({error})",
            "Export it with an sRGB profile or none.",
        ) from error
    return shown or picture


def _is_srgb(profile: bytes | None) -> bool:
    """True without a profile, and for one that leaves every colour where it is."""
    if not profile:
        return True
    steps = np.linspace(0, _OPAQUE, _LATTICE).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(_LATTICE, -1, 3)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space != "RGB ":
            return False
        shown = ImageCms.profileToProfile(
            Image.fromarray(colours), source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return False
    moved = np.asarray(shown, int) - colours
    return int(np.abs(moved).max()) <= _SAME_LEVELS


def _oddities(picture: Image.Image, *, deep: bool) -> Iterator[str]:
    """What a reader may see otherwise than we do, or not at all, in the file as it is."""
    if picture.getexif().get(_ORIENTATION, _AS_SHOWN) != _AS_SHOWN:
        yield "turned by its EXIF orientation"
    if deep:
        yield "16 bits a channel"
    if picture.mode == "CMYK":
        yield "CMYK"
    elif not _is_srgb(picture.info.get("icc_profile")):
        yield "a colour profile that is not sRGB's"
    if picture.format == _SEVERAL:
        yield "more pictures behind the first"
    if picture.mode in _ODD_MODES:
        yield "no plain RGB or grey"


def _refuse_unfaithful(path: Path, picture: Image.Image, data: bytes, *, deep: bool) -> None:
    """Refuse what has no one true 8-bit RGB."""
    if not deep and picture.mode not in _EXACT_MODES:
        raise _unreadable(
            path,
            "its samples do not fit into 8 bits a channel",
            "Export it with 8 bits a channel, where you choose the tones.",
        )
    if picture.mode == "CMYK" and "icc_profile" not in picture.info:
        raise _unreadable(path, "it is CMYK without a profile", "Export it as RGB.")
    tones = own_tones(data)
    if tones:
        raise _unreadable(
            path, f"{tones}, and readers differ in what they make of that", "Export it as sRGB."
        )
    alpha = picture.has_transparency_data and picture.convert("RGBA").getchannel("A")
    if alpha and alpha.getextrema()[0] != _OPAQUE:
        raise _transparent(path)


def _transparent(path: Path) -> MatchcutError:
    return _unreadable(
        path,
        "it is partly transparent, and what lies behind is unknown",
        "Put it on the background that you mean and save it without transparency.",
    )


def _too_big(path: Path) -> MatchcutError:
    return _unreadable(
        path,
        f"the picture has more than {_MAX_PIXELS // 1_000_000} megapixels",
        "Scale the picture down to the size of the film.",
    )


def _unreadable(path: Path, message: str, fix: str) -> MatchcutError:
    return MatchcutError(Code.STILL_UNREADABLE, message, where=path.name, fix=fix)
