"""The hostile fal as a process of its own, and how it begins and ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hostile import Fault, HostileFal
from hostile.sent import KLING, png, submit, with_key

LOGIN = "https://rest.fal.ai/storage/auth/token?storage_type=fal-cdn-v3"
UPLOAD = "https://v3.fal.media/files/upload"
TESTS = Path(__file__).parents[1]
CALLER = """
import sys, fal_client
client = fal_client.SyncClient()
url = client.upload(sys.stdin.buffer.read(), "image/png", "a.png")
given = {"prompt": "rain", "start_image_url": url, "duration": "3", "generate_audio": False}
handle = client.submit("fal-ai/kling-video/v3/pro/image-to-video", given)
print(handle.get(interval=0.05)["video"]["url"], flush=True)
"""


@pytest.fixture
def server(tmp_path: Path, clips: Path) -> Iterator["subprocess.Popen[str]"]:
    faults = json.dumps([{"fault": "DROP_AFTER_ACCEPT", "times": 1}])
    command = [sys.executable, "-m", "hostile", str(tmp_path / "fal")]
    with subprocess.Popen(
        [*command, "--faults", faults, "--cache", str(clips)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_a_server_and_a_caller_that_know_nothing_of_each_other(
    server: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert server.stdout is not None
    facts = json.loads(server.stdout.readline())
    assert set(facts) == {"environment", "key", "cdn_token"}
    caller = subprocess.run(
        [sys.executable, "-c", CALLER],
        env={**os.environ, **facts["environment"]},
        input=png(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert caller.returncode == 0, caller.stderr
    assert caller.stdout.startswith(b"https://v3.fal.media/files/")
    # The dropped answer made the official client pay twice, and the files tell.
    accepted = lines(tmp_path / "fal" / "accepted.jsonl")
    assert [job["endpoint"] for job in accepted] == [KLING, KLING]
    assert accepted[0]["input"] == accepted[1]["input"]
    assert accepted[0]["request_id"] != accepted[1]["request_id"]
    assert len(lines(tmp_path / "fal" / "uploads.jsonl")) == 1
    assert lines(tmp_path / "fal" / "leaks.jsonl") == []
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=10) == 0


def test_it_starts_at_once(tmp_path: Path) -> None:
    took = []
    for number in range(3):
        begun = time.monotonic()
        with HostileFal(tmp_path / str(number)) as fal:
            took.append(time.monotonic() - begun)
            assert fal.plain
    assert min(took) < 0.3


def test_it_stops_at_once_whatever_waits(tmp_path: Path) -> None:
    with HostileFal(tmp_path) as fal:
        fal.inject(Fault.SLOW_ACCEPT, seconds=600)
        with with_key(fal) as client:
            client.timeout = httpx.Timeout(0.2)
            with pytest.raises(httpx.ReadTimeout):
                submit(client, fal)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2


def test_an_upload_that_breaks_off_is_no_upload(tmp_path: Path) -> None:
    with HostileFal(tmp_path) as fal, with_key(fal) as client:
        token = client.post(LOGIN, json={}).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        with pytest.raises(httpx.TransportError):
            client.post(UPLOAD, content=broken_off(), headers={"content-length": "1000"})
        assert client.post(UPLOAD, content=b"whole").is_success
        assert [upload.size for upload in fal.uploads] == [5]


def broken_off() -> Iterator[bytes]:
    yield bytes(100)
    raise httpx.WriteError("the caller is gone")


def test_an_error_of_its_own_is_never_taken_for_a_hostile_one(tmp_path: Path) -> None:
    unready = HostileFal(tmp_path)
    unready.documents[KLING] = {1, 2}  # no JSON
    with pytest.raises(ExceptionGroup, match="broke by itself"), unready as fal:
        ask_for_a_document(fal)


def ask_for_a_document(fal: HostileFal) -> None:
    query = {"endpoint_id": KLING, "expand": "openapi-3.0"}
    with with_key(fal) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("https://api.fal.ai/v1/models", params=query)
