"""Stills: read faithfully or refused, written without loss, with their provenance inside."""

import hashlib
import io
import struct
import zlib
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageCms

from matchcut.errors import Code, MatchcutError
from matchcut.frames.shape import cropped, fit, padded
from matchcut.frames.still import inspect_still, pixel_hash, read_still, write_still


def noise(height=80, width=120):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def file_of(image, folder, name="still.png", **options):
    path = folder / name
    image.save(path, **options)
    return path


def refused(path):
    """The error of both readers, which must agree."""
    errors = []
    for read in (inspect_still, read_still):
        with pytest.raises(MatchcutError) as caught:
            read(path)
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])
    assert errors[0].code is Code.STILL_UNREADABLE
    assert errors[0].fix
    assert errors[0].where == path.name
    return errors[0].message


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.webp", {"lossless": True}),
    ],
)
def test_a_lossless_file_gives_its_pixels(name, options, tmp_path):
    path = file_of(Image.fromarray(noise()), tmp_path, name, **options)
    assert np.array_equal(read_still(path), noise())
    info = inspect_still(path)
    data = path.read_bytes()
    assert (info.width, info.height) == (120, 80)
    assert info.format == name.split(".")[1]
    assert info.bytes == len(data)
    assert info.sha256 == hashlib.sha256(data).hexdigest()


@given(
    pixels=arrays.arrays(np.uint8, st.tuples(st.integers(64, 70), st.integers(64, 70), st.just(3)))
)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_writing_loses_nothing(pixels, tmp_path):
    path = tmp_path / "written.png"
    path.write_bytes(write_still(pixels, {"frame": "7"}))
    assert np.array_equal(read_still(path), pixels)


def test_provenance_is_in_the_file_and_the_bytes_are_the_same_each_time():
    provenance = {"clip": "ab" * 32, "frame": "119", "pts": "119/24", "shot": "Tür"}
    data = write_still(noise(), provenance)
    assert write_still(noise(), provenance) == data
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.text == provenance
        assert picture.mode == "RGB"


def test_the_hash_is_of_shape_and_pixels():
    pixels = noise()
    assert pixel_hash(pixels) == pixel_hash(pixels.copy())
    assert pixel_hash(pixels) == pixel_hash(np.asfortranarray(pixels))
    assert pixel_hash(pixels) != pixel_hash(pixels.reshape(120, 80, 3))
    changed = pixels.copy()
    changed[-1, -1, 2] ^= 1
    assert pixel_hash(pixels) != pixel_hash(changed)
    assert pixel_hash(pixels) == hashlib.sha256(b"80x120x3:" + pixels.tobytes()).hexdigest()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(orientation, tmp_path):
    pixels = np.zeros((80, 120, 3), np.uint8)
    pixels[:20, :30] = 255
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = orientation
    path = file_of(image, tmp_path, "turned.png", exif=exif)
    shown = read_still(path)
    corner = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}[orientation]
    rows, columns = np.nonzero(shown[..., 0])
    assert ("t" if rows.min() == 0 else "b") + ("l" if columns.min() == 0 else "r") == corner
    info = inspect_still(path)
    assert (info.height, info.width) == shown.shape[:2]
    assert (info.height > info.width) == (orientation >= 5)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA"])
def test_grey_palette_and_opaque_alpha_are_fine(mode, tmp_path):
    image = Image.fromarray(noise()).convert(mode)
    expected = np.asarray(image.convert("RGB"))
    assert np.array_equal(read_still(file_of(image, tmp_path)), expected)


