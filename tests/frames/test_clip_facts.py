"""How a clip asks to be shown, what is no clip, and what is asked for that is not there."""

import struct
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numbered_clips import HEIGHT, WIDTH, Case, luma_of, number_in, write

from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import frame_at, last_frame, probe, read_frames, tail
from matchcut.frames.encode import Quality, write_clip

PLAIN = Case(name="plain", shown=range(40), options={"bf": "3", "b_strategy": "0", "g": "15"})


def one_picture(path, *, prepare=None, tags=None):
    """A clip of one picture, with a white square at its top left and grey elsewhere."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "10", "preset": "ultrafast"}
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        if prepare:
            prepare(stream)
        pixels = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        pixels[:64, :64] = 255
        picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        picture.pts, picture.time_base = 0, Fraction(1, 24)
        for name, value in (tags or {}).items():
            setattr(picture, name, value)
        container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def white_corner(pixels):
    """Where the white square is: top or bottom, left or right."""
    bright = pixels.mean(axis=2) > 200
    rows, columns = np.nonzero(bright)
    return (
        "top" if rows.mean() < pixels.shape[0] / 2 else "bottom",
        "left" if columns.mean() < pixels.shape[1] / 2 else "right",
    )


@pytest.mark.parametrize(
    ("degrees", "corner", "size"),
    [
        (0, ("top", "left"), (WIDTH, HEIGHT)),
        (90, ("bottom", "left"), (HEIGHT, WIDTH)),  # anticlockwise, as FFmpeg's helper says it
        (180, ("bottom", "right"), (WIDTH, HEIGHT)),
        (-90, ("top", "right"), (HEIGHT, WIDTH)),
    ],
)
def test_a_turned_picture_is_shown_turned(degrees, corner, size, tmp_path):
    path = one_picture(
        tmp_path / "turned.mp4", prepare=lambda stream: stream.set_display_rotation(degrees)
    )
    assert (probe(path).width, probe(path).height) == size
    pixels = last_frame(path).pixels
    assert pixels.shape == (size[1], size[0], 3)
    assert white_corner(pixels) == corner


def test_a_mirrored_picture_is_shown_mirrored(tmp_path):
    path = one_picture(
        tmp_path / "mirror.mp4",
        prepare=lambda stream: stream.set_display_rotation(0, hflip=True),
    )
    assert white_corner(last_frame(path).pixels) == ("top", "right")


def test_a_slanted_picture_is_refused(tmp_path):
    path = one_picture(
        tmp_path / "slant.mp4", prepare=lambda stream: stream.set_display_rotation(30)
    )
    with pytest.raises(MatchcutError, match="slanted") as caught:
        last_frame(path)
    assert caught.value.code is Code.CLIP_UNREADABLE


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (Fraction(4, 3), (round(WIDTH * 4 / 3), HEIGHT)),
        (Fraction(1, 2), (WIDTH, HEIGHT * 2)),
        (Fraction(1), (WIDTH, HEIGHT)),
    ],
)
def test_oblong_samples_are_made_square(aspect, size, tmp_path):
    def prepare(stream):
        stream.codec_context.sample_aspect_ratio = aspect

    path = one_picture(tmp_path / "oblong.mkv", prepare=prepare)
    assert (probe(path).width, probe(path).height) == size
    assert last_frame(path).pixels.shape == (size[1], size[0], 3)


def test_hdr_is_refused_and_not_shown_grey(tmp_path):
    path = one_picture(tmp_path / "hdr.mp4", tags={"color_trc": 16, "color_primaries": 9})
    with pytest.raises(MatchcutError, match="HDR") as caught:
        probe(path)
    assert caught.value.where == "hdr.mp4"


def with_cover(folder, *, picture):
    """An mp4 with cover art, as music and films have it; with or without a picture stream."""
    path = folder / "covered.mp4"
    cover = cv2.imencode(".png", np.full((200, 200, 3), 77, np.uint8))[1].tobytes()
    source = write(Case(name="inner", shown=range(10), frames=10, sound_past=0.1), folder)
    with av.open(str(source)) as inner, av.open(str(path), "w") as container:
        attached = container.add_stream("png", rate=1)
        attached.width, attached.height, attached.pix_fmt = 200, 200, "rgb24"
        attached.disposition = Disposition.attached_pic
        kept = [s for s in inner.streams if picture or s.type == "audio"]
        outer = {s.index: container.add_stream_from_template(s) for s in kept}
        packet = av.Packet(cover)
        packet.stream, packet.pts, packet.dts, packet.time_base = attached, 0, 0, Fraction(1, 1)
        container.mux(packet)
        for packet in inner.demux(kept):
            if packet.size:
                packet.stream = outer[packet.stream.index]
                container.mux(packet)
    return path


def test_cover_art_is_not_the_film(tmp_path):
    path = with_cover(tmp_path, picture=True)
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 2
    assert number_in(last_frame(path).pixels) == 9


def test_sound_with_a_cover_has_no_frames(tmp_path):
    with pytest.raises(MatchcutError) as caught:
        probe(with_cover(tmp_path, picture=False))
    assert caught.value.code is Code.CLIP_NO_FRAMES


def png():
    return cv2.imencode(".png", np.zeros((96, 96, 3), np.uint8))[1].tobytes()


def moov_only(clip):
    """All boxes of an mp4 but its media data."""
    kept, at = b"", 0
    while at < len(clip):
        size, kind = struct.unpack_from(">I4s", clip, at)
        kept += b"" if kind == b"mdat" else clip[at : at + size]
        at += size
    return kept


BROKEN = {
    "empty": lambda _: b"",
    "text": lambda _: b"this is no clip\n" * 100,
    "zeros": lambda _: bytes(10_000),
    "html": lambda _: b"<!DOCTYPE html><html><body>403 Forbidden</body></html>",
    "playlist": lambda _: b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n#EXT-X-ENDLIST\n",
    "concat-list": lambda _: b"ffconcat version 1.0\nfile 'plain.mp4'\n",
    "picture": lambda _: png(),
    "half": lambda clip: clip[: len(clip) // 2],
    "most": lambda clip: clip[: len(clip) * 95 // 100],
    "header-only": lambda clip: clip[:40],
    "moov-only": moov_only,
}


@pytest.mark.parametrize("faststart", [False, True])
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_whole_clip_is_refused(name, faststart, tmp_path):
    muxer = {"movflags": "+faststart"} if faststart else {}
    good = write(Case(name="plain", shown=range(40), options={"g": "15"}, muxer=muxer), tmp_path)
    path = tmp_path / "broken.mp4"
    path.write_bytes(BROKEN[name](good.read_bytes()))
    for read in (probe, last_frame, lambda clip: tail(clip, 3), lambda clip: frame_at(clip, 0)):
        with pytest.raises(MatchcutError) as caught:
            read(path)
        assert caught.value.code in {Code.CLIP_UNREADABLE, Code.CLIP_NO_FRAMES}
        assert caught.value.where == "broken.mp4"
        assert caught.value.fix


@pytest.mark.parametrize("suffix", ["mkv", "webm", "ts", "avi", "mp4"])
def test_a_cut_file_gives_an_error_or_true_frames(suffix, tmp_path):
    """A transport stream may end anywhere; what comes out is a real frame all the same."""
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(suffix, "libx264")
    options = {"mpeg4": {"qscale": "3"}, "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"}}
    case = Case(
        name="whole",
        suffix=suffix,
        codec=codec,
        shown=range(40),
        options={"g": "12", **options.get(codec, {})},
    )
    data = write(case, tmp_path).read_bytes()
    path = tmp_path / f"cut.{suffix}"
    for part in (0.3, 0.6, 0.9):
        path.write_bytes(data[: int(len(data) * part)])
        try:
            frames = tail(path, 3)
        except MatchcutError as error:
            assert error.code in {Code.CLIP_UNREADABLE, Code.CLIP_NO_FRAMES}  # noqa: PT017
        else:
            numbers = [number_in(frame.pixels) for frame in frames]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_sound_alone_has_no_frames(tmp_path):
    path = tmp_path / "sound.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(MatchcutError) as caught:
        last_frame(path)
    assert caught.value.code is Code.CLIP_NO_FRAMES


@pytest.mark.parametrize("name", ["nothing.mp4", "folder", "concat:a.mp4|b.mp4", "pipe:0"])
def test_what_is_not_a_file_is_refused(name, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(MatchcutError) as caught:
        probe(tmp_path / name)
    assert caught.value.code is Code.CLIP_UNREADABLE


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_flipped_bytes_never_escape_as_anything_but_our_error(data, tmp_path):
    clip = tmp_path / "plain.mp4"
    good = clip.read_bytes() if clip.exists() else write(PLAIN, tmp_path).read_bytes()
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 12))):
        broken[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "flipped.mp4"
    path.write_bytes(broken)
    try:
        frame = last_frame(path)
    except MatchcutError as error:
        assert error.fix  # noqa: PT017
    else:
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.size


def test_only_frames_that_exist_can_be_asked_for(tmp_path):
    path = write(PLAIN, tmp_path)
    for index in (40, -41, 1000):
        with pytest.raises(MatchcutError, match="40 frames") as caught:
            frame_at(path, index)
        assert caught.value.code is Code.CLIP_NO_FRAMES
    for start, stop in ((40, None), (0, 41), (5, 5), (-1, None), (9, 3)):
        with pytest.raises(MatchcutError):
            read_frames(path, start, stop)
    with pytest.raises(MatchcutError):
        tail(path, 0)
    assert [number_in(frame.pixels) for frame in read_frames(path, 13, 31)] == [*range(13, 31)]
    assert len(tail(path, 99)) == 40


def test_times_are_those_of_the_container(tmp_path):
    rate = Fraction(24000, 1001)
    path = tmp_path / "film.mp4"
    grey = [np.repeat(luma_of(number)[..., None], 3, axis=2) for number in range(30)]
    write_clip(path, grey, rate=rate, quality=Quality.TAKE)
    assert [frame.time for frame in read_frames(path)] == [n / rate for n in range(30)]
    assert [number_in(frame.pixels) for frame in tail(path, 4)] == [26, 27, 28, 29]
