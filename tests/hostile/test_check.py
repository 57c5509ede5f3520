"""Requests that are wrong: each mistake at its place, in the shape of the real answers."""

from dataclasses import replace
from datetime import date
from typing import Any

import fal_client
import httpx
import pytest

from hostile import HostileFal
from hostile.check import check
from hostile.sent import CDN, KLING, LTX, QUEUE, SEEDANCE, WAN, done, kling, png, start
from matchcut.endpoints.contract import Coupling
from matchcut.endpoints.load import shipped

PICTURE, CLIP, BROKEN = f"{CDN}/a.png", f"{CDN}/a.mp4", f"{CDN}/broken.png"
GOOD: dict[str, dict[str, Any]] = {
    KLING: {"prompt": "rain", "start_image_url": PICTURE, "duration": "3", "cfg_scale": 0.7},
    WAN: {"prompt": "rain", "image_url": PICTURE, "duration": 5, "seed": 7},
    LTX: {"prompt": "rain", "image_url": PICTURE, "duration": 6, "fps": 25, "resolution": "2160p"},
    SEEDANCE: {"prompt": "rain", "image_url": PICTURE, "duration": "auto"},
}
FRONTAL = {"frontal_image_url": PICTURE}
WRONG = [
    # endpoint, what is changed, place, type
    (KLING, {"start_image_url": None}, ["start_image_url"], "string_type"),
    (KLING, {"image_url": PICTURE}, ["image_url"], "extra_forbidden"),
    (KLING, {"seed": 1}, ["seed"], "extra_forbidden"),
    (KLING, {"duration": 3}, ["duration"], "string_type"),
    (KLING, {"duration": "2"}, ["duration"], "literal_error"),
    (KLING, {"generate_audio": "true"}, ["generate_audio"], "boolean_type"),
    (KLING, {"cfg_scale": True}, ["cfg_scale"], "number_type"),
    (KLING, {"multi_prompt": [{"prompt": "a"}]}, [], "value_error"),
    (KLING, {"elements": {}}, ["elements"], "list_type"),
    (KLING, {"elements": ["a"]}, ["elements", 0], "dictionary_type"),
    (KLING, {"elements": [{**FRONTAL, "name": "a"}]}, ["elements", 0, "name"], "extra_forbidden"),
    (
        KLING,
        {"elements": [{**FRONTAL, "reference_image_urls": [PICTURE] * 4}]},
        ["elements", 0, "reference_image_urls"],
        "sequence_too_long",
    ),
    (
        KLING,
        {"elements": [FRONTAL, {"frontal_image_url": f"{CDN}/none.png"}]},
        ["elements", 1, "frontal_image_url"],
        "image_load_error",
    ),
    (
        KLING,
        {"elements": [{**FRONTAL, "reference_image_urls": [PICTURE, f"{CDN}/none.png"]}]},
        ["elements", 0, "reference_image_urls", 1],
        "image_load_error",
    ),
    (KLING, {"elements": [{"video_url": CLIP}] * 2}, ["elements"], "value_error"),
    (KLING, {"start_image_url": f"{CDN}/none.png"}, ["start_image_url"], "image_load_error"),
    (KLING, {"start_image_url": "http://127.0.0.1:1/a"}, ["start_image_url"], "image_load_error"),
    (KLING, {"end_image_url": BROKEN}, ["end_image_url"], "image_load_error"),
    (KLING, {"end_image_url": CLIP}, ["end_image_url"], "image_load_error"),
    (WAN, {"duration": "5"}, ["duration"], "integer_type"),
    (WAN, {"duration": 16}, ["duration"], "literal_error"),
    (WAN, {"seed": -1}, ["seed"], "greater_than_equal"),
    (WAN, {"seed": 2**31}, ["seed"], "less_than_equal"),
    (WAN, {"prompt": "x" * 5001}, ["prompt"], "string_too_long"),
    (WAN, {"end_image_url": CLIP}, ["end_image_url"], "unsupported_image_format"),
    (LTX, {"resolution": "720p"}, ["resolution"], "literal_error"),
    (LTX, {"fps": 30}, ["fps"], "literal_error"),
    (SEEDANCE, {"seed": 3}, ["seed"], "extra_forbidden"),
]


