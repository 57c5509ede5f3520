"""A courier film for each of the founding text's four endpoints, rendered as its user renders it.

What goes over the wire is held against golden files, in which each address is replaced by what
stands behind it. The golden files were written by hand from the founding text's own calls; those
stand here too, and every golden call is held against its founding one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import opentimelineio as otio
import pytest

from hostile import Continued, HostileFal
from hostile.sent import caller
from matchcut.frames.clip import frame_at, read_frames
from matchcut.frames.encode import Quality, write_clip
from render.paying import User, drawn, write
from small import picture

HERE = Path(__file__).parent
START, END, FRONT, SIDE = (
    "the start picture",
    "the end picture",
    "a front picture",
    "a side picture",
)
FOOTAGE_FRAMES = 12


@dataclass(frozen=True, kw_only=True)
class Film:
    """A film and what must come of it."""

    name: str
    pictures: tuple[str, ...]
    footage: str = ""
    """A clip of 2160p that it begins with."""
    shape: tuple[int, int] = (240, 136)
    frames: int
    """Of the film, counted by hand: what its clips show, without the copies at its seams."""
    usd: str
    """Of all its shots together, by the contract's dearest price."""
    shot: str = ""
    """The one that is the founding text's call; none where the text has no call."""
    call: Mapping[str, Any]
    """That call, or what the text says of the endpoint in words."""
    differs: Mapping[str, Any]
    """What is sent in place of what stands there; all else is the same to the letter."""


FILMS = (
    Film(
        name="seedance",
        pictures=("rooftop", "stairs"),
        frames=96 + (144 - 2) + 96,  # the bridge begins and ends on a copy
        usd="1.88307",  # 14 s of 854x480x24/1024 tokens, 0.014 for 1000
        shot="crossing",
        call={
            "prompt": "the courier crosses the rooftop, camera tracking at shoulder height",
            "image_url": START,
            "end_image_url": END,
            "duration": "6",
        },
        differs={},
    ),
    Film(
        name="wan",
        pictures=("window", "door"),
        shape=(136, 136),
        # The match begins on a copy, the bridge on one and ends on one; the last clip begins with
        # the whole of the clip that it continues.
        frames=48 + (48 - 1) + (144 - 2) + 48 + (96 - 48),
        usd="1.6",  # 16 s at 0.10
        shot="walk",
        call={
            "prompt": "the subject walks from the window toward the door",
            "image_url": START,
            "end_image_url": END,
            "duration": 6,
            "resolution": "1080p",
            "enable_prompt_expansion": False,
            "seed": 42,
        },
        differs={"resolution": "720p"},  # a test has two processors
    ),
    Film(
        name="kling",
        pictures=(
            *("hall", "door", "mara-front", "mara-side"),
            *("jon-front", "jon-side", "jon-back"),
        ),
        frames=72 + (144 - 2) + 72,
        usd="2.688",  # 12 s at 0.224
        shot="hall",
        call={
            "start_image_url": START,
            "end_image_url": END,
            "prompt": "@Element1 continues walking toward the door",
            "elements": [{"frontal_image_url": FRONT, "reference_image_urls": [SIDE]}],
            "duration": "6",
            "cfg_scale": 0.7,
        },
        differs={
            # Two people, each with the description that never changes.
            "prompt": "@Element1: a courier in a yellow jacket. "
            "@Element2: a porter in a blue coat. "
            "@Element1 continues walking toward the door, @Element2 holds it open",
            "elements": [
                {"frontal_image_url": FRONT, "reference_image_urls": [SIDE]},
                {"frontal_image_url": FRONT, "reference_image_urls": [SIDE, SIDE]},
            ],
        },
    ),
    Film(
        name="ltx",
        pictures=(),
        footage="pass",
        frames=FOOTAGE_FRAMES + (24 - 1),
        usd="1.44",  # 6 s at 0.24
        shot="valley",
        # No call: "The only I2V endpoint supporting 2160p ... Durations fixed at 6s, 8s, 10s. Match
        # fps across chained clips", and `image_url`.
        call={"image_url": START, "duration": 6, "resolution": "2160p", "fps": 24},
        differs={},
    ),
)
ADDED = frozenset({"generate_audio", "resolution", "aspect_ratio", "prompt"})
"""What may be sent beside what the founding call has: its text leaves them to the endpoint, and a
cut must know them. Above all no seed is sent where it has none."""


def golden(film: Film) -> dict[str, Any]:
    text = (HERE / "golden" / f"{film.name}.json").read_text("utf-8")
    shots: dict[str, Any] = json.loads(text)
    return shots


@pytest.mark.parametrize("film", FILMS, ids=[film.name for film in FILMS])
def test_the_golden_call_is_the_founding_one(film: Film) -> None:
    sent = golden(film)[film.shot]["arguments"]
    assert set(film.call) <= set(sent), "nothing is left out"
    assert set(sent) - set(film.call) <= ADDED, "nothing is added that must not be"
    for name, value in {**film.call, **film.differs}.items():
        assert as_json(like(value, sent[name])) == as_json(value), name


def like(founding: Any, sent: Any) -> Any:
    """What was sent, with the founding text's own words for pictures."""
    if isinstance(founding, dict):
        return {name: like(founding.get(name), value) for name, value in sent.items()}
    if isinstance(founding, list):
        return [like(one, value) for one, value in zip(founding, sent, strict=True)]
    behind = {
        START: "<last shown frame of ",
        END: "<first shown frame of ",
        FRONT: "<art/",
        SIDE: "<art/",
    }
    if founding in behind and sent.startswith(behind[founding]):
        return founding
    return sent


