"""What becomes of a job: its place in the line, its status, its result, its end."""

import asyncio
from pathlib import Path

import fal_client
import httpx
import pytest

from hostile import Fault, HostileFal
from hostile.orders import Order
from hostile.sent import KLING, SEEDANCE, WAN, done, kling, submit, with_key
from hostile.work import result_of
from matchcut.endpoints.load import shipped


def status(http: httpx.Client, answer: dict[str, str]) -> httpx.Response:
    return http.get(answer["status_url"], params={"logs": "1"})


def test_a_job_from_the_submission_to_the_clip(
    fal: HostileFal, official: fal_client.SyncClient, anyone: httpx.Client
) -> None:
    with fal.held():
        first = official.submit(KLING, kling(fal))
        second = official.submit(KLING, kling(fal))
        assert first.status() == fal_client.Queued(position=0)
        assert second.status() == fal_client.Queued(position=1)
        fal.pace = 0.2
    seen = list(second.iter_events(with_logs=True, interval=0.03))
    assert {type(event) for event in seen} >= {fal_client.InProgress, fal_client.Completed}
    last = seen[-1]
    assert isinstance(last, fal_client.Completed)
    assert all(set(line) == {"message", "level", "timestamp"} for line in last.logs or [{}])
    assert last.error is None
    video = second.get()["video"]
    assert set(video) == {"url", "content_type", "file_name", "file_size"}
    data = anyone.get(video["url"])
    assert data.headers["content-type"] == "video/mp4"
    assert len(data.content) == video["file_size"]
    assert first.response_url.startswith("https://queue.fal.run/fal-ai/kling-video/requests/")
    assert not fal.leaks


async def _subscribed(fal: HostileFal) -> dict[str, object]:
    client = fal_client.AsyncClient()
    handle = await client.submit(KLING, kling(fal))
    return dict(await handle.get(interval=0.05))


@pytest.mark.usefixtures("official")
def test_the_official_client_in_its_other_form(fal: HostileFal) -> None:
    assert "video" in asyncio.run(_subscribed(fal))


def test_the_statuses_before_and_after(fal: HostileFal, http: httpx.Client) -> None:
    with fal.held():
        answer = submit(http, fal).json()
        waiting = status(http, answer)
        assert (waiting.status_code, waiting.json()["status"]) == (202, "IN_QUEUE")
        early = http.get(answer["response_url"])
        assert early.status_code == 400
    fal.wait_done(answer["request_id"])
    assert (status(http, answer).status_code, status(http, answer).json()["status"]) == (
        200,
        "COMPLETED",
    )
    result = http.get(answer["response_url"])
    assert result.headers["x-fal-request-id"] == answer["request_id"]
    assert result.headers["x-fal-billable-units"] == "3"
    whole = answer["status_url"].replace("kling-video", "kling-video/v3/pro/image-to-video")
    assert http.get(whole).status_code == 404, "the whole id is not in these addresses"


STATUSES = [(Fault.STATUS_500, 500), (Fault.STATUS_MALFORMED, 200)]


@pytest.mark.parametrize(("fault", "code"), STATUSES)
def test_a_status_that_is_wrong(
    fal: HostileFal, http: httpx.Client, fault: Fault, code: int
) -> None:
    answer = done(http, fal)
    fal.inject(fault, times=2)
    wrong = [status(http, answer) for _ in range(2)]
    assert {one.status_code for one in wrong} == {code}
    if fault is Fault.STATUS_MALFORMED:
        with pytest.raises(ValueError, match="Unterminated"):
            wrong[0].json()
    assert status(http, answer).json()["status"] == "COMPLETED"


def test_a_status_without_logs(fal: HostileFal, official: fal_client.SyncClient) -> None:
    with fal.held():
        handle = official.submit(KLING, kling(fal))
        fal.inject(Fault.STATUS_WITHOUT_LOGS)
        assert isinstance(handle.status(), fal_client.Queued), "it has none while it waits"
    fal.wait_done(handle.request_id)
    with pytest.raises(KeyError, match="logs"):
        handle.status()
    assert isinstance(handle.status(), fal_client.Completed)


def test_a_status_that_does_not_come(fal: HostileFal, http: httpx.Client) -> None:
    answer = done(http, fal)
    fal.inject(Fault.STATUS_DROPPED)
    with pytest.raises(httpx.RemoteProtocolError):
        status(http, answer)
    assert status(http, answer).is_success


RESULTS = [
    (Fault.RESULT_500, 500, "detail"),
    (Fault.RESULT_MALFORMED, 200, None),
    (Fault.RESULT_WITHOUT_VIDEO, 200, "video"),
]


@pytest.mark.parametrize(("fault", "code", "key"), RESULTS)
def test_a_result_that_is_wrong(
    fal: HostileFal, http: httpx.Client, fault: Fault, code: int, key: str | None
) -> None:
    answer = done(http, fal)
    fal.inject(fault)
    wrong = http.get(answer["response_url"])
    assert wrong.status_code == code
    if key is None:
        with pytest.raises(ValueError, match="Unterminated"):
            wrong.json()
    else:
        assert key in wrong.json()
        assert not wrong.json().get("video")
    assert http.get(answer["response_url"]).json()["video"]["url"]


