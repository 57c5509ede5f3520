from itertools import pairwise

import numpy as np
import pytest

from matchcut.frames.lettering import Setting, draw, length, plain, stamp, wrap
from matchcut.render.providers.rehearsal import generate

PROSE = "A courier in her thirties, yellow rain jacket, crosses the wet rooftop to the stairs. "


def ink(frame):
    return frame.min(axis=2) > 150


def test_words_are_there_and_inside(scene):
    first = next(generate(scene(prompt=PROSE)))
    rows, columns = np.nonzero(ink(first))
    assert 0.01 < ink(first).mean() < 0.2
    assert 20 < rows.min() < rows.max() < 340
    assert 40 < columns.min() < columns.max() < 600


def test_no_words_is_a_quiet_card(scene):
    first = next(generate(scene(prompt="")))
    assert not ink(first).any()
    assert first.std() > 1


def test_other_words_are_another_card_and_another_seed_another_ground(scene):
    one, two, three = (
        next(generate(scene(prompt=words, seed=seed)))
        for words, seed in (("one", 1), ("two", 1), ("one", 2))
    )
    assert (ink(one) != ink(two)).any()
    assert np.abs(one[:40].astype(int) - three[:40]).mean() > 1


def test_the_card_moves_slowly_all_the_time(scene, step):
    frames = list(generate(scene(prompt=PROSE, frames=48)))
    steps = [step(one, two) for one, two in pairwise(frames)]
    assert min(steps) > 0.1
    assert max(steps) < 4


@pytest.mark.parametrize("size", [(360, 640), (640, 268), (320, 320), (96, 54)])
@pytest.mark.parametrize(
    "prompt", [PROSE * 40, "x" * 4000, "雨の屋上" * 300, "a\0b\n\tc\u202e" * 90]
)
def test_long_words_stay_inside_any_card(scene, size, prompt):
    width, height = size
    frame = next(generate(scene(prompt=prompt, width=width, height=height)))
    cover = frame.min(axis=2) > 90
    assert cover.any()
    assert not cover[:2].any()
    assert not cover[-2:].any()
    assert not cover[:, :2].any()
    assert not cover[:, -2:].any()


@pytest.mark.parametrize("most", [1, 3, 8])
def test_wrapped_lines_fit_and_say_where_they_were_cut(most):
    setting = Setting(size=20)
    lines = wrap(PROSE * 4, setting, 260, most)
    assert len(lines) == most
    assert all(0 < length(line, setting) <= 260 for line in lines)
    assert lines[-1].endswith("…")
    assert wrap("short", setting, 260, most) == ["short"]
    assert wrap("", setting, 260, most) == []


def test_wrapping_loses_no_word():
    lines = wrap(PROSE.strip(), Setting(size=20), 260, 99)
    assert " ".join(lines) == PROSE.strip()


def test_what_cannot_be_drawn_is_a_blank():
    assert plain(" a\0b\n\n c\u200b ") == "a b c"


def test_letters_of_many_scripts_differ():
    drawn = [
        draw((60, 60), [(sign, (10, 45))], Setting(size=36)).tobytes() for sign in "aéЖ你か한?"
    ]
    assert len(set(drawn)) == 7


def test_a_slate_is_readable_on_black_and_on_white():
    for level in (0, 255):
        picture = np.full((360, 640, 3), level, np.uint8)
        strip = stamp(picture, "rooftop")[341:355, 8:40]
        assert int(strip.max()) - int(np.median(strip)) > 120
    assert not (picture != 255).any()


def test_a_slate_wider_than_the_picture_is_cut():
    picture = np.full((90, 160, 3), 90, np.uint8)
    stamped = stamp(picture, "a very long slate " * 20)
    assert (stamped != picture).any()
    assert np.array_equal(stamped[:, -2:], picture[:, -2:])
