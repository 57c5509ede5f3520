"""What a person is told of an anchor that waits, what is offered, and that their word stands."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import pytest

import matchcut
from defects import Defect, damaged
from matchcut.cli.main import main
from matchcut.errors import Code
from matchcut.frames.clip import frame_at
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still
from matchcut.render.decide import approve, look, replace_still, step, waiting
from matchcut.render.providers.protocol import Job
from matchcut.render.providers.rehearsal import Scene
from matchcut.render.showing import show
from moving import scene
from small import write_film

TWO = """
title: Two
anchor: review
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: she walks, camera: pan right}
  - {id: two, prompt: she turns, camera: pan left}
"""
BRIDGE = """
title: Bridge
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: she walks, camera: pan right}
  - {id: two, prompt: she turns}
  - {id: three, hero: true, start: art/b.png, prompt: a door, camera: pan left}
"""

Say = Callable[..., tuple[int, str]]


class Adrift(matchcut.Rehearsal):
    """A model that does not land where it should."""

    name = "adrift"

    def _scene(self, job: Job) -> Scene:
        return replace(super()._scene(job), end=None)


def waits(folder: Path, text: str, provider: matchcut.Rehearsal, offers: str = "") -> Path:
    film = write_film(folder, text)
    project = matchcut.load(film)
    with pytest.raises(matchcut.RenderError) as caught:
        matchcut.render(project, matchcut.plan(project), provider)
    assert caught.value.code is Code.GATE_WAITS
    assert f", or {offers}" in caught.value.fix
    return film


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films of which an anchor waits, to be copied: of a chain, and of a bridge."""
    folder = tmp_path_factory.mktemp("made")
    waits(folder / "chain", TWO, matchcut.Rehearsal(), "`step` or `replace` or `reject` in")
    waits(folder / "bridge", BRIDGE, Adrift(), "`reject` in")
    return folder


@pytest.fixture
def chain(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made / "chain", tmp_path / "film")
    monkeypatch.chdir(tmp_path / "film")
    return tmp_path / "film" / "film.yaml"


@pytest.fixture
def bridge(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made / "bridge", tmp_path / "film")
    monkeypatch.chdir(tmp_path / "film")
    return tmp_path / "film" / "film.yaml"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def said(*words: str) -> tuple[int, str]:
        code = main(words)
        heard = capsys.readouterr()
        return code, heard.out + heard.err

    return said


def test_approving_what_was_stepped_leaves_it_stepped(chain: Path, say: Say) -> None:
    code, said = say("step", "one.out", "-5")
    assert code == 0
    assert "frame 66 from now on; the shot ends 5 frames (0.21 s) earlier." in said
    _, shown = say("show", "one.out")
    assert "frame 66, to which a person has stepped it" in shown
    assert "the measures propose frame 71, and find nothing there" in shown
    assert ": frame 66\n" in shown, "what `approve` would approve"
    code, said = say("approve", "one.out")
    assert code == 0
    assert "`one.out` stays frame 66, as you stepped it." in said
    assert "`matchcut step one.out 71` goes back to the frame that the measures propose" in said
    assert look(matchcut.load(chain), "one.out").frame == 66
    step(matchcut.load(chain), "one.out", 71)
    assert "the measures propose the same" in approve(matchcut.load(chain), "one.out")


