"""Keys and signed addresses: sent to whom they are for, and seen by nobody else afterwards."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import matchcut
from hostile import HostileFal
from hostile.answers import Answer, json_answer
from hostile.sent import png
from hostile.wire import Call
from matchcut.endpoints.load import shipped
from matchcut.render.providers.fal.watch import read_answer
from render.paying import COMMAND, User, drawn, said, write

CDN = "https://pictures.example.test/mara%20front.png"
SIGNATURE = "c2lnbmF0dXJl-0123456789abcdef"
SIGNED = f"{CDN}?v=2&X-Amz-Date=20261122T000000Z&X-Amz-Signature={SIGNATURE}"
FILM = """
title: Keys
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: START, prompt: somebody walks, camera: slow push in, use: [0, 1]}
  - {id: two, join: cut, start: art/a.png, end: art/b.png, prompt: the sea, camera: pan left}
"""
ON_A_SERVER = FILM.replace("START", f'"{SIGNED}"')
IN_A_FILE = FILM.replace("START", "art/c.png")


class Telltale(HostileFal):
    """A fal whose answers repeat all that they were sent, key included, at one step of it all."""

    step: str = ""
    """A name of `STEPS`."""
    status: int = 422
    times: int = 1

    def _route(self, call: Call) -> Answer:
        if self.step and self.times and STEPS[self.step](call):
            self.times -= 1
            return telltale(self.status, call)
        return super()._route(call)


RESULT_DEPTH = len(["", "owner", "alias", "requests", "ID"]) - 1
STEPS: Mapping[str, Any] = {
    "token": lambda call: call.host == "rest.fal.ai",
    "upload": lambda call: call.host == "v3.fal.media" and call.method == "POST",
    "submit": lambda call: call.host == "queue.fal.run" and call.method == "POST",
    "status": lambda call: call.path.endswith("/status"),
    "result": lambda call: "/requests/" in call.path and call.path.count("/") == RESULT_DEPTH,
    "clip": lambda call: call.host == "v3.fal.media" and call.method == "GET",
}


def telltale(status: int, call: Call) -> Answer:
    """An answer that tells everything, in every place where text may stand."""
    key = call.headers.get("authorization", "")
    everything = f"{key} {key.partition(':')[2]} {call.url} {call.body[:4000]!r}"
    detail = {
        "loc": ["body", f"start_image_url {everything}"],
        "msg": everything,
        "type": everything,
        "ctx": {"all": everything},
        "input": everything,
    }
    told = {
        "detail": [detail],
        "error": everything,
        "error_type": everything,
        "status": "IN_PROGRESS",
        "logs": [{"message": everything}],
        "seed": everything,
        "actual_prompt": everything,
    }
    header = everything.encode("ascii", "replace").decode().replace("\n", " ")[:2000]
    return json_answer(told, status, x_fal_error_type=header, x_fal_billable_units=header)


@pytest.fixture
def fal(tmp_path: Path, clips: Path) -> Iterator[Telltale]:
    with Telltale(tmp_path / "fal", cache=clips) as server:
        server.serve(SIGNED, png(3))
        yield server


def user_of(fal: HostileFal, folder: Path, text: str = ON_A_SERVER, **environment: str) -> User:
    film = write(folder, text, **drawn("a", "b", "c"))
    return User(film=film, environment={**fal.environment, **environment})


def secrets(fal: HostileFal) -> Iterator[bytes]:
    """Everything that must not be found, in the forms in which it may stand."""
    name, _, secret = fal.key.partition(":")
    for text in (fal.key, name, secret, fal.cdn_token, SIGNATURE):
        yield text.encode()
        yield base64.b64encode(text.encode()).rstrip(b"=")[:-2]
        if quote(text, safe="") != text:
            yield quote(text, safe="").encode()


def check_nothing_told(fal: HostileFal, user: User, *outputs: str) -> None:
    files = [file for file in user.folder.rglob("*") if file.is_file() and file != user.film]
    assert any(file.name == "state.sqlite" for file in files), "there is something to look through"
    for secret in secrets(fal):
        for file in files:
            assert secret not in file.read_bytes(), f"{secret!r} stands in {file}"
        for output in outputs:
            assert secret not in output.encode(), f"{secret!r} stands in {output}"


def check_nothing_leaked(fal: HostileFal) -> None:
    assert not fal.leaks
    assert not fal.fallback_uploads
    assert {call.host for call in fal.calls} <= {
        *("rest.fal.ai", "v3.fal.media", "queue.fal.run", "api.fal.ai")
    }, "nobody else was spoken to"


def test_a_signed_address_goes_over_the_wire_as_it_is_and_nowhere_else(
    fal: Telltale, tmp_path: Path
) -> None:
    user = user_of(fal, tmp_path / "film")
    outputs = [
        said(user.run("plan", "film.yaml")),
        said(user.run("plan", "film.yaml", "--json")),
        said(user.run("plan", "film.yaml", "--request", "one")),
        said(done := user.render("--yes", "--max-usd", "1.344")),
        said(user.run("ledger", "film.yaml", "--csv")),
    ]
    assert done.returncode == 0, outputs[3]
    sent = {job.input["prompt"][-4:]: job.input for job in fal.accepted}
    assert sent["alks"]["start_image_url"] == SIGNED
    assert sent[" sea"]["end_image_url"].startswith("https://v3.fal.media/")
    assert len(fal.uploads) == 2, "the picture on the user's own server is not uploaded"
    check_nothing_told(fal, user, *outputs)
    check_nothing_leaked(fal)
    # Signed anew it is the same picture: nothing is made and paid again.
    again = SIGNED.replace(SIGNATURE, "another")
    user.film.write_text(ON_A_SERVER.replace(SIGNED, again), encoding="utf-8")
    assert "nothing was rendered" in user.render("--yes").stdout
    assert len(fal.submissions) == 2


@pytest.mark.parametrize(
    ("step", "status", "code"),
    [
        ("token", 500, 0),
        ("upload", 500, 0),
        ("submit", 422, 6),
        ("submit", 502, 0),
        ("status", 200, 0),
        ("status", 500, 0),
        ("result", 422, 6),
        ("result", 500, 0),
        ("result", 200, 8),
        ("clip", 200, 0),
        ("clip", 500, 0),
    ],
)
def test_what_repeats_the_key_is_not_believed_to_be_harmless(
    fal: Telltale, tmp_path: Path, step: str, status: int, code: int
) -> None:
    user = user_of(fal, tmp_path / "film")
    if (step, status) == ("submit", 502):
        accept_and_tell(fal)
    else:
        fal.step, fal.status, fal.times = step, status, 1 if code in (0, 6) else 100
    done = user.render("--yes", "--max-usd", "1.344")
    assert done.returncode == code, said(done)
    assert fal.times == 0 or code == 8, "it was told"
    outputs = [said(user.run("ledger", "film.yaml", form)) for form in ("--json", "--csv")]
    events = said(user.render("--yes", "--json")) if code == 0 else ""
    check_nothing_told(fal, user, said(done), *outputs, events)
    check_nothing_leaked(fal)


def accept_and_tell(fal: Telltale) -> None:
    """The first submission is accepted, and a proxy's error tells everything in its place."""
    fal.status, fal.times = 502, 1
    route = HostileFal._route

    def told(call: Call) -> Answer:
        answer = route(fal, call)
        if fal.times and STEPS["submit"](call):
            fal.times -= 1
            return telltale(502, call)
        return answer

    fal._route = told  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://elsewhere.example.test/status",
        "http://queue.fal.run/status",
        "https://queue.fal.run@elsewhere.example.test/status",
        "https://queue.fal.run.example.test/status",
        "https://[/status",
    ],
)
def test_the_key_follows_no_address_that_is_not_fals(
    fal: Telltale, tmp_path: Path, elsewhere: str
) -> None:
    user = user_of(
        fal, tmp_path / "film", FILM.replace("START", "art/c.png").split("  - {id: two")[0]
    )
    route = fal._route

    def misled(call: Call) -> Answer:
        answer = route(call)
        if not STEPS["submit"](call):
            return answer
        told = {**json.loads(answer.body), "status_url": elsewhere, "response_url": elsewhere}
        return json_answer(told)

    fal._route = misled  # type: ignore[method-assign]
    done = user.render("--yes")
    assert done.returncode == 0, said(done)
    check_nothing_leaked(fal)


