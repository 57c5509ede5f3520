"""Slips of the pen and of the keyboard: named for what they are, and cheap by the thousand."""

import time
from decimal import Decimal
from pathlib import Path

import pytest

import matchcut
from matchcut.cli.main import main
from matchcut.errors import Code, MatchcutError
from matchcut.film.read import read_film
from matchcut.findings import Finding, show_path
from small import FILM, write_film

HEAD = "title: Film\ncanvas: {width: 1280, height: 720, fps: 24}\n"
SHOT = "shots:\n  - id: a\n    prompt: walks\n"
OPEN = "shots:\n  - id: a\n"


def found(text: str) -> tuple[Finding, ...]:
    return read_film(text.encode(), "film.yaml").findings


def the_one(text: str) -> Finding:
    (finding,) = found(text)
    return finding


def refused(text: str) -> MatchcutError:
    with pytest.raises(MatchcutError) as caught:
        read_film((HEAD + OPEN + text).encode(), "film.yaml")
    assert caught.value.code is Code.FILM_UNREADABLE
    return caught.value


@pytest.mark.parametrize(
    ("lines", "place", "says", "cure"),
    [
        ("    prompt: {mara} runs\n", "5:20", "on line 5 a text begins with a name", 'prompt: "'),
        ("  - camera: {mara} waves\n", "5:20", "on line 5 a text begins with a name", 'camera: "'),
        ('    prompt: "open\n', "6:1", "a quote is opened on line 5", "Close it on line 5."),
        ("    prompt: 'open\n", "6:1", "a quote is opened on line 5", "Close it on line 5."),
        (
            '    camera: "pan right\n    prompt: "x"\n    start: a.png\n',
            "6:14",
            "a quote is opened on line 5",
            "Close it on line 5.",
        ),
        ("    camera: pan\n\tprompt: x\n", "6:1", "indented with a tab", "spaces"),
        ("    prompt: Evening: to the dial\n", "5:20", "a colon stands inside a text", "in quotes"),
    ],
)
def test_a_slip_of_yaml_is_named(lines: str, place: str, says: str, cure: str) -> None:
    error = refused(lines)
    assert error.where == f"film.yaml:{place}"
    assert says in error.message
    assert cure in error.fix


@pytest.mark.parametrize(
    "innocent",
    [
        '    prompt: "a long text\n      that goes on"\n',
        '    prompt: "take #1 of it"\n',
        '    prompt: a lens of 35" and so on\n',
        "    prompt: it's hers\n",
        "    prompt: 'it''s hers'\n",
        '    prompt: x # say "hi\n',
        '    prompt: "she says \\"no\\" twice, and \\""\n',
        '    prompt: |\n      He says "no\n',
    ],
)
def test_a_line_without_a_slip_is_not_blamed_for_a_later_one(innocent: str) -> None:
    assert found(HEAD + OPEN + innocent) == ()
    error = refused(innocent + "    camera: @left\n")
    assert "quote" not in error.message
    assert error.where == f"film.yaml:{5 + innocent.count(chr(10))}:13"


def test_a_cast_name_that_is_none_costs_nothing_else() -> None:
    cast = "cast:\n  bad name: {subject: x, frontal: 3}\n  mara: {subject: y, frontal: m.jpg}\n"
    read = read_film((HEAD + SHOT + cast).encode(), "film.yaml")
    (finding,) = read.findings
    assert finding.id == "film.wrong-name"
    assert finding.where == "film.yaml:7:3"
    assert show_path(finding.path) == "cast.bad name"
    assert list(read.film.cast) == ["mara"]
    assert read.film.cast["mara"].frontal == "m.jpg"
    assert (read.film.title, read.film.shots[0].prompt) == ("Film", "walks")


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        (HEAD + "scenes:\n  - {id: a, prompt: x}\n", "`shots`"),
        (HEAD.replace("canvas", "size") + SHOT, "`canvas`"),
        (HEAD.replace("title", "name") + SHOT, "`title`"),
        (HEAD + SHOT + "    model: x\n", "`endpoint`"),
        (HEAD + SHOT + "    first_frame: a.png\n", "`start`"),
        (HEAD + SHOT + "    seconds: 4\n", "`duration`"),
        (HEAD + SHOT + "budget: 5\n", "`budget_usd`"),
        (HEAD + SHOT + "Characters: {}\n", "`cast`"),
    ],
)
def test_what_other_tools_call_it_is_one_finding_with_our_word(text: str, cure: str) -> None:
    finding = the_one(text)
    assert finding.id == "film.unknown-key"
    assert finding.fix == f"Did you mean {cure}?"


def test_two_words_for_one_thing_are_not_told_to_become_one() -> None:
    finding = the_one(HEAD + SHOT + "scenes:\n  - {id: a}\n")
    assert finding.fix.startswith("`shots` stands beside it already")


