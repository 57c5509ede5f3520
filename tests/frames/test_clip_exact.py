"""The frame that is taken is the frame that is shown last, over everything that makes it hard."""

from fractions import Fraction

import av
import numpy as np
import pytest
from numbered_clips import CASES, Case, number_in, write

from matchcut.frames.clip import frame_at, last_frame, probe, read_frames, tail
from matchcut.frames.colour import to_pixels


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_frame_is_the_one_asked_for(case: Case, tmp_path):
    path = write(case, tmp_path)
    shown = list(case.shown)

    last = last_frame(path)
    assert number_in(last.pixels) == shown[-1], case.means
    assert last.index == len(shown) - 1

    info = probe(path)
    assert info.frames == len(shown)
    assert info.variable == case.variable
    assert info.has_sound == (case.sound_past is not None)
    if not case.variable:
        assert info.rate == case.rate
        assert info.duration == len(shown) / case.rate + Fraction(case.hold)

    assert [number_in(frame.pixels) for frame in tail(path, 5)] == shown[-5:]
    assert [number_in(frame.pixels) for frame in read_frames(path)] == shown
    for index in {0, 1, len(shown) // 3, len(shown) // 2, -2, -len(shown)}:
        if -len(shown) <= index < len(shown):
            frame = frame_at(path, index)
            assert number_in(frame.pixels) == shown[index]
            assert frame.index == index % len(shown)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_skipping_ahead_changes_no_pixel(case: Case, tmp_path):
    """Starting at a keyframe and passing over unneeded frames gives what a full decode gives."""
    path = write(case, tmp_path)
    with av.open(str(path)) as container:
        pictures = list(container.decode(video=0))
    last = max(pictures, key=lambda picture: picture.pts)
    assert np.array_equal(last_frame(path).pixels, to_pixels(last))
