"""A detector's answer is taken whole or not at all; crops are cut pixel for pixel."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchcut.look.crops import LARGEST, SMALLEST, crops
from matchcut.look.places import Kind, Place, read_answer

SIZE = (640, 360)
GOOD = {"kind": "hand", "box": [10, 20, 110, 140], "score": 0.9}
ANSWER = {"version": 1, "width": 640, "height": 360, "places": [GOOD]}


def read(**changed: object) -> object:
    return read_answer(json.dumps({**ANSWER, **changed}).encode(), SIZE)


def test_a_good_answer_is_read() -> None:
    looked = read()
    assert looked.places == (Place(kind=Kind.HAND, box=(10, 20, 110, 140), score=0.9),)
    assert read(places=[]).places == (), "nothing found is not the same as not measured"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"hands!",
        b"{}",
        b"[]",
        b"null",
        b"3",
        b'{"version": 1}',
        b"\xff\xfe",
        b"[" * 99999,
    ],
    ids=lambda data: data[:12].decode("latin-1"),
)
def test_an_answer_that_is_none_is_not_measured(data: bytes) -> None:
    looked = read_answer(data, SIZE)
    assert looked.places is None
    assert looked.reason


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2},
        {"width": 641},
        {"places": None},
        {"places": "hand"},
        {"places": [GOOD, {**GOOD, "kind": "foot"}]},
        {"places": [{**GOOD, "box": [10, 20, 110]}]},
        {"places": [{**GOOD, "box": [10, 20, 10, 140]}]},
        {"places": [{**GOOD, "box": [-1, 20, 110, 140]}]},
        {"places": [{**GOOD, "box": [10, 20, 641, 140]}]},
        {"places": [{**GOOD, "box": [10, 20, 110, 361]}]},
        {"places": [{**GOOD, "box": [10, 20, 110.5, 140]}]},
        {"places": [{**GOOD, "box": [True, 20, 110, 140]}]},
        {"places": [{**GOOD, "score": 1.1}]},
        {"places": [{**GOOD, "score": -0.1}]},
        {"places": [{**GOOD, "score": "0.9"}]},
        {"places": [{**GOOD, "score": float("nan")}]},
        {"places": [{"kind": "hand", "box": [10, 20, 110, 140]}]},
        {"places": [GOOD] * 201},
    ],
    ids=str,
)
def test_one_wrong_word_in_it_makes_it_not_measured(changed: dict[str, object]) -> None:
    looked = read(**changed)
    assert looked.places is None
    assert looked.reason


PICTURE = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), np.uint8)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_crop_is_the_picture_itself_with_the_place_in_it(data: st.DataObject) -> None:
    height, width = data.draw(st.sampled_from([(720, 1280), (100, 300), (720, 64)]))
    pixels = PICTURE[:height, :width]
    left = data.draw(st.integers(0, width - 2))
    right = data.draw(st.integers(left + 1, width))
    top = data.draw(st.integers(0, height - 2))
    bottom = data.draw(st.integers(top + 1, height))
    place = Place(kind=Kind.FACE, box=(left, top, right, bottom), score=0.5)
    (crop,) = crops(pixels, [place])
    x, y, beyond, below = crop.box
    assert np.array_equal(crop.pixels, pixels[y:below, x:beyond])
    for first, last, begin, end, length in (
        (left, right, x, beyond, width),
        (top, bottom, y, below, height),
    ):
        assert 0 <= begin < end <= length
        assert min(SMALLEST, length) <= end - begin <= LARGEST
        if last - first <= LARGEST:
            assert begin <= first
            assert last <= end
        else:
            assert first <= begin
            assert end <= last


def test_the_surest_are_kept_and_hands_come_before_faces() -> None:
    def place(kind: Kind, score: float) -> Place:
        return Place(kind=kind, box=(0, 0, 50, 50), score=score)

    found = [
        place(Kind.FACE, 0.99),
        place(Kind.HAIR, 0.99),
        place(Kind.HAND, 0.5),
        place(Kind.FACE, 0.7),
        place(Kind.HAND, 0.6),
    ]
    kept = [crop.place for crop in crops(PICTURE, found, most=3)]
    assert kept == [found[0], found[2], found[4]], "in the order in which they were found"
    assert crops(PICTURE, []) == ()