def test_a_profile_is_converted_to_srgb(tmp_path):
    """A picture of a profile whose red and blue are swapped comes out with them swapped."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    data = bytearray(lab.tobytes())
    count = struct.unpack_from(">I", data, 128)[0]
    for entry in range(count):
        at = 132 + 12 * entry
        name = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(bytes(data[at : at + 4]))
        if name:
            data[at : at + 4] = name
    pixels = np.full((64, 64, 3), (200, 90, 30), np.uint8)
    path = file_of(Image.fromarray(pixels), tmp_path, icc_profile=bytes(data))
    assert np.abs(read_still(path).astype(int) - (30, 90, 200)).max() <= 2


def test_an_srgb_profile_changes_nothing_to_speak_of(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = file_of(Image.fromarray(noise()), tmp_path, icc_profile=profile)
    assert np.abs(read_still(path).astype(int) - noise()).max() <= 1


def test_a_broken_profile_is_refused(tmp_path):
    path = file_of(Image.fromarray(noise()), tmp_path, icc_profile=b"no profile" * 20)
    with pytest.raises(MatchcutError, match="profile"):
        read_still(path)


def test_used_alpha_is_refused(tmp_path):
    image = Image.fromarray(noise()).convert("RGBA")
    image.putpixel((3, 3), (1, 2, 3, 254))
    assert "transparent" in refused(file_of(image, tmp_path))


def test_a_transparent_palette_entry_is_refused(tmp_path):
    image = Image.fromarray(noise()).convert("P")
    used = image.getpixel((0, 0))
    assert "transparent" in refused(file_of(image, tmp_path, transparency=used))


def test_cmyk_without_a_profile_is_refused(tmp_path):
    image = Image.fromarray(noise()).convert("CMYK")
    assert "CMYK" in refused(file_of(image, tmp_path, "still.jpg"))


def deep(path, levels):
    """A PNG of 16 bits a channel, R'G'B' or grey; Pillow cannot write the former."""
    order = levels if levels.shape[2] == 1 else levels[..., [2, 1, 0, 3][: levels.shape[2]]]
    cv2.imwrite(str(path), order)
    return path


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_dithered_down(channels, tmp_path):
    levels = np.linspace(0, 65535, 96 * 128 * channels).reshape(96, 128, channels)
    path = deep(tmp_path / "deep.png", levels.round().astype(np.uint16))
    shown = read_still(path)
    away = shown - levels / 257
    assert np.abs(away).max() < 1
    assert abs(away.mean()) < 0.01, "the mean stays, where cutting would darken by half a level"
    assert inspect_still(path).odd == ("16 bits a channel",)


@pytest.mark.parametrize("channels", [1, 3])
def test_tones_that_eight_bits_hold_come_out_exactly(channels, tmp_path):
    eight = noise()[..., :channels]
    path = deep(tmp_path / "deep.png", eight.astype(np.uint16) * 257)
    assert np.array_equal(read_still(path), np.broadcast_to(eight, (*eight.shape[:2], 3)))


def test_sixteen_bits_with_alpha_are_taken_where_it_is_opaque(tmp_path):
    levels = np.dstack([noise().astype(np.uint16) * 257, np.full((80, 120), 65535, np.uint16)])
    assert np.array_equal(read_still(deep(tmp_path / "a.png", levels)), noise())
    levels[4, 4, 3] = 65000
    assert "transparent" in refused(deep(tmp_path / "b.png", levels))


@pytest.mark.parametrize("name", ["moving.png", "moving.webp"])
def test_animations_are_refused(name, tmp_path):
    frames = [Image.fromarray(np.full((80, 80, 3), value, np.uint8)) for value in (9, 200)]
    path = file_of(frames[0], tmp_path, name, save_all=True, append_images=frames[1:])
    assert "animated" in refused(path)


def test_the_further_pictures_of_a_phone_do_not_matter(tmp_path):
    first, second = (Image.fromarray(np.full((80, 80, 3), value, np.uint8)) for value in (9, 200))
    path = file_of(first, tmp_path, "phone.mpo", save_all=True, append_images=[second])
    path = path.rename(tmp_path / "phone.jpg")
    assert inspect_still(path).format == "jpeg"
    assert np.abs(read_still(path).astype(int) - 9).max() <= 1


def test_small_pictures_are_refused(tmp_path):
    assert "63x200" in refused(file_of(Image.fromarray(noise(200, 63)), tmp_path))


