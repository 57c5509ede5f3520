"""Where a film stands: every state, by what the records say, at no cost to whoever is at work."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

import matchcut
from hostile import HostileFal
from matchcut.cli.main import main
from matchcut.errors import Code, Exit, MatchcutError
from matchcut.project import read
from matchcut.render.attempt import Attempt, Limits, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.control import pause, resume, retry
from matchcut.render.database import Database
from matchcut.render.gates import Gates, Spot
from matchcut.render.ledger import Claim, Ledger, Take, TakeState
from matchcut.render.standing import Kind, ShotStatus, Stage
from matchcut.render.status import FilmStatus, status
from matchcut.render.waiting import waiting_takes
from render.paying import User, said
from render.test_control import HEAD as FILM_HEAD
from render.test_control import ONE, TWO, accepted, drawn, rendering, until, write
from small import write_film

if TYPE_CHECKING:
    from postgres import Postgres

KLING = "fal-ai/kling-video/v3/pro/image-to-video"
HEAD = f"""
title: Long
budget_usd: "90"
canvas: {{width: 192, height: 108, fps: 24}}
defaults: {{endpoint: {KLING}, duration: 3}}
shots:
  - {{id: s0, hero: true, start: art/a.png, prompt: one}}
"""
USD = Decimal("0.672")
INPUTS, CLIP = "i" * 64, "c" * 64


class Records:
    """A film whose records a test writes by the code that a run writes them with."""

    def __init__(self, folder: Path, shots: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.film = folder / "film.yaml"
        more = "".join(f"  - {{id: s{n}, prompt: x}}\n" for n in range(1, shots))
        self.film.write_text(HEAD + more, encoding="utf-8")
        (folder / ".matchcut").mkdir()
        self.database = Database(folder / ".matchcut" / "state.sqlite")
        self.ledger, self.attempts = Ledger(self.database), Attempts(self.database, run="r")
        self.gates = Gates(self.database)

    def claim(self, shot: str, inputs: str = INPUTS) -> Claim:
        return self.ledger.claim(
            "film.yaml", shot, inputs, provider="fal", request={}, expects=None, paid=True
        )

    def sent(self, shot: str) -> Attempt:
        return self.attempts.reserve(
            TakeKey(film="film.yaml", shot=shot, take=self.claim(shot).number),
            provider="fal",
            endpoint=KLING,
            digest=INPUTS,
            estimate_usd=USD,
            limits=Limits(),
        )

    def accepted(self, shot: str) -> Attempt:
        return self.attempts.accepted(self.sent(shot), f"request-{shot}", {})

    def done(self, shot: str, unfit: str = "") -> Take:
        sent = self.accepted(shot)
        take = Take(
            shot=shot,
            number=sent.key.take,
            provider="fal",
            inputs=INPUTS,
            clip=CLIP,
            frames=72,
            rate=Fraction(24),
            cost_usd=USD,
        )
        self.ledger.finish("film.yaml", take, unfit=unfit)
        self.attempts.done(sent)
        return take

    def waits(self, take: Take, needed_by: str) -> None:
        spot = Spot(
            shot=take.shot,
            edge="out",
            clip=take.clip,
            suffix=".mp4",
            kept=(0, 71),
            number=take.number,
            provider="fal",
            inputs=INPUTS,
            needed_by=needed_by,
        )
        self.gates.open("film.yaml", spot, "fal")

    def status(self) -> FilmStatus:
        return status(read(self.film))

    def shot(self, name: str) -> ShotStatus:
        return next(shot for shot in self.status().shots if shot.shot == name)


@contextmanager
def records(folder: Path, shots: int = 3) -> Iterator[Records]:
    known = Records(folder, shots)
    try:
        yield known
    finally:
        known.database.close()


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Records]:
    with records(tmp_path) as one:
        yield one


def test_what_is_done_what_waits_and_what_is_behind(known: Records) -> None:
    take = known.done("s0")
    found = known.status()
    assert [shot.standing for shot in found.shots] == [
        Stage.DONE,
        Stage.NOT_BEGUN,
        Stage.BEHIND,
    ]
    assert (found.shots[0].take, found.shots[0].usd) == (1, USD)
    assert found.shots[2].behind == "s1"
    assert (found.spent_usd, found.in_flight_usd, found.to_pay_usd) == (USD, 0, 2 * USD)
    assert found.budget_usd == Decimal(90)
    assert found.next == ("`matchcut render film.yaml` makes what is left.",)
    known.waits(take, "s1")
    found = known.status()
    assert found.shots[1].standing is Stage.WAITS
    assert found.shots[1].gate is Kind.ANCHOR
    assert "`matchcut approve s0.out`" in found.shots[1].ways
    assert found.shots[2].behind == "s1"
    assert found.next[0].startswith("`matchcut gates`")
    known.ledger.decide("film.yaml", "s0", 1, TakeState.REJECTED)
    found = known.status()
    assert found.shots[0].standing is Stage.NOT_BEGUN, "a gate of a rejected take is none"
    assert found.shots[1].standing is Stage.BEHIND


def test_what_was_broken_off_waits_where_a_gate_waits_for_it(known: Records) -> None:
    """A take that was written down and never sent goes on only once the shot may be begun."""
    take = known.done("s0")
    claim = known.claim("s1")
    one = known.shot("s1")
    assert (one.standing, one.gate) == (Stage.NOT_BEGUN, None)
    assert one.said == "it was broken off before it was sent; the next run goes on"
    full = MatchcutError(Code.FOLDER_UNWRITABLE, "no space left")
    known.ledger.stopped("film.yaml", "s1", claim.number, full)
    assert known.shot("s1").said == "no space left; the next run goes on"
    known.waits(take, "s1")
    one = known.shot("s1")
    assert (one.standing, one.gate) == (Stage.WAITS, Kind.ANCHOR)
    assert "`matchcut approve s0.out`" in one.ways
    assert known.status().next[0].startswith("`matchcut gates`")
    assert known.status().to_pay_usd == 2 * USD, "what was never sent is to be paid"
    # And where the shot before it is made again, it is behind that.
    known.ledger.decide("film.yaml", "s0", 1, TakeState.REJECTED)
    found = known.status().shots
    assert (found[0].standing, found[0].said) == (Stage.NOT_BEGUN, "take 1 was rejected")
    assert (found[1].standing, found[1].behind) == (Stage.BEHIND, "s0")


def test_what_is_under_way_counts_once(known: Records) -> None:
    known.accepted("s0")
    found = known.status()
    one = found.shots[0]
    assert (one.standing, one.request_id, one.usd) == (Stage.UNDER_WAY, "request-s0", USD)
    assert one.since
    assert found.in_flight_usd == USD
    assert found.to_pay_usd == 2 * USD, "what is in flight is not to be paid again"


def test_every_kind_of_gate_has_its_commands(known: Records) -> None:
    """Each kind in turn: what is said of it, and how it is decided."""
    sent = known.sent("s0")
    known.attempts.unknown(sent, "the connection broke")
    one = known.shot("s0")
    assert (one.standing, one.gate) == (Stage.UNKNOWN, Kind.UNKNOWN)
    assert "`matchcut resolve s0 --adopt REQUEST_ID`" in one.ways
    known.attempts.refused(sent, "no", "content_policy_violation")
    known.ledger.fail("film.yaml", "s0", 1, standing="the content check refused it")
    one = known.shot("s0")
    assert (one.standing, one.gate) == (Stage.FAILED, Kind.REFUSED)
    assert "the content check" in one.said
    known.ledger.decide("film.yaml", "s0", 1, TakeState.REJECTED)
    assert known.shot("s0").standing is Stage.NOT_BEGUN
    claim = known.claim("s0")
    over = MatchcutError(Code.BUDGET_OVER, "the budget is 1 USD")
    known.ledger.stopped("film.yaml", "s0", claim.number, over)
    one = known.shot("s0")
    assert (one.standing, one.gate) == (Stage.WAITS, Kind.BUDGET)
    assert one.ways[0] == "`matchcut render film.yaml --max-usd USD`"
    assert known.claim("s0").number == claim.number, "the same take is taken up again"
    assert known.shot("s0").gate is None, "and what had stopped it is forgotten"
    known.ledger.decide("film.yaml", "s0", claim.number, TakeState.CANCELLED)
    one = known.shot("s0")
    assert (one.standing, one.ways) == (Stage.CANCELLED, ("`matchcut retry s0`",))
    known.ledger.decide("film.yaml", "s0", claim.number, TakeState.REJECTED)
    known.done("s0", unfit="it is black")
    one = known.shot("s0")
    assert (one.standing, one.gate) == (Stage.WAITS, Kind.UNFIT)
    assert known.status().to_pay_usd == 2 * USD, "it is paid, and may be accepted"


def test_an_unknown_of_an_earlier_version_waits_as_well(known: Records) -> None:
    known.attempts.unknown(known.sent("s0"), "the connection broke")
    known.claim("s0", inputs="j" * 64)
    (one,) = waiting_takes(read(known.film))
    assert (one.shot, one.number, one.kind) == ("s0", 1, Kind.UNKNOWN)
    assert "--take 1" in one.ways[0]


def test_what_failed_in_passing_is_made_again(known: Records) -> None:
    known.attempts.failed(known.accepted("s0"), "a server error", "internal_error")
    known.ledger.fail("film.yaml", "s0", 1)
    one = known.shot("s0")
    assert (one.standing, one.gate) == (Stage.FAILED, None)
    assert "a server error; the next run makes it again" in one.said


def test_beside_a_run_and_after_it(fal: HostileFal, tmp_path: Path) -> None:
    film = write(tmp_path / "film", FILM_HEAD + ONE + TWO, **drawn("a", "b"))
    user = User(film=film, environment=fal.environment)
    with rendering(film) as came:
        with fal.held():
            until(lambda: accepted(film, "one"))
            done = user.run("status", film.name, "--json")
            assert done.returncode == 0, said(done)
            facts = json.loads(done.stdout)
            assert facts["at_work"]["pid"] == os.getpid()
            assert facts["in_flight_usd"] == str(USD)
            one, two = facts["shots"]
            assert (one["state"], two["state"]) == ("under way", "not begun")
            assert one["request_id"] == fal.accepted[0].request_id
            busy = user.render("--yes")
            assert busy.returncode == 4
            assert f"process {os.getpid()}, since" in busy.stderr
        watched = user.run("status", film.name, "--watch", "--json", timeout=120)
    assert came == {"one": "done", "two": "done"}, "nobody was held up"
    lines = [json.loads(line) for line in watched.stdout.splitlines()]
    assert lines[-1]["at_work"] is None, "it ends once nobody is at work"
    assert lines[-1]["counts"] == {"done": 2}
    shown = user.run("status", film.name)
    assert "2 done." in shown.stdout
    assert "of that 0 USD in flight; left to pay 0 USD" in shown.stdout


def test_a_rehearsal_has_a_status_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path, FILM_HEAD + ONE)
    monkeypatch.chdir(tmp_path)
    assert main(["status"]) == 2, "nothing was made yet"
    project = matchcut.load(film)
    matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())
    capsys.readouterr()
    assert main(["status"]) == 0
    out = capsys.readouterr().out
    assert "by rehearsal" in out
    assert "1 done." in out
    assert main(["gates"]) == 0
    edited = film.read_text(encoding="utf-8").replace("prompt: ", "prompt: at dusk ", 1)
    film.write_text(edited, encoding="utf-8")
    capsys.readouterr()
    assert main(["status"]) == 0
    out = capsys.readouterr().out
    assert "makes nothing" not in out, "the shot is stale"
    assert "`matchcut rehearse film.yaml` puts the film together; " in out
    (check,) = re.findall(r"`matchcut (plan film.yaml --check.*)` says what that makes anew", out)
    assert main(check.split()) == Exit.STALE_PLAN


def test_a_film_on_a_server_is_steered_and_asked_as_well(
    server: "Postgres", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCHCUT_DATABASE", server.address)
    film = write_film(tmp_path, FILM_HEAD + ONE)
    project = matchcut.load(film)
    matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal(), database=server.address)
    assert status(read(film)).counts == {Stage.DONE: 1}
    pause(project)
    assert "already" in pause(project)
    assert status(read(film)).paused_since
    assert "goes on" in resume(project)
    assert status(read(film)).paused_since is None
    with pytest.raises(MatchcutError) as caught:
        retry(project, "fal")
    assert "`matchcut status`" in caught.value.fix
    assert waiting_takes(project) == []


def test_a_long_film_is_read_in_a_few_questions(tmp_path: Path) -> None:
    asked: dict[int, int] = {}
    for shots in (10, 1000):
        with records(tmp_path / str(shots), shots) as long:
            for n in range(0, shots, 50):
                long.done(f"s{n}")
            count = 0

            def note(*_: object) -> None:
                nonlocal count
                count += 1

            sa.event.listen(sa.Engine, "before_cursor_execute", note)
            try:
                found = long.status()
            finally:
                sa.event.remove(sa.Engine, "before_cursor_execute", note)
            assert len(found.shots) == shots
            asked[shots] = count
    assert asked[1000] == asked[10], "no question is asked of one shot alone"


def test_the_whole_command_is_quick(tmp_path: Path) -> None:
    with records(tmp_path, 1000) as long:
        for n in range(0, 1000, 20):
            long.done(f"s{n}")
    script = (
        "import sys, time\n"
        "from matchcut.cli.main import main\n"
        "code = main(['status', 'film.yaml', '--json'])\n"
        "heavy = {'cv2', 'numpy', 'av', 'dbos', 'fal_client', 'rich'} & set(sys.modules)\n"
        "print(code, sorted(heavy), time.process_time(), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    code, heavy, seconds = done.stderr.split(maxsplit=1)[0], "[]", done.stderr.rsplit(maxsplit=1)[1]
    assert code == "0"
    assert heavy in done.stderr, "nothing heavy is loaded"
    # Processor time, since the machine may be busy; four times what an idle one takes.
    assert float(seconds) < 2.0
