"""Conversion each way against a plain float64 reference, written here from the standards."""

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from matchcut.errors import Code, MatchcutError
from matchcut.frames.colour import colour_of, to_pixels, to_planes
from matchcut.frames.dither import offsets
from matchcut.frames.types import Matrix

WEIGHTS = {  # red, green, blue
    Matrix.BT601: (0.299, 0.587, 0.114),
    Matrix.BT709: (0.2126, 0.7152, 0.0722),
    Matrix.BT2020: (0.2627, 0.6780, 0.0593),
}
TAGS = {Matrix.BT601: 6, Matrix.BT709: 1, Matrix.BT2020: 9}
SUBSAMPLING = {"420": (2, 2), "422": (1, 2), "444": (1, 1)}


def scale_of(depth, *, full):
    """Black, luma span, chroma span."""
    if full:
        return 0, 2**depth - 1, 2**depth - 1
    step = 2 ** (depth - 8)
    return 16 * step, 219 * step, 224 * step


def reference_codes(rgb, matrix, depth=8, *, full=False):
    """R'G'B' of 0..255 to unrounded codes of Y', Cb, Cr, all at full size."""
    red, green, blue = (rgb[..., channel] / 255 for channel in range(3))
    kr, kg, kb = WEIGHTS[matrix]
    luma = kr * red + kg * green + kb * blue
    black, luma_span, chroma_span = scale_of(depth, full=full)
    middle = 2 ** (depth - 1)
    return (
        black + luma_span * luma,
        middle + chroma_span * (blue - luma) / (2 - 2 * kb),
        middle + chroma_span * (red - luma) / (2 - 2 * kr),
    )


def reference_pixels(planes, matrix, depth=8, *, full=False, centred=False):
    """Codes to R'G'B', with chroma interpolated at its site, sample by sample."""
    luma, blue, red = (plane.astype(np.float64) for plane in planes)
    height, width = luma.shape
    blue = interpolated(blue, height, width, centred=centred)
    red = interpolated(red, height, width, centred=centred)
    black, luma_span, chroma_span = scale_of(depth, full=full)
    kr, kg, kb = WEIGHTS[matrix]
    luma = (luma - black) / luma_span
    red = luma + (2 - 2 * kr) * (red - 2 ** (depth - 1)) / chroma_span
    blue = luma + (2 - 2 * kb) * (blue - 2 ** (depth - 1)) / chroma_span
    green = (luma - kr * red - kb * blue) / kg
    return np.clip(255 * np.stack([red, green, blue], axis=2), 0, 255)


def interpolated(plane, height, width, *, centred):
    rows, columns = plane.shape
    down, across = round(height / rows), round(width / columns)
    left = 0.25 if centred and across == 2 else 0
    y = np.clip(np.arange(height) / down - (0.25 if down == 2 else 0), 0, rows - 1)
    x = np.clip(np.arange(width) / across - left, 0, columns - 1)
    by_row = np.array([np.interp(x, np.arange(columns), row) for row in plane])
    return np.array([np.interp(y, np.arange(rows), column) for column in by_row.T]).T


def picture_of(planes, layout, matrix, depth=8, *, full=False, untagged=False):
    """A decoded picture made by hand, plane by plane."""
    height, width = planes[0].shape
    name = f"yuv{layout}p" + (f"{depth}le" if depth > 8 else "")
    picture = av.VideoFrame(width, height, name)
    for plane, values in zip(picture.planes, planes, strict=True):
        kind = np.dtype("<u2" if depth > 8 else np.uint8)
        memory = np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)
        memory[:, : plane.width] = values
    if not untagged:
        picture.colorspace = TAGS[matrix]
        picture.color_primaries = 1
    picture.color_range = 2 if full else 1
    return picture


def codes_of(picture):
    return [
        np.frombuffer(memoryview(plane), np.uint8)
        .reshape(plane.height, -1)[:, : plane.width]
        .astype(int)
        for plane in picture.planes
    ]


