"""The cut list: shared frames shown once, and every clip's place on the time line."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from matchcut.assemble.cut import Source, cut_list
from matchcut.film.types import Join

RATE = Fraction(24)


def source(shot: str, frames: int, join: Join = Join.MATCH, **more: object) -> Source:
    facts = {"head_copies": 1, "rate": RATE, **more}
    return Source(shot=shot, kept=(0, frames - 1), join=join, **facts)  # type: ignore[arg-type]


def test_a_matched_clip_gives_up_the_copy_of_the_frame_before_it() -> None:
    cut = cut_list([source("a", 48, Join.CUT, head_copies=0), source("b", 48)], RATE)
    assert [(p.first, p.last, p.begins, p.frames) for p in cut.pieces] == [
        (0, 47, 0, 48),
        (1, 47, 48, 47),
    ]
    assert cut.frames == 95


def test_a_bridge_gives_up_its_tail_to_the_hero() -> None:
    bridge = source("b", 48, lands_on_next=True, tail_copies=2)
    hero = source("c", 48, head_copies=0)
    cut = cut_list([source("a", 48, Join.CUT), bridge, hero], RATE)
    assert [(p.first, p.last, p.dropped_head, p.dropped_tail) for p in cut.pieces] == [
        (0, 47, 0, 0),
        (1, 45, 1, 2),
        (0, 47, 0, 0),
    ]


def test_a_cut_gives_up_nothing() -> None:
    cut = cut_list([source("a", 10, Join.CUT), source("b", 10, Join.CUT)], RATE)
    assert cut.frames == 20


def test_a_clip_keeps_a_frame_whatever_is_measured() -> None:
    cut = cut_list([source("a", 10, Join.CUT), source("b", 2, head_copies=3)], RATE)
    assert cut.pieces[1].frames == 1


def test_a_trimmed_clip_counts_from_its_own_first_frame() -> None:
    trimmed = Source(shot="a", kept=(12, 47), rate=RATE, join=Join.CUT)
    assert cut_list([trimmed], RATE).pieces[0].first == 12
    assert cut_list([trimmed], RATE).frames == 36


clips = st.lists(
    st.tuples(
        st.integers(1, 400),
        st.sampled_from([Fraction(n) for n in (8, 24, 25, 30, 60)] + [Fraction(24000, 1001)]),
        st.sampled_from(list(Join)),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=12,
)


@given(clips, st.sampled_from([RATE, Fraction(25), Fraction(60), Fraction(24000, 1001)]))
def test_pieces_lie_end_to_end_and_rounding_never_adds_up(
    raw: list[tuple[int, Fraction, Join, int]], rate: Fraction
) -> None:
    given_clips = [
        source(str(n), frames, join, rate=own, head_copies=copies)
        for n, (frames, own, join, copies) in enumerate(raw)
    ]
    cut = cut_list(given_clips, rate)
    begins = 0
    exact = Fraction(0)
    for piece in cut.pieces:
        assert piece.begins == begins
        assert piece.frames >= 1
        begins += piece.frames
        exact += Fraction(piece.last - piece.first + 1) / piece.rate
    assert begins == cut.frames
    if all(own <= rate for _, own, _, _ in raw):
        assert abs(cut.frames - exact * rate) <= Fraction(1, 2)
