"""What goes wrong at a submission: what the caller sees, and how many jobs there are then."""

import fal_client
import httpx
import pytest

from hostile import Fault, HostileFal
from hostile.sent import KLING, QUEUE, kling, submit

JSON = "application/json"
ANSWERS = [
    # fault, status, content type, jobs accepted
    (Fault.TOO_MANY_REQUESTS, 429, JSON, 0),
    (Fault.REQUEST_TIMEOUT, 408, JSON, 0),
    (Fault.REQUEST_TIMEOUT_ACCEPTED, 408, JSON, 1),
    (Fault.CONFLICT, 409, JSON, 0),
    (Fault.CONFLICT_ACCEPTED, 409, JSON, 1),
    (Fault.BAD_GATEWAY, 502, "text/html", 0),
    (Fault.BAD_GATEWAY_ACCEPTED, 502, "text/html", 1),
    (Fault.UNAVAILABLE, 503, JSON, 0),
    (Fault.UNAVAILABLE_ACCEPTED, 503, JSON, 1),
    (Fault.MALFORMED_ANSWER, 200, JSON, 1),
    (Fault.ANSWER_WITHOUT_ID, 200, JSON, 1),
    (Fault.SUBMIT_REDIRECT, 307, None, 0),
    (Fault.MODERATED_AT_SUBMIT, 422, JSON, 0),
]


@pytest.mark.parametrize(("fault", "status", "kind", "accepted"), ANSWERS)
def test_an_answer_that_is_wrong(
    fal: HostileFal,
    http: httpx.Client,
    fault: Fault,
    status: int,
    kind: str | None,
    accepted: int,
) -> None:
    fal.inject(fault)
    answer = submit(http, fal)
    assert answer.status_code == status
    assert answer.headers.get("content-type") == kind
    assert len(fal.accepted) == accepted
    assert len(fal.submissions) == 1
    # It happens once and is over.
    assert submit(http, fal).json()["request_id"]
    assert len(fal.accepted) == accepted + 1


def test_what_the_wrong_answers_say(fal: HostileFal, http: httpx.Client) -> None:
    fal.inject(Fault.TOO_MANY_REQUESTS, retry_after=7)
    assert submit(http, fal).headers["retry-after"] == "7"
    fal.inject(Fault.BAD_GATEWAY)
    page = submit(http, fal)
    assert "nginx" in page.text
    assert "x-fal-request-id" not in page.headers
    fal.inject(Fault.UNAVAILABLE)
    flat = submit(http, fal)
    assert flat.json()["error_type"] == flat.headers["x-fal-error-type"]
    fal.inject(Fault.MALFORMED_ANSWER)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        submit(http, fal).json()
    fal.inject(Fault.ANSWER_WITHOUT_ID)
    nameless = submit(http, fal)
    assert "request_id" not in nameless.json()
    assert nameless.headers["x-fal-request-id"] == fal.accepted[-1].request_id
    fal.inject(Fault.MODERATED_AT_SUBMIT)
    (detail,) = submit(http, fal).json()["detail"]
    assert detail["type"] == "content_policy_violation"
    assert detail["loc"] == ["body", "start_image_url"]
    fal.inject(Fault.SUBMIT_REDIRECT, location="https://other.test")
    assert submit(http, fal).headers["location"] == f"https://other.test/{KLING}"


@pytest.mark.parametrize(
    ("fault", "accepted"), [(Fault.DROP_AFTER_ACCEPT, 1), (Fault.DROP_BEFORE_READING, 0)]
)
def test_a_connection_that_is_dropped(
    fal: HostileFal, http: httpx.Client, fault: Fault, accepted: int
) -> None:
    fal.inject(fault)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)):
        submit(http, fal)
    assert len(fal.accepted) == accepted
    assert (fal.submissions[0].body is None) == (accepted == 0), "it was not read"
    assert fal.calls[-1].status == 0


def test_an_answer_that_comes_late(fal: HostileFal, http: httpx.Client) -> None:
    fal.inject(Fault.SLOW_ACCEPT, seconds=20)
    with pytest.raises(httpx.ReadTimeout):
        http.post(f"{QUEUE}/{KLING}", json=kling(fal), timeout=0.3)
    assert len(fal.accepted) == 1
    fal.inject(Fault.SLOW_ACCEPT, seconds=0.1)
    assert submit(http, fal).json()["request_id"] == fal.accepted[1].request_id


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.NO_CONNECTION, httpx.ConnectError), (Fault.PROXY_REFUSES, httpx.ProxyError)],
)
def test_a_connection_that_never_is(
    fal: HostileFal, http: httpx.Client, fault: Fault, error: type[Exception]
) -> None:
    fal.inject(fault, host="api.fal.ai")
    fal.inject(fault)
    with pytest.raises(error):
        submit(http, fal)
    assert not fal.submissions
    assert submit(http, fal).is_success
    assert fal.faults.pending == [fault], "the other host is still to come"


