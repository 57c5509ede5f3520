"""The clips: of the size, rate and length that were asked for, and then not."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest

from hostile import Continued, Fault, HostileFal, clips
from hostile.sent import KLING, LTX, QUEUE, SEEDANCE, TEXT, WAN, clip, png, start, with_key
from matchcut.endpoints.contract import Role
from matchcut.endpoints.load import shipped
from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import frame_at, probe, read_frames
from matchcut.frames.still import read_still


def fetched(tmp_path: Path, http: httpx.Client, url: str) -> Path:
    """A clip on this disk."""
    file = tmp_path / "fetched.mp4"
    file.write_bytes(http.get(url).content)
    return file


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def test_a_clip_is_what_was_asked_for(fal: HostileFal, http: httpx.Client, tmp_path: Path) -> None:
    url = clip(http, fal, end_image_url=start(fal, 2))
    facts = probe(file := fetched(tmp_path, http, url))
    assert (facts.width, facts.height, facts.frames) == (240, 136, 72)
    assert facts.rate == Fraction(24)
    assert not facts.has_sound
    for seed, index in ((1, 0), (2, -1)):
        still = tmp_path / f"{seed}.png"
        still.write_bytes(png(seed))
        assert difference(read_still(still), frame_at(file, index).pixels) < 2


def test_the_same_request_costs_once(fal: HostileFal, http: httpx.Client) -> None:
    before = len(list(fal.clips.glob("*.mp4")))
    one = http.get(clip(http, fal, prompt="a dog barks")).content
    two = http.get(clip(http, fal, prompt="a dog barks", cfg_scale=0.7)).content
    other = http.get(clip(http, fal, prompt="a dog sleeps")).content
    assert one == two != other
    assert len(list(fal.clips.glob("*.mp4"))) == before + 2
    assert len({job.request_id for job in fal.accepted}) == 3


def test_sound_is_as_long_as_the_picture_where_it_is_on(
    fal: HostileFal, http: httpx.Client, tmp_path: Path
) -> None:
    file = fetched(tmp_path, http, clip(http, fal, generate_audio=True))
    assert probe(file).has_sound
    assert sound_seconds(file) == pytest.approx(3, abs=0.05)


def sound_seconds(file: Path) -> float:
    with av.open(str(file)) as container:
        sound = container.streams.audio[0]
        return float((sound.duration or 0) * (sound.time_base or 0))


WIDE, TALL = (240, 136), (136, 240)
SIZES = [
    # endpoint, request, picture, width, height, rate, frames
    (KLING, {"duration": "3"}, WIDE, 240, 136, 24, 72),
    (KLING, {}, (241, 137), 240, 136, 24, 120),
    (WAN, {"duration": 2, "resolution": "720p"}, (160, 90), 1280, 720, 24, 48),
    (WAN, {"duration": 2}, TALL, 1080, 1906, 24, 48),
    (TEXT, {"duration": 2, "resolution": "720p"}, None, 1280, 720, 24, 48),
    (LTX, {"resolution": "2160p", "fps": 48, "duration": 8}, (160, 90), 3840, 2160, 48, 384),
    (LTX, {"aspect_ratio": "9:16"}, (160, 90), 1080, 1920, 25, 150),
    (SEEDANCE, {"duration": "4", "resolution": "4k"}, (160, 90), 3840, 2160, 24, 96),
    (SEEDANCE, {"duration": "auto"}, (160, 90), 1280, 720, 24, 120),
]


@pytest.mark.parametrize(
    ("endpoint", "request_", "picture", "width", "height", "rate", "frames"), SIZES
)
def test_the_size_rate_and_length_of_a_request(
    tmp_path: Path,
    endpoint: str,
    request_: Mapping[str, Any],
    picture: tuple[int, int] | None,
    width: int,
    height: int,
    rate: int,
    frames: int,
) -> None:
    contract, given, files = shipped()[endpoint], dict(request_), {}
    if picture:
        files["url"] = tmp_path / "a.png"
        files["url"].write_bytes(png(1, *picture))
        given[contract.roles[Role.START]] = "url"
    made = clips.expectation(contract, given, files)
    assert (made.width, made.height, made.frames) == (width, height, frames)
    assert made.rate == Fraction(rate)


def test_a_large_clip_is_made_smaller_and_scaled_up(
    fal: HostileFal, http: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "_LARGE", 160 * 90)
    monkeypatch.setattr(clips, "_HUGE", 200 * 100)
    url = clip(http, fal, prompt="a bird", end_image_url=start(fal, 2))
    facts = probe(file := fetched(tmp_path, http, url))
    assert (facts.width, facts.height, facts.frames) == (240, 136, 72)
    still = tmp_path / "1.png"
    still.write_bytes(png())
    whole = read_still(still)
    assert difference(whole, frame_at(file, 0).pixels) < 2, "its first frame is the whole picture"
    small = frame_at(file, 1).pixels
    assert 2 < difference(whole, small) < 40
    shift = np.abs(whole.mean((0, 1)) - small.mean((0, 1)))
    assert shift.max() < 1.5, "scaling moves no colour"


@pytest.mark.parametrize(
    ("continued", "frames", "new"),
    [
        (Continued.NEW_ONLY, 96, 0),
        (Continued.SOURCE_BEFORE, 72 + 96, 72),
        (Continued.SOURCE_WITHIN, 96, 72),
    ],
)
def test_a_continued_clip(
    fal: HostileFal,
    http: httpx.Client,
    tmp_path: Path,
    clips: Path,
    continued: Continued,
    frames: int,
    new: int,
) -> None:
    first = fetched(tmp_path, http, clip(http, fal)).read_bytes()
    wan = shipped()[WAN]
    # Without a resolution it is as large as the clip that it goes on from: 720p would take long.
    roles = dict(wan.roles)
    del roles[Role.RESOLUTION]
    with HostileFal(
        tmp_path / "wan", cache=clips, contracts={WAN: replace(wan, roles=roles)}
    ) as to:
        to.continued = continued
        to.serve("https://clips.example.test/a.mp4", first)
        with with_key(to) as client:
            given = {"prompt": "on", "video_url": "https://clips.example.test/a.mp4", "duration": 4}
            answer = client.post(f"{QUEUE}/{WAN}", json=given).json()
            to.wait_done(answer["request_id"])
            url = client.get(answer["response_url"]).json()["video"]["url"]
            second = fetched(tmp_path, client, url)
    facts = probe(second)
    assert (facts.width, facts.height) == (240, 136)
    assert facts.frames == frames
    (tmp_path / "first.mp4").write_bytes(first)
    ends = frame_at(tmp_path / "first.mp4", -1).pixels
    assert difference(ends, frame_at(second, new).pixels) < 12, "it goes on where the other ended"
    if new:
        assert difference(ends, frame_at(second, new - 1).pixels) < 2
        begins = frame_at(tmp_path / "first.mp4", 0).pixels
        assert difference(begins, frame_at(second, 0).pixels) < 2


def spoiled(fal: HostileFal, http: httpx.Client, tmp_path: Path, fault: Fault, **how: Any) -> Path:
    fal.inject(fault, **how)
    url = clip(http, fal)
    good = http.get(clip(http, fal)).content
    file = fetched(tmp_path, http, url)
    assert file.read_bytes() != good, "the next one is whole again"
    return file


SHAPES = [
    # fault, details, width, height, rate, frames
    (Fault.WRONG_SIZE, {}, 120, 68, 24, 72),
    (Fault.WRONG_SIZE, {"width": 136, "height": 240}, 136, 240, 24, 72),
    (Fault.WRONG_RATE, {}, 240, 136, 30, 90),
    (Fault.WRONG_RATE, {"fps": 25}, 240, 136, 25, 75),
    (Fault.WRONG_LENGTH, {}, 240, 136, 24, 36),
    (Fault.WRONG_LENGTH, {"frames": 71}, 240, 136, 24, 71),
    (Fault.LONG_SOUND, {}, 240, 136, 24, 72),
    (Fault.BLACK_CLIP, {}, 240, 136, 24, 72),
]


@pytest.mark.parametrize(("fault", "how", "width", "height", "rate", "frames"), SHAPES)
def test_a_clip_that_is_not_what_was_asked_for(
    fal: HostileFal,
    http: httpx.Client,
    tmp_path: Path,
    fault: Fault,
    how: Mapping[str, Any],
    width: int,
    height: int,
    rate: int,
    frames: int,
) -> None:
    file = spoiled(fal, http, tmp_path, fault, **how)
    facts = probe(file)
    assert (facts.width, facts.height, facts.frames) == (width, height, frames)
    assert facts.rate == Fraction(rate)
    assert facts.has_sound == (fault is Fault.LONG_SOUND)
    if fault is Fault.LONG_SOUND:
        assert sound_seconds(file) == pytest.approx(4.5, abs=0.05)
    if fault is Fault.BLACK_CLIP:
        assert all(frame.pixels.max() < 3 for frame in read_frames(file))


def test_a_clip_whose_file_is_cut(fal: HostileFal, http: httpx.Client, tmp_path: Path) -> None:
    file = spoiled(fal, http, tmp_path, Fault.CUT_FILE)
    with pytest.raises(MatchcutError) as caught:
        list(read_frames(file))
    assert caught.value.code is Code.CLIP_UNREADABLE


def test_two_things_wrong_with_one_clip(
    fal: HostileFal, http: httpx.Client, tmp_path: Path
) -> None:
    fal.inject(Fault.WRONG_LENGTH, frames=24)
    fal.inject(Fault.LONG_SOUND, seconds=2)
    file = fetched(tmp_path, http, clip(http, fal))
    assert probe(file).frames == 24
    assert sound_seconds(file) == pytest.approx(3, abs=0.05)