def test_an_answer_is_kept_without_the_key() -> None:
    key = "0a1b2c3d:0123456789abcdef"
    everything = f"{key} {SIGNED} {key.partition(':')[2]}"
    told = {
        "video": {"url": "https://v3.fal.media/files/a.mp4"},
        "seed": everything,
        "actual_prompt": everything,
        "": {"x-fal-billable-units": everything},
    }
    answer = read_answer(shipped()["fal-ai/wan/v2.7/image-to-video"], told, key=key)
    for text in (answer.seed, answer.actual_prompt, answer.billed_units):
        assert text
        assert not any(secret in text for secret in (key, key.partition(":")[2], SIGNATURE))


def test_no_process_is_started_with_the_key(fal: Telltale, tmp_path: Path) -> None:
    user = user_of(fal, tmp_path / "film")
    lines = set()
    with subprocess.Popen(
        [*COMMAND, "render", "film.yaml", "--yes"],
        cwd=user.folder,
        env=user.shell,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        while running.poll() is None:
            lines |= set(command_lines(running.pid))
    assert running.returncode == 0
    assert any(b"render" in line for line in lines)
    for secret in secrets(fal):
        assert not any(secret in line for line in lines)


def command_lines(session: int) -> Iterator[bytes]:
    """The command line of every process of a session, as everybody on the machine can read it."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session:
                yield (entry / "cmdline").read_bytes()
        except OSError:
            continue


def test_the_key_may_come_in_two_parts(fal: Telltale, tmp_path: Path) -> None:
    name, _, secret = fal.key.partition(":")
    user = user_of(
        fal, tmp_path / "film", FAL_KEY="", FAL_KEY_ID=name, FAL_KEY_SECRET=f"{secret}\n"
    )
    done = user.render("--yes")
    assert done.returncode == 0, said(done)
    assert {one.headers["authorization"] for one in fal.submissions} == {f"Key {fal.key}"}


@pytest.mark.parametrize(
    "environment",
    [
        {"FAL_KEY": ""},
        {"FAL_KEY": "", "FAL_KEY_ID": "only-half"},
        {"FAL_KEY": "", "FAL_KEY_SECRET": "only-half"},
        {"FAL_KEY": "“with curled quotes”"},
        {"FAL_KEY": "two words"},
    ],
    ids=["none", "id alone", "secret alone", "quotes", "words"],
)
def test_without_a_key_nothing_is_sent(
    fal: Telltale, tmp_path: Path, environment: dict[str, str]
) -> None:
    user = user_of(fal, tmp_path / "film", **environment)
    done = user.render("--yes", "--json")
    assert done.returncode == 4
    error = json.loads(done.stdout)
    assert error["code"] == "provider.key"
    assert "FAL_KEY" in error["fix"]
    assert not fal.calls
    assert "only-half" not in said(done)


@pytest.mark.parametrize("text", [ON_A_SERVER, IN_A_FILE], ids=["nothing to upload", "an upload"])
def test_a_wrong_key_is_said_and_the_right_one_goes_on(
    fal: Telltale, tmp_path: Path, text: str
) -> None:
    user = user_of(fal, tmp_path / "film", text, FAL_KEY="00000000-0000:not-the-key")
    done = user.render("--yes")
    assert done.returncode == 4, said(done)
    assert "does not take the key" in done.stderr
    assert "https://fal.ai/dashboard/keys" in done.stderr or "Look at FAL_KEY" in done.stderr
    assert not fal.accepted
    ledger = user.ledger()
    assert ledger["counted_usd"] == "0"
    assert {one["state"] for one in ledger["attempts"]} <= {"refused"}
    assert "not-the-key" not in said(done) + json.dumps(ledger)
    right = User(film=user.film, environment=fal.environment)
    assert right.render("--yes").returncode == 0
    assert len(fal.accepted) == 2


def test_a_key_that_is_taken_away_loses_nothing(fal: Telltale, tmp_path: Path) -> None:
    user = user_of(fal, tmp_path / "film")
    fal.step, fal.status, fal.times = "status", 401, 100
    done = user.render("--yes")
    assert done.returncode == 4, said(done)
    assert "followed again the next time" in done.stderr
    assert user.ledger()["in_flight_usd"] == "1.344"
    fal.step = ""
    assert user.render("--yes").returncode == 0
    assert len(fal.accepted) == 2
    check_nothing_told(fal, user, said(done))


@pytest.mark.parametrize("key", ["a:b\n", "a:b\r\nX-Evil: 1", "a b", "schlüssel"])
def test_a_key_given_from_python_is_looked_at_too(
    fal: Telltale, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    for name, value in fal.environment.items():
        monkeypatch.setenv(name, value)
    project = matchcut.load(write(tmp_path / "film", IN_A_FILE, **drawn("a", "b", "c")))
    plan = matchcut.plan(project)
    with pytest.raises(matchcut.MatchcutError) as caught:
        matchcut.render(project, plan, matchcut.Fal(key=key), max_usd=plan.cost_usd)
    if key == "a:b\n":
        assert caught.value.message.endswith("fal does not take the key")
        return
    assert caught.value.code is matchcut.Code.PROVIDER_KEY
    assert key not in str(caught.value)
    assert not fal.calls
