"""Money: what may be spent is a hard stop, to the last digit; the ledger knows where it went."""

import csv
import io
import json
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import matchcut
from hostile import Fault, HostileFal
from matchcut.cli.main import main
from matchcut.render.attempt import Attempt, Limits, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.database import Database
from matchcut.render.paid import Patience
from matchcut.render.providers.fal.watch import Pace
from matchcut.render.resolve import WayOn, resolve_shot
from render.paying import User, drawn, said, write

HEAD = """
title: Money
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
"""
ONE = "  - {id: one, join: cut, start: art/a.png, prompt: somebody walks, camera: push in}\n"
TWO = "  - {id: two, join: cut, start: art/b.png, prompt: somebody turns, camera: pan right}\n"
THREE = "  - {id: three, join: cut, start: art/c.png, prompt: the sea, camera: pan left}\n"
USD = Decimal("0.672")
"""What each shot may cost: 3 s at 0.224, the dearer of two prices."""
LOTS = Decimal(100)
QUICK = Patience(retry=1.0, search=1.5, first_pause=0.1, longest_pause=0.5)


def film_of(folder: Path, *shots: str, budget: str = "") -> Path:
    head = f'budget_usd: "{budget}"\n{HEAD}' if budget else HEAD
    return write(folder, head + "".join(shots), **drawn("a", "b", "c"))


def render(film: Path, *, at_once: int = 1, wait: float = 60.0, **spending: Any) -> dict[str, str]:
    """Render in this process, without patience; `done` by shot, or what stopped it."""
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    pace = Pace(first_pause=0.1, longest_pause=0.4, wait=wait)
    fal = matchcut.Fal(at_once=at_once, pace=pace)
    try:
        matchcut.render(project, plan, fal, patience=QUICK, **spending)
    except matchcut.RenderError as error:
        failed = {shot: own.code.value for shot, own in error.failed.items()}
        return {shot.id: failed.get(shot.id, "done") for shot in plan.shots}
    return {shot.id: "done" for shot in plan.shots}


def attempts(film: Path) -> list[Attempt]:
    database = Database(film.parent / ".matchcut" / "state.sqlite")
    try:
        return Attempts(database).all()
    finally:
        database.close()


def counted(film: Path) -> Decimal:
    return sum((attempt.counted_usd for attempt in attempts(film)), Decimal(0))


def command(fal: HostileFal, film: Path, *arguments: str):
    return User(film=film, environment=fal.environment).render(*arguments)


# A film that may cost too much is not begun.


@pytest.mark.parametrize(
    ("budget", "arguments", "says"),
    [
        ("1.343", (), "the film's `budget_usd` has 1.343 USD left"),
        ("1.343", ("--max-usd", "50"), "the film's `budget_usd` has 1.343 USD left"),
        ("", ("--max-usd", "1.343"), "this run may spend 1.343 USD"),
        ("50", ("--max-usd", "1.3439999999999999999999999999999"), "this run may spend 1.34399"),
        ("", ("--max-usd", "0"), "this run may spend 0 USD"),
    ],
)
def test_a_film_over_its_limit_sends_nothing(
    fal: HostileFal, tmp_path: Path, budget: str, arguments: tuple[str, ...], says: str
) -> None:
    film = film_of(tmp_path / "film", ONE, TWO, budget=budget)
    done = command(fal, film, "--yes", *arguments)
    assert done.returncode == 5, said(done)
    assert "may cost 1.344 USD" in done.stderr
    assert says in done.stderr
    assert "nothing was sent" in done.stderr
    assert not fal.calls


def test_what_was_spent_before_counts_against_the_budget(fal: HostileFal, tmp_path: Path) -> None:
    film = film_of(tmp_path / "film", ONE, budget="1.343")
    assert render(film) == {"one": "done"}
    film.write_text(film.read_text("utf-8") + TWO, encoding="utf-8")
    calls = len(fal.calls)
    done = command(fal, film, "--yes")
    assert done.returncode == 5
    assert "may cost 0.672 USD, and the film's `budget_usd` has 0.671 USD left" in done.stderr
    assert len(fal.calls) == calls
    film.write_text(film.read_text("utf-8").replace("1.343", "1.344"), encoding="utf-8")
    assert command(fal, film, "--yes").returncode == 0, "to the last digit"
    assert counted(film) == Decimal("1.344")


