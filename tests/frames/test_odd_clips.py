"""Odd clips and what comes of each: one row a clip, the same rows in the reference.

Four patches of known colours are coded by hand, plane by plane, as a tag says or by what is assumed
where there is none, and written without loss or at a quality that is next to it. They come back
within the rounding of the codes; or the clip is refused, in just these words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from test_colour import picture_of, reference_codes
from test_odd_pictures import HEIGHT, PAGE, PATCHES, WIDTH, patches, read_patches

from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import last_frame, probe
from matchcut.frames.types import Matrix

GREYS = tuple((level,) * 3 for level in (40, 99, 160, 222))
ALPHA = "the picture has an alpha channel (*), and what lies behind is unknown"
OF_709 = " matrix with colours of BT.709"
ROUNDED, DEEP, CODED = 1.6, 0.6, 3.0
"""Levels of 255: what rounding to 8-bit codes moves a colour by at most, to 10 bits, and what an
encoder at its best adds."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One clip."""

    name: str
    outcome: str = "shown"
    """What the reference says: `shown` with what is done, or the words of the refusal."""
    codec: str = "ffv1"
    suffix: str = "mkv"
    layout: str = "420"
    matrix: Matrix = Matrix.BT709
    depth: int = 8
    full: bool = False
    untagged: bool = False
    width: int = WIDTH
    height: int = HEIGHT
    tags: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[av.VideoStream], object] | None = None
    pixel_format: str = ""
    """Where it is not Y'CbCr without alpha."""
    colours: tuple[tuple[int, ...], ...] = PATCHES
    order: str = "0123"
    """Which patch is shown top left, top right, bottom left, bottom right."""
    within: float = ROUNDED
    shown: tuple[int, int] = (WIDTH, HEIGHT)
    told: Mapping[str, object] = field(default_factory=dict)
    """Facts that `probe` says of it."""
    raw: bytes | None = None
    """A file that no encoder writes."""

    @property
    def refused(self) -> bool:
        return not self.outcome.startswith("shown")


def oblong(stream: av.VideoStream) -> None:
    stream.codec_context.sample_aspect_ratio = Fraction(4, 3)


def quarter(stream: av.VideoStream) -> None:
    stream.set_display_rotation(90)


def hdr(name: str, transfer: int) -> Row:
    return Row(
        name=name,
        outcome=f"the picture is HDR ({name.partition(' ')[2].strip('()')}), which 8-bit stills "
        "cannot hold",
        depth=10,
        codec="libx265",
        suffix="mp4",
        matrix=Matrix.BT2020,
        options={"x265-params": "bframes=0:log-level=none"},
        tags={"color_primaries": 9, "color_trc": transfer},
    )