def mild_planes(shape, layout, depth, seed):
    """Random codes that stay in gamut: chroma near the middle, luma away from the ends."""
    rng = np.random.default_rng(seed)
    down, across = SUBSAMPLING[layout]
    half = (-(-shape[0] // down), -(-shape[1] // across))
    step = 2 ** (depth - 8)
    luma = rng.integers(80 * step, 176 * step, shape)
    return [luma, *(rng.integers(112 * step, 144 * step, half) for _ in range(2))]


@pytest.mark.parametrize("shape", [(48, 66), (97, 131), (720, 64), (33, 35)])
@pytest.mark.parametrize("layout", SUBSAMPLING)
@pytest.mark.parametrize("depth", [8, 10, 12])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", list(WEIGHTS))
def test_pixels_are_the_reference_rounded(matrix, full, depth, layout, shape):
    planes = mild_planes(shape, layout, depth, seed=7)
    pixels = to_pixels(picture_of(planes, layout, matrix, depth, full=full))
    exact = reference_pixels(planes, matrix, depth, full=full)
    assert pixels.shape == (*shape, 3)
    spread = offsets(slice(0, shape[0]), shape[1])[..., None] if depth > 8 else 0
    assert np.abs(pixels - exact - spread).max() <= 0.5 + 1e-3  # rounded once, and correctly


@pytest.mark.parametrize("matrix", list(WEIGHTS))
def test_extreme_codes_are_clipped_and_not_wrapped(matrix):
    rng = np.random.default_rng(1)
    planes = [rng.integers(0, 256, (64, 64)), *(rng.integers(0, 256, (32, 32)) for _ in "UV")]
    pixels = to_pixels(picture_of(planes, "420", matrix))
    assert np.abs(pixels - reference_pixels(planes, matrix)).max() <= 0.5 + 1e-3


def test_centred_chroma_is_interpolated_where_it_lies():
    planes = mild_planes((64, 64), "420", 8, seed=3)
    pixels = to_pixels(picture_of(planes, "420", Matrix.BT601), centred=True)
    exact = reference_pixels(planes, Matrix.BT601, centred=True)
    assert np.abs(pixels - exact).max() <= 0.5 + 1e-3
    assert np.abs(pixels - reference_pixels(planes, Matrix.BT601)).max() > 1


@pytest.mark.parametrize("matrix", [Matrix.BT601, Matrix.BT709])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("depth", [8, 10])
def test_codes_survive_pixels_and_back(matrix, full, depth):
    """Codes -> pixels -> codes: equal within 1, and nearly everywhere equal."""
    rng = np.random.default_rng(5)
    smooth = [np.linspace(90, 160, 96 * 128).reshape(96, 128), *rng.uniform(110, 146, (2, 48, 64))]
    step = 2 ** (depth - 8)
    planes = [np.round(plane * step) for plane in smooth]
    given_picture = picture_of(planes, "420", matrix, depth, full=full)
    back = codes_of(to_planes(to_pixels(given_picture), matrix))
    black, luma_span, chroma_span = scale_of(depth, full=full)
    expected = [
        16 + (planes[0] - black) / luma_span * 219,
        *(128 + (plane - 2 ** (depth - 1)) / chroma_span * 224 for plane in planes[1:]),
    ]
    for got, exact in zip(back, expected, strict=True):
        assert np.abs(got - exact).max() <= (1 if depth == 8 else 1.5)
    if depth == 8 and not full:
        for got, exact in zip(back, planes, strict=True):
            assert (got == exact).mean() > 0.999


@settings(max_examples=60, deadline=None)
@given(
    luma=arrays.arrays(np.uint8, (16, 24), elements=st.integers(90, 166)),
    blue=arrays.arrays(np.uint8, (8, 12), elements=st.integers(112, 144)),
    red=arrays.arrays(np.uint8, (8, 12), elements=st.integers(112, 144)),
    matrix=st.sampled_from([Matrix.BT601, Matrix.BT709]),
)
def test_decoding_and_encoding_again_changes_nothing(luma, blue, red, matrix):
    """The law that keeps ten hops from drifting: the fit is the inverse of the interpolation."""
    picture = picture_of([luma, blue, red], "420", matrix)
    for got, given_codes in zip(
        codes_of(to_planes(to_pixels(picture), matrix)), (luma, blue, red), strict=True
    ):
        assert np.abs(got - given_codes.astype(int)).max() <= 1


@settings(max_examples=60, deadline=None)
@given(
    rgb=arrays.arrays(np.uint8, (8, 8, 3)),
    matrix=st.sampled_from(list(WEIGHTS)),
)
def test_luma_is_the_reference_rounded(rgb, matrix):
    luma, *_ = codes_of(to_planes(rgb, matrix))
    exact, _, _ = reference_codes(rgb, matrix)
    assert np.abs(luma - exact).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (12, 200, 99), (0,) * 3])
