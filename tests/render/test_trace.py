"""Where a frame comes from, and the first clip of a chain that carries a defect."""

import json
import os
import pty
import shutil
import subprocess
import sys
from contextlib import suppress
from math import ceil, log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import matchcut
from matchcut.assemble.place import place_of
from matchcut.cli.main import main
from matchcut.errors import Code, Exit, MatchcutError
from matchcut.frames.clip import frame_at
from matchcut.frames.still import read_still
from matchcut.render.bisect import Verdict, bisect, search, sheet_of
from matchcut.render.decide import reject, step
from matchcut.render.trace import Link, trace
from render.tiny import rehearse, tiny
from small import write_film

if TYPE_CHECKING:
    from postgres import Postgres

FILM = """
title: Line
canvas: {width: 96, height: 64, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: she walks, camera: pan right}
  - {id: two, prompt: she turns, camera: pan left}
  - {id: three, prompt: she runs, camera: pan right, use: [0, 2]}
  - {id: four, prompt: she stops, camera: tilt up}
  - {id: five, hero: true, start: art/b.png, prompt: a door, camera: pan left}
"""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain that was made and assembled; the second shot ends four frames early."""
    film = write_film(tmp_path_factory.mktemp("line"), FILM)
    rehearse(film)
    step(matchcut.load(film), "two.out", 67)
    matchcut.assemble(rehearse(film))
    return film


def names(links: list[Link]) -> list[str]:
    return [link.name for link in links]


def test_a_frame_is_followed_to_the_first_clip(line: Path) -> None:
    links = trace(matchcut.load(line), "four@40")
    assert names(links) == ["four@40", "three@47", "two@67", "one@71"]
    four, three, two, one = links
    assert (four.started_on, four.lands_on) == ("three@47", "five@0")
    assert three.started_on == "two@67"
    assert "stepped by a person from frame 71 to 67" in three.changes
    assert two.started_on == "one@71"
    assert one.started_on == "still art/a.png"
    assert three.anchor is not None
    shown = frame_at(two.file, 67).pixels
    assert (read_still(three.anchor) == shown).all(), "the still is that very frame"
    for link in (four, three, two):
        assert link.seam is not None
        assert link.seam.joined
    assert {link.cost_usd for link in links} == {"0"}


def test_history_is_followed_and_not_what_is_written_now(line: Path) -> None:
    before = line.read_text("utf-8")
    line.write_text(before.replace("she runs", "she flies"), encoding="utf-8")
    try:
        assert names(trace(matchcut.load(line), "four"))[1:] == ["three@47", "two@67", "one@71"]
    finally:
        line.write_text(before, encoding="utf-8")


def test_a_frame_of_the_film_is_found_in_its_clip(line: Path) -> None:
    project = matchcut.load(line)
    movie = line.parent / "out" / "line.mp4"
    for frame in (0, 40, 71, 72, 138, 139, 200):
        shot, inside, by = place_of(project, frame)
        assert by == "rehearsal"
        clip = next(link.file for link in trace(project, f"{shot}@{inside}"))
        shown = frame_at(movie, frame).pixels.astype(int)
        assert abs(frame_at(clip, inside).pixels.astype(int) - shown).mean() < 4, frame
    with pytest.raises(MatchcutError) as caught:
        place_of(project, 5000)
    assert caught.value.code is Code.USAGE


@pytest.mark.parametrize("name", ["four@72", "four@-73", "four@x", "nobody", "four.middle"])
def test_a_name_that_means_no_frame_is_said(line: Path, name: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        trace(matchcut.load(line), name)
    assert caught.value.code in (Code.USAGE, Code.SHOT_UNKNOWN)
    assert caught.value.fix


def test_the_command_says_it_to_a_program(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "140", "--film", str(line), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [link["shot"] for link in facts["links"]] == ["three", "two", "one"]
    assert main(["trace", "two", "--film", str(line)]) == 0
    assert "started on one@71" in capsys.readouterr().out


# Bisect.


def chain_of(number: int) -> list[Link]:
    return [
        Link(
            shot=f"s{place}",
            take=1,
            provider="rehearsal",
            endpoint="",
            clip=f"{place:064x}",
            file=Path("clip.mp4"),
            frame=0,
            state="done",
            cost_usd="0",
        )
        for place in range(number)
    ]


@given(st.integers(1, 70).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_the_first_is_found_in_as_few_looks_as_there_can_be(case: tuple[int, int]) -> None:
    number, first = case
    chain, answers, looks = chain_of(number), {}, 0
    found = search(chain, answers)
    while found.next is not None:
        place = int(found.next.clip, 16)
        answers[found.next.clip] = Verdict.BAD if place >= first else Verdict.GOOD
        looks += 1
        found = search(chain, answers)
    assert found.first is chain[first]
    assert looks == found.looks <= ceil(log2(number))


@given(st.integers(2, 30), st.data())
def test_what_cannot_be_told_is_gone_around(number: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, number - 1))
    blind = data.draw(st.sets(st.integers(0, number - 1)))
    chain, answers = chain_of(number), {}
    found = search(chain, answers)
    while found.next is not None:
        place = int(found.next.clip, 16)
        said = Verdict.BAD if place >= first else Verdict.GOOD
        answers[found.next.clip] = Verdict.SKIP if place in blind else said
        found = search(chain, answers)
    assert chain[first] in found.suspects
    assert {int(one.clip, 16) for one in found.suspects[:-1]} <= blind


def test_a_contradiction_is_refused_and_not_written_down(line: Path) -> None:
    project = matchcut.load(line)
    bisect(project, "four", {"two": Verdict.BAD}, reset=True)
    with pytest.raises(MatchcutError) as caught:
        bisect(project, "four", {"three": Verdict.GOOD})
    assert caught.value.code is Code.USAGE
    assert [link.shot for link in bisect(project, "four").suspects] == ["one", "two"]
    with pytest.raises(MatchcutError, match="not of the chain"):
        bisect(project, "four", {"five": Verdict.BAD})


def run(line: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["bisect", "four", "--film", str(line), "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def test_it_is_found_step_by_step(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, facts = run(line, capsys, "--reset")
    assert code == Exit.GATE
    assert facts["next"]["shot"] == "two"
    assert Path(facts["next"]["sheet"]).is_file()
    code, facts = run(line, capsys, "--good", "two")
    assert (code, facts["next"]["shot"]) == (Exit.GATE, "three")
    code, facts = run(line, capsys, "--bad", "three")
    assert code == Exit.DONE
    assert (facts["first"]["shot"], facts["looks"]) == ("three", 2)
    assert facts["reject"]["shots"] == ["three", "four"]
    assert run(line, capsys)[1]["first"]["shot"] == "three", "what was said is kept"


def test_a_command_judges(line: Path, capfd: pytest.CaptureFixture[str]) -> None:
    judge = line.parent / "judge.py"
    judge.write_text(
        "import os, sys, pathlib\n"
        "assert pathlib.Path(sys.argv[1]).is_file()\n"
        "print('looking at', os.environ['MATCHCUT_SHOT'])\n"
        "sys.exit({'one': 0, 'two': 1, 'three': 1}[os.environ['MATCHCUT_SHOT']])\n",
        encoding="utf-8",
    )
    words = ["bisect", "four", "--film", str(line), "--reset", "--run"]
    assert main([*words, f"{sys.executable} {judge}"]) == 0
    out, err = capfd.readouterr()
    assert "two is the first that has it (take 1 by rehearsal), of 4 clips, after 2 looks" in out
    assert "reject two.out" in out
    assert "looking at one" in err
    assert "looking" not in out
    assert main([*words, "no-such-command-anywhere"]) == Exit.USAGE
    assert main([*words, f"{sys.executable} -c 'import sys; sys.exit(127)'"]) == Exit.USAGE
    assert main([*words, f"{sys.executable} -c 'import sys; sys.exit(125)'"]) == Exit.GATE


def test_a_new_take_has_no_answer_yet(line: Path, tmp_path: Path) -> None:
    shutil.copytree(line.parent, tmp_path / "film")
    film = tmp_path / "film" / line.name
    project = matchcut.load(film)
    bisect(project, "four", {"one": Verdict.GOOD, "two": Verdict.BAD}, reset=True)
    found = bisect(project, "four")
    assert found.first is not None
    assert found.first.shot == "two"
    sheet = read_still(Path(sheet_of(project, found.first)))
    assert sheet.shape[1] == 4 * 488 - 8
    film.write_text(FILM.replace("she runs", "she flies"), encoding="utf-8")
    rehearse(film)
    after = bisect(matchcut.load(film), "four")
    assert (after.looks, len(after.suspects)) == (0, 4), "its last clip is another one"


def test_it_asks_in_a_terminal(line: Path) -> None:
    """Somebody answers at a pseudo-terminal, mistypes once, and is told the first."""
    leader, follower = pty.openpty()
    words = [sys.executable, "-m", "matchcut", "bisect", "four", "--reset", "--film", line.name]
    done = subprocess.Popen(
        words, cwd=line.parent, stdin=follower, stdout=follower, stderr=follower
    )
    os.close(follower)
    os.write(leader, b"what?\nb\ng\n")
    said = b""
    with suppress(OSError):  # the terminal is gone once the command has ended
        while chunk := os.read(leader, 65536):
            said += chunk
    assert done.wait(60) == 0
    os.close(leader)
    text = said.decode()
    assert "Look at two" in text
    assert text.count("good, bad, skip or quit?") == 3
    assert "two is the first that has it" in text


def test_a_server_knows_it_too(
    server: "Postgres", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same records on PostgreSQL: staleness, a plan, a trace, a search."""
    monkeypatch.setenv("MATCHCUT_DATABASE", server.address)
    film = tiny(tmp_path)
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    maker = matchcut.Rehearsal()
    place = film.with_suffix(".plan")
    matchcut.save_plan(project, plan, place, maker)
    read = matchcut.read_plan(place)
    made = matchcut.render(project, plan, maker, database=server.address, agreed=read)
    assert made.made == ("one", "two")
    matchcut.assemble(made)
    assert names(trace(project, "two")) == ["two@71", "one@71"]
    assert trace(project, "two")[0].seam is not None
    found = bisect(project, "two", {"one": Verdict.GOOD})
    assert found.first is not None
    assert found.first.shot == "two"
    assert not matchcut.standing(project, plan, maker).to_make
    reject(project, "one@3", "it flickers")
    (one, two) = matchcut.standing(project, plan, maker).to_make
    assert one.causes == ("take 1 was rejected at frame 3: it flickers",)
    assert two.causes == ("its start anchor came from one take 1, which was rejected",)
    with pytest.raises(MatchcutError) as caught:
        matchcut.render(project, plan, maker, agreed=read)
    assert caught.value.code is Code.PLAN_STALE
