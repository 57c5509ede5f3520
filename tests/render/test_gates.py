"""Anchors that wait for a person: what stops, what goes on, and what each decision comes to."""

import json
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import opentimelineio as otio
import pytest

import matchcut
from hostile import HostileFal
from matchcut.cli.main import main
from matchcut.errors import Code, Exit, MatchcutError
from matchcut.frames.clip import frame_at, read_frames
from matchcut.frames.still import pixel_hash, read_still
from matchcut.render.commands import act_on, film_path, one_command
from matchcut.render.decide import (
    approve,
    is_rehearsed,
    look,
    reject,
    replace_still,
    step,
    waiting,
)
from matchcut.render.events import ShotEvent
from matchcut.render.providers.protocol import Job
from matchcut.render.providers.rehearsal import Scene
from matchcut.render.resolve import WayOn, resolve_shot
from matchcut.render.showing import show
from matchcut.store.folder import StateFolder
from render.hosted import KLING, film_text, render
from small import write_film

CHAIN = """
title: Chain
anchor: review
canvas: {width: 192, height: 108, fps: 24}
look: {light: overcast}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: she walks, camera: pan right}
  - {id: two, prompt: she turns, camera: pan left}
  - {id: three, prompt: she runs, camera: pan right}
  - {id: four, prompt: she stops}
  - {id: five, prompt: she sits, camera: tilt up}
  - {id: six, join: cut, start: art/c.png, prompt: the sea, camera: pan left}
"""
BRIDGE = """
title: Bridge
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: she walks, camera: pan right}
  - {id: two, prompt: she turns}
  - {id: three, hero: true, start: art/b.png, prompt: a door, camera: pan left, anchor: review}
"""


def rehearse(film: Path, heard: list[ShotEvent] | None = None) -> matchcut.Rendered:
    project = matchcut.load(film)

    def hear(event: object) -> None:
        if heard is not None and isinstance(event, ShotEvent):
            heard.append(event)

    return matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal(), hear)


def stopped(film: Path) -> matchcut.RenderError:
    with pytest.raises(matchcut.RenderError) as caught:
        rehearse(film)
    assert caught.value.code is Code.GATE_WAITS
    assert caught.value.exit is Exit.GATE
    return caught.value


def taken(film: Path, shot: str) -> matchcut.RenderedShot:
    return next(one for one in rehearse(film).shots if one.id == shot)


