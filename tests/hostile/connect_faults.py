"""What goes wrong before anything is sent: what is said to a CONNECT before the line goes dead."""

from collections.abc import Callable, Mapping

from hostile.faults import Fault, Faults

QUEUE = "queue.fal.run"


def _broken_off(*, host: str) -> bytes:  # noqa: ARG001 - which host is matched before
    return b"HTTP/1.1 200 Connection established\r\n\r\n"


def _refused(*, host: str) -> bytes:  # noqa: ARG001 - as above
    return b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"


CONNECT: Mapping[Fault, Callable[..., bytes]] = {
    Fault.NO_CONNECTION: _broken_off,
    Fault.PROXY_REFUSES: _refused,
}


def refusal(faults: Faults, host: str) -> bytes | None:
    """What is sent before a connection to a host is closed; None where it is let through.

    Where a fault names no host, it is about the queue's.
    """
    taken = faults.take(CONNECT, fits=lambda details: details.get("host", QUEUE) == host)
    return taken[0](host=host) if taken else None
