"""Answers as fal gives them. The shapes are those of its documentation of 2026-11: errors of a
model are a list of details, errors of the infrastructure a sentence and a type.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back over the wire, right or wrong."""

    status: int = 200
    """0: nothing at all goes back, the connection is closed."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    """Of the body as the header claims it; its own where this is None."""
    chunks: Iterator[bytes] | None = None
    """Comes after the body, in chunks and without a length; an error in it drops the connection."""
    reset: bool = False
    """The connection is reset once the body is sent."""

    def with_headers(self, **headers: str) -> "Answer":
        """The same with further headers; `_` stands for `-`."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status=self.status, headers={**self.headers, **more}, body=self.body)


DROPPED = Answer(status=0)


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; `_` in a header's name stands for `-`."""
    plain = Answer(
        status=status,
        headers={"content-type": "application/json"},
        body=json.dumps(value).encode(),
    )
    return plain.with_headers(**headers)


def flat_error(status: int, sentence: str, kind: str) -> Answer:
    """An error of the infrastructure."""
    return json_answer({"detail": sentence, "error_type": kind}, status, x_fal_error_type=kind)


def model_error(status: int, details: list[dict[str, Any]], *, retryable: bool = False) -> Answer:
    """An error of a model: everything that is wrong, each with its place."""
    return json_answer({"detail": details}, status, x_fal_retryable=str(retryable).lower())


def detail(
    kind: str, sentence: str, loc: tuple[str | int, ...], given: Any, **ctx: Any
) -> dict[str, Any]:
    """One thing that is wrong.

    Args:
        kind: The type, as `missing` or `content_policy_violation`.
        sentence: For a person.
        loc: Where, below the body.
        given: What stands there.
        ctx: What a program may want to know, as the numbers of a limit.

    """
    return {
        "loc": ["body", *loc],
        "msg": sentence,
        "type": kind,
        "url": f"https://docs.fal.ai/errors#{kind}",
        **({"ctx": ctx} if ctx else {}),
        "input": given,
    }


def html_error(status: int, reason: str) -> Answer:
    """A proxy's own page: no JSON, and no header of fal's."""
    page = (
        f"<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Answer(status=status, headers={"content-type": "text/html"}, body=page.encode())