def fetch(url: str) -> bytes | None:
    clip = b"\0\0\0\x18ftypmp42"
    return {PICTURE: png(), CLIP: clip, BROKEN: png()[:500]}.get(url)


@pytest.mark.parametrize(("endpoint", "body"), GOOD.items())
def test_a_good_request_is_good(endpoint: str, body: dict[str, Any]) -> None:
    assert check(shipped()[endpoint], body, fetch) == []


@pytest.mark.parametrize(("endpoint", "change", "place", "kind"), WRONG)
def test_a_mistake_is_named_at_its_place(
    endpoint: str, change: dict[str, Any], place: list[Any], kind: str
) -> None:
    (mistake,) = check(shipped()[endpoint], {**GOOD[endpoint], **change}, fetch)
    assert mistake["loc"] == ["body", *place]
    assert mistake["type"] == kind
    assert mistake["msg"]
    assert mistake["url"].endswith(kind)


def test_what_is_missing() -> None:
    body = {"prompt": "rain"}
    (mistake,) = check(shipped()[KLING], body, fetch)
    assert (mistake["loc"], mistake["type"]) == (["body", "start_image_url"], "missing")
    assert mistake["input"] == body
    (mistake,) = check(shipped()[KLING], ["rain"], fetch)
    assert mistake["type"] == "model_attributes_type"


def test_a_video_beside_a_picture_where_only_one_is_taken() -> None:
    body = {**GOOD[WAN], "video_url": CLIP}
    kinds = {mistake["type"] for mistake in check(shipped()[WAN], body, fetch)}
    assert kinds == {"value_error", "file_download_error"}, "nor is it a clip that opens"


def test_a_coupling() -> None:
    coupling = Coupling(
        when={"duration": (8, 10)},
        then={"fps": (25,), "resolution": ("1080p",)},
        source="made up",
        read=date(2026, 11, 22),
    )
    contract = replace(shipped()[LTX], couplings=(coupling,))

    def places(**change: Any) -> list[Any]:
        return [m["loc"][1] for m in check(contract, {**GOOD[LTX], **change}, fetch)]

    assert places(fps=24) == []
    assert places(duration=8, fps=24) == ["fps", "resolution"]
    assert places(duration=8, resolution="1080p") == []


def test_a_file_that_is_too_large() -> None:
    contract = shipped()[WAN]
    name, limit = "end_image_url", contract.parameters["end_image_url"].max_megabytes or 0
    large = png() + bytes(limit * 1_000_000)
    (mistake,) = check(contract, {**GOOD[WAN], name: "https://x.test"}, lambda _: large)[1:]
    assert mistake["type"] == "file_too_large"


def test_a_wrong_request_over_the_wire(fal: HostileFal, official: fal_client.SyncClient) -> None:
    given = kling(fal, duration=3, image_url=start(fal))
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        official.submit(KLING, given)
    assert caught.value.status_code == 422
    assert caught.value.response_headers["x-fal-retryable"] == "false"
    duration, picture = caught.value.response.json()["detail"]
    assert duration["loc"] == ["body", "duration"]
    assert duration["input"] == 3
    assert set(duration) == {"loc", "msg", "type", "url", "input"}
    assert picture["type"] == "extra_forbidden"
    assert not fal.accepted
    assert fal.submissions[0].body == given


def test_a_wrong_request_that_is_found_late(fal: HostileFal, http: httpx.Client) -> None:
    fal.validates_late = True
    answer = done(http, fal, duration=3)
    assert len(fal.accepted) == 1
    assert http.get(answer["status_url"]).json()["error_type"] == "string_type"
    result = http.get(answer["response_url"])
    assert result.status_code == 422
    assert result.json()["detail"][0]["loc"] == ["body", "duration"]


def test_what_is_no_request_at_all(fal: HostileFal, http: httpx.Client) -> None:
    assert http.post(f"{QUEUE}/fal-ai/nobody/there", json={}).status_code == 404
    assert http.post(f"{QUEUE}/{KLING}", content=b"{").status_code == 422
    assert fal.submissions[-1].body == "{"
    assert not fal.accepted