def bomb(width, height):
    """A PNG header that claims a size, with nothing behind it."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(1000))),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_001, 20_000, 60_000])
def test_bombs_are_refused_by_their_header(side, tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(side, side))
    assert "megapixels" in refused(path)


def test_huge_files_are_refused(tmp_path):
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    assert "64 MiB" in refused(path)


def picture_bytes(kind):
    sink = io.BytesIO()
    Image.fromarray(noise()).save(sink, kind)
    return sink.getvalue()


BROKEN = {
    "empty": b"",
    "text": b"this is no picture",
    "gif": picture_bytes("GIF"),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "half-png": picture_bytes("PNG")[:9000],
    "half-jpeg": picture_bytes("JPEG")[:3000],
    "half-webp": picture_bytes("WEBP")[:3000],
    "header": picture_bytes("PNG")[:30],
    "bad-crc": picture_bytes("PNG").replace(b"IDAT", b"IDAU", 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_pictures_are_refused(name, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(BROKEN[name])
    assert refused(path)


def test_missing_files_and_folders_are_refused(tmp_path):
    assert "opened" in refused(tmp_path / "nothing.png")
    assert "opened" in refused(tmp_path)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), kind=st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_flipped_bytes_never_escape_as_anything_but_our_error(data, kind, tmp_path):
    broken = bytearray(picture_bytes(kind))
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, min(400, len(broken) - 1)))] = data.draw(
            st.integers(0, 255)
        )
    path = tmp_path / "flipped"
    path.write_bytes(broken)
    try:
        assert read_still(path).dtype == np.uint8
    except MatchcutError as error:
        assert error.fix  # noqa: PT017


def test_fit_of_the_right_size_is_the_picture_itself():
    pixels = noise()
    assert fit(pixels, 120, 80) is pixels


@given(
    size=st.tuples(st.integers(64, 300), st.integers(64, 300)),
    canvas=st.tuples(st.integers(16, 400), st.integers(16, 400)),
)
@settings(max_examples=60, deadline=None)
def test_fit_covers_the_canvas_and_keeps_the_middle(size, canvas):
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[...] = np.linspace(0, 255, size[0]).round().astype(np.uint8)[None, :, None]
    fitted = fit(pixels, *canvas)
    assert fitted.shape == (canvas[1], canvas[0], 3)
    half_a_column = 0.5 * 255 / canvas[0]  # the middle of an odd surplus lies between two
    assert abs(float(fitted.mean()) - 127.5) <= half_a_column + 1.5


@pytest.mark.parametrize("canvas", [(64, 64), (128, 64), (300, 200), (640, 640)])
def test_fit_never_stretches(canvas):
    """A circle stays round."""
    pixels = np.zeros((200, 300, 3), np.uint8)
    cv2.circle(pixels, (150, 100), 40, (255, 255, 255), -1)
    rows, columns = np.nonzero(fit(pixels, *canvas)[..., 0] > 127)
    assert abs((np.ptp(rows) + 1) / (np.ptp(columns) + 1) - 1) < 0.06


@given(
    size=st.tuples(st.integers(64, 300), st.integers(64, 300)),
    aspect=st.sampled_from([Fraction(16, 9), Fraction(9, 16), Fraction(1), Fraction(21, 9)]),
)
@settings(max_examples=60, deadline=None)
def test_a_shape_is_cut_out_of_the_middle_or_put_round_it(size, aspect):
    pixels = np.random.default_rng(0).integers(1, 256, (size[1], size[0], 3), np.uint8)
    part, whole = cropped(pixels, aspect), padded(pixels, aspect)
    for shown in (part, whole):
        height, width = shown.shape[:2]
        assert abs(width - height * aspect) <= max(1, aspect), "as near as whole pixels come"
    height, width = part.shape[:2]
    assert (height == size[1]) or (width == size[0])
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    assert np.array_equal(part, pixels[top : top + height, left : left + width])
    rows, columns = (shown.nonzero() for shown in (whole.any((1, 2)), whole.any((0, 2))))
    inside = whole[rows[0][0] : rows[0][-1] + 1, columns[0][0] : columns[0][-1] + 1]
    assert np.array_equal(inside, pixels), "nothing of it is lost or changed"
