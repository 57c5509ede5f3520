"""The command as a person and a program meet it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from matchcut.cli.main import main
from small import FILM, write_film

COMMAND = [sys.executable, "-m", "matchcut"]


def run(*arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, cwd=cwd, timeout=200
    )


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film"))


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in ("plan", "rehearse", "render", "schema"))


def test_help_loads_nothing_heavy() -> None:
    heavy = [
        "cv2",
        "numpy",
        "av",
        "dbos",
        "sqlalchemy",
        "pydantic",
        "yaml",
        "PIL",
        "rich",
        "opentimelineio",
    ]
    code = (
        "import sys\n"
        "from matchcut.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["rehears", "x.yaml"], 2, "Did you mean `matchcut rehearse`?"),
        (["plan"], 2, "film"),
        (["plan", "nowhere.yaml"], 3, "it is not there"),
        (["plan", "."], 3, "it is a folder"),
        (["plan", "--wibble", "x"], 2, "--wibble"),
        (["plan", "x", "--at-once", "0"], 2, "`--at-once 0` would make nothing"),
        *(
            ([verb, "one", "--by", "falx"], 2, "there is no provider `falx`: did you mean `fal`?")
            for verb in ("plan", "status", "seams", "drift", "trace", "bisect")
        ),
        (["seams", "--by", "x"], 2, "there is no provider `x`: known are fal and rehearsal"),
    ],
)
def test_wrong_usage_is_a_sentence(
    arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("words", [["gates"], ["show", "one.out", "--film"]])
def test_what_was_never_made_names_the_command_that_makes_it(
    tmp_path: Path,
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = write_film(tmp_path).rename(tmp_path / "my film.yaml")
    monkeypatch.chdir(tmp_path)
    assert main([*words, film.name]) == 2
    assert "`matchcut rehearse 'my film.yaml'` makes it here" in capsys.readouterr().err


def test_a_plan_for_a_person(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(film)]) == 0
    out, err = capsys.readouterr()
    rows = [line.split() for line in out.splitlines()]
    assert ["0", "one", "cut", "hero", "0", "still://art/a.png"] in [row[:6] for row in rows]
    assert ["four", "match", "bridge", "1", "anchor://three/out", "anchor://five/in"] in [
        row[1:7] for row in rows
    ]
    assert "4 waves. Critical path: one > two > three > four, about 6 min." in out
    assert "At 2 at once it takes about 6 min; no order of work takes less than 6 min." in out
    assert "Estimated cost: 4.032 USD" in out
    assert [line.split(": ")[1] for line in err.splitlines()[::2]] == ["info"]


def test_a_plan_for_a_program(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(film), "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [shot["id"] for shot in plan["shots"]] == ["one", "five", "six", "two", "three", "four"]
    bridge = plan["shots"][-1]
    assert bridge["start"] == "anchor://three/out"
    assert bridge["end"] == "anchor://five/in"
    assert bridge["wave"] == 3
    assert bridge["seconds"] == 3
    assert bridge["cost_usd"] == "0.672"
    assert [finding["id"] for finding in plan["findings"]] == ["prompt.unsaid"]
    assert main(["plan", str(film), "--json", "--at-once", "3"]) == 0
    schedule = json.loads(capsys.readouterr().out)["schedule"]
    assert schedule["at_once"] == 3
    assert schedule["critical_path"] == ["one", "two", "three", "four"]
    assert schedule["makespan_seconds"] == schedule["least_seconds"] == 360.0
    assert schedule["shots"]["three"] == {"expected_seconds": 90.0, "hops": 2}
    assert schedule["guessed"] is False


def test_one_shots_exact_request(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(film), "--request", "four"]) == 0
    request = json.loads(capsys.readouterr().out)
    assert request["arguments"] == {
        "prompt": "Light: overcast. @Element1: a courier in a yellow jacket. Camera: tilt up. "
        "@Element1 stops",
        "start_image_url": "anchor://three/out",
        "end_image_url": "anchor://five/in",
        "elements": [{"frontal_image_url": "still://art/a.png"}],
        "duration": "3",
        "generate_audio": False,
    }
    assert main(["plan", str(film), "--request", "for"]) == 2
    assert "Did you mean `four`?" in capsys.readouterr().err


def test_findings_stop_with_three_and_stand_in_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = write_film(tmp_path, FILM.replace("the sea", "'{marra}'"))
    assert main(["plan", str(film), "--json"]) == 3
    plan = json.loads(capsys.readouterr().out)
    assert plan["schedule"] is None, "what cannot be rendered takes no time"
    found = plan["findings"]
    (finding,) = [finding for finding in found if finding["severity"] == "error"]
    assert finding["id"] == "cast.unknown"
    assert finding["where"] == "film.yaml:13:44"
    assert finding["path"] == "shots[5].prompt"
    assert finding["fix"] == "Did you mean {mara}?"
    assert main(["rehearse", str(film)]) == 3
    assert "film.yaml:13:44: error: {marra} is not in the cast" in capsys.readouterr().err


def test_without_a_key_render_says_what_to_do_instead(
    film: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    assert main(["render", str(film), "--yes"]) == 4
    err = capsys.readouterr().err
    assert "there is no key for fal" in err
    assert "matchcut rehearse" in err


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "shots" in json.loads(capsys.readouterr().out)["properties"]


def test_a_rehearsal_in_plain_lines_and_again(tmp_path: Path) -> None:
    write_film(tmp_path)
    done = run("rehearse", "film.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "6 rendered" in done.stdout
    assert sum("four  " in line and "done" in line for line in done.stderr.splitlines()) == 1
    for name in ("small.mp4", "small.otio", "small.png", "small-clips/one.mp4"):
        assert (tmp_path / "out" / name).stat().st_size > 500
    again = run("rehearse", "film.yaml", cwd=tmp_path)
    assert again.returncode == 0
    assert "Nothing has changed: nothing was rendered." in again.stdout
    touched = {path.name for path in tmp_path.iterdir()}
    assert touched == {"film.yaml", "art", "out", ".matchcut"}


def test_a_rehearsal_in_json_lines(tmp_path: Path) -> None:
    write_film(tmp_path)
    done = run("rehearse", "film.yaml", "--json", cwd=tmp_path)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"event": "shot", "shot": "one", "state": "done"} in events
    last = events[-1]
    assert (last["step"], last["fps"], last["frames"]) == ("done", "24", 404)
    assert Path(last["film"]).is_file()


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")
def test_a_rehearsal_on_a_terminal_is_a_live_table(tmp_path: Path) -> None:
    write_film(tmp_path)
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "rehearse", "film.yaml"],
        cwd=tmp_path,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"},
    ) as running:
        os.close(follower)
        seen = b""
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
        except OSError:  # a pseudo-terminal ends in an error on Linux
            pass
        running.wait(timeout=60)
    os.close(leader)
    text = seen.decode("utf-8", "replace")
    assert running.returncode == 0, text[-2000:]
    assert "elapsed" in text
    assert "rendering" in text
    assert "%" in text
    assert text.count("\x1b[") > 50, "it is redrawn in place"