def test_a_flat_colour_stays_flat(colour):
    rgb = np.full((32, 48, 3), colour, np.uint8)
    exact = [plane.mean() for plane in reference_codes(rgb, Matrix.BT709)]
    for codes, value in zip(codes_of(to_planes(rgb)), exact, strict=True):
        assert (codes == round(value)).all()


def test_chroma_is_the_least_squares_fit():
    """No plane of half size comes nearer after interpolation; compared with a dense solution."""
    rng = np.random.default_rng(2)
    rgb = rng.integers(96, 160, (12, 16, 3), np.uint8)
    _, blue, red = reference_codes(rgb, Matrix.BT709)
    basis = np.stack(
        [interpolated(unit.reshape(6, 8), 12, 16, centred=False).ravel() for unit in np.eye(48)],
        axis=1,
    )
    _, *fitted = codes_of(to_planes(rgb))
    for got, wanted in zip(fitted, (blue, red), strict=True):
        best = np.linalg.lstsq(basis, wanted.ravel(), rcond=None)[0].reshape(6, 8)
        inner = (slice(2, -2), slice(2, -2))  # at the border, the filter assumes a mirror
        assert np.abs(got - best)[inner].max() <= 0.75


@pytest.mark.parametrize(("height", "chosen"), [(720, Matrix.BT709), (719, Matrix.BT601)])
def test_an_untagged_matrix_is_chosen_by_height(height, chosen):
    picture = picture_of(mild_planes((height, 32), "420", 8, 0), "420", None, untagged=True)
    colour = colour_of(picture)
    assert (colour.matrix, colour.tagged, colour.full_range) == (chosen, False, False)


def test_a_tag_beats_the_height():
    picture = picture_of(mild_planes((720, 32), "420", 8, 0), "420", Matrix.BT601)
    assert (colour_of(picture).matrix, colour_of(picture).tagged) == (Matrix.BT601, True)


def test_what_we_encode_is_tagged():
    picture = to_planes(np.zeros((32, 32, 3), np.uint8))
    tags = (picture.colorspace, picture.color_primaries, picture.color_trc, picture.color_range)
    assert tags == (1, 1, 1, 1)
    assert picture.format.name == "yuv420p"


@pytest.mark.parametrize("name", ["rgb24", "bgr24", "rgb0", "bgr0", "0rgb", "0bgr", "gbrp"])
def test_rgb_is_passed_through(name):
    rgb = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    picture = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=name)
    assert np.array_equal(to_pixels(picture), rgb)


@pytest.mark.parametrize("name", ["yuyv422", "uyvy422", "yvyu422"])
def test_packed_422_is_what_planar_422_is(name):
    planar = picture_of(mild_planes((64, 96), "422", 8, 4), "422", Matrix.BT709)
    packed = av.VideoFrame(96, 64, name)
    memory = np.frombuffer(memoryview(packed.planes[0]), np.uint8).reshape(64, -1)[:, : 96 * 2]
    luma, blue, red = codes_of(planar)
    order = {"yuyv422": (0, 1, 3), "uyvy422": (1, 0, 2), "yvyu422": (0, 3, 1)}[name]
    memory[:, order[0] :: 2] = luma
    memory[:, order[1] :: 4] = blue
    memory[:, order[2] :: 4] = red
    packed.colorspace, packed.color_range = 1, 1
    assert np.array_equal(to_pixels(packed), to_pixels(planar))


