"""A model that brightens each hop: what is handed on is corrected, and the film does not step."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import matchcut
from brighter import brighter
from matchcut.assemble.record import drifts
from matchcut.frames.clip import frame_at, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still
from matchcut.frames.types import Pixels
from matchcut.inspect.correct import apply, inverse
from matchcut.inspect.drift import BUDGET, Measure
from matchcut.render.providers.protocol import Job
from matchcut.render.providers.rehearsal.generate import generate
from small import write_film

HOPS = 6
FILM = """
title: Chain
anchor: auto
correct_drift: CORRECT
canvas: {width: 320, height: 180, fps: 24}
look: {light: overcast}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: s0, hero: true, start: art/a.png, prompt: a walk, camera: pan right}
"""
CAMERAS = ("pan left", "tilt up", "pan right", "tilt down")


class Brightening(matchcut.Rehearsal):
    """A model that gives its start frame back one per cent brighter."""

    name = "brightening"

    def _make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        scene = self._scene(job)
        gain = 1.0 if job.shot == "s0" else 1.01
        write_clip(
            clip, brighter(_told(scene, progress), gain), rate=scene.rate, quality=Quality.TAKE
        )


def _told(scene: object, progress: Callable[[float], None]) -> Iterator[Pixels]:
    progress(0.5)
    yield from generate(scene)


def chain(folder: Path, *, correct: bool) -> tuple[matchcut.Rendered, matchcut.Assembled]:
    text = FILM.replace("CORRECT", str(correct).lower()) + "".join(
        f"  - {{id: s{n}, prompt: a walk, camera: {CAMERAS[n % 4]}}}\n" for n in range(1, HOPS + 1)
    )
    film = write_film(folder, text)
    project = matchcut.load(film)
    rendered = matchcut.render(project, matchcut.plan(project), Brightening())
    return rendered, matchcut.assemble(rendered)


@pytest.fixture(scope="module")
def corrected(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[matchcut.Rendered, matchcut.Assembled]:
    return chain(tmp_path_factory.mktemp("corrected"), correct=True)


def tones(made: matchcut.Assembled) -> list[float]:
    (one,) = drifts(made.shown)
    (own,) = [found for found in one.forecasts if found.measure is Measure.TONE]
    return [value or 0.0 for value in own.values]


def test_left_alone_the_tones_walk_away(tmp_path: Path) -> None:
    rendered, made = chain(tmp_path, correct=False)
    assert all(shot.started_from.identity for shot in rendered.shots)
    assert tones(made)[-1] == pytest.approx(1.01**HOPS - 1, abs=0.012)
    assert tones(made)[-1] > BUDGET[Measure.TONE] * 0.5


def test_corrected_they_stay(corrected: tuple[matchcut.Rendered, matchcut.Assembled]) -> None:
    rendered, made = corrected
    assert max(map(abs, tones(made))) < 0.02
    gains = [shot.started_from.gain[1] for shot in rendered.shots[2:]]
    assert all(0.97 < gain < 0.999 for gain in gains), gains


def test_what_was_shown_and_what_was_sent_are_both_kept(
    corrected: tuple[matchcut.Rendered, matchcut.Assembled],
) -> None:
    rendered, _ = corrected
    shot = rendered.shots[1]
    shown = frame_at(shot.clip, shot.kept[1]).pixels
    stills = [
        read_still(file)
        for file in (rendered.project.folder / ".matchcut" / "media").rglob("*.png")
    ]
    assert any(still.shape == shown.shape and (still == shown).all() for still in stills)
    sent = frame_at(rendered.shots[2].clip, 0).pixels.astype(float)
    near = [s for s in stills if s.shape == shown.shape and np.abs(s - sent).mean() < 3]
    assert any(not (still == shown).all() for still in near)


def test_the_film_does_not_step_where_it_was_corrected(
    corrected: tuple[matchcut.Rendered, matchcut.Assembled],
) -> None:
    made_of, made = corrected
    means = [float(frame.pixels.mean()) for frame in read_frames(made.film)]
    seams = [piece.begins for piece in made.cut.pieces[1:]]
    inside = [
        abs(b - a) for number, (a, b) in enumerate(pairwise(means), start=1) if number not in seams
    ]
    at_seams = [abs(means[seam] - means[seam - 1]) for seam in seams]
    shots = {shot.id: shot for shot in made_of.shots}
    told = 0
    for piece in made.cut.pieces[2:]:
        shot = shots[piece.shot]
        raw = frame_at(shot.clip, piece.first).pixels
        back = float(apply(raw, inverse(shot.started_from)).mean())
        if abs(back - float(raw.mean())) > 0.5:  # an encoder moves a mean by up to 0.2
            told += 1
            shown = means[piece.begins]
            assert abs(shown - back) < abs(shown - float(raw.mean())), "undone at its head"
    assert told >= 3
    # The model's own per cent is there, 0.5 levels of middle grey; the correction adds nothing.
    assert max(at_seams) < max(np.percentile(inside, 95), 1.2)
    flagged = {flag for shot in made.shown[1:] if shot.seam for flag in shot.seam.flags}
    assert not flagged & {"seam.step", "seam.colour", "seam.freeze", "seam.gain"}, flagged


def test_the_time_line_says_what_the_film_takes_back(
    corrected: tuple[matchcut.Rendered, matchcut.Assembled],
) -> None:
    rendered, made = corrected
    (track,) = json.loads(made.timeline.read_text())["tracks"]["children"]
    said = [clip["metadata"]["matchcut"]["tones_taken_back_at_head"] for clip in track["children"]]
    assert said[0] is None
    assert said[2] == rendered.shots[2].started_from.to_json()
