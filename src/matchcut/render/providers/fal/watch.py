"""A submission followed to its end, and what it gave."""

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httpx

from matchcut.endpoints.contract import Contract, Output
from matchcut.errors import Code, MatchcutError
from matchcut.render.providers.fal.keys import without_key
from matchcut.render.providers.fal.refusals import read_refusal
from matchcut.render.providers.protocol import Answer, Heard, Receipt

_MOST_ODD = 20
"""Answers in a row that cannot be read before it is given up for this run."""
_MOST_GONE = 4
_LONGEST_LINE = 100
_LONGEST_COUNT = 40
_GONE = frozenset({404, 410})
_VERDICTS = frozenset({400, 422, 499})
"""Statuses with which a model says, in its own words, that there is no clip."""
_UNSAID = 400
"""Stands for the status of an error of which only the type is known."""
_LARGEST_ANSWER = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a submission came to an end, as its status says."""

    told: "Told"
    error: str = ""
    error_type: str = ""

    @property
    def failed(self) -> bool:
        """True where the status itself says that it went wrong."""
        return self.told is Told.FAILED


class Gone(Exception):  # noqa: N818 - it is what became of it
    """The result is not kept any more where the receipt says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a submission is asked after, and for how long, in seconds."""

    first_pause: float = 1.0
    longest_pause: float = 10.0
    wait: float = 2 * 3600


class Told(Enum):
    """What one question about a submission gave."""

    OVER = "over"
    FAILED = "failed"
    """It is over, and the status itself says that it went wrong."""
    GOING = "going"
    ODD = "odd"
    """Nothing that can be read; the next answer may be."""
    GONE = "gone"
    """It is not known there; what became of it, the list of requests may say."""


async def wait(
    client: httpx.AsyncClient, receipt: Receipt, heard: Heard, *, key: str, pace: Pace
) -> Ending:
    """Poll until the submission has come to an end, good or bad.

    Returns:
        How: `OVER`, `FAILED` or `GONE`.

    Raises:
        MatchcutError: `provider.network` where it cannot be asked for long, `provider.slow` where
            it takes longer than the pace allows, `provider.key`.

    """
    import fal_client  # noqa: PLC0415 - it is slow to load, and only paid renders need it

    handle = fal_client.AsyncRequestHandle(
        request_id=receipt.request_id,
        response_url=receipt.urls["response"],
        status_url=receipt.urls["status"],
        cancel_url=receipt.urls["cancel"],
        client=client,
    )
    pause, until = pace.first_pause, time.monotonic() + pace.wait
    in_a_row = dict.fromkeys((Told.ODD, Told.GONE), 0)
    while True:
        ending = await _ask(handle, client, receipt, heard, key)
        told = ending.told
        in_a_row = {kind: count + 1 if told is kind else 0 for kind, count in in_a_row.items()}
        # A request that was taken a moment ago may not be known everywhere yet.
        if told in (Told.OVER, Told.FAILED) or in_a_row[Told.GONE] > _MOST_GONE:
            return ending
        if in_a_row[Told.ODD] > _MOST_ODD:
            raise MatchcutError(
                Code.PROVIDER_NETWORK,
                "fal cannot be asked what became of a submission that it has accepted",
                fix="Nothing is lost. Run the same command again: it goes on from there.",
            )
        if time.monotonic() + pause > until:
            raise MatchcutError(
                Code.PROVIDER_SLOW,
                f"fal has not made it within {pace.wait / 60:.0f} minutes",
                fix="Nothing is lost. Run the same command again: it goes on waiting, and sends "
                "nothing twice.",
            )
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, pace.longest_pause)


async def _ask(
    handle: Any, client: httpx.AsyncClient, receipt: Receipt, heard: Heard, key: str
) -> Ending:
    import fal_client  # noqa: PLC0415

    try:
        status = await handle.status(with_logs=True)
    except (KeyError, ValueError, TypeError, AttributeError):
        # The client wants a key `logs` that not every answer has.
        return Ending(told=Told.OVER if await _is_over(client, receipt) else Told.ODD)
    except fal_client.FalClientHTTPError as error:
        if error.status_code == httpx.codes.UNAUTHORIZED:
            raise _no_key() from None
        return Ending(told=Told.GONE if error.status_code in _GONE else Told.ODD)
    except httpx.HTTPError:
        return Ending(told=Told.ODD)
    if isinstance(status, fal_client.Completed):
        return Ending(
            told=Told.FAILED if status.error else Told.OVER,
            error=str(status.error or ""),
            error_type=str(status.error_type or ""),
        )
    if isinstance(status, fal_client.Queued):
        heard("queued", f"{status.position} ahead" if status.position else "next")
    else:
        heard("rendering", _last_line(getattr(status, "logs", None), key))
    return Ending(told=Told.GOING)


async def result(
    client: httpx.AsyncClient, receipt: Receipt, *, key: str, ending: Ending
) -> Mapping[str, Any]:
    """The model's answer.

    Args:
        client: It carries the key.
        receipt: Where to ask.
        key: To be kept out of messages.
        ending: What the status said. A proxy's or a server's error ends nothing by itself: the
            answer may be there the next time, and is paid for.

    Returns:
        Its JSON, with the response's headers under `""`.

    Raises:
        Refused: There is none and there will be none.
        Gone: It is not kept any more.
        MatchcutError: `provider.network` where it cannot be had now, `provider.key`.

    """
    problem, status = "", 0
    for attempt in range(6):
        if attempt:
            await asyncio.sleep(2**attempt / 4)
        try:
            response = await client.get(receipt.urls["response"], timeout=60.0)
        except httpx.HTTPError as error:
            problem = type(error).__name__
            continue
        status, problem = response.status_code, f"HTTP {response.status_code}"
        if response.is_success:
            with contextlib.suppress(ValueError, RecursionError):
                answer = json.loads(response.content[:_LARGEST_ANSWER])
                if isinstance(answer, dict):
                    return {**answer, "": dict(response.headers)}
            problem = "an answer that is no JSON"
        elif status in _GONE:
            raise Gone
        elif _says_why(response) and (status in _VERDICTS or ending.failed):
            raise read_refusal(
                status, dict(response.headers), response.text, key=key, accepted=True
            )
    if status in (401, 403):
        raise _no_key()
    if ending.failed:
        body = json.dumps({"detail": ending.error, "error_type": ending.error_type})
        raise read_refusal(_UNSAID, {}, body, key=key, accepted=True)
    raise MatchcutError(
        Code.PROVIDER_NETWORK,
        f"fal has made it, and its answer cannot be had: {problem}",
        fix="Nothing is lost. Run the same command again: it asks once more.",
    )


def read_answer(contract: Contract | None, answer: Mapping[str, Any], *, key: str) -> Answer:
    """What an answer says, by the paths of the contract.

    Raises:
        MatchcutError: `result.gone` where it holds no clip: it is paid, and may have come in
            another form than the contract knows.

    """
    output = contract.output if contract else None
    url = _at(answer, output.video if output else "video.url")
    if not isinstance(url, str) or not url.lower().startswith("https://"):
        raise MatchcutError(
            Code.RESULT_GONE,
            "fal has answered, and where the contract says the clip should be there is none",
            fix="`matchcut endpoints check` says whether the endpoint has changed. The same "
            "command asks once more, and sends and pays nothing.",
        )
    headers = answer.get("")
    units = headers.get("x-fal-billable-units") if isinstance(headers, dict) else None
    return Answer(
        clip_url=url,
        billed_units=without_key(str(units), key)[:_LONGEST_COUNT] if units is not None else None,
        seed=_text(answer, output, "seed", key),
        actual_prompt=_text(answer, output, "prompt", key),
    )


def _text(answer: Mapping[str, Any], output: Output | None, field: str, key: str) -> str | None:
    path = getattr(output, field) if output else None
    value = _at(answer, path) if path else None
    return None if value is None else without_key(str(value), key)


def _at(answer: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        elif isinstance(answer, Mapping):
            answer = answer.get(part)
        else:
            return None
    return answer


async def _is_over(client: httpx.AsyncClient, receipt: Receipt) -> bool:
    try:
        response = await client.get(receipt.urls["status"], timeout=60.0)
        answer = response.json()
    except (httpx.HTTPError, ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and answer.get("status") == "COMPLETED"


def _says_why(response: httpx.Response) -> bool:
    """True where a typed error stands in the answer: it is the model's and not a proxy's."""
    if response.headers.get("x-fal-error-type"):
        return True
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return False
    detail = body.get("detail") if isinstance(body, dict) else None
    return isinstance(detail, list) or bool(isinstance(body, dict) and body.get("error_type"))


def _last_line(logs: Any, key: str) -> str:
    """The last line of a log that somebody else wrote, fit for a table."""
    if not isinstance(logs, list) or not logs or not isinstance(logs[-1], dict):
        return ""
    text = without_key(str(logs[-1].get("message", "")), key)
    return "".join(c if c.isprintable() else " " for c in text).strip()[:_LONGEST_LINE]


def _no_key() -> MatchcutError:
    return MatchcutError(
        Code.PROVIDER_KEY,
        "fal does not take the key",
        fix="Look at FAL_KEY; keys are made at https://fal.ai/dashboard/keys. What was accepted "
        "is followed again the next time.",
    )
