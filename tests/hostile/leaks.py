"""Secrets that are shown to somebody who must not see them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from hostile.records import Leak
from hostile.wire import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A text and the hosts that may see it, in the header `Authorization` and nowhere else."""

    what: str
    text: str
    hosts: tuple[str, ...]


def leaks(call: Call, secrets: tuple[Secret, ...]) -> Iterator[Leak]:
    """Every place in a request where a secret stands that does not belong there."""
    for secret in secrets:
        for place in _places(call, secret):
            yield Leak(
                at=time.time(),
                what=secret.what,
                method=call.method,
                host=call.host,
                path=call.target,
                found=place,
            )


def _places(call: Call, secret: Secret) -> Iterator[str]:
    for name, value in call.headers.items():
        meant = call.host in secret.hosts and name.lower() == "authorization"
        if secret.text in value and not meant:
            yield name.lower()
    if secret.text in unquote(call.target):
        yield "address"
    if secret.text.encode() in (call.body_so_far or b""):
        yield "body"
