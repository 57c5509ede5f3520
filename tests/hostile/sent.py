"""Requests that the tests of the hostile fal send."""

import ssl
from functools import cache
from typing import Any

import cv2
import httpx

from hostile import HostileFal
from small import picture

KLING = "fal-ai/kling-video/v3/pro/image-to-video"
WAN = "fal-ai/wan/v2.7/image-to-video"
LTX = "fal-ai/ltx-2.3/image-to-video"
SEEDANCE = "bytedance/seedance-2.0/image-to-video"
TEXT = "fal-ai/wan/v2.7/text-to-video"
CDN = "https://pictures.example.test"
QUEUE = "https://queue.fal.run"


@cache
def png(seed: int = 1, width: int = 240, height: int = 136) -> bytes:
    """A picture file."""
    return bytes(cv2.imencode(".png", picture(seed, width, height))[1])


def caller(fal: HostileFal, **headers: str) -> httpx.Client:
    """A caller that repeats nothing and follows nothing."""
    trusted = ssl.create_default_context(cafile=fal.environment["SSL_CERT_FILE"])
    mounts = {"https://": httpx.HTTPTransport(proxy=fal.plain, verify=trusted)}
    return httpx.Client(mounts=mounts, headers=headers, trust_env=False, timeout=10)


def with_key(fal: HostileFal) -> httpx.Client:
    """The same, which shows the account key to everybody, as only a test may."""
    return caller(fal, authorization=f"Key {fal.key}")


def start(fal: HostileFal, seed: int = 1) -> str:
    """The address of a picture on a user's own server."""
    url = f"{CDN}/{seed}.png?signature=abc%2Fdef"
    fal.serve(url, png(seed))
    return url


def kling(fal: HostileFal, **more: Any) -> dict[str, Any]:
    """A good request that is cheap to answer: 72 small frames, in silence."""
    request = {
        "prompt": "slow push in on a quiet street",
        "start_image_url": start(fal),
        "duration": "3",
        "generate_audio": False,
    }
    return {**request, **more}


def submit(http: httpx.Client, fal: HostileFal, **more: Any) -> httpx.Response:
    """Send it, once."""
    return http.post(f"{QUEUE}/{KLING}", json=kling(fal, **more))


def done(http: httpx.Client, fal: HostileFal, **more: Any) -> dict[str, Any]:
    """Send it and wait until it has ended; the answer to the submission."""
    answer: dict[str, Any] = submit(http, fal, **more).json()
    fal.wait_done(answer["request_id"])
    return answer


def clip(http: httpx.Client, fal: HostileFal, **more: Any) -> str:
    """Send it and wait; the clip's address."""
    result = http.get(done(http, fal, **more)["response_url"]).json()
    return str(result["video"]["url"])
