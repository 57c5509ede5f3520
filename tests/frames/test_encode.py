"""What is written: every frame, constant rate, tagged, the same bytes each time."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_clips import RATES, luma_of, number_in

from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import probe, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import Matrix


def grey(number):
    return np.repeat(luma_of(number)[..., None], 3, axis=2)


@pytest.mark.parametrize("quality", Quality)
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_every_frame_is_written_at_an_exact_rate(rate, quality, tmp_path):
    path = tmp_path / "clip.mp4"
    assert write_clip(path, map(grey, range(33)), rate=rate, quality=quality) == 33
    info = probe(path)
    assert (info.frames, info.rate, info.variable) == (33, rate, False)
    assert (info.start, info.duration) == (0, 33 / rate)
    assert (info.matrix, info.matrix_tagged, info.full_range) == (Matrix.BT709, True, False)
    assert (info.codec, info.pixel_format) == ("h264", "yuv420p")
    assert [number_in(frame.pixels) for frame in read_frames(path)] == [*range(33)]
    assert [frame.time for frame in read_frames(path)] == [n / rate for n in range(33)]


def test_the_stream_is_tagged_and_the_index_comes_first(tmp_path):
    path = tmp_path / "clip.mp4"
    write_clip(path, map(grey, range(5)), rate=Fraction(24), quality=Quality.FILM)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        tags = (context.colorspace, context.color_primaries, context.color_trc)
        assert (*tags, context.color_range) == (1, 1, 1, 1)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"colr" in data


@pytest.mark.parametrize("quality", Quality)
def test_the_same_frames_give_the_same_bytes(quality, tmp_path):
    files = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for path in files:
        write_clip(path, map(grey, range(60)), rate=Fraction(24), quality=quality)
    assert files[0].read_bytes() == files[1].read_bytes()


WRITE = """
import sys
from fractions import Fraction
from pathlib import Path
from matchcut.frames.encode import Quality, write_clip
from moving import scene
write_clip(Path(sys.argv[1]), scene(24), rate=Fraction(24), quality=Quality.FILM)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone fills memory as it is told")
def test_what_lay_in_memory_before_changes_nothing(tmp_path):
    written = set()
    for filled in (0, 1, 128):
        path = tmp_path / f"{filled}.mp4"
        environment = {
            **os.environ,
            "MALLOC_PERTURB_": str(filled),
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        subprocess.run([sys.executable, "-c", WRITE, path], env=environment, check=True)
        written.add(path.read_bytes())
    assert len(written) == 1


def test_one_frame_is_a_clip(tmp_path):
    path = tmp_path / "one.mp4"
    assert write_clip(path, [grey(77)], rate=Fraction(25), quality=Quality.TAKE) == 1
    info = probe(path)
    assert (info.frames, info.duration, info.rate) == (1, Fraction(1, 25), 25)


def test_no_frames_are_refused(tmp_path):
    with pytest.raises(MatchcutError) as caught:
        write_clip(tmp_path / "none.mp4", iter(()), rate=Fraction(24), quality=Quality.TAKE)
    assert caught.value.code is Code.CLIP_NO_FRAMES
    assert not (tmp_path / "none.mp4").exists()


@pytest.mark.parametrize("shape", [(65, 64, 3), (64, 65, 3)])
def test_odd_sizes_are_refused(shape, tmp_path):
    with pytest.raises(MatchcutError, match="even"):
        write_clip(
            tmp_path / "odd.mp4",
            [np.zeros(shape, np.uint8)],
            rate=Fraction(24),
            quality=Quality.TAKE,
        )


def test_a_frame_of_another_size_is_refused(tmp_path):
    frames = [np.zeros((64, 64, 3), np.uint8), np.zeros((64, 66, 3), np.uint8)]
    with pytest.raises(MatchcutError, match="66x64"):
        write_clip(tmp_path / "mixed.mp4", frames, rate=Fraction(24), quality=Quality.TAKE)


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(MatchcutError) as caught:
        write_clip(tmp_path / "none" / "a.mp4", [grey(1)], rate=Fraction(24), quality=Quality.TAKE)
    assert caught.value.code is Code.FOLDER_UNWRITABLE


def test_an_error_of_the_source_passes_through(tmp_path):
    """A source that cannot read its file must not be blamed on the folder."""

    def source():
        yield grey(1)
        raise FileNotFoundError(2, "source is gone")

    with pytest.raises(FileNotFoundError, match="source is gone"):
        write_clip(tmp_path / "a.mp4", source(), rate=Fraction(24), quality=Quality.TAKE)
