"""Whatever is done between two runs: nothing paid is forgotten, and there is always a way on."""

import http.server
import sqlite3
import threading
from pathlib import Path

import httpx
import pytest

import matchcut
from hostile import Fault, HostileFal
from matchcut.render.providers.fal import watch
from matchcut.render.providers.protocol import Receipt, Refused
from matchcut.render.resolve import WayOn, resolve_shot
from render.hosted import GONE, SLOW, UNKNOWN, attempts_of, render
from small import write_film

ONE = """
title: Small
anchor: auto
canvas: {width: 192, height: 108, fps: 24}
look: {light: overcast, depth_of_field: deep}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, start: art/a.png, prompt: somebody walks on a hill, camera: slow push in}
"""
OTHER = ONE.replace("walks", "runs")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "film", ONE)


def decide(film: Path, decision: WayOn, **more: object) -> str:
    return resolve_shot(matchcut.load(film), "one", decision, matchcut.Fal(), **more)


def lost_in_doubt(film: Path, fal: HostileFal) -> None:
    """A submission that was accepted and cannot be found."""
    fal.inject(Fault.DROP_AFTER_ACCEPT)
    fal.inject(Fault.PLATFORM_500, times=None)
    assert render(film, UNKNOWN)[0] == UNKNOWN
    fal.faults.clear()


def test_a_take_that_waits_is_reached_after_the_film_was_edited(
    fal: HostileFal, film: Path
) -> None:
    lost_in_doubt(film, fal)
    film.write_text(OTHER)
    assert render(film)[0] == "done"
    good = matchcut.quote(*planned(film)).kept
    assert good == ("one",)
    film.write_text(ONE)
    decide(film, WayOn.ADOPT, request_id=fal.accepted[0].request_id)
    assert render(film)[0] == "done"
    film.write_text(OTHER)
    assert render(film)[0] == "done", "the other take is as good as before"
    assert len(fal.accepted) == 2


def planned(film: Path) -> tuple[matchcut.Project, matchcut.Plan, matchcut.Fal]:
    project = matchcut.load(film)
    return project, matchcut.plan(project), matchcut.Fal()


def test_what_an_edit_leaves_behind_is_taken_in(fal: HostileFal, film: Path) -> None:
    with fal.held():
        assert render(film, SLOW)[0] == SLOW
    fal.wait_done(fal.accepted[0].request_id)
    film.write_text(OTHER)
    quote = matchcut.quote(*planned(film))
    assert quote.in_flight_usd > 0
    assert quote.followed_usd == 0
    assert render(film)[0] == "done"
    assert {attempt.state.value for attempt in attempts_of(film)} == {"done"}
    film.write_text(ONE)
    assert matchcut.quote(*planned(film)).prices == {}, "it is there, and is not paid again"
    assert len(fal.accepted) == 2


@pytest.mark.parametrize("what", ["film", "shot"])
def test_a_new_name_pays_nothing_again(fal: HostileFal, film: Path, what: str) -> None:
    assert render(film)[0] == "done"
    if what == "film":
        film = film.rename(film.with_name("cut.yaml"))
    else:
        film.write_text(ONE.replace("id: one", "id: hill"))
    assert matchcut.quote(*planned(film)).prices == {}
    assert render(film)[0] == "done"
    assert len(fal.accepted) == 1
    assert [attempt.key.film for attempt in attempts_of(film)] == [film.name]


def test_a_new_name_takes_over_what_is_in_flight(fal: HostileFal, film: Path) -> None:
    with fal.held():
        assert render(film, SLOW)[0] == SLOW
    cut = film.rename(film.with_name("cut.yaml"))
    assert render(cut)[0] == "done"
    assert len(fal.accepted) == 1


def test_two_shots_alike_are_two_shots(fal: HostileFal, film: Path) -> None:
    twin = "  - {id: two, join: cut, start: art/a.png, prompt: somebody walks on a hill"
    film.write_text(f"{ONE}{twin}, camera: slow push in}}\n")
    assert render(film)[0] == "done"
    assert len(fal.accepted) == 2


def test_a_clip_that_is_lost_here_and_there_asks_a_person(fal: HostileFal, film: Path) -> None:
    _, rendered = render(film)
    assert rendered is not None
    rendered.shots[0].clip.unlink()
    fal.expire()
    assert render(film, GONE)[0] == GONE
    assert len(fal.accepted) == 1
    with pytest.raises(matchcut.MatchcutError) as caught:
        decide(film, WayOn.RESUBMIT)
    assert caught.value.code is matchcut.Code.NOTHING_TO_RESOLVE
    decide(film, WayOn.RESUBMIT, number=1)
    # The picture that had been uploaded is gone too, and is uploaded anew once that is known.
    assert "done" in (render(film)[0], render(film)[0])


def test_a_clip_that_is_lost_here_is_fetched_again(fal: HostileFal, film: Path) -> None:
    _, rendered = render(film)
    assert rendered is not None
    rendered.shots[0].clip.unlink()
    assert render(film)[0] == "done"
    assert len(fal.accepted) == 1
    assert rendered.shots[0].clip.is_file()


