"""A film file's mistakes: all of them at once, each with its place and its cure."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest

from matchcut.errors import Code, MatchcutError
from matchcut.film.document import DEEPEST, LARGEST_BYTES
from matchcut.film.read import read_film
from matchcut.findings import Finding, show_path

HEAD = "title: Film\ncanvas: {width: 1280, height: 720, fps: 24}\n"
SHOT = "shots:\n  - id: a\n    prompt: walks\n"


def mistakes(text: str, name: str = "film.yaml") -> list[tuple[str, str, str, str]]:
    read = read_film(text.encode(), name)
    return [(f.where, show_path(f.path), f.message, f.fix) for f in read.findings]


def test_a_whole_film_is_read_as_written() -> None:
    text = (
        HEAD
        + 'budget_usd: "25.00"\nlook: {style: , lens: 35 mm}\n'
        + 'cast: {mara: {subject: "a courier", frontal: art/mara.jpg, references: []}}\n'
        + "defaults: {endpoint: e, duration: 4, audio: false, seed: 42}\n"
        + "shots:\n  - {id: a, hero: true, start: a.jpg, prompt: x, use: [0, 4.5]}\n"
        + "  - {id: b, prompt: y, join: still, options: {cfg_scale: 0.7}}\n"
    )
    read = read_film(text.encode(), "film.yaml")
    film = read.film
    assert read.findings == ()
    assert film.budget_usd == Decimal("25.00")
    assert film.look.style is None
    assert film.look.lens == "35 mm"
    assert film.canvas.fps == Fraction(24)
    assert film.shots[0].use == (Decimal(0), Decimal("4.5"))
    assert film.shots[1].options == {"cfg_scale": Decimal("0.7")}


def test_json_is_read_by_the_same_rules_and_with_places() -> None:
    film = {
        "title": "Film",
        "canvas": {"width": 1280, "height": 720, "fps": "24000/1001"},
        "shots": [{"id": "a", "prompt": "é \U0001f600 / \t", "durration": 4}],
    }
    text = json.dumps(film, indent=2)
    read = read_film(text.encode(), "film.json")
    assert read.film.canvas.fps == Fraction(24000, 1001)
    assert read.film.shots[0].prompt == "é \U0001f600 /"
    (finding,) = read.findings
    line = next(n for n, t in enumerate(text.splitlines(), 1) if "durration" in t)
    assert finding.where == f"film.json:{line}:7"
    assert finding.fix == "Did you mean `duration`?"


@pytest.mark.parametrize(
    ("text", "where", "path", "says", "cure"),
    [
        (HEAD.replace("24}", "23}") + SHOT, "2:36", "canvas.fps", "23 is not a frame rate", "24,"),
        (
            HEAD.replace("1280", "1281") + SHOT,
            "2:10",
            "canvas.width",
            "1281 is odd",
            "1282 or 1280",
        ),
        (HEAD.replace("720", "8") + SHOT, "2:23", "canvas.height", "out of range", "64 or more"),
        ("canvas: {width: 64, height: 64, fps: 24}\n" + SHOT, "1:1", "title", "no `title`", "Add"),
        (HEAD, "1:1", "shots", "has no `shots`", "Add one"),
        (HEAD + "shots: []\n", "3:1", "shots", "out of range", "at least 1"),
        (HEAD + SHOT + "    heroo: true\n", "6:5", "shots[0].heroo", "no key", "`hero`"),
        (
            HEAD + SHOT + "    wibble: 1\n",
            "6:5",
            "shots[0].wibble",
            "no key",
            "Remove it; the keys",
        ),
        (
            HEAD + SHOT + "    duration: four\n",
            "6:5",
            "shots[0].duration",
            "not a number",
            "number",
        ),
        (HEAD + SHOT + "    duration: 0\n", "6:5", "shots[0].duration", "no length", "above 0"),
        (
            HEAD + SHOT + "    duration: .inf\n",
            "6:5",
            "shots[0].duration",
            "not a number",
            "number",
        ),
        (HEAD + SHOT + "    duration: 1e999\n", "6:5", "shots[0].duration", "range", "3600"),
        (
            HEAD + SHOT + "    audio: no\n",
            "6:5",
            "shots[0].audio",
            "true or false",
            "true or false",
        ),
        (HEAD + SHOT + "    join: mach\n", "6:5", "shots[0].join", "not a way to join", "`match`"),
        (HEAD + SHOT + "    fit: crpo\n", "6:5", "shots[0].fit", "not a way to fit", "`crop`"),
        (HEAD + SHOT + "    fit: stretch\n", "6:5", "shots[0].fit", "to fit", "crop, pad"),
        (HEAD + SHOT + "    seed: -1\n", "6:5", "shots[0].seed", "out of range", "0 or more"),
        (HEAD + SHOT + "    seed: 1.5\n", "6:5", "shots[0].seed", "whole number", "whole number"),
        (
            HEAD + SHOT + "    use: [4, 2]\n",
            "6:5",
            "shots[0].use",
            "nothing would be",
            "[from, to]",
        ),
        (HEAD + SHOT + "    use: 3\n", "6:5", "shots[0].use", "two numbers", "[from, to]"),
        (HEAD + SHOT + "    start: 3\n", "6:5", "shots[0].start", "should be text", "quotes"),
        (
            HEAD + SHOT + "    prompt: again\n",
            "6:5",
            "shots[0].prompt",
            "a second time",
            "Keep one",
        ),
        (HEAD + SHOT + "  - hello\n", "6:5", "shots[1]", "a mapping", "a mapping"),
        (HEAD + "shots:\n  - id: a b\n", "4:5", "shots[0].id", "cannot be a name", "letters"),
        (HEAD + "shots:\n  - id: ../a\n", "4:5", "shots[0].id", "cannot be a name", "letters"),
        (HEAD + SHOT + "budget_usd: lots\n", "6:1", "budget_usd", "not an amount", '"25.00"'),
        (
            HEAD + SHOT + "cast: {m: {frontal: m.jpg}}\n",
            "6:8",
            "cast.m.subject",
            "no `subject`",
            "Add one",
        ),
        (
            HEAD + SHOT + "cast: {m: {subjct: x}}\n",
            "6:12",
            "cast.m.subjct",
            "no key `subjct`",
            "`subject`",
        ),
    ],
)
def test_one_mistake_gives_one_finding_at_its_place(
    text: str, where: str, path: str, says: str, cure: str
) -> None:
    found = mistakes(text)
    assert len(found) == 1, found
    assert found[0][0] == f"film.yaml:{where}"
    assert found[0][1] == path
    assert says in found[0][2]
    assert cure in found[0][3]


def test_mistakes_do_not_hide_each_other() -> None:
    text = (
        "titel: Film\ncanvas: {width: 1280, height: 719, fps: 24}\n"
        "defaults: {duraton: 4}\n"
        "shots:\n  - {id: a, join: mach}\n  - {id: b, seed: x}\n  - 7\n  - {id: c, use: [2, 1]}\n"
    )
    paths = [path for _, path, _, _ in mistakes(text)]
    assert sorted(paths) == [
        "canvas.height",
        "defaults.duraton",
        "shots[0].join",
        "shots[1].seed",
        "shots[2]",
        "shots[3].use",
        "titel",
    ]


def test_what_is_right_is_read_beside_what_is_wrong() -> None:
    read = read_film((HEAD + SHOT + "    seed: x\n    camera: pan\n").encode(), "film.yaml")
    assert read.film.shots[0].id == "a"
    assert read.film.shots[0].camera == "pan"
    assert read.film.shots[0].seed is None


BOMB = "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


TOWER = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, DEEPEST + 1))
"""Each line is one level deeper than the one above it, and the file itself is never deep."""


@pytest.mark.parametrize(
    ("data", "says", "where"),
    [
        (b"", "empty", "film.yaml"),
        (b"[]", "not a mapping", "film.yaml:1:1"),
        (b"title: a\ntitle: b: c", "not valid YAML", "film.yaml:2:9"),
        (b"a: [1, 2", "not valid YAML", "film.yaml:2:1"),
        (b"title: a\0b", "NUL", "film.yaml:1:9"),
        (b"title: x\nlook: \xff", "not UTF-8", "film.yaml:2:7"),
        ("title: x".encode("utf-16"), "UTF-16", "film.yaml"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not UTF-8", "film.yaml:1:1"),
        (b"a: !!python/object/apply:os.system [x]", "has a tag", "film.yaml:1:4"),
        (b"a: !secret x", "has a tag", "film.yaml:1:4"),
        (b"a: &a [*a]", "before &a is complete", "film.yaml:1:8"),
        (b"a: *missing", "is complete", "film.yaml:1:4"),
        (b"a: 1\n---\nb: 2", "more than one document", "film.yaml:2:1"),
        (b"? [a]\n: b", "stands as a key", "film.yaml:1:3"),
        (("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + BOMB).encode(), "grows to more than", "film.yaml:7:4"),
        (b"a: " + b"[" * 200_000, "levels deep", f"film.yaml:1:{4 + DEEPEST - 1}"),
        (b"- " * 100_000, "levels deep", f"film.yaml:1:{2 * DEEPEST + 1}"),
        (b"a: '" + b"x" * LARGEST_BYTES, "larger than 16 MiB", "film.yaml"),
        ("title: x".encode("utf-32"), "UTF-32", "film.yaml"),
        ("\ufefftitle: x".encode("utf-32-be"), "UTF-32", "film.yaml"),
        ("title: x".encode("utf-16-le"), "NUL", "film.yaml:1:2"),
        (TOWER.encode(), "levels deep", f"film.yaml:{DEEPEST - 1}:6"),
        (b'title: "\\ud83d"', "not valid YAML", "film.yaml:1:11"),
        (b'title: x\n"\\udc00": 1', "not valid YAML", "film.yaml:2:4"),
        (b"title: \xed\xa0\xbd", "not UTF-8", "film.yaml:1:8"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else None,
)
def test_hostile_yaml_is_refused_in_a_sentence(data: bytes, says: str, where: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        read_film(data, "film.yaml")
    assert caught.value.code is Code.FILM_UNREADABLE
    assert says in caught.value.message
    assert caught.value.where == where
    assert caught.value.fix


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a": 1,}',
        b'{"a" 1}',
        b'{"a": tru}',
        b"{'a': 1}",
        b'{"a": "x\ny"}',
        b'{"a": 1} {"b": 2}',
        b'{"a": NaN}',
        b'{"a": "\\ud83d',
        b'{"a": 01}',
    ],
)
def test_hostile_json_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(MatchcutError) as caught:
        read_film(data, "film.json")
    assert caught.value.code is Code.FILM_UNREADABLE


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"title": "\\ud83d"}', "film.json:1:11"),
        ('{"title": "x",\n "ti\\udc00": 1}', "film.json:2:2"),
        ('{"title": "x",\n "look": {"style": ["\\udfff\\ud800"]}}', "film.json:2:21"),
    ],
)
def test_half_a_character_is_refused_with_its_place(text: str, where: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        read_film(text.encode(), "film.json")
    assert caught.value.code is Code.FILM_UNREADABLE
    assert "lone surrogate" in caught.value.message
    assert caught.value.where == where


def test_both_halves_are_a_character() -> None:
    read = read_film(b'{"title": "\\ud83d\\ude00"}', "film.json")
    assert read.film.title == "\U0001f600"


def test_aliases_as_deep_as_anything_may_be_are_taken() -> None:
    allowed = "".join(TOWER.splitlines(keepends=True)[: DEEPEST - 1])
    assert {f.id for f in read_film(allowed.encode(), "film.yaml").findings} == {
        "film.missing-key",
        "film.unknown-key",
    }


def test_words_that_older_yaml_takes_for_something_else_stay_words() -> None:
    text = HEAD + "look: {style: yes, lens: 1:30, light: 2020-01-01}\n" + SHOT
    look = read_film(text.encode(), "film.yaml").film.look
    assert (look.style, look.lens, look.light) == ("yes", "1:30", "2020-01-01")


def test_aliases_within_reason_are_taken() -> None:
    text = HEAD + "shots:\n  - {id: a, options: &o {cfg_scale: 0.7}}\n  - {id: b, options: *o}\n"
    film = read_film(text.encode(), "film.yaml").film
    assert film.shots[1].options == film.shots[0].options


def test_a_slip_of_the_pen_is_one_mistake_and_not_two() -> None:
    text = HEAD + "shots:\n  - {id: a, promt: walks}\n"
    read = read_film(text.encode(), "film.yaml")
    assert [finding.id for finding in read.findings] == ["film.unknown-key"]
    missing = Finding(id="prompt.missing", path=("shots", 0, "prompt"), message="", fix="")
    assert not read.says(missing)
    scenes = read_film(HEAD.replace("shots:", "").encode() + b"scenes: []\n", "film.yaml")
    assert [finding.id for finding in scenes.findings] == ["film.unknown-key"]