def as_json(value: Any) -> str:
    """As text, in which 6 is not "6", nor 1 true."""
    return json.dumps(value, indent=2, sort_keys=True)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("film", FILMS, ids=[film.name for film in FILMS])
def test_a_courier_film_renders_end_to_end(film: Film, tmp_path: Path) -> None:
    text = (HERE / "films" / f"{film.name}.yaml").read_text("utf-8")
    width, height = film.shape
    path = write(tmp_path / "film", text, **drawn(*film.pictures, width=width, height=height))
    if film.footage:
        shoot(path.parent / "art" / f"{film.footage}.mp4")
    with HostileFal(tmp_path / "fal", workers=2) as fal:
        fal.continued = Continued.SOURCE_WITHIN  # as the contract says of Wan
        user = User(film=path, environment=fal.environment)
        done = user.render("--yes", "--max-usd", film.usd, "--json")
        assert done.returncode == 0, done.stderr + done.stdout
        assert done.stderr == ""
        result = json.loads(done.stdout.splitlines()[-1])
        shown = shown_frames(Path(result["timeline"]))
        assert result["frames"] == film.frames
        assert sum(last - first + 1 for first, last in shown.values()) == film.frames
        assert sum(1 for _ in read_frames(Path(result["film"]))) == film.frames
        ledger = user.ledger()["attempts"]
        check_money(film, ledger)
        check_headers(fal)
        check_storage(fal)
        names = behind(fal, user.folder, Path(result["film"]).with_suffix(""), shown)
        by_request = {one["request_id"]: one["shot"] for one in ledger}
        sent = {
            by_request[job.request_id]: {
                "endpoint": job.endpoint,
                "arguments": replaced(job.input, names),
            }
            for job in fal.accepted
        }
        assert as_json(sent) == as_json(golden(film))
        posted = [as_json([one.endpoint, one.body]) for one in fal.submissions]
        accepted = [as_json([job.endpoint, job.input]) for job in fal.accepted]
        assert sorted(posted) == sorted(accepted), "each was sent once, just so"
        assert not fal.faults.pending


def shoot(clip: Path) -> None:
    """Footage of 2160p at 24 frames a second, in which the camera moves a little."""
    wide = 3840 + 16 * FOOTAGE_FRAMES
    whole = cv2.resize(picture(1), (wide, 2160), interpolation=cv2.INTER_CUBIC)
    moving = (whole[:, 16 * n :][:, :3840] for n in range(FOOTAGE_FRAMES))
    write_clip(clip, moving, rate=Fraction(24), quality=Quality.TAKE)


def shown_frames(timeline: Path) -> dict[str, tuple[int, int]]:
    """First and last frame of each clip in the cut, as an editor reads them."""
    read = otio.adapters.read_from_file(str(timeline))
    ranges = {clip.name: clip.source_range for clip in read.find_clips()}
    return {
        name: (int(cut.start_time.value), int(cut.end_time_inclusive().value))
        for name, cut in ranges.items()
    }


def check_money(film: Film, attempts: list[dict[str, Any]]) -> None:
    assert {one["state"] for one in attempts} == {"done"}
    assert sum(Decimal(one["estimate_usd"]) for one in attempts) == Decimal(film.usd)


def check_headers(fal: HostileFal) -> None:
    for one in fal.submissions:
        assert one.host == "queue.fal.run"
        assert one.query == {}, "no webhook: a laptop has no address"
        assert one.headers["authorization"] == f"Key {fal.key}"
        assert one.headers["x-app-fal-disable-fallback"] == "true"
        assert one.headers["x-fal-disable-fallbacks"] == "true"
        assert one.headers["content-type"] == "application/json"
        lives = json.loads(one.headers["x-fal-object-lifecycle-preference"])
        assert lives == {"expiration_duration_seconds": 604800}
        assert "x-fal-store-io" not in one.headers, "what is not kept cannot be recovered"


def check_storage(fal: HostileFal) -> None:
    for upload in fal.uploads:
        assert set(upload.lifecycle) == {
            "x-fal-object-lifecycle",
            "x-fal-object-lifecycle-preference",
        }
        for lives in upload.lifecycle.values():
            assert json.loads(lives) == {"expiration_duration_seconds": 604800}
    assert len({upload.sha256 for upload in fal.uploads}) == len(fal.uploads), "each once"
    assert not fal.fallback_uploads
    assert not fal.leaks


def behind(
    fal: HostileFal, folder: Path, clips: Path, shown: Mapping[str, tuple[int, int]]
) -> dict[str, str]:
    """What stands behind each address that was uploaded, told by its bytes or its pixels."""
    known = {digest(art.read_bytes()): f"<art/{art.name}>" for art in folder.glob("art/*")}
    for shot, (first, last) in shown.items():
        clip = clips.with_name(f"{clips.name}-clips") / f"{shot}.mp4"
        known[digest(clip.read_bytes())] = f"<clip of {shot}>"
        for name, index in (("first", first), ("last", last)):
            picture = frame_at(clip, index).pixels
            known[digest(picture.tobytes())] = f"<{name} shown frame of {shot}>"
    names = {}
    with caller(fal) as anyone:
        for upload in fal.uploads:
            data = anyone.get(upload.url).content
            assert digest(data) == upload.sha256
            names[upload.url] = known.get(digest(data)) or known[digest(pixels(data))]
    return names


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pixels(data: bytes) -> bytes:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture[:, :, ::-1].tobytes()


def replaced(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: replaced(entry, names) for name, entry in value.items()}
    if isinstance(value, list):
        return [replaced(entry, names) for entry in value]
    if isinstance(value, str) and value.startswith("https://"):
        return names[value]
    return value