def test_a_request_with_another_input_is_not_adopted(fal: HostileFal, film: Path) -> None:
    other = write_film(film.parent / "other", OTHER)
    assert render(other)[0] == "done"
    lost_in_doubt(film, fal)
    decide(film, WayOn.ADOPT, request_id=fal.accepted[0].request_id)
    outcome, _ = render(film)
    assert outcome == matchcut.Code.SUBMISSION_TAKEN.value
    decide(film, WayOn.ADOPT, request_id=fal.accepted[1].request_id)
    assert render(film)[0] == "done"
    assert len(fal.accepted) == 2


def test_what_no_decoder_reads_is_not_accepted(fal: HostileFal, film: Path) -> None:
    fal.inject(Fault.CUT_FILE)
    assert render(film)[0] == "clip.unexpected"
    with pytest.raises(matchcut.MatchcutError) as caught:
        decide(film, WayOn.ACCEPT)
    assert caught.value.code is matchcut.Code.CLIP_UNREADABLE
    assert "--resubmit" in caught.value.fix
    fal.inject(Fault.WRONG_LENGTH)
    decide(film, WayOn.RESUBMIT)
    assert render(film)[0] == "clip.unexpected"
    decide(film, WayOn.ACCEPT)
    assert render(film)[0] == "done"


def test_the_key_goes_to_no_host_that_a_state_folder_names(fal: HostileFal, film: Path) -> None:
    with fal.held():
        assert render(film, SLOW)[0] == SLOW
    with sqlite3.connect(film.parent / ".matchcut" / "state.sqlite") as state:
        urls = '{"status": "https://evil.example/s", "response": "https://evil.example/r"}'
        state.execute("update matchcut_attempt set urls = ?", (urls,))
    assert render(film)[0] == "done"
    assert not fal.leaks
    assert not [call for call in fal.calls if call.host == "evil.example"]


def test_addresses_that_differ_in_a_secret_are_two_pictures(fal: HostileFal, film: Path) -> None:
    pictures = {
        name: (film.parent / "art" / f"{picture}.png").read_bytes()
        for name, picture in (("A", "a"), ("B", "b"))
    }
    for name, data in pictures.items():
        fal.serve(f"https://cdn.example/get.png?token={name}", data)
    start, end = (f"'https://cdn.example/get.png?token={name}'" for name in "AB")
    film.write_text(ONE.replace("start: art/a.png", f"start: {start}, end: {end}"))
    assert render(film)[0] == "done"
    sent = fal.accepted[0].input
    assert sent["start_image_url"].endswith("token=A")
    assert sent["end_image_url"].endswith("token=B")
    film.write_text(ONE.replace("start: art/a.png", f"start: {end}, end: {start}"))
    assert matchcut.quote(*planned(film)).prices.keys() == {"one"}


def test_one_provider_renders_again_and_again(fal: HostileFal, film: Path) -> None:
    twin = "  - {id: two, join: cut, start: art/a.png, prompt: somebody sleeps, camera: static}\n"
    provider = matchcut.Fal(at_once=2)
    for text in (ONE + twin, OTHER + twin.replace("sleeps", "wakes")):
        film.write_text(text)
        project = matchcut.load(film)
        matchcut.render(project, matchcut.plan(project), provider, max_usd=100)
    assert len(fal.accepted) == 4


class Answers(http.server.BaseHTTPRequestHandler):
    """A server that gives the answers it was made with, one after the other."""

    script: list[tuple[int, str]]

    def do_GET(self) -> None:
        status, body = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


TYPED = '{"detail": "no", "error_type": "request_timeout"}'
POLICY = (
    '{"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}]}'
)
GOOD = '{"video": {"url": "https://v3.fal.media/a.mp4"}}'


@pytest.mark.parametrize(
    ("script", "failed", "comes"),
    [
        ([(200, GOOD)], False, "answer"),
        ([(408, TYPED), (200, GOOD)], False, "answer"),
        ([(429, TYPED), (502, "<html>nginx"), (200, GOOD)], False, "answer"),
        ([(403, TYPED), (200, GOOD)], False, "answer"),
        ([(500, TYPED), (200, GOOD)], False, "answer"),
        ([(403, TYPED)], False, "provider.key"),
        ([(502, "<html>nginx")], False, "provider.network"),
        ([(422, POLICY)], False, "content_policy_violation"),
        ([(502, "<html>nginx"), (422, POLICY)], True, "content_policy_violation"),
        ([(500, TYPED)], True, "request_timeout"),
        ([(502, "<html>nginx")], True, "generation_timeout"),
        ([(404, "{}")], False, "gone"),
    ],
)
def test_only_the_models_own_word_ends_what_is_paid(
    script: list[tuple[int, str]],
    failed: bool,  # noqa: FBT001 - a column of the table
    comes: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import asyncio  # noqa: PLC0415

    real = asyncio.sleep
    monkeypatch.setattr(watch.asyncio, "sleep", lambda _seconds: real(0))
    handler = type("Scripted", (Answers,), {"script": list(script)})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/r"
    ending = watch.Ending(
        told=watch.Told.FAILED if failed else watch.Told.OVER,
        error="too slow" if failed else "",
        error_type="generation_timeout" if failed else "",
    )

    async def ask() -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            receipt = Receipt(request_id="r", urls={"response": url})
            try:
                await watch.result(client, receipt, key="k", ending=ending)
            except Refused as refusal:
                return refusal.kind
            except watch.Gone:
                return "gone"
            except matchcut.MatchcutError as error:
                return error.code.value
            return "answer"

    try:
        assert asyncio.run(ask()) == comes
    finally:
        server.shutdown()
        server.server_close()
