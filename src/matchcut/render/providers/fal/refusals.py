"""fal's error answers, read: what was refused, what it means, and what works instead.

Models answer `{"detail": [{loc, msg, type, ...}]}`, the infrastructure `{"detail": "...",
"error_type": "..."}`; both may be missing, and not every endpoint keeps to either (fal's
documentation of errors, read 2026-11-22). Nothing of the input, which such answers repeat, is kept.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from matchcut.errors import Code
from matchcut.render.providers.fal.keys import without_key
from matchcut.render.providers.protocol import Refused

_LONGEST = 300
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,80}")
"""A type of error or a wire name. Anything else in their place is text, and may hold anything."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a type of error means: a sentence's beginning, and what to do."""

    means: str
    fix: str
    standing: bool = True


_AGAIN = "Run the same command again: it makes a new take."
_PICTURE = "Use another picture."
_KINDS: Mapping[str, _Kind] = {
    "content_policy_violation": _Kind(
        "the content check refused",
        "Change what is shown, or the words.",
    ),
    "no_media_generated": _Kind("the model made nothing of", "Change the prompt or the picture."),
    "image_too_small": _Kind("too small for the model:", _PICTURE),
    "image_too_large": _Kind("too large for the model:", _PICTURE),
    "image_aspect_ratio_error": _Kind("of a shape that the model does not take:", _PICTURE),
    "face_detection_error": _Kind("the model looked in vain for a face in", _PICTURE),
    "file_too_large": _Kind("too large for the model:", _PICTURE),
    "image_load_error": _Kind(
        "the model could not load", f"It is uploaded anew the next time. {_AGAIN}", standing=False
    ),
    "file_download_error": _Kind(
        "the model could not fetch", f"It is uploaded anew the next time. {_AGAIN}", standing=False
    ),
    "feature_not_supported": _Kind(
        "the endpoint does not support",
        "`matchcut endpoints check` says whether its contract has changed.",
    ),
}
_VALIDATION = _Kind(
    "the endpoint does not take",
    "`matchcut endpoints check` says whether its contract has changed.",
)
_PASSING = frozenset(
    {
        *("generation_timeout", "downstream_service_error", "downstream_service_unavailable"),
        *("internal_server_error", "internal_error", "request_timeout", "startup_timeout"),
        *("client_disconnected",),
    }
)
_RELOAD = frozenset({"image_load_error", "file_download_error"})
"""Types after which an uploaded file must be taken for gone."""
_FIRST_SERVER_ERROR = 500


def read_refusal(
    status: int, headers: Mapping[str, str], body: str, *, key: str, accepted: bool
) -> Refused:
    """Read an error answer.

    Args:
        status: Its HTTP status, 400 or more.
        headers: Its headers, by lower-case name.
        body: Its text.
        key: The account's key, which is taken out should the answer repeat it.
        accepted: True where the submission had been accepted, so that it may be billed.

    """
    details = _details(body)
    first = details[0] if details else {}
    types = (first.get("type"), headers.get("x-fal-error-type"))
    kind = next((known for known in types if _is_word(known, key)), None) or f"http_{status}"
    said = without_key(str(first.get("msg") or ""), key)[:_LONGEST]
    names = (_input(detail) for detail in details)
    inputs = tuple(dict.fromkeys(name for name in names if _is_word(name, key)))
    server = status >= _FIRST_SERVER_ERROR
    if status in (401, 403) and not _is_about_content(kind):
        return Refused(
            "fal does not take the key" if status == 401 else "the key may not do this",  # noqa: PLR2004
            kind=kind,
            fix="Look at FAL_KEY, at what it may do, and at the account's balance.",
            standing=False,
            billed=False,
            code=Code.PROVIDER_KEY,
        )
    meant = _meaning(kind, status)
    retryable = headers.get("x-fal-retryable", "").lower() == "true"
    what = f"{meant.means} " + (_named(inputs) or "the request")
    return Refused(
        f"{what}: {said}" if said else what,
        kind=kind,
        fix=meant.fix,
        standing=meant.standing and not retryable and not server,
        # fal's documentation of billing, read 2026-11-22: server errors are not billed.
        billed=accepted and not (server and bool(details)),
        inputs=inputs,
        reload=kind in _RELOAD,
    )


def _is_word(text: Any, key: str) -> TypeGuard[str]:
    return isinstance(text, str) and bool(_WORD.fullmatch(text)) and without_key(text, key) == text


def _is_about_content(kind: str) -> bool:
    """True for a type of error that is about what was sent and not about who sent it."""
    return kind in _KINDS


def _meaning(kind: str, status: int) -> _Kind:
    if kind in _KINDS:
        return _KINDS[kind]
    if kind in _PASSING or kind.startswith("runner_") or status >= _FIRST_SERVER_ERROR:
        return _Kind(f"fal could not carry out ({kind})", _AGAIN, standing=False)
    if kind == "client_cancelled":
        return _Kind("it was cancelled at fal:", _AGAIN, standing=False)
    return _VALIDATION


def _details(body: str) -> list[dict[str, Any]]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(read, dict):
        return []
    detail = read.get("detail")
    if isinstance(detail, list):
        return [entry for entry in detail if isinstance(entry, dict)]
    message = detail if isinstance(detail, str) else read.get("error")
    return [{"msg": message or "", "type": read.get("error_type") or ""}]


def _input(detail: Mapping[str, Any]) -> str:
    """The wire name that a detail is about: the first part of `loc` below `body`."""
    place = detail.get("loc")
    if not isinstance(place, list):
        return ""
    names = [part for part in place if isinstance(part, str) and part != "body"]
    return names[0] if names else ""


def _named(inputs: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in inputs)