# What is in flight is spent.


def test_what_is_in_flight_for_a_shot_that_is_gone_counts_before_anything_is_sent(
    fal: HostileFal, tmp_path: Path
) -> None:
    film = film_of(tmp_path / "film", ONE)
    fal.inject(Fault.ENDLESS_QUEUE, times=1)
    assert render(film, max_usd=LOTS, wait=2.0) != {"one": "done"}
    film.write_text(film.read_text("utf-8").replace(ONE, TWO), encoding="utf-8")
    sent = len(fal.submissions)
    done = command(fal, film, "--yes", "--max-usd", "1.343")
    assert done.returncode == 5, said(done)
    assert "may cost 0.672 USD, and this run may spend 0.671 USD; nothing was sent" in done.stderr
    assert len(fal.submissions) == sent
    assert command(fal, film, "--yes", "--max-usd", "1.344").returncode == 0


@pytest.mark.parametrize("of", ["run", "film"])
def test_two_in_flight_at_once_never_pass_the_limit(
    fal: HostileFal, tmp_path: Path, of: str
) -> None:
    fal.pace = 0.5  # the first is under way while the second one asks
    limit = USD * 3 / 2
    film = film_of(tmp_path / "film", ONE, TWO, budget=str(limit) if of == "film" else "")
    spending = {"max_usd": limit if of == "run" else None}
    came_to = render(film, at_once=2, **spending)
    assert sorted(came_to.values()) == ["budget.over", "done"]
    assert len(fal.accepted) == len(fal.submissions) == 1
    assert counted(film) == USD
    if of == "run":
        # The limit of the next run is its own, and what is finished is kept.
        assert render(film, at_once=2, max_usd=USD) == {"one": "done", "two": "done"}
        assert len(fal.accepted) == 2


def test_many_at_once_reserve_no_more_than_the_limit(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite")
    limits = Limits(film_usd=Decimal("0.35"))
    begin = threading.Barrier(8)
    came_to: list[str] = []

    def ask(number: int) -> None:
        mine = Attempts(database, run="run")
        begin.wait()
        try:
            mine.reserve(
                TakeKey(film="film.yaml", shot=f"s{number}", take=1),
                provider="fal",
                endpoint="x",
                digest="0" * 64,
                estimate_usd=Decimal("0.1"),
                limits=limits,
            )
            came_to.append("reserved")
        except matchcut.MatchcutError as error:
            came_to.append(error.code.value)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came_to) == ["budget.over"] * 5 + ["reserved"] * 3
    assert len(Attempts(database).all()) == 3, "what is refused leaves no row"
    database.close()


@pytest.mark.parametrize("of", ["run", "film"])
@pytest.mark.parametrize(
    ("limit", "made"), [("0.3", 2), ("0.30", 2), ("0.29999999999999999999999999", 1)]
)
def test_amounts_are_exact(fal: HostileFal, tmp_path: Path, of: str, limit: str, made: int) -> None:
    # In binary 0.1 + 0.2 is above 0.3.
    film = film_of(tmp_path / "film", ONE, TWO, budget=limit if of == "film" else "")
    prices = {"one": Decimal("0.1"), "two": Decimal("0.2")}
    came_to = render(film, prices=prices, max_usd=Decimal(limit) if of == "run" else None)
    assert list(came_to.values()).count("done") == made
    assert len(fal.accepted) == made
    assert counted(film) == (Decimal("0.3") if made == 2 else Decimal("0.1"))


# What nobody has agreed to is not spent.


