"""The paying verbs as a person meets them: the question before money, the ledger, what is decided.

That a limit holds, and what counts against it, is in `tests/render/test_spending.py`.
"""

import csv
import json
import os
import pty
import subprocess
import threading
from pathlib import Path

import pytest

from hostile import Fault, HostileFal
from matchcut.cli.main import main
from matchcut.frames.clip import read_frames
from render.paying import COMMAND, User, drawn, said, write
from render.test_spending import ONE, THREE, TWO, film_of, render

TOTAL = "1.344"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return film_of(tmp_path / "film", ONE, TWO)


# The question before money.


@pytest.mark.parametrize("arguments", [(), ("--max-usd", "5"), ("--json",)])
def test_without_a_terminal_somebody_must_have_said_yes(
    fal: HostileFal, film: Path, arguments: tuple[str, ...]
) -> None:
    done = User(film=film, environment=fal.environment).render(*arguments)
    assert done.returncode == 5
    assert "2 shots may cost 1.344 USD, and nobody has said that it may be spent" in said(done)
    assert "Say `--yes`, and `--max-usd` for a limit." in said(done)
    if "--json" in arguments:
        assert json.loads(done.stdout)["code"] == "spending.unconfirmed"
    assert not fal.calls


def on_a_terminal(user: User, typed: bytes, *arguments: str, questions: int = 1) -> tuple[int, str]:
    """Render on a pseudo-terminal of its own, typing once it is asked; exit code and screen."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "render", user.film.name, *arguments],
        cwd=user.folder,
        env={**user.shell, "TERM": "xterm-256color", "COLUMNS": "140", "LINES": "40"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    ) as running:
        os.close(follower)
        guard = threading.Timer(120, running.kill)
        guard.start()
        seen, asked = b"", 0
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
                if seen.count(b"or nothing to leave it: ") > asked:
                    asked += 1
                    os.write(leader, typed)
        except OSError:  # a pseudo-terminal ends in an error on Linux
            pass
        running.wait()
        guard.cancel()
    os.close(leader)
    screen = seen.decode("utf-8", "replace").replace("\r\n", "\n")
    assert asked == questions, screen
    return running.returncode, screen


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")
@pytest.mark.parametrize(
    "typed",
    [b"\n", b"1.343\n", b"1.34\n", b"yes\n", b"y\n", b"1.344 USD\n", b"\x04"],
    ids=["nothing", "less", "rounded", "yes", "y", "unit", "end of file"],
)
def test_another_word_than_the_total_spends_nothing(
    fal: HostileFal, film: Path, typed: bytes
) -> None:
    code, screen = on_a_terminal(User(film=film, environment=fal.environment), typed)
    assert code == 5, screen
    assert "  one: 0.672 USD\n  two: 0.672 USD\n" in screen
    assert "2 shots, up to 1.344 USD; 0 USD are spent or in flight already." in screen
    assert "nothing was sent, nothing was spent" in screen
    assert not fal.calls


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")
def test_the_total_typed_is_spent_and_the_table_says_on_what(fal: HostileFal, film: Path) -> None:
    fal.pace = 1.0
    user = User(film=film, environment=fal.environment)
    code, screen = on_a_terminal(user, f" {TOTAL} \n".encode())
    assert code == 0, screen
    assert len(fal.accepted) == 2
    for word in ("endpoint", "elapsed", "USD", "0.672", "rendering", "Loading the inputs", "done"):
        assert word in screen, word
    assert "2 rendered (one, two), 0 kept. This cost about 1.344 USD" in screen
    # With all of it there, nobody is asked anything.
    code, screen = on_a_terminal(user, b"", questions=0)
    assert code == 0
    assert "Nothing has changed: nothing was rendered." in screen


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")
def test_nobody_is_asked_about_money_that_may_not_be_spent(fal: HostileFal, film: Path) -> None:
    user = User(film=film, environment=fal.environment)
    code, screen = on_a_terminal(user, b"", "--max-usd", "1", questions=0)
    assert code == 5
    assert "this run may spend 1 USD" in screen
    keyless = User(film=film, environment={**fal.environment, "FAL_KEY": ""})
    code, screen = on_a_terminal(keyless, b"", questions=0)
    assert code == 4
    assert "there is no key for fal" in screen
    assert not fal.calls


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--price", "0.5"], "`--price 0.5` names no shot"),
        (["--price", "=0.5"], "`--price =0.5` names no shot"),
        (["--price", "one="], "`--price` takes an amount in US dollars, and `` is none"),
        (["--price", "one=cheap"], "and `cheap` is none"),
        (["--price", "one=-1"], "and `-1` is none"),
        (["--price", "one=NaN"], "and `NaN` is none"),
        (["--price", "onne=0.5"], "Did you mean `one`?"),
        (["--price", "elsewhere=0.5"], "Its shots are one, two."),
        (["--max-usd", "Infinity"], "and `Infinity` is none"),
        (["--max-usd", "five"], "and `five` is none"),
        (["--max-usd", "\u0661"], "and `\u0661` is none"),
        (["--max-usd"], "--max-usd"),
    ],
)
def test_an_amount_that_is_none_is_said(
    fal: HostileFal,
    film: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    assert main(["render", str(film), "--yes", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not fal.calls


# The ledger.


def test_a_film_that_was_never_rendered_has_no_ledger(
    film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", str(film)]) == 2
    assert "nothing was sent" in capsys.readouterr().err
    assert not (film.parent / ".matchcut").exists(), "looking changes nothing"


def test_a_spreadsheet_computes_nothing_that_somebody_else_wrote(
    fal: HostileFal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shot = "  - {id: one, start: art/a.png, prompt: '=1+1 people walk', duration: 2, seed: 7,\n"
    shot += "     endpoint: fal-ai/wan/v2.7/image-to-video, resolution: 720p}\n"
    film = film_of(tmp_path / "film", shot)
    assert render(film, max_usd=1) == {"one": "done"}
    assert len(fal.accepted) == 1
    assert main(["ledger", str(film), "--csv"]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert row["actual_prompt"] == "'=1+1 people walk"
    assert row["seed"] == "7"
    assert main(["ledger", str(film), "--json"]) == 0
    (attempt,) = json.loads(capsys.readouterr().out)["attempts"]
    assert attempt["actual_prompt"] == "=1+1 people walk"


# What a person decides.


def resolve(film: Path, *arguments: str) -> int:
    return main(["resolve", *arguments, "--film", str(film)])


def unknown(fal: HostileFal, film: Path) -> str:
    """Leave `one` unknown, though fal has accepted it; returns the id of its request."""
    fal.inject(Fault.DROP_AFTER_ACCEPT)
    fal.inject(Fault.PLATFORM_500, times=None)
    assert render(film, max_usd=5)["one"] == "submission.unknown"
    return next(job.request_id for job in fal.accepted if "walks" in job.input["prompt"])


def test_an_unknown_submission_is_adopted(
    fal: HostileFal, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = unknown(fal, film)
    assert resolve(film, "one", "--adopt", request) == 0
    out = capsys.readouterr().out
    assert f"follows request {request} for `one`, and sends nothing for it" in out
    assert set(render(film, max_usd=5).values()) == {"done"}
    assert len(fal.accepted) == 2
    assert resolve(film, "one", "--adopt", request) == 2, "there is nothing left to decide"


def test_a_request_adopted_by_mistake_is_put_right(
    fal: HostileFal, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = unknown(fal, film)
    fal.faults.clear()
    assert resolve(film, "one", "--adopt", "00000000-0000-0000-0000-000000000000") == 0
    assert render(film, max_usd=5)["one"] == "result.gone"
    assert resolve(film, "one", "--adopt", request, "--json") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told == {"event": "resolved", "shot": "one", "decision": "adopt"}
    assert set(render(film, max_usd=5).values()) == {"done"}
    assert len(fal.accepted) == 2, "nothing is paid twice for a slip"


def test_what_belongs_to_another_take_is_not_adopted(
    fal: HostileFal, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown(fal, film)
    other = next(job.request_id for job in fal.accepted if "turns" in job.input["prompt"])
    assert resolve(film, "one", "--adopt", other) == 8
    err = capsys.readouterr().err
    assert f"the request {other} belongs to another take already" in err
    assert "`matchcut ledger` lists which." in err
    assert render(film, max_usd=5)["one"] == "submission.unknown"


@pytest.mark.parametrize("request_id", ["", " ", "../../other", "a b", "id?x=1", "é"])
def test_what_is_no_request_is_never_taken_for_another_word(
    fal: HostileFal, film: Path, capsys: pytest.CaptureFixture[str], request_id: str
) -> None:
    unknown(fal, film)
    assert resolve(film, "one", "--adopt", request_id) == 2
    assert "is not the id of a request" in capsys.readouterr().err
    assert render(film, max_usd=5)["one"] == "submission.unknown"
    assert len(fal.accepted) == 2, "an empty word is no order to send it again"


@pytest.mark.parametrize("decision", [("--adopt", "some-id"), ("--accept",), ("--resubmit",)])
def test_where_nothing_waits_there_is_nothing_to_decide(
    fal: HostileFal,
    film: Path,
    capsys: pytest.CaptureFixture[str],
    decision: tuple[str, ...],
) -> None:
    assert resolve(film, "one", *decision) == 2
    assert "there is nothing" in capsys.readouterr().err
    fal.inject(Fault.FAILED)
    assert render(film, max_usd=5)["one"] == "provider.failed"
    assert resolve(film, "one", *decision) == 2, "it is made anew without a word"
    assert resolve(film, "nobody", *decision) == 2
    assert "there is nothing" in capsys.readouterr().err
    assert not [one for one in fal.submissions if one.body is None]


def test_a_decision_is_one_word(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert resolve(film, "one") == 2
    assert resolve(film, "one", "--accept", "--resubmit") == 2
    assert "not allowed with" in capsys.readouterr().err


def test_an_odd_clip_is_used_once_somebody_has_looked_at_it(
    fal: HostileFal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = film_of(tmp_path / "film", ONE, TWO, THREE)
    fal.inject(Fault.WRONG_LENGTH, frames=36)
    user = User(film=film, environment=fal.environment)
    done = user.render("--yes", "--at-once", "1")
    assert done.returncode == 9, said(done)
    assert "it lasts 1.50 s where 3 s were asked for. It is kept, and not used" in done.stderr
    place = Path(done.stderr.partition("Look at ")[2].partition(". To use it")[0])
    assert sum(1 for _ in read_frames(place)) == 36
    odd = next(one["shot"] for one in user.ledger()["attempts"] if one["take"] == 1)
    assert f"matchcut resolve {odd} --accept" in done.stderr
    assert not (film.parent / "out").exists(), "a film with a hole in it is no film"
    assert user.render("--yes").returncode == 9, "and so it stays"
    assert resolve(film, odd, "--accept") == 0
    assert f"uses take 1 of `{odd}` as it is" in capsys.readouterr().out
    done = user.render("--json")
    assert done.returncode == 0, "there is nothing left to pay"
    assert json.loads(done.stdout.splitlines()[-1])["frames"] == 36 + 72 + 72
    assert len(fal.accepted) == 3
    assert resolve(film, odd, "--accept") == 2


def test_what_was_refused_waits_for_a_word(
    fal: HostileFal, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fal.inject(Fault.MODERATED)
    user = User(film=film, environment=fal.environment)
    done = user.render("--yes", "--at-once", "1")
    assert done.returncode == 6
    assert "one: the content check refused `start_image_url`" in done.stderr
    assert "`start_image_url` is art/a.png" in done.stderr
    assert "another picture than art/a.png" in done.stderr
    assert "an endpoint with the same roles (fal-ai/" in done.stderr
    again = user.render("--yes")
    assert again.returncode == 6
    assert "it was refused before, and nothing in it has changed" in again.stderr
    assert "matchcut resolve one --resubmit" in again.stderr
    assert len(fal.accepted) == 2
    assert resolve(film, "one", "--resubmit") == 0
    assert "makes a new take of `one`, and pays for it" in capsys.readouterr().out
    assert user.render("--yes").returncode == 0
    assert len(fal.accepted) == 3
    assert [one["take"] for one in user.attempts("one")] == [1, 2]


def test_an_address_is_named_without_what_signs_it(fal: HostileFal, tmp_path: Path) -> None:
    url = "https://pictures.example.test/a.png?X-Amz-Signature=c2VjcmV0"
    shot = ONE.replace("art/a.png", f'"{url}"')
    film = write(tmp_path / "film", film_of(tmp_path / "other", shot).read_text("utf-8"))
    fal.serve(url, drawn("a")["a"])
    fal.inject(Fault.MODERATED_AT_SUBMIT)
    done = User(film=film, environment=fal.environment).render("--yes")
    assert done.returncode == 6
    assert "`start_image_url` is https://pictures.example.test/a.png" in done.stderr
    assert "c2VjcmV0" not in said(done)
