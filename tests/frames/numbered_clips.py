"""Synthetic clips whose frames carry their number in their pixels, so that no test is fooled.

A frame shows 12 bits of its number and 4 bits of a checksum as sixteen blocks of black or white;
they outlive any encoder. `CASES` is the table of everything that makes "the last frame" hard.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT, BLOCK = 320, 192, 40
RATES = (*map(Fraction, (24, 25, 30, 48, 50, 60)), Fraction(24000, 1001))
SOUND_PAST_PICTURE = (None, -0.3, 0.03, 0.1, 0.5, 5.0)


def checksum(number: int) -> int:
    return (number * 7 + number // 16 * 5 + 9) % 16


def luma_of(number: int) -> np.ndarray:
    """Blocks on top, a moving texture below."""
    bits = f"{number:012b}{checksum(number):04b}"
    cells = np.array([int(bit) for bit in bits], np.uint8).reshape(2, 8) * 176 + 40
    blocks = np.kron(cells, np.ones((BLOCK, BLOCK), np.uint8))
    rows, columns = np.mgrid[0 : HEIGHT - 2 * BLOCK, 0:WIDTH]
    texture = 128 + 60 * np.sin((columns + 3 * number) / 9) * np.cos((rows - number) / 7)
    return np.vstack([blocks, texture.astype(np.uint8)])


def number_in(pixels: np.ndarray) -> int:
    """Read a frame's number back, from pixels of any colour order; garbage is an error."""
    cells = pixels[: 2 * BLOCK, :WIDTH].mean(axis=2).reshape(2, BLOCK, 8, BLOCK)
    means = cells[:, 10:30, :, 10:30].mean(axis=(1, 3)).ravel()
    if np.abs(means - 128).min() < 40:
        raise ValueError(f"the blocks are neither black nor white: {means.round()}")
    bits = "".join("1" if mean > 128 else "0" for mean in means)
    number = int(bits[:12], 2)
    if int(bits[12:], 2) != checksum(number):
        raise ValueError(f"the checksum of {number} is wrong")
    return number


@dataclass(frozen=True, kw_only=True)
class Case:
    """One clip and what its last displayed frame is."""

    name: str
    shown: Sequence[int]
    """Numbers of the frames that a player shows, in order; the last one is the last frame."""
    means: str = "the frame with the largest presentation time"
    frames: int = 40
    rate: Fraction = Fraction(24)
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=dict)
    pixel_format: str = "yuv420p"
    suffix: str = "mp4"
    muxer: dict[str, str] = field(default_factory=dict)
    times: Sequence[int] | None = None
    """Presentation times in milliseconds where they are not regular."""
    hold: float = 0.0
    """Seconds that the last frame is held beyond its own duration; needs `bf` to be 0."""
    sound_past: float | None = None
    """Seconds that the sound goes on after the picture; None for silence."""
    patch: Callable[[bytes], bytes] | None = None
    variable: bool = False


