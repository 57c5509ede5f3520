"""An endpoint measured on purpose: rehearsed, paid, and what plan and assembly make of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import matchcut
from hostile import Fault, HostileFal
from hostile.sent import KLING
from matchcut.assemble.record import usual_of
from matchcut.calibrate import begin_calibration
from matchcut.cli.main import main
from matchcut.endpoints.contract import Role
from matchcut.endpoints.load import shipped
from matchcut.findings import Severity
from matchcut.frames.still import write_still
from matchcut.inspect.lock import Lock
from matchcut.render.database import Database
from matchcut.render.paid import Patience
from matchcut.render.providers.fal.watch import Pace
from matchcut.render.seams import End, Seams
from matchcut.store.calibrations import Calibration, Trial, calibration, keep_calibration
from matchcut.store.contracts import Known
from render.hosted import quick
from render.test_seams import seam
from small import FILM, picture, write_film

WAN = "fal-ai/wan/v2.7/image-to-video"
DAY = date(2026, 11, 25)
TRIAL = Trial(
    name="start",
    measured=DAY,
    clip="0" * 64,
    width=192,
    height=108,
    rate=Fraction(24),
    frames=73,
    asked_rate=Fraction(24),
    asked_frames=72,
    head=2,
    tail=None,
    lock=None,
    reach=None,
    cost_usd="0.3",
)
KNOWN = Calibration(endpoint=KLING, provider="fal", trials=(TRIAL,))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATCHCUT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def still(tmp_path: Path) -> str:
    path = tmp_path / "still.png"
    path.write_bytes(write_still(picture(4, 192, 108), {}))
    return str(path)


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileFal]:
    quick(monkeypatch)
    for waits, short in (
        (Patience, {"retry": 2.0, "search": 2.0, "first_pause": 0.1, "longest_pause": 0.3}),
        (Pace, {"first_pause": 0.1, "longest_pause": 0.3}),
    ):
        for name, seconds in short.items():
            monkeypatch.setitem(waits.__init__.__kwdefaults__, name, seconds)
    with HostileFal(tmp_path / "fal") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def test_an_endpoint_is_measured_through_the_paid_path(
    home: Path, still: str, fal: HostileFal, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["calibrate", KLING, "--start", still]
    assert main(words) == 5, "nobody has said that it may be spent"
    assert not fal.submissions
    capsys.readouterr()
    for _ in range(2):
        assert main([*words, "--yes", "--json"]) == 0
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert len(fal.accepted) == 2, "a take is paid for once"
    start, end = told["trials"]
    assert (start["name"], end["name"]) == ("start", "end")
    assert (start["head"], end["head"], end["tail"]) == (1, 1, 1)
    assert (start["fps"], start["frames"], start["asked_frames"]) == ("24", 72, 72)
    assert start["lock"]["psnr"] > 34
    assert start["lock"]["gain"] == pytest.approx([1, 1, 1], abs=0.01)
    assert end["reach"]["psnr"] > 34
    assert start["cost_usd"] == "0.672"
    assert told["measured"] == datetime.now(UTC).date().isoformat()
    kept = calibration(KLING, "fal")
    assert kept is not None
    assert kept.to_json() == {key: told[key] for key in kept.to_json()}
    assert Path(told["file"]).is_relative_to(home)
    assert not fal.leaks


@pytest.mark.usefixtures("home")
def test_a_rate_that_nobody_asked_for_is_what_was_to_be_found_out(
    still: str, fal: HostileFal, capsys: pytest.CaptureFixture[str]
) -> None:
    fal.inject(Fault.WRONG_RATE, times=None)
    assert main(["calibrate", KLING, "--start", still, "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [one["fps"] for one in told["trials"]] == ["30", "30"]
    assert [one["frames"] for one in told["trials"]] == [90, 90]
    assert len(fal.accepted) == 2


@pytest.mark.usefixtures("home")
def test_a_submission_that_may_have_arrived_is_left_to_a_person(
    still: str, fal: HostileFal, capsys: pytest.CaptureFixture[str]
) -> None:
    fal.inject(Fault.DROP_AFTER_ACCEPT)
    fal.inject(Fault.PLATFORM_500, times=None)
    for _ in range(2):
        assert main(["calibrate", KLING, "--start", still, "--yes"]) == 8
        said = " ".join(capsys.readouterr().err.split())
        assert "matchcut resolve" in said
        assert "The film is" in said
    assert len(fal.accepted) == 2, "neither take is sent again by itself"
    assert calibration(KLING, "fal") is None


def test_it_can_be_tried_for_nothing_and_that_says_nothing_of_the_model(
    home: Path, still: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", KLING, "--start", still, "--rehearse"]) == 0
    said = capsys.readouterr().out
    assert "start" in said
    assert "192x108" in said
    assert f"{KLING} by rehearsal" in said
    assert calibration(KLING, "rehearsal") is not None
    assert calibration(KLING, "fal") is None
    assert home.is_dir()


@pytest.mark.usefixtures("home")
def test_without_a_picture_a_built_in_one_is_measured_on(
    fal: HostileFal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("matchcut.calibrate._LONGEST_SIDE", 320)
    for _ in range(2):
        assert main(["calibrate", KLING, "--yes", "--json"]) == 0
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert len(fal.accepted) == 2, "the picture is the same each time, and paid for once"
    start, end = told["trials"]
    assert (start["width"], start["height"]) == (320, 180)
    assert (start["head"], end["head"], end["tail"]) == (1, 1, 1)
    assert start["lock"]["gain"] == pytest.approx([1, 1, 1], abs=0.02)
    assert end["reach"]["shift"] == pytest.approx([0, 0], abs=0.2)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("offered", "size"),
    [
        (("auto", "21:9", "16:9", "1:1"), (1280, 720)),
        (("auto", "9:16", "1:1"), (720, 1280)),
        (("auto",), (1280, 720)),
        ((), (1280, 720)),
    ],
)
def test_the_built_in_picture_has_a_shape_that_the_endpoint_takes(
    monkeypatch: pytest.MonkeyPatch, offered: tuple[str, ...], size: tuple[int, int]
) -> None:
    name = "bytedance/seedance-2.0/image-to-video"
    known = shipped()[name]
    wire = known.roles[Role.ASPECT]
    aspect = replace(known.parameters[wire], values=offered, default=None)
    changed = replace(known, parameters={**known.parameters, wire: aspect})
    everything = Known(contracts={**shipped(), name: changed})
    for module in ("matchcut.calibrate", "matchcut.api"):
        monkeypatch.setattr(f"{module}.known", lambda: everything)
    trials = begin_calibration(name)
    assert trials.start.shape == (size[1], size[0], 3)
    assert trials.plan.canvas.aspect == Fraction(*size)


@pytest.mark.usefixtures("home")
def test_expansion_is_measured_on_and_off_where_there_is_one(still: str) -> None:
    trials = begin_calibration(WAN, still, resolution="720p")
    wire = shipped()[WAN].roles[Role.EXPANSION]
    sent = {shot.id: dict(shot.request.arguments) for shot in trials.plan.shots if shot.request}
    assert {name: one[wire] for name, one in sent.items()} == {
        "start": False,
        "end": False,
        "expanded": True,
    }
    assert {one["duration"] for one in sent.values()} == {2}, "the shortest"
    assert trials.plan.cost_usd < 1


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("endpoint", [one for one, c in shipped().items() if Role.START in c.roles])
def test_every_endpoint_that_takes_a_start_picture_can_be_measured(endpoint: str) -> None:
    trials = begin_calibration(endpoint)
    names = [shot.id for shot in trials.plan.shots]
    assert {"start", "end"} & set(names)
    if endpoint == "fal-ai/veo3.1/first-last-frame-to-video":
        assert names == ["end", "expanded"], "it must have an end picture"
        assert all(shot.end for shot in trials.plan.shots)
    warned = {one.id for one in trials.plan.findings if one.severity is not Severity.INFO}
    assert warned <= {"end.expansion"}, "what expansion does to an end is what is to be found out"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("endpoint", "code", "says"),
    [
        ("fal-ai/wan/v2.7/text-to-video", 2, "takes no start picture"),
        ("fal-ai/kling-video/v3/pro/image-to-vide", 2, "Did you mean"),
    ],
)
def test_what_cannot_be_measured_is_said(
    still: str, capsys: pytest.CaptureFixture[str], endpoint: str, code: int, says: str
) -> None:
    assert main(["calibrate", endpoint, "--start", still, "--rehearse"]) == code
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_a_picture_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.png").write_text("text", encoding="utf-8")
    for name in ("text.png", "nowhere.png"):
        assert main(["calibrate", KLING, "--start", str(tmp_path / name), "--rehearse"]) == 3
        assert name in capsys.readouterr().err


def findings(film: Path) -> list[tuple[str, str]]:
    plan = matchcut.plan(matchcut.load(film))
    return [(one.id, one.message) for one in plan.findings if one.id.startswith("endpoint.meas")]


def lock(psnr: float, shift: tuple[float, float] | None, *gain: float) -> dict[str, object]:
    moved = {"shift": shift, "scale": None if shift is None else 1.0}
    return Lock(width=192, psnr=psnr, ssim=0.9, gain=gain, offset=(0.0,) * 3, **moved).to_json()


def test_the_plan_says_what_was_measured(tmp_path: Path, home: Path) -> None:
    film = write_film(tmp_path / "film")
    assert findings(film) == []
    held, better = lock(36.25, (0.6, 0.8), 1.012, 1.012, 1.012), lock(40.0, (0.0, 0.0), 1, 1, 1)
    end = replace(TRIAL, name="end", lock=better, tail=1, reach=lock(31.0, (0.3, 0.4), 1, 1, 1))
    whole = replace(KNOWN, trials=(replace(TRIAL, lock=held), end))
    _, file = keep_calibration(whole)
    ((name, message),) = findings(film)
    assert name == "endpoint.measured"
    assert message == (
        f"{KLING} at 192x108, measured on 2026-11-25: 24 fps, 73 frames for 72; 2 copies at the "
        "head and 1 at the tail; the first frame holds its picture at 36.2 dB, 1.0 px beside it, "
        "1.2% brighter; the last frame reaches the end picture at 31.0 dB, 0.5 px beside it"
    )
    raw = json.dumps({**whole.to_json(), "trials": [{**end.to_json(), "lock": {"psnr": 1}}]})
    for text in ("{", raw):
        file.write_text(text, encoding="utf-8")
        assert [name for name, _ in findings(film)] == ["endpoint.measured-broken"]
        assert matchcut.plan(matchcut.load(film)).renderable
    assert file.is_relative_to(home)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"head": None}, "copies at the head could not be told"),
        ({"head": 0, "tail": 0}, "no copies at the head and none at the tail"),
        ({"head": 1, "rate": Fraction(25), "frames": 72}, "25 fps, 72 frames; 1 copy at the head"),
        ({"lock": lock(14.0, None, 1, 1, 1)}, "the first frame does not show the start picture"),
        ({"lock": lock(38.0, (0, 0), 1.001, 1, 1)}, "its picture at 38.0 dB, with its tones"),
        ({"lock": lock(38.0, (0, 0), 0.99, 0.99, 0.99)}, "at 38.0 dB, 1.0% darker"),
        ({"lock": lock(38.0, (0, 0), 1.02, 1, 0.99)}, "light red +2.0%, green +0.0%, blue -1.0%"),
        (
            {"reach": lock(19.0, (3, 4), 1, 1, 1)},
            "misses the end picture at 19.0 dB, 5.0 px beside",
        ),
    ],
)
def test_what_a_film_maker_needs_is_said(tmp_path: Path, facts: dict[str, Any], says: str) -> None:
    keep_calibration(replace(KNOWN, trials=(replace(TRIAL, **facts),)))
    ((_, message),) = findings(write_film(tmp_path / "film"))
    assert says in message


@pytest.mark.usefixtures("home")
def test_the_plan_reads_what_was_measured_at_the_sizes_that_the_film_asks_for(
    tmp_path: Path,
) -> None:
    asks = FILM.replace(KLING, WAN).replace("duration: 3", "duration: 3, resolution: 720p")
    film = write_film(tmp_path / "film", asks)
    wan = replace(KNOWN, endpoint=WAN)
    large, odd = (1920, 1080), (1280, 704)
    keep_calibration(replace(measured_at(large, "1" * 64, DAY), endpoint=WAN))
    ((_, message),) = findings(film)
    assert "was measured at 1920x1080, and this film asks for 1280x720" in message
    came = measured_at(odd, "2" * 64, DAY, asked_size="1280x720", head=3).trials
    keep_calibration(replace(wan, trials=came))
    ((_, message),) = findings(film)
    assert "at 1280x704, measured on" in message
    assert "3 copies" in message
    both = asks.replace("prompt: a door", "prompt: a door, resolution: 1080p")
    assert ["1280x704" in said for _, said in findings(write_film(tmp_path / "film", both))] == [
        True,
        False,
    ]


@pytest.mark.usefixtures("home")
def test_assembly_goes_by_it_until_the_film_has_takes_of_its_own(tmp_path: Path) -> None:
    seams = Seams(Database(tmp_path / "state.db"))
    assert usual_of(seams, "fal", KLING, "192x108") is None
    keep_calibration(KNOWN)
    habit = usual_of(seams, "fal", KLING, "192x108")
    assert habit is not None
    assert (habit.head, habit.seams) == (2, 0)
    assert usual_of(seams, "rehearsal", KLING, "192x108") is None
    assert usual_of(seams, "fal", KLING, "1280x720") is None
    ends = [End(clip=name, frame=0, endpoint=KLING, size="192x108") for name in "ab"]
    seams.keep(ends[0], ends[1], "match", "fal", seam(1))
    habit = usual_of(seams, "fal", KLING, "192x108")
    assert habit is not None
    assert (habit.head, habit.tail, habit.seams) == (1, None, 1)


@pytest.mark.usefixtures("home")
def test_what_the_film_has_not_told_is_taken_from_the_record_each_by_itself(tmp_path: Path) -> None:
    seams = Seams(Database(tmp_path / "state.db"))
    keep_calibration(replace(KNOWN, trials=(replace(TRIAL, head=3, tail=1),)))
    ends = [End(clip=name, frame=0, endpoint=KLING, size="192x108") for name in "abc"]
    seams.keep(ends[0], ends[1], "match", "fal", seam(1))
    habit = usual_of(seams, "fal", KLING, "192x108")
    assert habit is not None
    assert (habit.head, habit.tail, habit.seams) == (1, 1, 1)
    assert habit.lock_psnr == seam(1).lock.psnr, "what was learnt besides stays"
    seams.keep(ends[1], ends[2], "match", "fal", replace(seam(None), tail=2))
    habit = usual_of(seams, "fal", KLING, "192x108")
    assert habit is not None
    assert (habit.head, habit.tail) == (1, 2)


def measured_at(size: tuple[int, int], clip: str, day: date, **facts: object) -> Calibration:
    trial = replace(TRIAL, width=size[0], height=size[1], clip=clip, measured=day, **facts)
    return replace(KNOWN, trials=(trial,))


@pytest.mark.usefixtures("home")
def test_what_was_measured_at_another_size_stays_on_record() -> None:
    keep_calibration(KNOWN)
    later = date(2026, 12, 1)
    whole, _ = keep_calibration(measured_at((1280, 720), "1" * 64, later, head=1, tail=2))
    assert whole == calibration(KLING, "fal")
    assert [(one.size, one.measured) for one in whole.trials] == [
        ("192x108", DAY),
        ("1280x720", later),
    ]
    assert whole.copies("192x108") == (2, None)
    assert whole.copies("1280x720") == (1, 2)
    assert whole.copies("1920x1080") == (None, None)
    assert whole.measured == later


@pytest.mark.usefixtures("home")
def test_of_the_same_trial_at_the_same_size_the_last_counts_and_all_are_kept() -> None:
    size = (TRIAL.width, TRIAL.height)
    keep_calibration(measured_at(size, "1" * 64, date(2026, 12, 1), head=1))
    whole, _ = keep_calibration(KNOWN)
    assert len(whole.trials) == 2
    assert whole.copies("192x108") == (1, None), "the later one, whichever was written last"
    again, _ = keep_calibration(measured_at(size, TRIAL.clip, date(2027, 1, 1), head=3))
    assert len(again.trials) == 2
    (first,) = [one for one in again.trials if one.clip == TRIAL.clip]
    assert (first.head, first.measured) == (3, DAY), "measured anew, and made when it was made"
    assert again.copies("192x108") == (1, None)


def test_a_record_of_one_day_is_read_as_it_was_written_once(home: Path) -> None:
    old = KNOWN.to_json()
    for trial in old["trials"]:
        del trial["measured"]
    assert old["measured"] == "2026-11-25"
    _, file = keep_calibration(KNOWN)
    file.write_text(json.dumps(old), encoding="utf-8")
    assert calibration(KLING, "fal") == KNOWN
    assert file.is_relative_to(home)


@pytest.mark.usefixtures("home")
def test_a_record_that_cannot_be_read_is_set_aside_for_a_new_one() -> None:
    _, file = keep_calibration(KNOWN)
    for text in ("{", '{"trials": []}', json.dumps({**KNOWN.to_json(), "trials": []})):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(matchcut.MatchcutError, match="cannot be read"):
            calibration(KLING, "fal")
        assert keep_calibration(KNOWN) == (KNOWN, file)
        assert file.with_name(f"{file.name}.broken").read_text("utf-8") == text


@pytest.mark.usefixtures("home", "fal")
def test_a_run_at_another_size_adds_to_what_was_paid_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = {"small": (96, 64), "large": (192, 108)}
    for name, (width, height) in sizes.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(write_still(picture(4, width, height), {}))
        assert main(["calibrate", KLING, "--start", str(path), "--yes", "--json"]) == 0
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [(one["name"], one["width"]) for one in told["trials"]] == [
        ("start", 96),
        ("end", 96),
        ("start", 192),
        ("end", 192),
    ]
    known = calibration(KLING, "fal")
    assert known is not None
    assert [len(known.at(size)) for size in ("96x64", "192x108")] == [2, 2]


def test_a_record_goes_through_json_and_another_endpoints_is_refused(home: Path) -> None:
    whole = replace(TRIAL, name="end", asked_rate=None, lock={"psnr": 40.0}, tail=1, cost_usd=None)
    known = replace(KNOWN, trials=(TRIAL, whole))
    assert Calibration.from_json(json.loads(json.dumps(known.to_json()))) == known
    kept, file = keep_calibration(known)
    assert kept == calibration(KLING, "fal") == known
    file.rename(file.with_name("other.fal.json"))
    with pytest.raises(matchcut.MatchcutError, match="cannot be read"):
        calibration("other", "fal")
    assert calibration(KLING, "fal") is None
    assert home.is_dir()
