"""Text of somebody else's on a terminal: it is shown, and the terminal obeys none of it."""

import unicodedata
from pathlib import Path

import pytest

from matchcut.cli.main import main
from matchcut.cli.text import lasting, plain
from small import FILM, write_film

HOSTILE = "\x1b[2J\x9b31m\u202egnp.\u2028\x07"
"""Clears the screen, colours it, turns the reading direction, breaks the line, and rings."""
WRITTEN = HOSTILE.encode("unicode_escape").decode("ascii")
"""The same as a person may see it, and as YAML writes it in double quotes."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("Ночь 夜 é \U0001f600", "Ночь 夜 é \U0001f600"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("one\ntwo\ttabbed\r\x00\x7f", "one\\ntwo\\ttabbed\\r\\x00\\x7f"),
        ("\u202eright to left\u2066", "\\u202eright to left\\u2066"),
        ("zero\u200bwidth\ufeff\xad", "zero\\u200bwidth\\ufeff\\xad"),
        ("line\u2028and\u2029paragraph\x85", "line\\u2028and\\u2029paragraph\\x85"),
        ("caf\udce9", "caf\\udce9"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    """What a command has said; one character of it that moves a terminal is a defect."""
    out, err = capsys.readouterr()
    for line in (out + err).split("\n"):
        moving = [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
        assert not moving, ascii(line)
    return out + err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Small", f'title: "Small \\u202e\\u200b{WRITTEN}"'),
        ("id: six", f'id: "six{WRITTEN}"'),
        ("prompt: the sea", f'"prompt{WRITTEN}": the sea'),
        ("prompt: the sea", f'prompt: the sea, endpoint: "{WRITTEN}"'),
        ("prompt: the sea", f'prompt: the sea, options: {{"{WRITTEN}": 1}}'),
        ("join: cut", f'join: "{WRITTEN}"'),
        ("mara:", f'"{WRITTEN}":'),
        ("art/c.png", f'"art/{WRITTEN}.png"'),
        ("art/c.png", f'"https://a.example/{WRITTEN}.png"'),
        ("duration: 3", f'duration: "{WRITTEN}"'),
        ("title: Small", f"title: Small\n{HOSTILE[6]}x: 1"),
        ("title: Small", f'title: !<{WRITTEN}> Small\nx: "{WRITTEN}'),
    ],
)
def test_a_film_cannot_move_the_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str
) -> None:
    assert old in FILM
    film = write_film(tmp_path, FILM.replace(old, new))
    codes = {main(["plan", str(film)]), main(["rehearse", str(film)])}
    assert codes <= {0, 3}
    assert shown(capsys)


def test_a_title_that_turns_the_reading_direction_is_shown_as_it_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = write_film(tmp_path, FILM.replace("title: Small", 'title: "Small\\u202e"'))
    assert main(["plan", str(film)]) == 0
    assert shown(capsys).startswith("Small\\u202e: 6 shots")


FOOTAGE = """
title: "!!!"
canvas: {width: 192, height: 108, fps: 24}
shots:
  - {id: own, clip: own.mp4}
"""


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A film whose file and folder have names that a terminal would obey."""
    from fractions import Fraction  # noqa: PLC0415

    from matchcut.frames.encode import Quality, write_clip  # noqa: PLC0415
    from small import picture  # noqa: PLC0415

    film = write_film(tmp_path / f"folder{HOSTILE}", FOOTAGE)
    frames = [picture(1, 192, 108)] * 3
    write_clip(film.parent / "own.mp4", frames, rate=Fraction(24), quality=Quality.TAKE)
    return film.rename(film.with_name(f"film{HOSTILE}.yaml"))


def test_a_path_cannot_move_the_cursor(
    strange: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["plan", str(strange)]) == 0
    assert main(["rehearse", str(strange)]) == 0
    assert WRITTEN in shown(capsys), "the results are named where they are"
    monkeypatch.chdir(strange.parent)
    assert main(["rehearse", strange.name]) == 0
    assert main(["ledger", strange.name]) == 0
    assert main(["resolve", f"own{HOSTILE}", "--film", strange.name, "--resubmit"]) == 2
    assert main(["plan", f"nowhere{HOSTILE}.yaml"]) == 3
    assert shown(capsys)
    Path(strange.name).write_text(FOOTAGE.replace("own.mp4", "gone.mp4"), encoding="utf-8")
    assert main(["plan", strange.name]) == 3
    assert shown(capsys)


@pytest.mark.parametrize(
    "words",
    [
        [f"pl{HOSTILE}an"],
        ["plan", f"--wibble{HOSTILE}", "x"],
        ["plan", "x", "--request", f"a{HOSTILE}"],
        ["endpoints", "show", f"a{HOSTILE}"],
        ["next", f"a{HOSTILE}.mp4", "--endpoint", "a", "--prompt", "x"],
    ],
)
def test_a_command_line_cannot_move_the_cursor(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) in {2, 3}
    assert shown(capsys)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 s"),
        (59.6, "1 min"),
        (370, "6 min 10 s"),
        (3_599.7, "1 h"),
        (11_100, "3 h 5 min"),
    ],
)
def test_a_length_of_time_as_people_say_it(seconds: float, said: str) -> None:
    assert lasting(seconds) == said