@pytest.fixture(scope="module")
def waits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose first anchor waits."""
    film = write_film(tmp_path_factory.mktemp("waits"), CHAIN)
    stopped(film)
    return film


def test_what_hangs_on_nothing_goes_on_while_an_anchor_waits(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN)
    heard: list[ShotEvent] = []
    with pytest.raises(matchcut.RenderError) as caught:
        rehearse(film, heard)
    last = {event.shot: event.state.value for event in heard}
    assert last == {
        "one": "done",
        "six": "done",
        "two": "waiting",
        "three": "blocked",
        "four": "blocked",
        "five": "blocked",
    }
    said = str(caught.value)
    assert "1 shot waits for you (two)" in said
    assert "`matchcut show one.out`" in said
    assert "`matchcut approve one.out`" in said


def test_a_gate_says_what_waits_and_for_whom(waits: Path) -> None:
    (one,) = waiting(matchcut.load(waits))
    assert (one.spot.name, one.spot.needed_by, one.waits) == ("one.out", "two", True)
    assert one.spot.pinned == 71
    assert one.clip.is_file()


def test_a_decision_is_bound_to_what_was_looked_at(waits: Path) -> None:
    project = matchcut.load(waits)
    for decide in (
        lambda: approve(project, "one.out", revision="0123456789"),
        lambda: step(project, "one.out", 70, revision="0123456789"),
        lambda: reject(project, "one.out", "blurred", revision="0123456789"),
    ):
        with pytest.raises(MatchcutError) as caught:
            decide()
        assert caught.value.code is Code.DECISION_STALE
    assert len(waiting(project)) == 1, "nothing was decided"


@pytest.mark.parametrize(
    ("name", "code", "cure"),
    [
        ("one", Code.USAGE, "rooftop.out"),
        ("one.middle", Code.USAGE, "rooftop.out"),
        ("oen.out", Code.SHOT_UNKNOWN, "one.out"),
        ("six.out", Code.NOTHING_TO_RESOLVE, "plan"),
        ("one.in", Code.NOTHING_TO_RESOLVE, "plan"),
        ("two.out", Code.NOTHING_TO_RESOLVE, "ehearse"),
    ],
)
def test_a_name_that_means_no_anchor_is_said(waits: Path, name: str, code: Code, cure: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        look(matchcut.load(waits), name)
    assert caught.value.code is code
    assert cure in caught.value.fix


@pytest.mark.parametrize("frame", [72, 200, -80])
def test_a_frame_that_is_not_shown_cannot_be_pinned(waits: Path, frame: int) -> None:
    with pytest.raises(MatchcutError) as caught:
        step(matchcut.load(waits), "one.out", frame)
    assert caught.value.code is Code.USAGE
    assert "0 to 71" in caught.value.fix


def test_a_still_of_another_shape_cannot_stand_for_a_frame(waits: Path) -> None:
    square = waits.parent / "square.png"
    cv2.imwrite(str(square), np.full((200, 200, 3), 90, np.uint8))
    with pytest.raises(MatchcutError) as caught:
        replace_still(matchcut.load(waits), "one.out", square)
    assert "another shape" in caught.value.message
    assert len(waiting(matchcut.load(waits))) == 1


def test_a_sheet_and_the_frame_itself_are_written_to_be_looked_at(waits: Path) -> None:
    shown = show(matchcut.load(waits), "one.out")
    looked = shown.looked
    assert (read_still(shown.still) == frame_at(looked.clip, looked.frame).pixels).all()
    assert shown.still.is_relative_to(waits.parent / "out")
    height, width = read_still(shown.sheet).shape[:2]
    assert (width, height) > (192, 108)


def test_a_film_that_was_never_made_has_no_gates(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN)
    with pytest.raises(MatchcutError) as caught:
        waiting(matchcut.load(film))
    assert caught.value.code is Code.NOTHING_TO_RESOLVE
    assert not (tmp_path / ".matchcut").exists()


def test_a_hero_is_stepped_forward_before_a_bridge_lands_on_it(tmp_path: Path) -> None:
    film = write_film(tmp_path, BRIDGE)
    assert "`three.in`" in str(stopped(film))
    said = step(matchcut.load(film), "three.in", -2)
    assert "begins 2 frames (0.08 s) later" in said
    rendered = rehearse(film)
    one, two, three = rendered.shots
    assert three.kept == (2, 71)
    landing = frame_at(three.clip, 2).pixels.astype(float)
    landed = frame_at(two.clip, -1).pixels.astype(float)
    assert _psnr(landed, landing) > 34
    assert _psnr(landed, landing) > _psnr(landed, frame_at(three.clip, 0).pixels)
    assert one.pins["out"].settled, "its own policy is auto"
    # What is decided stays decided, and costs no second look.
    assert rehearse(film).made == ()


def test_moving_an_anchor_later_makes_anew_just_what_hangs_on_it(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN.replace("anchor: review", "anchor: auto"))
    before = {shot.id: shot.take.clip for shot in rehearse(film).shots}
    step(matchcut.load(film), "three.out", -5)
    after = rehearse(film)
    assert after.made == ("four", "five")
    assert {s.id for s in after.shots if s.take.clip == before[s.id]} == {
        "one",
        "two",
        "three",
        "six",
    }


def test_a_rejected_take_is_not_used_again_whatever_is_asked(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN.replace("anchor: review", "anchor: auto"))
    first = taken(film, "six").take
    reject(matchcut.load(film), "six", "the horizon tilts")
    second = taken(film, "six").take
    assert (first.number, second.number) == (1, 2)
    assert first.clip != second.clip
    reject(matchcut.load(film), "six", "still tilts")
    third = taken(film, "six").take
    assert third.clip not in (first.clip, second.clip)


def test_a_rejection_moves_the_seed_on_where_there_is_one(tmp_path: Path) -> None:
    wan = CHAIN.replace("anchor: review", "anchor: auto").replace(
        "fal-ai/kling-video/v3/pro/image-to-video, duration: 3",
        "fal-ai/wan/v2.7/image-to-video, duration: 2, resolution: 720p, seed: 42",
    )
    one = wan[: wan.index("  - {id: two")]
    film = write_film(tmp_path, one)
    rehearse(film)
    reject(matchcut.load(film), "one", "blurred")
    taken(film, "one")
    requests = _requests(film, "one")
    assert [request["seed"] for request in requests] == [42, 43]


def test_footage_cannot_be_rejected(tmp_path: Path) -> None:
    own = CHAIN.replace("start: art/a.png, prompt: she walks, camera: pan right", "clip: own.mp4")
    film = write_film(tmp_path, CHAIN)
    stopped(film)
    (tmp_path / "own.mp4").write_bytes(waiting(matchcut.load(film))[0].clip.read_bytes())
    film.write_text(own)
    stopped(film)
    with pytest.raises(MatchcutError) as caught:
        reject(matchcut.load(film), "one.out", "blurred")
    assert caught.value.code is Code.USAGE
    step(matchcut.load(film), "one.out", -1)
    assert "two.out" in str(stopped(film))


def test_a_decision_says_nothing_of_another_clip(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN)
    stopped(film)
    approve(matchcut.load(film), "one.out")
    assert "two.out" in str(stopped(film))
    film.write_text(CHAIN.replace("she walks, camera: pan right", "she walks, camera: tilt up"))
    assert "`one.out`" in str(stopped(film))


def test_gates_may_be_decided_while_another_run_holds_the_film(waits: Path) -> None:
    from matchcut.store.folder import StateFolder  # noqa: PLC0415

    with StateFolder(waits.parent).held():
        assert len(waiting(matchcut.load(waits))) == 1
        look(matchcut.load(waits), "one.out")


def test_on_hosted_endpoints_an_anchor_waits_and_costs_nothing(
    fal: HostileFal, tmp_path: Path
) -> None:
    film = write_film(tmp_path, film_text(KLING).replace("anchor: auto\n", ""))
    assert render(film)[0] == Code.GATE_WAITS.value
    assert len(fal.accepted) == 2, "the hero, and the cut that hangs on nothing"
    assert render(film)[0] == Code.GATE_WAITS.value
    assert len(fal.accepted) == 2, "waiting is free"
    rehearse(film)
    (one,) = waiting(matchcut.load(film))
    assert one.spot.provider == "fal", "a rehearsal does not close it"
    approve(matchcut.load(film), "one.out", revision=one.spot.revision)
    assert render(film)[0] == "done"
    assert len(fal.accepted) == 3
    reject(matchcut.load(film), "two", "a sixth finger")
    # This server makes the same clip of the same request, and that does not pass by itself.
    assert render(film)[0] == Code.CLIP_UNEXPECTED.value
    assert len(fal.accepted) == 4, "another take is paid, and no other shot"
    resolve_shot(matchcut.load(film), "two", WayOn.ACCEPT, matchcut.Fal())
    assert render(film)[0] == "done"
    assert len(fal.accepted) == 4


def test_a_rejection_during_a_run_is_heard_before_more_is_paid(
    fal: HostileFal, tmp_path: Path
) -> None:
    film = write_film(tmp_path, film_text(KLING))
    project = matchcut.load(film)
    done: list[str] = []
    heard: list[str] = []

    def hear(event: object) -> None:
        if isinstance(event, ShotEvent) and event.state.value == "done":
            done.append(event.shot)
        if isinstance(event, ShotEvent) and event.shot == "two" and not heard:
            heard.append(reject(matchcut.load(film), "one", "a sixth finger"))

    with pytest.raises(MatchcutError) as caught:
        matchcut.render(
            project, matchcut.plan(project), matchcut.Fal(at_once=1), hear, max_usd=Decimal(100)
        )
    assert caught.value.code is Code.DECISION_STALE
    assert "two" not in done
    words = [str(job.input) for job in fal.accepted]
    assert not any("turns" in text for text in words), "nothing was made from the rejected take"
    # This server makes the same clip of the same request, and that does not pass by itself.
    assert render(film)[0] == Code.CLIP_UNEXPECTED.value
    resolve_shot(project, "one", WayOn.ACCEPT, matchcut.Fal())
    assert render(film)[0] == "done"
    assert len(fal.accepted) == 4


def test_what_is_renamed_keeps_what_was_decided(fal: HostileFal, tmp_path: Path) -> None:
    text = film_text(KLING)
    film = write_film(tmp_path, text)
    assert render(film)[0] == "done"
    step(matchcut.load(film), "one.out", -5)
    assert render(film)[0] == "done"
    assert len(fal.accepted) == 4
    film.write_text(text.replace("id: one,", "id: uno,"))
    assert render(film)[0] == "done"
    other = film.rename(tmp_path / "final.yaml")
    done, rendered = render(other)
    assert done == "done"
    assert len(fal.accepted) == 4, "nothing is paid again"
    assert rendered is not None
    assert rendered.shots[0].kept == (0, 66)


def test_a_decision_is_on_the_take_that_the_film_uses(tmp_path: Path) -> None:
    text = CHAIN.replace("anchor: review", "anchor: auto")
    film = write_film(tmp_path, text)
    rehearse(film)
    film.write_text(text.replace("the sea", "the shore"))
    rehearse(film)
    film.write_text(text)
    rehearse(film)
    assert "Take 1 of `six`" in reject(matchcut.load(film), "six", "it tilts")
    with pytest.raises(MatchcutError) as caught:
        reject(matchcut.load(film), "six", "it tilts")
    assert "take 1 of it is rejected" in caught.value.message
    assert taken(film, "six").take.number == 3


def test_a_gate_of_another_use_is_stale(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN)
    stopped(film)
    (one,) = waiting(matchcut.load(film))
    film.write_text(CHAIN.replace("camera: pan right}", "camera: pan right, use: [0, 2]}", 1))
    with pytest.raises(MatchcutError) as caught:
        approve(matchcut.load(film), "one.out", revision=one.spot.revision)
    assert caught.value.code is Code.DECISION_STALE
    assert waiting(matchcut.load(film)) == []


def test_a_paid_take_and_a_rehearsal_are_told_apart(
    fal: HostileFal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = write_film(tmp_path, film_text(KLING).replace("anchor: auto", "anchor: review"))
    assert render(film)[0] == Code.GATE_WAITS.value
    stopped(film)
    paid, free = sorted(waiting(matchcut.load(film)), key=lambda one: one.spot.provider)
    with pytest.raises(MatchcutError) as caught:
        reject(matchcut.load(film), "one", "a sixth finger")
    assert paid.spot.revision in caught.value.message
    assert free.spot.revision in caught.value.message
    capsys.readouterr()
    assert main(["gates", str(film), "--json"]) == 9
    offered = [facts["ways"] for facts in json.loads(capsys.readouterr().out)["anchors"]]
    for way in (way for ways in offered for way in ways if way.startswith("matchcut show")):
        assert main(shlex.split(way)[1:]) == 0
    assert {re.findall(r"--revision (\S+)", way)[0] for ways in offered for way in ways} == {
        paid.spot.revision,
        free.spot.revision,
    }
    for one in (paid, free):
        assert is_rehearsed(matchcut.load(film), "one", revision=one.spot.revision) is (one is free)
    said = reject(matchcut.load(film), "one", "no", revision=free.spot.revision)
    assert "by rehearsal" in said
    assert [one.spot.provider for one in waiting(matchcut.load(film))] == ["fal"]
    assert len(fal.accepted) == 2


@pytest.mark.parametrize("typed", ["../full/film.yaml", "{full}/film.yaml", "below/../film.yaml"])
def test_a_command_acts_on_the_film_it_is_about(
    typed: str,
    waits: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Pasted where there is another film of the same name, it must leave that one alone."""
    full = tmp_path / "full"
    shutil.copytree(waits.parent, full)
    here = tmp_path / "here"
    (full / "below").mkdir()
    write_film(here, CHAIN)
    own = typed.startswith("below")
    monkeypatch.chdir(full if own else here)
    typed = typed.format(full=full)
    option = "" if own else f" --film {typed}"
    assert main(["gates", typed]) == Exit.GATE
    said = capsys.readouterr().out
    assert f"`matchcut show one.out{option}`" in said
    assert f"`matchcut reject one.out --why WHY{option}`" in said
    assert main(["show", "one.out", "--film", typed]) == 0
    said = capsys.readouterr().out
    assert re.search(rf"`matchcut approve one\.out --revision \w+{option}`", said)
    assert main(["status", typed]) == 0
    said = capsys.readouterr().out
    assert f"`matchcut gates{'' if own else f' {typed}'}` lists" in said
    assert f"`matchcut show one.out{option}` or" in said
    assert main(["rehearse", typed]) == Exit.GATE
    said = capsys.readouterr().err
    assert f"`matchcut show one.out{option}` shows it" in said
    assert f"`matchcut gates{'' if own else f' {typed}'}` lists" in said
    assert main(["approve", "one.out", "--film", typed]) == 0
    assert f"`matchcut rehearse {'film.yaml' if own else typed}` (" in capsys.readouterr().out


