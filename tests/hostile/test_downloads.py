"""What goes wrong on the way from the media host to the disk."""

import httpx
import pytest

from hostile import Fault, HostileFal
from hostile.sent import clip, png


def test_a_download_that_goes_well(
    fal: HostileFal, http: httpx.Client, anyone: httpx.Client
) -> None:
    url = clip(http, fal)
    whole = anyone.get(url)
    assert whole.content[4:8] == b"ftyp"
    head = anyone.head(url)
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(whole.content)
    assert anyone.get(url).content == whole.content


def test_half_of_a_download(fal: HostileFal, http: httpx.Client, anyone: httpx.Client) -> None:
    url = clip(http, fal)
    whole = len(anyone.get(url).content)
    fal.inject(Fault.TRUNCATED_DOWNLOAD)
    with pytest.raises(httpx.RemoteProtocolError) as caught:
        anyone.get(url)
    assert f"received {whole // 2} bytes, expected {whole}" in str(caught.value)


def test_a_download_that_is_reset(
    fal: HostileFal, http: httpx.Client, anyone: httpx.Client
) -> None:
    url = clip(http, fal)
    fal.inject(Fault.DOWNLOAD_RESET, times=2)
    for _ in range(2):
        # Python's TLS takes a reset for an end (3.11: SSL_read_ex returns 0 for both).
        with pytest.raises(httpx.RemoteProtocolError):
            anyone.get(url)
    assert anyone.get(url).is_success
    fal.inject(Fault.DOWNLOAD_REDIRECT_PLAIN)
    plain = anyone.get(url).headers["location"]
    fal.inject(Fault.DOWNLOAD_RESET)
    with pytest.raises(httpx.ReadError, match="reset"):
        anyone.get(plain)


def test_a_download_that_stalls(fal: HostileFal, http: httpx.Client, anyone: httpx.Client) -> None:
    url = clip(http, fal)
    fal.inject(Fault.DOWNLOAD_STALLS)
    with pytest.raises(httpx.ReadTimeout):
        anyone.get(url, timeout=0.2)
    fal.inject(Fault.DOWNLOAD_STALLS, seconds=0.05)
    late = anyone.get(url)
    assert "content-length" not in late.headers
    assert late.content == anyone.get(url).content


def test_a_page_in_place_of_a_clip(
    fal: HostileFal, http: httpx.Client, anyone: httpx.Client
) -> None:
    url = clip(http, fal)
    fal.inject(Fault.DOWNLOAD_HTML)
    page = anyone.get(url)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert b"<html" in page.content or b"<!doctype" in page.content


@pytest.mark.parametrize(
    ("fault", "begins"),
    [
        (Fault.DOWNLOAD_REDIRECT, "https://v3.fal.media/"),
        (Fault.DOWNLOAD_REDIRECT_PLAIN, "http://127.0.0.1:"),
    ],
)
def test_a_clip_that_has_moved(
    fal: HostileFal, http: httpx.Client, anyone: httpx.Client, fault: Fault, begins: str
) -> None:
    url = clip(http, fal)
    fal.inject(fault)
    moved = anyone.get(url)
    assert moved.status_code == 302
    location = moved.headers["location"]
    assert location.startswith(begins)
    assert anyone.get(location).content == anyone.get(url).content


def test_a_body_without_an_end(fal: HostileFal, http: httpx.Client, anyone: httpx.Client) -> None:
    url = clip(http, fal)
    size = len(anyone.get(url).content)
    fal.inject(Fault.GIANT_BODY)
    with anyone.stream("GET", url) as answer:
        assert "content-length" not in answer.headers
        got = 0
        for piece in answer.iter_raw():
            got += len(piece)
            if got > size + (20 << 20):
                break
    fal.inject(Fault.GIANT_BODY, megabytes=2)
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        anyone.get(url)


def test_a_clip_that_has_expired(fal: HostileFal, http: httpx.Client, anyone: httpx.Client) -> None:
    url, other = clip(http, fal), "https://pictures.example.test/other.png"
    fal.serve(other, png())
    fal.expire(url)
    assert anyone.get(url).status_code == 404
    assert anyone.get(other).is_success
    fal.expire()
    assert anyone.get(other).status_code == 404
    with pytest.raises(KeyError):
        fal.expire("https://nobody.test/a.png")


def test_faults_of_downloads_are_about_clips_and_not_about_a_users_files(
    fal: HostileFal, http: httpx.Client, anyone: httpx.Client
) -> None:
    url = clip(http, fal)
    fal.inject(Fault.DOWNLOAD_HTML)
    assert anyone.get("https://pictures.example.test/1.png?signature=abc%2Fdef").content == png()
    assert anyone.get(url).headers["content-type"].startswith("text/html")


def test_an_address_is_exact(fal: HostileFal, anyone: httpx.Client) -> None:
    fal.serve("https://pictures.example.test/a.png?key=1", png(), "image/x-odd")
    signed = anyone.get("https://pictures.example.test/a.png?key=1")
    assert signed.headers["content-type"] == "image/x-odd"
    assert anyone.get("https://pictures.example.test/a.png").status_code == 404
    assert anyone.get("https://pictures.example.test/a.png?key=2").status_code == 404