LOSSLESS = {"qp": "0", "preset": "ultrafast"}
TALL = {"height": 720, "shown": (WIDTH, 720)}
ROWS = (
    *(
        Row(
            name=f"{matrix.name.replace('BT', 'BT.')}{OF_709 * (matrix is Matrix.BT2020)}, "
            f"{'full' if full else 'limited'} range",
            matrix=matrix,
            full=full,
            tags={"color_primaries": 1},
            told={"matrix": matrix, "matrix_tagged": True, "full_range": full},
        )
        for matrix in (Matrix.BT601, Matrix.BT709, Matrix.BT2020)
        for full in (False, True)
    ),
    Row(
        name="untagged, fewer than 720 lines",
        outcome="shown, taken for BT.601, limited range",
        matrix=Matrix.BT601,
        untagged=True,
        told={"matrix": Matrix.BT601, "matrix_tagged": False},
    ),
    Row(
        name="untagged, 720 lines",
        outcome="shown, taken for BT.709, limited range",
        untagged=True,
        told={"matrix": Matrix.BT709, "matrix_tagged": False},
        **TALL,
    ),
    Row(name="H.264 in mp4", codec="libx264", suffix="mp4", options=LOSSLESS),
    Row(
        name="Motion JPEG, full range",
        codec="mjpeg",
        suffix="mov",
        full=True,
        layout="444",
        matrix=Matrix.BT601,
        options={"qmin": "1", "qmax": "1"},
        within=CODED,
    ),
    *(
        Row(
            name=f"10 bits, 4:{layout[1]}:{layout[2]}",
            outcome="shown, dithered to 8 bits",
            layout=layout,
            depth=10,
            within=DEEP,
            told={"bit_depth": 10},
        )
        for layout in ("420", "422", "444")
    ),
    Row(
        name="10 bits, full range",
        outcome="shown, dithered to 8 bits",
        depth=10,
        full=True,
        within=DEEP,
    ),
    Row(name="12 bits", outcome="shown, dithered to 8 bits", depth=12, layout="444", within=DEEP),
    Row(
        name="HEVC, 10 bits, in mp4",
        outcome="shown, dithered to 8 bits",
        codec="libx265",
        suffix="mp4",
        depth=10,
        options={"x265-params": "lossless=1:bframes=0:log-level=none"},
        within=DEEP,
    ),
    Row(
        name="AV1, 10 bits, in mp4",
        outcome="shown, dithered to 8 bits",
        codec="libsvtav1",
        suffix="mp4",
        depth=10,
        options={"crf": "5", "preset": "8"},
        within=CODED,
    ),
    Row(
        name="ProRes 422 in mov",
        outcome="shown, dithered to 8 bits",
        codec="prores_ks",
        suffix="mov",
        depth=10,
        layout="422",
        within=CODED,
    ),
    Row(name="VP9 in webm", codec="libvpx-vp9", suffix="webm", options={"lossless": "1"}),
    Row(name="grey", pixel_format="gray", colours=GREYS, within=ROUNDED),
    Row(name="R'G'B'", codec="utvideo", suffix="avi", pixel_format="gbrp", within=0),
    hdr("HDR (PQ)", 16),
    hdr("HDR (HLG)", 18),
    Row(
        name="BT.2020 colours without HDR",
        outcome="its colours are those of BT.2020, and would look pale as they are",
        matrix=Matrix.BT2020,
        depth=10,
        tags={"color_primaries": 9, "color_trc": 14},
    ),
    Row(
        name="BT.2020 matrix, colours not said",
        outcome="its colours are those of BT.2020, and would look pale as they are",
        matrix=Matrix.BT2020,
        tags={"color_primaries": 2},
    ),
    Row(
        name="Display P3 colours",
        outcome="its colours are those of Display P3, and would look pale as they are",
        tags={"color_primaries": 12, "color_trc": 13},
    ),
    Row(
        name="ProRes 4444 with alpha",
        outcome=ALPHA,
        codec="prores_ks",
        suffix="mov",
        pixel_format="yuva444p10le",
    ),
    Row(
        name="Animation (QuickTime RLE) with alpha",
        outcome=ALPHA,
        codec="qtrle",
        suffix="mov",
        pixel_format="argb",
    ),
    Row(
        name="VP9 with alpha in webm",
        outcome="it has an alpha channel beside its picture, and what lies behind is unknown",
        codec="libvpx-vp9",
        suffix="webm",
        pixel_format="yuva420p",
    ),
    Row(
        name="turned by its header",
        outcome="shown upright",
        codec="libx264",
        suffix="mp4",
        options=LOSSLESS,
        prepare=quarter,
        order="1302",
        shown=(HEIGHT, WIDTH),
    ),
    Row(
        name="anamorphic, samples 4:3",
        outcome="shown with square samples, stretched along the longer side",
        codec="libx264",
        options=LOSSLESS,
        prepare=oblong,
        shown=(round(WIDTH * 4 / 3), HEIGHT),
    ),
    Row(
        name="interlaced",
        outcome="shown as it is stored; the plan warns of it",
        codec="libx264",
        suffix="mp4",
        options={**LOSSLESS, "flags": "+ilme+ildct", "x264-params": "tff=1"},
        told={"interlaced": True},
    ),
    Row(name="odd sides, 4:2:0", width=127, height=95, shown=(127, 95)),
    Row(name="odd sides, 4:4:4", width=127, height=95, shown=(127, 95), layout="444"),
    Row(
        name="picture that is called .mp4",
        outcome="it is no clip, or broken (*)",
        suffix="mp4",
        raw=b"\x89PNG\r\n\x1a\n" + bytes(99),
    ),
    Row(name="text", outcome="it is no clip, or broken (*)", suffix="mp4", raw=b"no clip"),
    Row(name="file of no bytes", outcome="the file is empty", suffix="mp4", raw=b""),
)


