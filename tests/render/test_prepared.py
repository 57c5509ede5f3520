"""What is pinned to a shot has the film's shape and looks alike to every reader."""

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import matchcut
from hostile import HostileFal
from hostile.sent import caller
from matchcut.film.types import Fit
from matchcut.frames.clip import frame_at, last_frame
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.shape import cropped
from matchcut.frames.still import pixel_hash, read_still
from matchcut.frames.types import Pixels
from matchcut.render.database import Database
from matchcut.render.seams import Seams
from matchcut.store.folder import StateFolder
from render.hosted import DONE, render
from small import picture

WIDE = picture(3, 320, 180)
TALL = picture(4, 180, 320)
RATE, SHAPE = Fraction(24), Fraction(16, 9)
FILM = """
title: Shapes
canvas: {width: 128, height: 72, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: a.png, prompt: somebody walks}
"""


def film_of(folder: Path, text: str = FILM, **stills: Pixels) -> Path:
    folder.mkdir(exist_ok=True)
    for name, pixels in stills.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    film = folder / "film.yaml"
    film.write_text(text, encoding="utf-8")
    return film


def rehearse(film: Path) -> matchcut.Rendered:
    project = matchcut.load(film)
    return matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())


def kept(film: Path) -> dict[str, Pixels]:
    """Every still in the film's state, by the hash of its pixels."""
    stills = (film.parent / ".matchcut" / "media").rglob("*.*")
    shown = [read_still(file) for file in stills if file.suffix in (".png", ".jpg")]
    return {pixel_hash(pixels): pixels for pixels in shown}


def test_another_policy_is_another_take_and_the_same_one_is_kept(tmp_path: Path) -> None:
    film = film_of(tmp_path, a=TALL)
    assert rehearse(film).made == ("one",)
    assert rehearse(film).made == ()
    film.write_text(FILM.replace("title", "fit: pad\ntitle"), encoding="utf-8")
    assert rehearse(film).made == ("one",)
    film.write_text(FILM.replace("title", "fit: crop\ntitle"), encoding="utf-8")
    assert rehearse(film).made == (), "what is sent is what it was"


def test_a_padded_still_is_shown_whole_between_black_bars(tmp_path: Path) -> None:
    film = film_of(tmp_path, FILM.replace("title", "fit: pad\ntitle"), a=TALL)
    (shot,) = rehearse(film).shots
    first = frame_at(shot.clip, 0).pixels
    assert first.shape == (72, 128, 3)
    assert first[:, :40].max() < 12
    assert first[:, 88:].max() < 12
    assert first[:, 50:78].mean() > 60


def test_what_is_outside_the_film_s_shape_makes_no_other_take(tmp_path: Path) -> None:
    """A take's identity is what is really sent: not the file, but what was cut out of it."""
    film = film_of(tmp_path, a=TALL)
    rehearse(film)
    changed = TALL.copy()
    changed[:20] = 0
    film_of(tmp_path, a=changed)
    assert rehearse(film).made == ()
    changed[160] = 0
    film_of(tmp_path, a=changed)
    assert rehearse(film).made == ("one",)


def test_both_anchors_of_a_bridge_have_one_shape(tmp_path: Path) -> None:
    """The one comes out of upright footage, the other out of a clip that was made."""
    bridge = """
  - {id: own, clip: own.mp4}
  - {id: to, prompt: onwards}
  - {id: there, hero: true, start: a.png, prompt: a door}
"""
    text = FILM.partition("  - {id: one")[0] + bridge
    film = film_of(tmp_path, text, a=WIDE)
    write_clip(tmp_path / "own.mp4", iter([TALL] * 12), rate=RATE, quality=Quality.TAKE)
    rendered = rehearse(film)
    last = last_frame(rendered.shots[0].clip).pixels
    assert last.shape[:2] == (320, 180)
    stills = kept(film)
    assert pixel_hash(cropped(last, SHAPE)) in stills
    shapes = {pixels.shape[:2] for pixels in stills.values()}
    assert shapes == {(320, 180), (101, 180), (180, 320), (72, 128)}