OFFICIAL = [
    # fault, how often, POSTs that the official client sends, jobs accepted, what it raises
    (Fault.DROP_AFTER_ACCEPT, 1, 2, 2, None),
    (Fault.DROP_AFTER_ACCEPT, 2, 3, 3, None),
    (Fault.DROP_BEFORE_READING, 1, 2, 1, None),
    (Fault.TOO_MANY_REQUESTS, 3, 4, 1, None),
    (Fault.REQUEST_TIMEOUT, 1, 2, 1, None),
    (Fault.REQUEST_TIMEOUT_ACCEPTED, 1, 2, 2, None),
    (Fault.CONFLICT, 1, 2, 1, None),
    (Fault.CONFLICT_ACCEPTED, 1, 2, 2, None),
    (Fault.BAD_GATEWAY, 1, 2, 1, None),
    (Fault.BAD_GATEWAY_ACCEPTED, 1, 2, 2, None),
    (Fault.UNAVAILABLE, 1, 1, 0, fal_client.FalClientHTTPError),
    (Fault.UNAVAILABLE_ACCEPTED, 1, 1, 1, fal_client.FalClientHTTPError),
    (Fault.MALFORMED_ANSWER, 1, 1, 1, ValueError),
    (Fault.ANSWER_WITHOUT_ID, 1, 1, 1, KeyError),
    (Fault.SUBMIT_REDIRECT, 1, 1, 0, fal_client.FalClientHTTPError),
    (Fault.MODERATED_AT_SUBMIT, 1, 1, 0, fal_client.FalClientHTTPError),
    (Fault.NO_CONNECTION, 1, 1, 1, None),
    (Fault.PROXY_REFUSES, 1, 1, 1, None),
]


@pytest.mark.parametrize(("fault", "times", "posts", "accepted", "error"), OFFICIAL)
def test_what_the_official_client_does(
    fal: HostileFal,
    official: fal_client.SyncClient,
    fault: Fault,
    times: int,
    posts: int,
    accepted: int,
    error: type[Exception] | None,
) -> None:
    """Measured, not wished for: one `submit` of version 1.0.3 starts two paid jobs."""
    fal.inject(fault, times=times)
    if error:
        with pytest.raises(error):
            official.submit(KLING, kling(fal))
    else:
        handle = official.submit(KLING, kling(fal))
        assert handle.request_id == fal.accepted[-1].request_id
    assert len(fal.submissions) == posts
    assert len(fal.accepted) == accepted
    assert len({job.request_id for job in fal.accepted}) == accepted
    assert not fal.leaks


def test_a_start_timeout_does_not_keep_it_from_paying_twice(
    fal: HostileFal, official: fal_client.SyncClient
) -> None:
    fal.inject(Fault.DROP_AFTER_ACCEPT)
    official.submit(KLING, kling(fal), start_timeout=30)
    assert len(fal.accepted) == 2
    assert fal.submissions[0].headers["x-fal-request-timeout"] == "30.0"


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize(("start_timeout", "accepted"), [(None, 2), (30, 1)])
def test_a_read_timeout_of_the_official_client(
    fal: HostileFal, start_timeout: int | None, accepted: int
) -> None:
    impatient = fal_client.SyncClient(default_timeout=0.3)
    fal.inject(Fault.SLOW_ACCEPT)
    if start_timeout:
        with pytest.raises(httpx.ReadTimeout):
            impatient.submit(KLING, kling(fal), start_timeout=start_timeout)
    else:
        impatient.submit(KLING, kling(fal))
    assert len(fal.accepted) == accepted


def test_a_queue_that_cannot_be_reached_has_a_second_name(
    fal: HostileFal, official: fal_client.SyncClient
) -> None:
    fal.inject(Fault.NO_CONNECTION)
    official.submit(KLING, kling(fal))
    assert [post.host for post in fal.submissions] == ["queue.falrun.com"]


def test_a_redirect_takes_the_request_elsewhere_and_not_the_key(
    fal: HostileFal, official: fal_client.SyncClient
) -> None:
    fal.inject(Fault.SUBMIT_REDIRECT)
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        official.submit(KLING, kling(fal))
    assert caught.value.status_code == 404
    assert [(call.method, call.host) for call in fal.calls] == [
        ("POST", "queue.fal.run"),
        ("POST", "queue.elsewhere.test"),
    ]
    assert not fal.leaks


def test_which_call_a_fault_happens_to(fal: HostileFal, http: httpx.Client) -> None:
    fal.inject(Fault.CONFLICT, endpoint="fal-ai/other")
    fal.inject(Fault.UNAVAILABLE, endpoint=KLING, times=2, after=1)
    assert [submit(http, fal).status_code for _ in range(4)] == [200, 503, 503, 200]
    fal.inject(Fault.CONFLICT, times=None)
    assert {submit(http, fal).status_code for _ in range(3)} == {409}
    with pytest.raises(TypeError, match="UNAVAILABLE has no detail seconds"):
        fal.inject(Fault.UNAVAILABLE, seconds=3)
