"""The frame that is taken is the frame that is shown last, over everything that makes it hard."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_clips import CASES, Case, number_in, write

from matchcut.frames.clip import frame_at, last_frame, probe, read_frames, tail
from matchcut.frames.colour import to_pixels


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Case, Path]:
    """A case and its clip, written once for all that looks at it."""
    return request.param, write(request.param, tmp_path_factory.mktemp("clip"))


def test_every_frame_is_the_one_asked_for(written: tuple[Case, Path]) -> None:
    case, path = written
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


def test_skipping_ahead_changes_no_pixel(written: tuple[Case, Path]) -> None:
    """Starting at a keyframe and passing over unneeded frames gives what a full decode gives."""
    _, path = written
    with av.open(str(path)) as container:
        pictures = list(container.decode(video=0))
    last = max(pictures, key=lambda picture: picture.pts)
    assert np.array_equal(last_frame(path).pixels, to_pixels(last))