def test_a_film_below_here_is_named_by_its_path_from_here(
    waits: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(waits.parent.parent)
    assert main(["gates", str(waits)]) == Exit.GATE
    path = f"{waits.parent.name}/film.yaml"
    assert f"`matchcut approve one.out --film {path}`" in capsys.readouterr().out


def test_another_folders_film_on_a_server_is_not_taken_for_the_one_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "full", CHAIN)
    StateFolder(film.parent).path.mkdir()
    StateFolder(film.parent).share("postgresql://user@host/name")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with one_command():
        act_on("../full/film.yaml")
        for name in ("film.yaml", StateFolder(film.parent).key("film.yaml")):
            assert film_path(name) == "../full/film.yaml"
        for name in ("0123456789abcdef/film.yaml", "other.yaml"):
            assert film_path(name) == name.rpartition("/")[2]
    assert film_path("film.yaml") == "film.yaml", "it is said for one command only"


def test_a_still_is_not_shown_where_the_clip_itself_is_handed_over(tmp_path: Path) -> None:
    wan = CHAIN.replace("anchor: review", "anchor: auto").replace(
        "fal-ai/kling-video/v3/pro/image-to-video, duration: 3",
        "fal-ai/wan/v2.7/image-to-video, duration: 2, resolution: 720p",
    )
    two = wan[: wan.index("  - {id: three")]
    film = write_film(tmp_path, two)
    clip = taken(film, "one").clip
    still = tmp_path / "dark.png"
    cv2.imwrite(str(still), frame_at(clip, -1).pixels[:, :, ::-1] // 2)
    replace_still(matchcut.load(film), "one.out", still)
    assert rehearse(film).shots[0].stills
    film.write_text(two.replace("prompt: she turns", "join: continue, prompt: she turns"))
    assert "takes the clip itself" in stopped(film).message
    approve(matchcut.load(film), "one.out")
    assert not rehearse(film).shots[0].stills


def test_the_two_edges_of_a_hero_do_not_cross(tmp_path: Path) -> None:
    more = BRIDGE + "  - {id: four, prompt: she goes on}\n"
    film = write_film(tmp_path, more.replace(", anchor: review", ""))
    rehearse(film)
    step(matchcut.load(film), "three.out", 20)
    with pytest.raises(MatchcutError) as caught:
        step(matchcut.load(film), "three.in", 40)
    assert "0 to 20" in caught.value.fix


class Stubborn(matchcut.Rehearsal):
    """A model that makes the same clip whatever was said of it."""

    name = "stubborn"

    def _scene(self, job: Job) -> Scene:
        return super()._scene(replace(job, rejected=0))


def test_the_same_clip_again_does_not_pass(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN.replace("anchor: review", "anchor: auto"))
    project = matchcut.load(film)
    matchcut.render(project, matchcut.plan(project), Stubborn())
    reject(project, "one", "a sixth finger")
    with pytest.raises(matchcut.RenderError) as caught:
        matchcut.render(project, matchcut.plan(project), Stubborn())
    assert caught.value.code is Code.CLIP_UNEXPECTED
    assert "rejected before" in caught.value.failed["one"].message
    resolve_shot(project, "one", WayOn.ACCEPT, matchcut.Fal())
    assert matchcut.render(project, matchcut.plan(project), Stubborn()).made == ()


def test_a_clip_rejected_and_made_again_at_the_end_of_a_film_does_not_pass(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN.replace("anchor: review", "anchor: auto"))
    project = matchcut.load(film)
    matchcut.render(project, matchcut.plan(project), Stubborn())
    reject(project, "six", "it tilts")
    with pytest.raises(matchcut.RenderError) as caught:
        matchcut.render(project, matchcut.plan(project), Stubborn())
    assert list(caught.value.failed) == ["six"]


def test_a_rejection_can_be_taken_back(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN.replace("anchor: review", "anchor: auto"))
    before = taken(film, "six").take
    project = matchcut.load(film)
    reject(project, "six", "it tilts")
    resolve_shot(project, "six", WayOn.ACCEPT, matchcut.Fal(), number=before.number)
    assert taken(film, "six").take == before


def test_a_still_that_is_lost_is_said_with_its_name_and_cure(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN.replace("anchor: review", "anchor: auto"))
    clip = taken(film, "one").clip
    still = tmp_path / "better.png"
    cv2.imwrite(str(still), frame_at(clip, -1).pixels[:, :, ::-1])
    replace_still(matchcut.load(film), "one.out", still)
    kept = look(matchcut.load(film), "one.out").decision
    assert kept is not None
    (tmp_path / ".matchcut" / "media" / kept.still[:2] / f"{kept.still}.png").unlink()
    with pytest.raises(MatchcutError) as caught:
        rehearse(film)
    assert caught.value.where == "one.out"
    assert "matchcut replace one.out" in caught.value.fix


def test_what_is_shown_after_a_replacement_is_the_picture(tmp_path: Path) -> None:
    film = write_film(tmp_path, CHAIN.replace("anchor: review", "anchor: auto"))
    better = frame_at(taken(film, "one").clip, -1).pixels.copy()
    better[20:60, 60:120] = (220, 30, 40)
    cv2.imwrite(str(tmp_path / "better.png"), better[:, :, ::-1])
    replace_still(matchcut.load(film), "one.out", tmp_path / "better.png")
    shown = show(matchcut.load(film), "one.out")
    assert (read_still(shown.still) == better).all()


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
def test_a_folder_of_anchors_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film", CHAIN)
    stopped(film)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "film" / "out").mkdir(exist_ok=True)
    (tmp_path / "film" / "out" / "anchors").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MatchcutError) as caught:
        show(matchcut.load(film), "one.out")
    assert caught.value.code is Code.FILE_OUTSIDE
    assert not list((tmp_path / "elsewhere").iterdir())


