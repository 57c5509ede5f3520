"""Uploads, as the official client makes them, and who gets to see a secret."""

import hashlib
import time

import fal_client
import httpx
import pytest

from hostile import Fault, HostileFal
from hostile.sent import KLING, kling, png

UPLOAD = "https://v3.fal.media/files/upload"


def test_an_upload(fal: HostileFal, official: fal_client.SyncClient, anyone: httpx.Client) -> None:
    url = official.upload(png(), "image/png", "start.png")
    (upload,) = fal.uploads
    assert upload.url == url
    assert upload.sha256 == hashlib.sha256(png()).hexdigest()
    assert (upload.content_type, upload.file_name) == ("image/png", "start.png")
    assert (upload.size, upload.parts, upload.lifecycle) == (len(png()), 0, {})
    assert anyone.get(url).content == png()
    assert official.submit(KLING, kling(fal, start_image_url=url)).request_id
    assert not fal.leaks
    assert not fal.fallback_uploads


def test_an_upload_that_does_not_live_for_ever(
    fal: HostileFal, official: fal_client.SyncClient, anyone: httpx.Client
) -> None:
    day = official.upload(
        png(), "image/png", "a.png", lifecycle=fal_client.StorageSettings(expires_in="1d")
    )
    moment = official.upload(
        png(2), "image/png", "b.png", lifecycle=fal_client.StorageSettings(expires_in=1)
    )
    wanted = '{"expiration_duration_seconds": 86400}'
    assert fal.uploads[0].lifecycle == {
        "x-fal-object-lifecycle": wanted,
        "x-fal-object-lifecycle-preference": wanted,
    }
    assert anyone.get(moment).is_success
    time.sleep(1.1)
    assert anyone.get(moment).status_code == 404
    assert anyone.get(day).is_success
    fal.expire(day)
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        official.submit(KLING, kling(fal, start_image_url=day))
    assert caught.value.response.json()["detail"][0]["type"] == "image_load_error"


def test_an_upload_in_parts(
    fal: HostileFal,
    official: fal_client.SyncClient,
    anyone: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fal_client.client, "MULTIPART_THRESHOLD", 1000)
    monkeypatch.setattr(fal_client.client, "MULTIPART_CHUNK_SIZE", len(png()) // 3 + 1)
    lasting = fal_client.StorageSettings(expires_in="7d")
    url = official.upload(png(), "image/png", "a.png", lifecycle=lasting)
    assert anyone.get(url).content == png()
    (upload,) = fal.uploads
    assert upload.parts == 3
    assert "604800" in upload.lifecycle["x-fal-object-lifecycle"]
    assert not fal.leaks


def test_a_refused_upload_makes_the_official_client_show_the_key_to_another_host(
    fal: HostileFal, official: fal_client.SyncClient
) -> None:
    fal.inject(Fault.UPLOAD_500)
    official.upload(png(), "image/png", "a.png")
    assert not fal.uploads
    (fallback,) = fal.fallback_uploads
    assert fallback.url.startswith("https://v3.fal.media/files/gcs/")
    (leak,) = fal.leaks
    assert (leak.what, leak.method, leak.host, leak.found) == (
        "account key",
        "PUT",
        "storage.googleapis.com",
        "authorization",
    )


def test_without_the_fall_back_it_fails(fal: HostileFal, official: fal_client.SyncClient) -> None:
    fal.inject(Fault.UPLOAD_500, times=2)
    for _ in range(2):
        with pytest.raises(fal_client.FalClientHTTPError) as caught:
            official.upload(png(), "image/png", "a.png", fallback_repository=[])
        assert caught.value.status_code == 500
    assert official.upload(png(), "image/png", "a.png", fallback_repository=[])
    assert not fal.leaks


@pytest.mark.usefixtures("official")
def test_a_token_that_has_expired(fal: HostileFal) -> None:
    fal.inject(Fault.UPLOAD_TOKEN_EXPIRED)
    client = fal_client.SyncClient()
    for _ in range(2):
        # The client believes in its token until the time that it was given.
        with pytest.raises(fal_client.FalClientHTTPError) as caught:
            client.upload(png(), "image/png", "a.png", fallback_repository=[])
        assert caught.value.status_code == 401
    assert fal_client.SyncClient().upload(png(), "image/png", "a.png", fallback_repository=[])
    assert len(fal.uploads) == 1


def test_no_token_at_all(fal: HostileFal, official: fal_client.SyncClient) -> None:
    fal.inject(Fault.TOKEN_500)
    with pytest.raises(httpx.HTTPStatusError):
        official.upload(png(), "image/png", "a.png")
    assert not fal.fallback_uploads


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", f"https://queue.fal.run/{KLING}"),
        ("POST", "https://rest.fal.ai/storage/auth/token?storage_type=fal-cdn-v3"),
        ("GET", "https://api.fal.ai/v1/models"),
        ("POST", UPLOAD),
    ],
)
def test_a_key_or_token_is_asked_for(
    fal: HostileFal, anyone: httpx.Client, method: str, url: str
) -> None:
    for headers in ({}, {"authorization": "Key wrong"}, {"authorization": f"Bearer {fal.key}"}):
        assert anyone.request(method, url, headers=headers).status_code == 401
    assert not fal.accepted
    assert not fal.uploads
    assert len(fal.submissions) == (3 if "queue" in url else 0), "refused ones are seen too"


LEAKS = [
    # method, address, headers, body; {key} and {token} are the secrets
    ("GET", "https://v3.fal.media/a.png", {"authorization": "Key {key}"}, ""),
    ("GET", "https://pictures.example.test/a.png", {"x-other": "{key}"}, ""),
    ("GET", "https://pictures.example.test/a.png?k={key}", {}, ""),
    ("POST", "https://queue.fal.run/a/b", {"authorization": "Key {key}", "x": "{key}"}, ""),
    ("POST", "https://queue.fal.run/a/b", {"authorization": "Key {key}"}, "say {key}"),
    ("PUT", "https://storage.googleapis.com/b", {"authorization": "Bearer {token}.1"}, ""),
]


@pytest.mark.parametrize(("method", "url", "headers", "body"), LEAKS)
def test_a_secret_in_the_wrong_place_is_seen(
    fal: HostileFal, anyone: httpx.Client, method: str, url: str, headers: dict[str, str], body: str
) -> None:
    secrets = {"key": fal.key, "token": fal.cdn_token}
    shown = {name: value.format(**secrets) for name, value in headers.items()}
    anyone.request(method, url.format(**secrets), headers=shown, content=body.format(**secrets))
    assert [leak.host for leak in fal.leaks] == [httpx.URL(url.format(**secrets)).host]
    written = "".join(file.read_text() for file in fal.folder.glob("*.jsonl"))
    assert fal.key not in written
    assert fal.cdn_token not in written