def test_an_unknown_price_stops_the_film_until_somebody_says_it(
    fal: HostileFal, tmp_path: Path
) -> None:
    dear = "  - {id: two, join: cut, start: art/b.png, prompt: somebody turns, duration: 4,\n"
    dear += "     endpoint: bytedance/seedance-2.0/image-to-video, resolution: 480p,\n"
    dear += "     options: {bitrate_mode: high}}\n"
    film = film_of(tmp_path / "film", ONE, dear)
    for arguments in (("--yes",), ("--yes", "--max-usd", "100"), ("--yes", "--price", "one=0.1")):
        done = command(fal, film, *arguments)
        assert done.returncode == 5, said(done)
        assert "nobody knows what these shots cost, so nothing is sent: two" in done.stderr
        assert "--price two=USD" in done.stderr
    assert render_is_refused(film) == "price.unknown"
    assert not fal.calls
    known = ("--price", "two=0.2", "--price", "one=0.1")
    over = command(fal, film, "--yes", "--max-usd", "0.29", *known)
    assert over.returncode == 5
    assert not fal.calls
    done = command(fal, film, "--yes", "--max-usd", "0.3", *known)
    assert done.returncode == 0, said(done)
    estimates = {one.key.shot: one.estimate_usd for one in attempts(film)}
    assert estimates == {"one": Decimal("0.1"), "two": Decimal("0.2")}


def render_is_refused(film: Path) -> str:
    project = matchcut.load(film)
    with pytest.raises(matchcut.MatchcutError) as caught:
        matchcut.render(project, matchcut.plan(project), matchcut.Fal(), max_usd=LOTS)
    return caught.value.code.value


def test_python_must_say_how_much_may_be_spent(fal: HostileFal, tmp_path: Path) -> None:
    project = matchcut.load(film_of(tmp_path / "film", ONE))
    with pytest.raises(matchcut.MatchcutError) as caught:
        matchcut.render(project, matchcut.plan(project), matchcut.Fal())
    assert caught.value.code is matchcut.Code.SPENDING_UNCONFIRMED
    assert caught.value.exit == 5
    assert "max_usd" in caught.value.fix
    assert not fal.calls


# What was sent stands in the ledger, whatever became of it.


