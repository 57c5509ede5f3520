"""Sound, a stretch at a time, on the picture's clock."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from matchcut.errors import MatchcutError
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.sound import read_sound
from matchcut.inspect.sound import level
from small import picture

RATE = 48_000


def clip(path: Path, loudness: list[float]) -> Path:
    """A clip with a tone whose loudness changes each half second, in two channels."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound = container.add_stream("aac", rate=RATE, layout="stereo")
        for _ in range(12 * len(loudness)):
            still = av.VideoFrame.from_ndarray(picture(1, 96, 64), format="rgb24")
            container.mux(video.encode(still))
        container.mux(video.encode())
        tone = np.sin(np.arange(RATE // 2 * len(loudness)) * 2 * np.pi * 440 / RATE)
        tone *= np.repeat(loudness, RATE // 2)
        for start in range(0, len(tone), 1024):
            part = np.stack([tone[start : start + 1024]] * 2).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.rate, frame.pts = RATE, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path


def test_each_stretch_has_its_own_level(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", [0.5, 0.05, 0.25])
    levels = []
    for n in range(3):
        start = Fraction(n, 2) + Fraction(1, 8)
        samples = read_sound(path, start, start + Fraction(1, 4))
        assert samples is not None
        assert len(samples) == RATE // 4
        levels.append(level(samples))
    assert levels == pytest.approx([-9.0, -29.0, -15.0], abs=0.5)


def test_where_the_sound_does_not_reach_there_is_none(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", [0.5])
    samples = read_sound(path, Fraction(9), Fraction(10))
    assert samples is not None
    assert len(samples) == 0
    assert level(samples) is None


def test_a_silent_clip_has_none(tmp_path: Path) -> None:
    frames = [picture(n, 96, 64) for n in range(3)]
    write_clip(tmp_path / "a.mp4", frames, rate=Fraction(24), quality=Quality.TAKE)
    assert read_sound(tmp_path / "a.mp4", Fraction(0), Fraction(1)) is None


def test_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no clip")
    with pytest.raises(MatchcutError):
        read_sound(tmp_path / "a.mp4", Fraction(0), Fraction(1))