def pictured(row: Row) -> av.VideoFrame:
    rgb = np.array(patches(row.colours))
    down, across = -(-row.height // HEIGHT), -(-row.width // WIDTH)
    rgb = rgb.repeat(down, axis=0)[: row.height].repeat(across, axis=1)[:, : row.width]
    if row.pixel_format == "gray":
        luma, _, _ = reference_codes(rgb, row.matrix)
        picture = av.VideoFrame.from_ndarray(luma.round().astype(np.uint8), format="gray")
        picture.color_range = 1
        return picture
    if row.pixel_format:
        return av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=row.pixel_format)
    planes = reference_codes(rgb, row.matrix, row.depth, full=row.full)
    down, across = {"420": (2, 2), "422": (1, 2), "444": (1, 1)}[row.layout]
    luma, *chroma = (plane.round() for plane in planes)
    small = [plane[::down, ::across] for plane in chroma]
    picture = picture_of(
        [luma, *small], row.layout, row.matrix, row.depth, full=row.full, untagged=row.untagged
    )
    if row.untagged:
        picture.color_range = 0
    return picture


def write(row: Row, folder: Path) -> Path:
    path = folder / f"clip.{row.suffix}"
    if row.raw is not None:
        path.write_bytes(row.raw)
        return path
    picture = pictured(row)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(row.codec, rate=24)
        stream.width, stream.height = picture.width, picture.height
        stream.pix_fmt = picture.format.name
        stream.options = dict(row.options)
        context = stream.codec_context
        context.colorspace, context.color_range = picture.colorspace, picture.color_range
        for name, value in row.tags.items():
            setattr(context, name, value)
            setattr(picture, name, value)
        if row.prepare:
            row.prepare(stream)
        for time in range(3):
            picture.pts, picture.time_base = time, Fraction(1, 24)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_comes_out_as_the_table_says(row: Row, tmp_path: Path) -> None:
    path = write(row, tmp_path)
    if row.refused:
        for read in (probe, last_frame):
            with pytest.raises(MatchcutError) as caught:
                read(path)
            assert caught.value.code is Code.CLIP_UNREADABLE
            begins, _, ends = row.outcome.partition("*")
            assert caught.value.message.startswith(begins)
            assert caught.value.message.endswith(ends)
            assert caught.value.where == path.name
            assert caught.value.fix
        return
    pixels = last_frame(path).pixels
    assert pixels.shape == (row.shown[1], row.shown[0], 3)
    wanted = np.array([row.colours[int(place)] for place in row.order], float)
    assert np.abs(read_patches(pixels) - wanted).max() <= row.within
    facts = probe(path)
    assert (facts.width, facts.height, facts.frames) == (*row.shown, 3)
    assert facts.interlaced is bool(row.told.get("interlaced"))
    for name, value in row.told.items():
        assert getattr(facts, name) == value, name


def test_the_reference_has_the_same_rows() -> None:
    section = PAGE.read_text("utf-8").partition("## Clips")[2].partition("\n## ")[0]
    written = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert written == [line_of(row) for row in ROWS]


def line_of(row: Row) -> str:
    said = f"refused: {row.outcome.replace('*', '...')}" if row.refused else row.outcome
    return f"| {row.name} | {said} |"
