"""The platform API: the list of requests in both of its behaviours, models, prices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hostile import Fault, HostileFal
from hostile.sent import KLING, LTX, WAN, clip, done, submit

API = "https://api.fal.ai/v1/models"
LIST = f"{API}/requests/by-endpoint"


def items(http: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = http.get(LIST, params={"endpoint_id": KLING, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [item["request_id"] for item in found]


@pytest.mark.parametrize("shown", [False, True])
def test_requests_that_have_not_ended(fal: HostileFal, http: httpx.Client, shown: str) -> None:
    fal.list_unfinished = bool(shown)
    ended = done(http, fal)["request_id"]
    with fal.held():
        waits = submit(http, fal).json()["request_id"]
        both = [waits, ended] if shown else [ended]
        assert ids(items(http)) == both
        assert ids(http.get(f"{API}/requests/search").json()["results"]) == both
        assert ids(items(http, request_id=waits)) == ([waits] if shown else [])
    fal.wait_done(waits)
    newest, oldest = items(http)
    assert ids([newest, oldest]) == [waits, ended]
    assert newest["status_code"] == 200
    assert newest["sent_at"] <= newest["started_at"] <= newest["ended_at"]
    assert "json_input" not in newest


def test_an_unfinished_request_has_no_end(fal: HostileFal, http: httpx.Client) -> None:
    fal.list_unfinished = True
    with fal.held():
        submit(http, fal)
        (item,) = items(http, expand="payloads")
    assert item["ended_at"] is item["status_code"] is item["json_output"] is None
    assert item["json_input"] == fal.accepted[0].input


@pytest.mark.parametrize("shown", [False, True])
def test_the_pages_of_the_list(fal: HostileFal, http: httpx.Client, shown: str) -> None:
    fal.list_unfinished = bool(shown)
    made = [done(http, fal, cfg_scale=share / 10)["request_id"] for share in range(5)]
    with fal.held():
        waits = [submit(http, fal).json()["request_id"]] if shown else []
        pages, cursor = [], None
        while True:
            query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = http.get(LIST, params={"endpoint_id": KLING, **query}).json()
            pages.append(ids(page["items"]))
            cursor = page["next_cursor"]
            assert page["has_more"] == (cursor is not None)
            if cursor is None:
                break
    assert [name for page in pages for name in page] == [*waits, *reversed(made)]
    assert [len(page) for page in pages] == ([2, 2, 2] if shown else [2, 2, 1])


def test_payloads(fal: HostileFal, http: httpx.Client) -> None:
    url = clip(http, fal, cfg_scale=0.7)
    (item,) = items(http, expand="payloads")
    assert item["json_input"] == fal.accepted[0].input
    assert item["json_output"]["video"]["url"] == url


def test_payloads_that_were_not_to_be_stored(fal: HostileFal, http: httpx.Client) -> None:
    http.headers["x-fal-store-io"] = "0"
    done(http, fal)
    (item,) = items(http, expand="payloads")
    assert item["json_input"] is item["json_output"] is None


@pytest.mark.parametrize(
    ("fault", "code", "listed"),
    [(Fault.RESULT_EXPIRED, 404, True), (Fault.RESULT_GONE, 410, False)],
)
def test_a_result_that_has_expired(
    fal: HostileFal, http: httpx.Client, fault: Fault, code: int, listed: str
) -> None:
    fal.inject(fault, status=code)
    answer = done(http, fal)
    assert http.get(answer["status_url"]).json()["status"] == "COMPLETED"
    assert http.get(answer["response_url"]).status_code == code
    (item,) = items(http, expand="payloads")
    assert item["json_input"] == fal.accepted[0].input
    assert (item["json_output"] is not None) == bool(listed)
    if listed:
        assert http.get(item["json_output"]["video"]["url"]).is_success


def test_the_window_of_time(fal: HostileFal, http: httpx.Client) -> None:
    before = datetime.now(UTC)
    with fal.held():
        answer = submit(http, fal).json()
        between = datetime.now(UTC)
    fal.wait_done(answer["request_id"])
    hour = timedelta(hours=1)
    assert items(http, start=before.isoformat(), end=between.isoformat())
    assert not items(http, start=between.isoformat())
    assert not items(http, start=(before - hour).isoformat(), end=before.isoformat())
    assert items(http, start=before.isoformat().replace("+00:00", "Z"))
    fal.listed_by = "ended_at"
    assert items(http, start=between.isoformat())
    assert not items(http, start=before.isoformat(), end=between.isoformat())


def test_other_filters(fal: HostileFal, http: httpx.Client) -> None:
    fal.inject(Fault.MODERATED)
    refused = done(http, fal)["request_id"]
    fal.inject(Fault.FAILED)
    failed = done(http, fal)["request_id"]
    good = done(http, fal)["request_id"]
    assert ids(items(http, status="user_error")) == [refused]
    assert ids(items(http, status="error")) == [failed]
    assert ids(items(http, status="success")) == [good]
    assert ids(items(http, request_id=failed)) == [failed]
    assert len(items(http, sort_by="duration")) == 3
    assert items(http, endpoint_id=WAN) == []
    assert ids(items(http, endpoint_id=f"{WAN},{KLING}")) == [good, failed, refused]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"endpoint_id": KLING, "limit": 101},
        {"endpoint_id": KLING, "start": "yesterday"},
        {"endpoint_id": KLING, "cursor": "bm9uZQ=="},
        {"endpoint_id": KLING, "status": "odd"},
    ],
)
def test_a_question_that_makes_no_sense(
    fal: HostileFal, http: httpx.Client, query: dict[str, Any]
) -> None:
    done(http, fal)
    assert http.get(LIST, params=query).status_code == 422


def test_the_platform_is_down(fal: HostileFal, http: httpx.Client) -> None:
    fal.inject(Fault.PLATFORM_500)
    assert http.get(LIST, params={"endpoint_id": KLING}).status_code == 500
    assert http.get(LIST, params={"endpoint_id": KLING}).json()["items"] == []
    assert http.get(f"{API}/nothing").status_code == 404


def test_models_and_their_documents(fal: HostileFal, http: httpx.Client) -> None:
    query = {"endpoint_id": [KLING, LTX], "expand": "openapi-3.0"}
    kling, ltx = http.get(API, params=query).json()["models"]
    assert (kling["endpoint_id"], ltx["endpoint_id"]) == (KLING, LTX)
    document = kling["openapi"]
    reference = document["paths"][f"/{KLING}"]["post"]["requestBody"]["content"][
        "application/json"
    ]["schema"]["$ref"]
    schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    assert schema["properties"]["duration"]["enum"][0] == "3"
    assert schema["properties"]["elements"]["items"]["properties"]["frontal_image_url"]
    assert "start_image_url" in schema["required"]
    assert "/fal-ai/kling-video/requests/{request_id}" in document["paths"]
    assert "openapi" not in http.get(API, params={"endpoint_id": KLING}).json()["models"][0]
    fal.documents[KLING] = {"openapi": "broken"}
    (drifted,) = http.get(API, params={**query, "endpoint_id": KLING}).json()["models"]
    assert drifted["openapi"] == {"openapi": "broken"}


def test_prices(http: httpx.Client) -> None:
    answer = http.get(f"{API}/pricing", params={"endpoint_id": f"{KLING},fal-ai/nobody"}).json()
    (price,) = answer["prices"]
    assert price["endpoint_id"] == KLING
    assert price["unit"] == "seconds"
    assert price["unit_price"] > 0
    assert price["currency"] == "USD"