@pytest.mark.parametrize("size", [(208, 120), (216, 124)])
def test_an_anchor_of_nearly_the_shape_keeps_its_pixels(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """A model that rounds its sides is not cropped for it at every hop."""
    film = film_of(
        tmp_path,
        FILM.partition("  - {id: one")[0] + "  - {id: own, clip: own.mp4}\n"
        "  - {id: on, prompt: on}\n",
    )
    own = picture(5, *size)
    write_clip(tmp_path / "own.mp4", iter([own] * 12), rate=RATE, quality=Quality.TAKE)
    rendered = rehearse(film)
    assert [pixels.shape[:2] for pixels in kept(film).values()] == [size[::-1]]
    assert pixel_hash(last_frame(rendered.shots[0].clip).pixels) in kept(film)


def test_a_hosted_endpoint_is_sent_the_fitted_picture_and_what_it_counts_by(
    tmp_path: Path, fal: HostileFal
) -> None:
    film = film_of(tmp_path / "film", a=TALL)
    assert render(film)[0] == DONE
    (upload,) = fal.uploads
    with caller(fal) as anyone:
        data = anyone.get(upload.url).content
    shown = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    wanted = cropped(TALL, SHAPE)
    assert np.array_equal(shown, wanted)
    assert render(film)[0] == DONE
    assert len(fal.uploads) == 1


SHARED = (
    FILM.replace("title", "anchor: auto\nfit: POLICY\ntitle").replace("a.png", "a.png, end: b.png")
    + "  - {id: two, join: still, prompt: somebody sits down}\n"
)


def shared(folder: Path, policy: str) -> Path:
    return film_of(folder, SHARED.replace("POLICY", policy), a=WIDE, b=picture(6, 180, 180))


def holds(rendered: matchcut.Rendered | None) -> None:
    """Both sides of a seam hold the still that was sent for them."""
    assert rendered is not None
    seam = matchcut.assemble(rendered).shown[1].seam
    assert seam is not None
    assert seam.lock is not None
    assert seam.reach is not None
    assert min(seam.lock.psnr, seam.reach.psnr) > 30
    assert not {"seam.start", "seam.end", "seam.shift", "seam.gain"} & set(seam.flags)


@pytest.mark.parametrize("policy", list(Fit))
def test_what_holds_a_fitted_still_is_measured_to_hold_it(tmp_path: Path, policy: Fit) -> None:
    film = shared(tmp_path, policy)
    holds(rehearse(film))
    database = Database(StateFolder(film.parent).database)
    try:
        (habit,) = Seams(database).habits("rehearsal").values()
    finally:
        database.close()
    assert habit.lock_psnr is not None
    assert habit.reach_psnr is not None
    assert min(habit.lock_psnr, habit.reach_psnr) > 30, "and that is what is learnt"


@pytest.mark.usefixtures("fal")
def test_a_paid_clip_that_holds_a_padded_still_is_measured_to_hold_it(tmp_path: Path) -> None:
    done, rendered = render(shared(tmp_path / "film", Fit.PAD))
    assert done == DONE
    holds(rendered)


def test_a_turned_picture_is_sent_upright_and_without_its_tag(
    tmp_path: Path, fal: HostileFal
) -> None:
    """An endpoint that passes over EXIF would start on a picture that lies on its side."""
    film = film_of(tmp_path / "film", FILM.replace("a.png", "a.jpg"))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(TALL).save(film.parent / "a.jpg", exif=exif, quality=95)
    assert render(film)[0] == DONE
    (upload,) = fal.uploads
    with caller(fal) as anyone:
        data = anyone.get(upload.url).content
    sent = Image.open(io.BytesIO(data))
    assert (sent.format, sent.size) == ("PNG", (320, 180))
    assert 0x0112 not in sent.getexif()
    assert np.array_equal(np.asarray(sent), read_still(film.parent / "a.jpg"))


def test_a_file_is_known_by_what_is_in_it_and_not_by_its_name(
    tmp_path: Path, fal: HostileFal
) -> None:
    film = film_of(tmp_path / "film", FILM.replace("a.png", "a.jpg"))
    Image.fromarray(WIDE).save(film.parent / "a.jpg", format="PNG")
    assert render(film)[0] == DONE
    (upload,) = fal.uploads
    assert upload.url.endswith(".png")