def test_a_job_that_never_begins(fal: HostileFal, http: httpx.Client) -> None:
    fal.inject(Fault.ENDLESS_QUEUE)
    stuck = submit(http, fal).json()
    done(http, fal)
    assert status(http, stuck).json()["queue_position"] == 0
    assert http.put(stuck["cancel_url"]).status_code == 202
    assert http.get(stuck["response_url"]).status_code == 499


ENDS = [
    # fault, status of the result, type, whether it is retryable
    (Fault.FAILED, 500, "internal_error", None),
    (Fault.MODERATED, 422, "content_policy_violation", "false"),
    (Fault.IMAGE_LOAD_ERROR, 422, "image_load_error", "false"),
    (Fault.DOWNSTREAM_ERROR, 504, "downstream_service_error", "true"),
    (Fault.CANCELLED_UPSTREAM, 499, "client_cancelled", None),
]


@pytest.mark.parametrize(("fault", "code", "kind", "retryable"), ENDS)
def test_a_job_that_ends_without_a_clip(
    fal: HostileFal,
    official: fal_client.SyncClient,
    http: httpx.Client,
    fault: Fault,
    code: int,
    kind: str,
    retryable: str | None,
) -> None:
    fal.inject(fault)
    handle = official.submit(KLING, kling(fal))
    fal.wait_done(handle.request_id)
    ended = handle.status()
    assert isinstance(ended, fal_client.Completed)
    assert ended.error
    assert ended.error_type == kind
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.get()
    assert caught.value.status_code == code
    assert caught.value.response_headers.get("x-fal-retryable") == retryable
    body = http.get(handle.response_url).json()
    if isinstance(body["detail"], list):
        (detail,) = body["detail"]
        assert detail["type"] == kind
        if code == 422:
            assert detail["loc"] == ["body", "start_image_url"]
            assert detail["input"] == fal.accepted[0].input["start_image_url"]
    else:
        assert body["error_type"] == kind
    assert len(fal.accepted) == 1


def test_a_moderation_may_name_another_input(fal: HostileFal, http: httpx.Client) -> None:
    fal.inject(Fault.MODERATED, role="prompt")
    answer = done(http, fal)
    (detail,) = http.get(answer["response_url"]).json()["detail"]
    assert detail["loc"] == ["body", "prompt"]


def test_cancelling(fal: HostileFal, official: fal_client.SyncClient) -> None:
    with fal.held():
        first, second = (official.submit(KLING, kling(fal)) for _ in range(2))
        first.cancel()
        assert second.status() == fal_client.Queued(position=0)
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        first.get()
    assert caught.value.status_code == 499
    assert second.get(interval=0.05)["video"]
    with pytest.raises(fal_client.FalClientHTTPError) as late:
        second.cancel()
    assert late.value.response.json() == {"status": "ALREADY_COMPLETED"}


def test_cancelling_what_is_being_made(fal: HostileFal, http: httpx.Client) -> None:
    fal.pace = 0.4
    answer = submit(http, fal).json()
    while status(http, answer).json()["status"] == "IN_QUEUE":
        pass
    assert http.put(answer["cancel_url"]).json() == {"status": "CANCELLATION_REQUESTED"}
    fal.wait_done(answer["request_id"])
    assert http.get(answer["response_url"]).status_code == 499


def test_several_jobs_at_once(tmp_path: Path, clips: Path) -> None:
    with HostileFal(tmp_path, workers=2, cache=clips) as fal, with_key(fal) as http:
        fal.pace = 0.5
        answers = [submit(http, fal).json() for _ in range(3)]
        while status(http, answers[1]).json()["status"] == "IN_QUEUE":
            pass
        seen = [status(http, answer).json()["status"] for answer in answers]
    assert seen == ["IN_PROGRESS", "IN_PROGRESS", "IN_QUEUE"]


def test_what_the_answer_says_of_seed_and_prompt() -> None:
    """Where the contract says that they are. No clip is needed for it, so none is made."""

    def result(endpoint: str, **given: object) -> dict[str, object]:
        order = Order(
            request_id="1", contract=shipped()[endpoint], input=given, sent_at=0, stored=True
        )
        return result_of(order, "https://v3.fal.media/a.mp4", "a.mp4", 3)

    wan = result(WAN, prompt="rain", seed=7)
    assert wan["seed"] == 7
    assert wan["actual_prompt"] != "rain", "expansion is on where nothing is sent"
    plain = result(WAN, prompt="rain", enable_prompt_expansion=False)
    assert plain["actual_prompt"] == "rain"
    assert isinstance(result(SEEDANCE, prompt="rain")["seed"], int)
    assert set(result(KLING, prompt="rain")) == {"video"}