@pytest.fixture
def flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film that goes on from footage whose last frames flash."""
    whole = scene()
    frames = [*whole[:33], *(damaged(Defect.FLASH, 2, whole, i, 5) for i in (33, 34, 35))]
    folder = tmp_path / "film"
    folder.mkdir()
    write_clip(folder / "own.mp4", list(frames), rate=Fraction(24), quality=Quality.TAKE)
    own = TWO.replace("start: art/a.png, prompt: she walks, camera: pan right", "clip: own.mp4")
    monkeypatch.chdir(folder)
    return waits(folder, own, matchcut.Rehearsal())


def test_the_step_that_is_offered_goes_on_inwards_from_what_is_shown(flash: Path, say: Say) -> None:
    looked = look(matchcut.load(flash), "one.out")
    assert looked.frame < looked.spot.pinned == 35
    _, shown = say("show", "one.out")
    offered = re.findall(r"matchcut step one\.out (-?\d+) .*: (.*)\n", shown)
    assert offered == [(str(looked.frame - 2), f"2 frames inwards from frame {looked.frame}")]
    code, said = say("step", "one.out", offered[0][0])
    assert code == 0
    assert "speak against" not in said
    code, said = say("step", "one.out", "34")
    assert code == 0, "it is the person's to say"
    assert re.search(r"; the measures speak against it, for \w[\w ]*\.\n", said)
    step(matchcut.load(flash), "one.out", 1)
    _, shown = say("show", "one.out")
    assert "matchcut step one.out 0 " in shown
    assert ": 1 frame inwards from frame 1\n" in shown


def test_what_the_measures_propose_is_nobodys_step(flash: Path, say: Say) -> None:
    frame = look(matchcut.load(flash), "one.out").frame
    code, said = say("gates")
    assert code == 9
    assert f"one.out  frame {frame} proposed in place of 35, for two" in said
    assert "stepped" not in said


@pytest.mark.parametrize(
    "words", [["approve", "one.out"], ["step", "one.out", "-1"], ["reject", "one@3", "--why", "no"]]
)
def test_after_a_rehearsal_what_costs_nothing_is_offered_first(
    chain: Path, say: Say, words: list[str]
) -> None:
    assert chain.name == "film.yaml"
    _, said = say(*words)
    assert "  `matchcut rehearse film.yaml` (or `render`) goes on from there." in said


def test_own_footage_of_a_rehearsal_is_gone_on_with_at_no_cost(flash: Path, say: Say) -> None:
    assert flash.name == "film.yaml"
    _, said = say("approve", "one.out")
    assert "`matchcut rehearse film.yaml` (or `render`)" in said


def test_gates_takes_the_film_as_the_verbs_do_that_it_lists(
    chain: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = say("gates")
    assert listed == say("gates", chain.name) == say("gates", "--film", chain.name)
    assert listed[0] == 9
    monkeypatch.chdir(chain.parent.parent)
    assert say("gates", "--film", "film/film.yaml") == say("gates", "film/film.yaml")
    assert say("gates")[0] == 3, "there is no film.yaml here"


def test_approving_a_picture_leaves_it_in_place(chain: Path, say: Say) -> None:
    still = chain.parent / "better.png"
    clip = waiting(matchcut.load(chain))[0].clip
    cv2.imwrite(str(still), frame_at(clip, -1).pixels[:, :, ::-1] // 2)
    replace_still(matchcut.load(chain), "one.out", still)
    _, shown = say("show", "one.out")
    assert "frame 71, in whose place a person has put a picture" in shown
    assert ": your picture\n" in shown
    _, said = say("approve", "one.out")
    assert "`one.out` stays your picture, in place of frame 71." in said
    assert "`matchcut step one.out 71` goes back" in said
    kept = look(matchcut.load(chain), "one.out")
    assert (read_still(show(matchcut.load(chain), "one.out").still) == read_still(still)).all()
    (chain.parent / ".matchcut" / "media" / kept.still[:2] / f"{kept.still}.png").unlink()
    assert "Frame 71 of `one` is approved" in approve(matchcut.load(chain), "one.out")


@pytest.mark.usefixtures("chain")
def test_what_was_approved_may_be_approved_again(say: Say) -> None:
    for _ in range(2):
        assert "Frame 71 of `one` is approved." in say("approve", "one.out")[1]
    assert "frame 71, as a person has approved it" in say("show", "one.out")[1]


def test_a_bridge_that_does_not_land_says_so_and_where_it_should(bridge: Path, say: Say) -> None:
    code, said = say("gates")
    assert code == 9
    assert "two.out  frame 71, for three: it does not reach what it was to land on, " in said
    assert "`matchcut approve two.out` or `matchcut reject two.out --why WHY`" in said
    (facts,) = json.loads(say("gates", "--json")[1])["anchors"]
    assert (facts["verdict"], facts["needed_by"], facts["frame"]) == ("person", "three", 71)
    assert facts["said"].startswith("it does not reach what it was to land on, ")
    assert [way.split()[1] for way in facts["ways"]] == ["show", "approve", "reject"]
    _, shown = say("show", "two.out")
    assert "frame 71: it does not reach what it was to land on, " in shown
    assert "out/anchors/film-two.out-lands-on.png: what it was to land on" in shown
    assert "step" not in shown
    assert "replace" not in shown
    landing = show(matchcut.load(bridge), "two.out").landing
    assert landing is not None
    three = matchcut.load(bridge)
    wanted = frame_at(look(three, "three.in").clip, 0).pixels
    assert (read_still(landing) == wanted).all()
    say("approve", "two.out")
    _, shown = say("show", "two.out")
    assert "frame 71, as a person has approved it" in shown
    assert "it does not reach what it was to land on, " in shown


def test_a_gate_of_a_version_that_kept_no_reason_says_what_it_can(bridge: Path, say: Say) -> None:
    from matchcut.render.database import Database  # noqa: PLC0415

    database = Database(bridge.parent / ".matchcut" / "state.sqlite")
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE matchcut_landing")
    database.close()
    assert "for three: it does not reach what it was to land on\n" in say("gates")[1]
    assert "lands-on.png" not in say("show", "two.out")[1]


@pytest.mark.usefixtures("chain")
def test_the_commands_that_decide_are_listed(say: Say) -> None:
    _, said = say("gates")
    assert "`matchcut show one.out`; then" in said
    (facts,) = json.loads(say("gates", "--json")[1])["anchors"]
    assert facts["ways"] == [
        "matchcut show one.out",
        "matchcut approve one.out",
        "matchcut step one.out FRAME",
        "matchcut replace one.out FILE",
        "matchcut reject one.out --why WHY",
    ]
    assert all(f"`{way}`" in said for way in facts["ways"])
    shown = json.loads(say("show", "one.out", "--json")[1])
    assert [way.split()[1] for way in shown["ways"]] == ["approve", "step", "replace", "reject"]


def test_what_is_refused_is_not_offered(chain: Path, say: Say) -> None:
    clip = waiting(matchcut.load(chain))[0].clip
    own = TWO.replace("start: art/a.png, prompt: she walks, camera: pan right", "clip: own.mp4")
    shutil.copy(clip, chain.parent / "own.mp4")
    waits(chain.parent, own, matchcut.Rehearsal(), "`step` or `replace` in")
    (facts,) = json.loads(say("gates", "--json")[1])["anchors"]
    assert [way.split()[1] for way in facts["ways"]] == ["show", "approve", "step", "replace"]


def test_a_clip_that_is_continued_takes_no_still(tmp_path: Path) -> None:
    wan = TWO.replace(
        "fal-ai/kling-video/v3/pro/image-to-video, duration: 3",
        "fal-ai/wan/v2.7/image-to-video, duration: 2, resolution: 720p",
    ).replace("prompt: she turns", "join: continue, prompt: she turns")
    film = waits(tmp_path, wan, matchcut.Rehearsal(), "`step` or `reject` in")
    assert waiting(matchcut.load(film))[0].ways == ("approve", "step", "reject")


@pytest.mark.parametrize("text", ["x", "+3", "-0", "4.5", ""])
@pytest.mark.usefixtures("chain")
def test_what_is_no_frame_is_said_in_words(say: Say, text: str) -> None:
    code, said = say("step", "one.out", text)
    assert code == 2
    assert f"`{text}` is no frame: write 69, or -2 for two frames inwards" in said
