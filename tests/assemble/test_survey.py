"""What is measured between takes, and what was learnt of an endpoint where a pair cannot tell."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import matchcut
from frames.test_sound import clip as with_sound
from matchcut.assemble.record import shown_now
from matchcut.assemble.survey import Survey, survey
from matchcut.cli.drift import tell
from matchcut.cli.main import main
from matchcut.film.types import Canvas, Join
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import write_still
from matchcut.frames.types import Pixels
from matchcut.inspect.drift import BUDGET, Hop, Measure, drift
from matchcut.inspect.light import to_levels, to_light
from matchcut.inspect.look import look
from matchcut.plan.types import PlannedShot
from matchcut.render.database import Database
from matchcut.render.ledger import Take
from matchcut.render.rendered import RenderedShot
from matchcut.render.seams import Habit, Seams
from matchcut.store.folder import StateFolder
from small import FILM, picture, write_film

SIZE = 320, 180
CANVAS = Canvas(width=SIZE[0], height=SIZE[1], fps=Fraction(24))
WHOLE = picture(3, 900, 180)


def pan(first: int, frames: int, step: int = 3) -> list[Pixels]:
    return [
        np.ascontiguousarray(WHOLE[:, n * step : n * step + SIZE[0]])
        for n in range(first, first + frames)
    ]


def planned(
    name: str,
    index: int,
    join: Join = Join.MATCH,
    *,
    bridge: bool = False,
    start: str | None = "anchor://before/out",
) -> PlannedShot:
    return PlannedShot(
        id=name,
        index=index,
        wave=index,
        hero=False,
        join=join,
        bridge=bridge,
        start=start,
        end="anchor://after/in" if bridge else None,
        needs=(),
        clip=None,
        request=None,
        expectation=None,
        roles={},
        prompt="",
        endpoint="kling",
        seconds=Decimal(1),
        use=None,
        cost_usd=None,
    )


def shot(path: Path, frames: Sequence[Pixels]) -> RenderedShot:
    count = write_clip(path, frames, rate=Fraction(24), quality=Quality.TAKE)
    return taken(path, count)


def taken(path: Path, count: int) -> RenderedShot:
    take = Take(
        shot=path.stem,
        number=1,
        provider="fal",
        inputs="",
        clip=path.stem,
        frames=count,
        rate=Fraction(24),
    )
    span = Fraction(count, 24)
    return RenderedShot(
        id=path.stem, take=take, clip=path, kept=(0, count - 1), span=span, new=True
    )


def surveyed(
    folder: Path,
    before: Sequence[Pixels],
    after: Sequence[Pixels],
    usual: Habit | None = None,
    *,
    bridge: bool = False,
    join: Join = Join.MATCH,
    start: str | None = "anchor://a/out",
    picture_sent: Pixels = WHOLE,
    from_frame: int = 0,
) -> Survey:
    shots = [shot(folder / "a.mp4", before), shot(folder / "b.mp4", after)]
    plans = [
        planned("a", 0, Join.CUT, bridge=bridge, start=None),
        planned("b", 1, join, start=start),
    ]
    if from_frame:
        shots[1] = replace(shots[1], kept=(from_frame, len(after) - 1))
    film = write_film(folder)
    (folder / "art" / "a.png").write_bytes(write_still(picture_sent, {}))
    return survey(matchcut.load(film), CANVAS, plans, shots, lambda _endpoint, _size: usual)


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
def test_copies_are_left_out_and_the_rest_is_clean(tmp_path: Path, copies: int) -> None:
    found = surveyed(tmp_path, pan(0, 12), [pan(11, 1)[0]] * copies + pan(12, 12))
    (met,) = found.met
    assert found.copies == ((0, 0), (copies, 0))
    assert met.seam.head == copies
    assert met.seam.flags == (("seam.shift",) if copies == 0 else ())
    assert (met.before.frame, met.after.frame) == (11, copies)
    assert met.seam.ratio == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("copies", [0, 1, 2, 3])
def test_a_bridges_copies_are_at_its_tail(tmp_path: Path, copies: int) -> None:
    hero = pan(12, 12)
    found = surveyed(tmp_path, pan(0, 12) + [hero[0]] * copies, hero, bridge=True, start=None)
    (met,) = found.met
    assert found.copies == ((0, copies), (0, 0))
    assert (met.seam.tail, met.seam.head, met.seam.lock) == (copies, None, None)
    assert met.seam.reach is not None
    assert met.before.frame == 11


OWN = "still://art/a.png"


@pytest.mark.parametrize("from_frame", [0, 4])
@pytest.mark.parametrize(
    ("bridge", "join"), [(False, Join.CUT), (True, Join.MATCH), (False, Join.STILL)]
)
def test_whoever_starts_on_a_picture_is_held_against_it(
    tmp_path: Path, *, bridge: bool, join: Join, from_frame: int
) -> None:
    """The first frame that was made, wherever the film enters the clip."""
    after = pan(12, 12)
    found = surveyed(
        tmp_path,
        pan(0, 12),
        after,
        bridge=bridge,
        join=join,
        start=OWN,
        picture_sent=after[0],
        from_frame=from_frame,
    )
    held = found.met[0].seam.lock
    assert held is not None
    assert held.psnr > 34
    assert held.shift == pytest.approx((0, 0), abs=0.1)


@pytest.mark.parametrize(
    ("bridge", "join", "flagged"),
    [(False, Join.CUT, False), (True, Join.MATCH, False), (False, Join.STILL, True)],
)
def test_where_nothing_hangs_on_its_picture_a_miss_is_a_number_and_no_flag(
    tmp_path: Path, *, bridge: bool, join: Join, flagged: bool
) -> None:
    found = surveyed(
        tmp_path,
        pan(0, 13),
        pan(12, 12),
        bridge=bridge,
        join=join,
        start=OWN,
        picture_sent=picture(8, *SIZE),
    )
    seam = found.met[0].seam
    assert seam.lock is not None
    assert seam.lock.psnr < 22
    assert ("seam.start" in seam.flags) is flagged


@pytest.mark.parametrize(("usual", "left_out"), [(None, 1), (0, 0), (2, 2)])
def test_what_is_usual_counts_where_nothing_moves(
    tmp_path: Path, usual: int | None, left_out: int
) -> None:
    habit = None if usual is None else Habit(seams=5, head=usual)
    still = pan(0, 1) * 8
    found = surveyed(tmp_path, still, still, habit)
    assert found.copies == ((0, 0), (left_out, 0))
    assert found.met[0].seam.head is None, "and it teaches nothing"


def test_what_is_usual_counts_for_nothing_against_what_is_seen(tmp_path: Path) -> None:
    found = surveyed(tmp_path, pan(0, 12), pan(11, 12), Habit(seams=50, head=3))
    assert found.copies == ((0, 0), (1, 0))


def test_a_clip_that_comes_back_brighter_is_flagged(tmp_path: Path) -> None:
    lit = [np.rint(to_levels(to_light(frame) * 1.05)).astype(np.uint8) for frame in pan(11, 12)]
    (met,) = surveyed(tmp_path, pan(0, 12), lit).met
    assert met.seam.lock is not None
    assert met.seam.lock.gain == pytest.approx((1.05, 1.05, 1.05), rel=0.01)
    assert "seam.gain" in met.seam.flags


def test_sound_is_measured_where_both_have_it(tmp_path: Path) -> None:
    project = matchcut.load(write_film(tmp_path))
    canvas = Canvas(width=96, height=64, fps=Fraction(24))
    loud = taken(with_sound(tmp_path / "loud.mp4", [0.5, 0.5]), 24)
    soft = taken(with_sound(tmp_path / "soft.mp4", [0.05, 0.5]), 24)
    mute = shot(tmp_path / "mute.mp4", [picture(1, 96, 64)] * 12)
    plans = [planned("a", 0, Join.CUT), planned("b", 1), planned("c", 2)]
    met = survey(project, canvas, plans, [loud, soft, mute], lambda *_: None).met
    assert met[0].seam.sound_step == pytest.approx(-20, abs=1)
    assert "seam.sound" in met[0].seam.flags
    assert met[1].seam.sound is None


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_film(tmp_path_factory.mktemp("film"), FILM)
    project = matchcut.load(path)
    matchcut.assemble(matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal()))
    return path


def test_seams_are_listed(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seams", str(film), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["film"], facts["provider"]) == ("film.yaml", "rehearsal")
    names = ["one", "two", "three", "four", "five", "six"]
    assert [one["shots"] for one in facts["seams"]] == [list(pair) for pair in pairwise(names)]
    match, cut = facts["seams"][0], facts["seams"][4]
    assert match["head"] == 1
    assert match["lock"]["psnr"] > 34
    assert match["lock"]["gain"] == pytest.approx([1, 1, 1], abs=0.01)
    assert facts["seams"][3]["tail"] == 1
    assert facts["seams"][3]["reach"]["psnr"] > 34
    assert (cut["join"], cut["flags"]) == ("cut", [])
    assert cut["lock"]["psnr"] > 34, "it has a picture of its own to hold"
    landed = facts["seams"][3]
    assert (landed["lands"], landed["lock"]["psnr"] > 34) == (True, True), "and so has a hero"
    assert [one["lands"] for one in facts["seams"]] == [False, False, False, True, False]
    assert cut["step"] > 10
    (learnt,) = facts["learnt"]
    assert (learnt["head"], learnt["tail"], learnt["size"]) == (1, 1, "192x108")
    assert main(["seams", str(film)]) == 0
    said = capsys.readouterr().out
    assert "one | two" in said
    assert "end dB" in said
    assert "5 seams of film.yaml by rehearsal" in said


def test_drift_is_shown_a_chain_each(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drift", str(film), "--json"]) == 0
    (chain,) = json.loads(capsys.readouterr().out)["chains"]
    assert chain["shots"] == ["one", "two", "three", "four"]
    assert [len(places) for places in chain["inside"]] == [5, 5, 5, 1], "of a bridge its head"
    assert chain["identity"] is None
    tone = next(one for one in chain["forecasts"] if one["measure"] == "tone")
    assert tone["values"] == pytest.approx([0, 0, 0, 0], abs=0.01)
    assert main(["drift", str(film)]) == 0
    said = capsys.readouterr().out
    assert "one and 3 after it" in said
    assert "budget" in said
    listed = next(line for line in said.splitlines() if line.split()[:1] == ["place"])
    assert listed.split()[-3:] == [tone["place"], "in", "-"]


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ((30.0, 30.0), "brightness budget from `s1` on, where the clips end: make `s1` a hero"),
        ((3.0, 6.0), "break its budget at hop 4, where the clips end: before"),
        ((0.0, 0.0), "It stays within its budget"),
    ],
)
def test_where_in_the_clips_it_breaks_is_said(
    out: tuple[float, float], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = look(pan(0, 1)[0])
    hops = [
        Hop(
            shot=f"s{n}",
            looks=[*[plain] * 4, replace(plain, brightness=plain.brightness + more)],
        )
        for n, more in enumerate((0.0, *out))
    ]
    tell(drift(hops, {Measure.BRIGHTNESS: BUDGET[Measure.BRIGHTNESS]}))
    assert said in " ".join(capsys.readouterr().out.split())


def test_what_is_shown_is_read_again_and_not_measured(film: Path) -> None:
    project = matchcut.load(film)
    again = matchcut.assemble(
        matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())
    )
    assert not again.new
    assert [shot.shot for shot in again.shown] == ["one", "two", "three", "four", "five", "six"]
    assert again.shown[0].seam is None
    database = Database(StateFolder(film.parent).database)
    try:
        assert shown_now(Seams(database), "film.yaml", "rehearsal") == again.shown
        assert Seams(database).latest("film.yaml") == "rehearsal"
    finally:
        database.close()


def test_a_film_that_was_never_assembled_is_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], film: Path
) -> None:
    path = write_film(tmp_path)
    for verb in ("seams", "drift"):
        assert main([verb, str(path)]) == 2
        said = capsys.readouterr().err
        assert "has not been assembled yet" in said
        assert f"`matchcut rehearse {path}` makes it offline" in said, "as it was typed"
    assert main(["seams", str(film), "--by", "fal"]) == 2
    assert "by fal yet" in capsys.readouterr().err