class Adrift(matchcut.Rehearsal):
    """A model that does not land where it should."""

    name = "adrift"

    def _scene(self, job: Job) -> Scene:
        return replace(super()._scene(job), end=None)


def adrift(film: Path) -> matchcut.Rendered:
    project = matchcut.load(film)
    return matchcut.render(project, matchcut.plan(project), Adrift())


def test_a_bridge_that_lands_nowhere_waits_and_is_never_stepped(tmp_path: Path) -> None:
    film = write_film(tmp_path, BRIDGE.replace(", anchor: review", ""))
    with pytest.raises(matchcut.RenderError) as caught:
        adrift(film)
    assert list(caught.value.failed) == ["two"]
    assert caught.value.code is Code.GATE_WAITS
    assert "does not reach" in caught.value.message
    (one,) = waiting(matchcut.load(film))
    assert one.spot.name == "two.out"
    still = tmp_path / "art" / "a.png"
    for decide in (
        lambda project: step(project, "two.out", -1),
        lambda project: replace_still(project, "two.out", still),
    ):
        with pytest.raises(MatchcutError) as refused:
            decide(matchcut.load(film))
        assert refused.value.code is Code.USAGE
        assert "pinned" in refused.value.message
    reject(matchcut.load(film), "two.out", "it does not land")
    with pytest.raises(matchcut.RenderError):
        adrift(film)
    (again,) = waiting(matchcut.load(film))
    assert again.spot.number == 2
    approve(matchcut.load(film), "two.out")
    rendered = adrift(film)
    assert [shot.take.number for shot in rendered.shots] == [1, 2, 1]
    assert rendered.shots[1].kept == (0, 71)
    assert rendered.shots[1].pins["out"].by == "person"


