"""A picture as an endpoint takes it: as it is where that will do, else no worse than it must be."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from matchcut.errors import Code, MatchcutError
from matchcut.frames.still import as_taken, read_still
from matchcut.frames.types import Pixels
from small import picture

WHOLE = picture(1, 320, 180)


def still(folder: Path, name: str, pixels: Pixels = WHOLE, **options: object) -> Path:
    path = folder / name
    Image.fromarray(pixels).save(path, **options)
    return path


def decoded(data: bytes) -> Image.Image:
    picture_ = Image.open(io.BytesIO(data))
    picture_.load()
    return picture_


def away(data: bytes, pixels: Pixels = WHOLE) -> float:
    """Mean distance from the picture, levels of 255."""
    shown = np.asarray(decoded(data).convert("RGB"), int)
    return float(np.abs(shown - pixels).mean())


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.jpeg", "a.webp", "A.PNG"])
@pytest.mark.parametrize("formats", [(), ("png", "jpeg", "webp")], ids=["any", "all"])
def test_what_is_taken_goes_as_it_is(tmp_path: Path, name: str, formats: tuple[str, ...]) -> None:
    path = still(tmp_path, name)
    data, suffix = as_taken(path, formats, path.stat().st_size)
    assert data == path.read_bytes()
    assert suffix == f".{name.partition('.')[2].lower()}"


@pytest.mark.parametrize("name", ["a.webp", "a.jpg"])
def test_another_format_becomes_lossless_where_that_is_taken(tmp_path: Path, name: str) -> None:
    path = still(tmp_path, name)
    data, suffix = as_taken(path, ("png",), None)
    assert (suffix, decoded(data).format) == (".png", "PNG")
    assert (np.asarray(decoded(data)) == read_still(path)).all()


def test_jpeg_is_as_good_as_it_gets_and_keeps_its_colour(tmp_path: Path) -> None:
    red = np.zeros_like(WHOLE)
    red[:, ::2, 0] = 255  # columns of one pixel: subsampled colour would mix them
    path = still(tmp_path, "a.png", red)
    data, suffix = as_taken(path, ("jpeg",), None)
    assert (suffix, decoded(data).format) == (".jpg", "JPEG")
    assert away(data, red) < 3
    path = still(tmp_path, "b.png")
    assert away(as_taken(path, ("jpg",), None)[0]) < 1.5


def test_what_is_too_large_loses_no_more_than_it_must(tmp_path: Path) -> None:
    path = still(tmp_path, "a.png", compress_level=0)
    size = path.stat().st_size
    data, suffix = as_taken(path, ("png", "jpeg"), size - 1)
    assert suffix == ".png", "packed better it fits, and nothing is lost"
    assert away(data) == 0
    best, suffix = as_taken(path, ("png", "jpeg"), len(data) - 1)
    assert suffix == ".jpg"
    assert decoded(best).size == (320, 180), "quality goes before size"
    worse, _ = as_taken(path, ("png", "jpeg"), len(best) - 1)
    assert len(worse) < len(best)
    assert decoded(worse).size == (320, 180)
    assert away(best) < away(worse) < 3


def test_it_is_made_smaller_only_where_nothing_else_helps(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (180, 320, 3)).astype(np.uint8)
    path = still(tmp_path, "a.png", noise)
    worst, _ = as_taken(path, ("jpeg",), None)
    limit = len(worst) // 4
    data, _ = as_taken(path, ("jpeg",), limit)
    assert len(data) <= limit
    width, height = decoded(data).size
    assert 320 * 0.3 < width < 320
    assert abs(width / height - 320 / 180) < 0.05, "its shape stays"


def test_what_is_sent_is_upright_and_in_srgb(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn to the right (Exif 2.32, 4.6.4)
    path = still(tmp_path, "a.jpg", exif=turned, quality=95)
    data, _ = as_taken(path, ("png",), None)
    assert decoded(data).size == (180, 320)
    assert (np.asarray(decoded(data)) == read_still(path)).all()


@pytest.mark.parametrize(
    ("formats", "limit"), [(("gif",), None), (("bmp", "tiff"), None), (("jpeg",), 200)]
)
def test_what_cannot_be_made_is_refused(
    tmp_path: Path, formats: tuple[str, ...], limit: int | None
) -> None:
    path = still(tmp_path, "a.png")
    with pytest.raises(MatchcutError) as caught:
        as_taken(path, formats, limit)
    assert caught.value.code is Code.STILL_UNREADABLE
    assert caught.value.where == "a.png"
    assert formats[0] in caught.value.message