@pytest.mark.parametrize(
    ("fault", "times", "state", "kind", "counts", "in_flight"),
    [
        (Fault.MODERATED_AT_SUBMIT, 1, "refused", "content_policy_violation", "0", "0"),
        (Fault.TOO_MANY_REQUESTS, None, "refused", "not_sent", "0", "0"),
        (Fault.MODERATED, 1, "failed", "content_policy_violation", "0.672", "0"),
        (Fault.FAILED, 1, "failed", "internal_error", "0", "0"),
        (Fault.DOWNSTREAM_ERROR, 1, "failed", "downstream_service_error", "0", "0"),
        (Fault.DROP_BEFORE_READING, 1, "unknown", "", "0.672", "0.672"),
        (Fault.ENDLESS_QUEUE, 1, "accepted", "", "0.672", "0.672"),
        (Fault.RESULT_GONE, 1, "accepted", "", "0.672", "0.672"),
        (Fault.WRONG_LENGTH, 1, "done", "", "0.672", "0"),
    ],
)
def test_the_ledger_says_what_every_attempt_cost(
    fal: HostileFal,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault: Fault,
    times: int | None,
    state: str,
    kind: str,
    counts: str,
    in_flight: str,
) -> None:
    film = film_of(tmp_path / "film", ONE)
    fal.inject(fault, times=times)
    wait = 2.0 if fault is Fault.ENDLESS_QUEUE else 60.0
    assert render(film, max_usd=LOTS, wait=wait) != {"one": "done"}
    assert main(["ledger", str(film), "--json"]) == 0
    ledger = json.loads(capsys.readouterr().out)
    (attempt,) = ledger["attempts"]
    assert (attempt["shot"], attempt["take"], attempt["attempt"]) == ("one", 1, 1)
    assert attempt["state"] == state
    assert attempt["error_type"] == kind
    assert attempt["estimate_usd"] == "0.672"
    assert attempt["counted_usd"] == counts
    assert ledger["counted_usd"] == counts
    assert ledger["in_flight_usd"] == in_flight
    accepted = {job.request_id for job in fal.accepted}
    assert {attempt["request_id"]} - {None} == accepted
    assert main(["ledger", str(film), "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row == {name: "" if value is None else str(value) for name, value in attempt.items()}
    assert main(["ledger", str(film)]) == 0
    table = capsys.readouterr().out
    assert state in table
    assert f"{counts} USD are spent, or may be; of that {in_flight} USD in flight." in table


def test_what_is_unknown_counts_as_spent(fal: HostileFal, tmp_path: Path) -> None:
    film = film_of(tmp_path / "film", ONE, TWO, budget="1.344")
    fal.inject(Fault.DROP_BEFORE_READING)
    assert render(film) == {"one": "submission.unknown", "two": "done"}
    film.write_text(film.read_text("utf-8") + THREE, encoding="utf-8")
    assert render(film)["three"] == "budget.over"
    # Sent again by a person's word, it may have been paid twice, and counts so.
    resolve_shot(matchcut.load(film), "one", WayOn.RESUBMIT, matchcut.Fal())
    assert render(film) == {"one": "budget.over", "two": "done", "three": "budget.over"}
    assert len(fal.accepted) == 1
    film.write_text(film.read_text("utf-8").replace("1.344", "2.688"), encoding="utf-8")
    assert set(render(film).values()) == {"done"}
    assert counted(film) == 4 * USD
    assert [one.state.value for one in attempts(film) if one.key.shot == "one"] == [
        "given up",
        "done",
    ]


def test_what_is_in_flight_counts_in_the_next_run(fal: HostileFal, tmp_path: Path) -> None:
    film = film_of(tmp_path / "film", ONE, TWO)
    fal.inject(Fault.ENDLESS_QUEUE)
    came_to = render(film, max_usd=LOTS, wait=4.0)
    assert came_to == {"one": "provider.slow", "two": "done"}
    film.write_text(film.read_text("utf-8") + THREE, encoding="utf-8")
    over = render(film, max_usd=USD, wait=2.0)
    assert over["three"] == "budget.over", "`one` may still cost all of it"
    assert render(film, max_usd=2 * USD, wait=4.0)["three"] == "done"
    assert len(fal.accepted) == 3, "what is in flight is followed, and not sent again"


def test_a_billed_amount_takes_the_estimates_place(fal: HostileFal, tmp_path: Path) -> None:
    # Seedance's answer counts thousands of tokens, whose price is known to be 0.014.
    shot = "  - {id: one, start: art/a.png, prompt: somebody walks, camera: push in, duration: 4,\n"
    shot += "     endpoint: bytedance/seedance-2.0/image-to-video, resolution: 480p}\n"
    film = film_of(tmp_path / "film", shot)
    assert render(film, max_usd=LOTS, prices={"one": Decimal(1)}) == {"one": "done"}
    assert len(fal.accepted) == 1
    (attempt,) = attempts(film)
    assert attempt.estimate_usd == Decimal(1), "a person's word"
    assert Decimal(attempt.billed_units or 0) == Decimal(854 * 480 * 24 * 4) / 1024 / 1000
    assert attempt.billed_usd == Decimal("0.53802")
    assert attempt.counted_usd == attempt.billed_usd


def test_a_finished_film_costs_nothing_and_needs_no_key(fal: HostileFal, tmp_path: Path) -> None:
    film = film_of(tmp_path / "film", ONE, TWO, budget="1.344")
    assert command(fal, film, "--yes").returncode == 0
    calls = len(fal.calls)
    offline = {**fal.environment, "FAL_KEY": "", "HTTPS_PROXY": "http://127.0.0.1:9"}
    for arguments in ((), ("--max-usd", "0"), ("--json",)):
        done = User(film=film, environment=offline).render(*arguments)
        assert done.returncode == 0, said(done)
    assert json.loads(done.stdout.splitlines()[-1])["rendered"] == []
    assert len(fal.calls) == calls
    assert counted(film) == Decimal("1.344")