def test_a_bridge_that_lands_waits_for_nobody(tmp_path: Path) -> None:
    film = write_film(tmp_path, BRIDGE.replace(", anchor: review", ""))
    bridge = rehearse(film).shots[1].pins["out"]
    assert (bridge.settled, bridge.frame, bridge.verdict.value) == (True, 71, "pass")


class _Terminal:
    """A shell in a pseudo-terminal, typed into by a person."""

    def __init__(self, folder: Path) -> None:
        leader, follower = pty.openpty()
        self._leader = leader
        environment = {**os.environ, "PS1": "ready> ", "TERM": "xterm", "COLUMNS": "100"}
        self._shell = subprocess.Popen(
            ["sh", "-i"],
            cwd=folder,
            env=environment,
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
        )
        os.close(follower)
        self.screen = ""
        self._until("ready> ")

    def types(self, command: str) -> str:
        """Type a `matchcut` command; returns what came on the screen, with its exit code."""
        words = f"{sys.executable} -m matchcut {command}; echo code $?-\n"
        os.write(self._leader, words.encode())
        said = self._until(r"code \d+-\r\n.*ready> ")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)

    def close(self) -> None:
        self._shell.kill()
        self._shell.wait()
        os.close(self._leader)

    def _until(self, pattern: str) -> str:
        end, said = time.monotonic() + 120, ""
        while not re.search(pattern, said, re.DOTALL):
            ready, _, _ = select.select([self._leader], [], [], 1)
            if ready:
                said += os.read(self._leader, 65536).decode("utf-8", "replace")
            assert time.monotonic() < end, said
        self.screen += said
        return said


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[_Terminal]:
    write_film(tmp_path, CHAIN)
    shell = _Terminal(tmp_path)
    yield shell
    shell.close()


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")
def test_a_person_decides_each_anchor_in_a_terminal(terminal: _Terminal, tmp_path: Path) -> None:
    """One is approved, one stepped, one replaced, one rejected; the film's frames prove it."""
    film = tmp_path / "film.yaml"
    assert "code 9-" in terminal.types("rehearse film.yaml")
    listed = terminal.types("gates")
    assert "one.out" in listed
    assert "code 9-" in listed
    assert "code 0-" in terminal.types("approve one.out")

    assert "two.out" in terminal.types("rehearse film.yaml")
    assert "ends 4 frames (0.17 s) earlier" in terminal.types("step two.out 67")

    assert "three.out" in terminal.types("rehearse film.yaml")
    assert "code 0-" in terminal.types("show three.out")
    (original,) = (tmp_path / "out" / "anchors").glob("film-three.out-*.png")
    retouched = read_still(original).copy()
    retouched[20:60, 60:120] = (220, 30, 40)
    cv2.imwrite(str(tmp_path / "better.png"), retouched[:, :, ::-1])
    assert "is your picture" in terminal.types("replace three.out better.png")

    assert "four.out" in terminal.types("rehearse film.yaml")
    four = look(matchcut.load(film), "four.out").spot.clip
    assert "rejected" in terminal.types('reject four.out --why "a sixth finger"')
    assert "four.out" in terminal.types("rehearse film.yaml"), "the new take waits in its turn"
    assert "code 0-" in terminal.types("approve four.out")
    assert "code 0-" in terminal.types("rehearse film.yaml")
    nothing = terminal.types("gates")
    assert "Nothing waits" in nothing
    assert "code 0-" in nothing

    _prove(film, tmp_path / "out" / "chain.mp4", retouched, rejected=four)