def test_each_repetition_stands_at_its_own_place() -> None:
    findings = found(HEAD + SHOT + "    prompt: again\n    prompt: and again\n")
    assert [finding.where for finding in findings] == ["film.yaml:6:5", "film.yaml:7:5"]


@pytest.mark.parametrize(
    ("written", "cure"),
    [
        ("23.976", "24000/1001"),
        ("23.98", "24000/1001"),
        ("29.97", "30000/1001"),
        ("59.94", "60000/1001"),
    ],
)
def test_a_rate_that_is_nearly_one_names_the_exact_one(written: str, cure: str) -> None:
    finding = the_one(HEAD.replace("fps: 24", f"fps: {written}") + SHOT)
    assert finding.where == "film.yaml:2:36"
    assert finding.fix == f'Write "{cure}".'
    assert found(HEAD.replace("fps: 24", f'fps: "{cure}"') + SHOT) == ()


@pytest.mark.parametrize(
    "written",
    [
        *("-1", '"-0.01"', "10000001", "99999999999", "1e400", '"1e999999999"', '"NaN"'),
        *('"Infinity"', '"٢٥"', '"\\uff12\\uff15"', '"25,00"', '"25 USD"', "true", "[]", '""'),
    ],
)
def test_a_budget_that_is_no_amount_is_one_finding(written: str) -> None:
    finding = the_one(HEAD + f"budget_usd: {written}\n" + SHOT)
    assert (finding.id, finding.where) == ("film.wrong-value", "film.yaml:3:1")
    assert '"25.00"' in finding.fix


@pytest.mark.parametrize("written", ["0", '"25.00"', "10000000", "0.01"])
def test_a_budget_that_is_one_is_exact(written: str) -> None:
    read = read_film((HEAD + f"budget_usd: {written}\n" + SHOT).encode(), "film.yaml")
    assert read.findings == ()
    assert read.film.budget_usd == Decimal(written.strip('"'))


@pytest.mark.parametrize("character", ["\\n", "\\t", "\\e", "\\0", "\\u007f", "\\u0085", "\\u2028"])
def test_a_title_is_one_line_of_text(character: str) -> None:
    finding = the_one(HEAD.replace("Film", f'"a{character}b"') + SHOT)
    assert (finding.id, finding.where) == ("film.wrong-value", "film.yaml:1:1")
    assert "control characters" in finding.message
    assert character not in finding.message


def test_a_title_in_any_script_is_one() -> None:
    text = (HEAD.replace("Film", "Ночной курьер 夜 \U0001d49c") + SHOT).encode()
    read = read_film(text, "film.yaml")
    assert read.findings == ()
    assert read.film.title == "Ночной курьер 夜 \U0001d49c"


MANY = 20_000
SLIPS = {
    "the same slip": lambda n: f"  - {{id: s{n}, durration: 4}}\n",
    "no shot at all": lambda _: "  - 7\n",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_20000_mistakes_take_seconds(slip: str) -> None:
    text = HEAD + "shots:\n" + "".join(SLIPS[slip](n) for n in range(MANY))
    begun = time.process_time()
    findings = found(text)
    # 1 to 3 s where the machine is idle; what grows with the square takes minutes.
    assert time.process_time() - begun < 15
    assert len(findings) == MANY


def test_a_terminal_is_shown_the_first_200_and_a_program_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "film.yaml"
    film.write_text(HEAD + "shots:\n" + "  - 7\n" * 450, encoding="utf-8")
    assert main(["plan", str(film)]) == 3
    said = capsys.readouterr().err
    assert said.count(": error: ") == 200
    assert "... and 250 more." in said
    assert said.endswith("450 mistakes.\n")
    assert main(["plan", str(film), "--json"]) == 3
    assert capsys.readouterr().out.count('"film.wrong-type"') == 450


@pytest.mark.parametrize("place", ["out/a.png", ".matchcut/a.png", "out/../out/deep/a.png"])
def test_a_picture_where_matchcut_writes_is_refused(tmp_path: Path, place: str) -> None:
    film = write_film(tmp_path, FILM.replace("art/c.png", place))
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_bytes((tmp_path / "art" / "c.png").read_bytes())
    errors = [one for one in matchcut.load(film).findings if one.severity == "error"]
    assert [one.id for one in errors] == ["file.outside"]
    assert "would be written over" in errors[0].message
    assert errors[0].where.startswith("film.yaml:13:")


def test_a_film_is_called_what_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_film(tmp_path / "films" / "one", FILM.replace("the sea", "'{marra}'"))
    monkeypatch.chdir(tmp_path / "films")
    typed = {"one/film.yaml": "one/film.yaml", "./one/../one/film.yaml": "one/../one/film.yaml"}
    typed[str(tmp_path / "films" / "one" / "film.yaml")] = "film.yaml"
    for path, shown in typed.items():
        plan = matchcut.plan(matchcut.load(path))
        (error,) = [one for one in plan.findings if one.severity == "error"]
        assert error.where == f"{shown}:13:44"