@pytest.mark.parametrize(
    ("name", "layout", "depth", "shift"),
    [("nv12", "420", 8, 0), ("nv16", "422", 8, 0), ("p010le", "420", 10, 6)],
)
def test_interleaved_chroma_is_what_planar_is(name, layout, depth, shift):
    planes = mild_planes((64, 96), layout, depth, 4)
    planar = picture_of(planes, layout, Matrix.BT709, depth)
    mixed = av.VideoFrame(96, 64, name)
    kind = np.dtype("<u2" if depth > 8 else np.uint8)
    first, second = (
        np.frombuffer(memoryview(plane), kind).reshape(rows, -1)
        for plane, rows in zip(mixed.planes, (64, planes[1].shape[0]), strict=True)
    )
    first[:, :96] = planes[0].astype(kind) << shift
    second[:, 0:96:2] = planes[1].astype(kind) << shift
    second[:, 1:96:2] = planes[2].astype(kind) << shift
    mixed.colorspace, mixed.color_range = 1, 1
    assert np.array_equal(to_pixels(mixed), to_pixels(planar))


def test_full_range_formats_need_no_tag():
    planes = mild_planes((64, 96), "420", 8, 4)
    picture = av.VideoFrame(96, 64, "yuvj420p")
    for plane, values in zip(picture.planes, planes, strict=True):
        memory = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)
        memory[:, : plane.width] = values
    exact = reference_pixels(planes, Matrix.BT601, full=True)
    assert np.abs(to_pixels(picture) - exact).max() <= 0.5 + 1e-3


@pytest.mark.parametrize(("full", "codes"), [(False, (16, 126, 235)), (True, (0, 128, 255))])
def test_grey_stays_grey(full, codes):
    picture = av.VideoFrame(96, 64, "gray")
    np.frombuffer(memoryview(picture.planes[0]), np.uint8).reshape(64, -1)[:, :96] = np.repeat(
        codes, 32
    )
    picture.color_range = 2 if full else 1
    pixels = to_pixels(picture)
    assert [tuple(pixels[9, x]) for x in (3, 40, 90)] == [(0,) * 3, (128,) * 3, (255,) * 3]


@pytest.mark.parametrize("name", ["yuva420p", "rgba"])
def test_alpha_is_refused(name):
    with pytest.raises(MatchcutError, match="alpha") as caught:
        to_pixels(av.VideoFrame(64, 64, name))
    assert caught.value.code is Code.CLIP_UNREADABLE


@pytest.mark.parametrize("primaries", [9, 11, 12])
def test_wide_colours_are_refused(primaries):
    picture = av.VideoFrame(64, 64, "yuv420p10le")
    picture.color_primaries = primaries
    with pytest.raises(MatchcutError, match="pale"):
        to_pixels(picture)


def test_a_bt2020_matrix_by_itself_speaks_of_bt2020_colours():
    picture = picture_of(mild_planes((64, 64), "420", 10, 0), "420", Matrix.BT2020, 10)
    to_pixels(picture)
    picture.color_primaries = 2
    with pytest.raises(MatchcutError, match=r"BT\.2020"):
        to_pixels(picture)


@pytest.mark.parametrize("name", ["pal8", "xyz12le", "bayer_bggr8"])
def test_unknown_formats_are_refused(name):
    with pytest.raises(MatchcutError, match="not supported") as caught:
        to_pixels(av.VideoFrame(64, 64, name))
    assert caught.value.code is Code.CLIP_UNREADABLE


@pytest.mark.parametrize(("attribute", "value"), [("color_trc", 16), ("color_trc", 18)])
def test_hdr_is_refused(attribute, value):
    picture = av.VideoFrame(64, 64, "yuv420p10le")
    setattr(picture, attribute, value)
    with pytest.raises(MatchcutError, match="HDR"):
        to_pixels(picture)


@pytest.mark.parametrize("tag", [4, 7, 8, 10, 14])
def test_unsupported_matrices_are_refused(tag):
    picture = av.VideoFrame(64, 64, "yuv420p")
    picture.colorspace = tag
    with pytest.raises(MatchcutError, match=f"number {tag}"):
        to_pixels(picture)


@pytest.mark.parametrize("shape", [(63, 64, 3), (64, 63, 3)])
def test_odd_sides_are_refused(shape):
    with pytest.raises(MatchcutError, match="even"):
        to_planes(np.zeros(shape, np.uint8))