def _prove(film: Path, movie: Path, retouched: np.ndarray, *, rejected: str) -> None:
    """The finished film's frames show what was decided."""
    project = matchcut.load(film)
    rendered = matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())
    assert rendered.made == ()
    cut = matchcut.assemble(rendered).cut
    shots = {shot.id: shot for shot in rendered.shots}
    pieces = {piece.shot: piece for piece in cut.pieces}
    frames = [frame.pixels for frame in read_frames(movie)]
    assert len(frames) == cut.frames

    def last_of(shot: str) -> np.ndarray:
        piece = pieces[shot]
        return frames[piece.begins + piece.frames - 1]

    # Approved: the clip is shown to its end, and the next one starts on that very frame.
    assert shots["one"].kept == (0, 71)
    assert _is(last_of("one"), frame_at(shots["one"].clip, 71).pixels)
    # Stepped: it ends at the frame that was named; the next shot's first frame is that one.
    assert shots["two"].kept == (0, 67)
    assert _is(last_of("two"), frame_at(shots["two"].clip, 67).pixels)
    assert _psnr(last_of("two"), frame_at(shots["two"].clip, 71).pixels) < 30
    assert _is(frame_at(shots["three"].clip, 0).pixels, frame_at(shots["two"].clip, 67).pixels)
    # Replaced: both sides of the seam show the retouched still.
    assert _is(last_of("three"), retouched)
    assert _is(frame_at(shots["four"].clip, 0).pixels, retouched)
    assert _psnr(frame_at(shots["three"].clip, 71).pixels, retouched) < 25
    names = [
        clip.name
        for clip in otio.adapters.read_from_file(str(movie.with_suffix(".otio"))).find_clips()
    ]
    assert names == ["one", "two", "three", "three.out", "four", "five", "six"]
    kept = movie.parent / "chain-clips" / "three.out.png"
    assert (read_still(kept) == retouched).all()
    pin = shots["three"].pins["out"]
    assert pin.pixels == pixel_hash(retouched)
    # Rejected: another take is shown.
    assert shots["four"].take.number == 2
    assert shots["four"].take.clip != rejected
    assert _is(last_of("four"), frame_at(shots["four"].clip, 71).pixels)


def _is(shown: np.ndarray, meant: np.ndarray) -> bool:
    return _psnr(shown, meant) > 34


def _psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def _requests(film: Path, shot: str) -> list[dict[str, object]]:
    from sqlalchemy import select as choose  # noqa: PLC0415

    from matchcut.render.database import Database  # noqa: PLC0415
    from matchcut.render.ledger import takes  # noqa: PLC0415

    database = Database(film.parent / ".matchcut" / "state.sqlite")
    query = choose(takes.c.request).where(takes.c.shot == shot).order_by(takes.c.number)
    with database.transaction() as connection:
        found = [json.loads(text)["arguments"] for text in connection.execute(query).scalars()]
    database.close()
    return found