def write(case: Case, folder: Path) -> Path:
    """Encode a case's clip."""
    path = folder / f"{case.name}.{case.suffix}"
    base = Fraction(1, 1000) if case.times else 1 / case.rate
    times = case.times or range(case.frames)
    with av.open(str(path), "w", options=case.muxer) as container:
        stream = container.add_stream(case.codec, rate=case.rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, case.pixel_format
        stream.codec_context.time_base = base
        stream.options = {"crf": "20", "threads": "2", **case.options}
        if case.codec == "libx264":
            stream.options = {"preset": "ultrafast", **stream.options}
        sound = None if case.sound_past is None else container.add_stream("aac", rate=48000)
        packets = []
        for number, time in enumerate(times):
            picture = _picture(number, case.pixel_format)
            picture.pts, picture.time_base = time, base
            picture.duration = round(1 / case.rate / base)
            packets += stream.encode(picture)
        packets += stream.encode()
        if case.hold:
            held = (1 / case.rate + Fraction(case.hold)) / packets[-1].time_base
            packets[-1].duration = round(held)
        if sound is not None:
            packets += _sound(sound, float(case.frames / case.rate) + case.sound_past)
        for packet in sorted(packets, key=lambda p: (p.dts or 0) * p.time_base):
            container.mux(packet)
    if case.patch:
        path.write_bytes(case.patch(path.read_bytes()))
    return path


def _picture(number: int, pixel_format: str) -> av.VideoFrame:
    luma = luma_of(number)
    picture = av.VideoFrame(WIDTH, HEIGHT, pixel_format)
    deep = "10" in pixel_format
    for plane, values in zip(picture.planes, (luma, None, None), strict=True):
        shape = (plane.height, plane.width)
        codes = np.full(shape, 128, np.uint16) if values is None else values.astype(np.uint16)
        codes = (codes << 2).astype("<u2") if deep else codes.astype(np.uint8)
        memory = np.frombuffer(memoryview(plane), codes.dtype)
        memory.reshape(plane.height, -1)[:, : plane.width] = codes
    return picture


def _sound(stream, seconds: float) -> list:
    packets, samples = [], int(seconds * 48000)
    for start in range(0, samples, 1024):
        size = min(1024, samples - start)
        wave = 0.1 * np.sin(np.arange(start, start + size) / 20, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        packets += stream.encode(frame)
    return packets + stream.encode()


def edit(*, skip: int = 0, keep: int, rate: int = 24) -> Callable[[bytes], bytes]:
    """Patch the picture's edit list: leave out `skip` frames at the head, show `keep`.

    The box holds, for one edit of version 0, its duration in the movie's time scale and its start
    in the track's (ISO/IEC 14496-12:2022, 8.6.6).
    """

    def patched(data: bytes) -> bytes:
        movie_scale = struct.unpack_from(">I", data, data.index(b"mvhd") + 16)[0]
        track_scale = struct.unpack_from(">I", data, data.index(b"mdhd") + 16)[0]
        at = data.index(b"elst") + 8
        count, _, start = struct.unpack_from(">IIi", data, at)
        if count != 1:
            raise ValueError(f"{count} edits where one was expected")
        new = struct.pack(">IIi", 1, keep * movie_scale // rate, start + skip * track_scale // rate)
        return data[:at] + new + data[at + len(new) :]

    return patched


def turned_off_b(rate: Fraction, b_frames: int, sound: float | None) -> Case:
    past = "silent" if sound is None else f"sound{sound:+}"
    frames = int(rate) + 5
    return Case(
        name=f"{float(rate):.3f}fps-b{b_frames}-{past}",
        shown=range(frames),
        frames=frames,
        rate=rate,
        options={"bf": str(b_frames), "g": "20"},
        sound_past=sound,
        means="the last frame of the picture, however long the sound goes on",
    )


_B = {"bf": "3", "b_strategy": "0"}
_VARIABLE = [0, 33, 66, 150, 184, 300, 340, 600, 633, 666, 700, 1400, 1433, 1500, 1510, 2300]
_MS = {"movie_timescale": "24000"}

CASES = (
    *(
        turned_off_b(rate, b_frames, sound)
        for rate in RATES
        for b_frames in (0, 3)
        for sound in SOUND_PAST_PICTURE
    ),
    Case(
        name="variable-rate",
        shown=range(16),
        times=_VARIABLE,
        variable=True,
        options=_B,
        means="the latest frame, 0.8 s after the one before it",
    ),
    Case(
        name="held-last",
        shown=range(40),
        hold=0.5,
        options={"bf": "0"},
        means="the frame that is held, at the end of the picture",
    ),
    Case(
        name="eight-a-second",
        shown=range(16),
        frames=16,
        rate=Fraction(8),
        means="a frame that is shown for an eighth of a second",
    ),
    Case(
        name="edit-head",
        shown=range(7, 40),
        muxer=_MS,
        options=_B,
        patch=edit(skip=7, keep=33),
        means="the same as without the edit: only the head is left out",
    ),
    Case(
        name="edit-tail",
        shown=range(30),
        muxer=_MS,
        options=_B,
        patch=edit(keep=30),
        means="the last frame that the edit list still shows",
    ),
    Case(
        name="edit-tail-no-b",
        shown=range(30),
        muxer=_MS,
        options={"bf": "0"},
        patch=edit(keep=30),
        means="the last frame that the edit list still shows",
    ),
    Case(
        name="edit-both",
        shown=range(5, 26),
        muxer=_MS,
        options={**_B, "g": "15"},
        patch=edit(skip=5, keep=21),
        means="the last frame that the edit list still shows",
    ),
    Case(name="one-frame", shown=range(1), frames=1, means="the only frame"),
    Case(name="one-frame-sound", shown=range(1), frames=1, sound_past=2.0, means="the only frame"),
    Case(name="one-keyframe", shown=range(100), frames=100, options={**_B, "g": "9999"}),
    Case(name="all-keyframes", shown=range(30), frames=30, options={"g": "1"}),
    Case(
        name="b-pyramid",
        shown=range(90),
        frames=90,
        options={"bf": "8", "b_strategy": "0", "x264-params": "b-pyramid=normal:ref=4", "g": "50"},
    ),
    Case(name="ten-bit", shown=range(40), pixel_format="yuv420p10le", options=_B),
    Case(
        name="open-gop",
        shown=range(60),
        frames=60,
        options={**_B, "g": "13", "x264-params": "open-gop=1"},
    ),
    Case(
        name="open-gop-ts",
        suffix="ts",
        shown=range(60),
        frames=60,
        options={**_B, "g": "13", "x264-params": "open-gop=1"},
    ),
    Case(
        name="intra-refresh",
        shown=range(60),
        frames=60,
        options={"bf": "0", "g": "20", "x264-params": "intra-refresh=1"},
        means="the latest frame, though the packets before it that say keyframe are none",
    ),
    Case(name="interlaced", shown=range(40), options={**_B, "x264-params": "tff=1"}),
    Case(
        name="fragmented",
        shown=range(40),
        options={**_B, "g": "12"},
        muxer={"movflags": "frag_keyframe+empty_moov"},
        sound_past=0.5,
    ),
    Case(name="mkv", suffix="mkv", shown=range(40), options=_B, sound_past=0.5),
    Case(
        name="mkv-film-rate", suffix="mkv", shown=range(40), options=_B, rate=Fraction(24000, 1001)
    ),
    Case(name="ts", suffix="ts", shown=range(40), options={**_B, "g": "12"}, sound_past=0.5),
    Case(
        name="avi",
        suffix="avi",
        codec="mpeg4",
        shown=range(40),
        options={"qscale": "3", "g": "12"},
    ),
    Case(
        name="webm-vp9",
        suffix="webm",
        codec="libvpx-vp9",
        shown=range(60),
        frames=60,
        options={"deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "1", "b": "300k"},
        sound_past=None,
    ),
    Case(
        name="webm-vp8",
        suffix="webm",
        codec="libvpx",
        shown=range(60),
        frames=60,
        options={"auto-alt-ref": "1", "lag-in-frames": "16", "b": "400k", "cpu-used": "4"},
        means="the latest frame that is shown; VP8 packs frames between that never are",
    ),
    Case(
        name="hevc-ten-bit",
        codec="libx265",
        pixel_format="yuv420p10le",
        shown=range(40),
        options={"preset": "ultrafast", "x265-params": "bframes=3:log-level=none:keyint=17"},
    ),
    Case(
        name="av1",
        codec="libsvtav1",
        shown=range(40),
        options={"preset": "8", "svtav1-params": "keyint=15"},
    ),
)
