"""One job, from its request to its result."""

import hashlib
import secrets
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from hostile.answers import flat_error
from hostile.clips import Studio, argument, seconds
from hostile.job_faults import cancelled
from hostile.knobs import Continued, Knobs
from hostile.orders import Failure, Order, Spoil, Stopped
from hostile.shelf import Object, Shelf
from hostile.spoil import put_before
from matchcut.endpoints.contract import Role, Unit
from matchcut.frames.clip import probe

_LOOK_SECONDS = 0.05
_BROKEN = Failure(
    error="Internal server error",
    kind="internal_error",
    result=flat_error(500, "The hostile server's own fault", "internal_error"),
)


class Worker:
    """Makes results.

    Args:
        studio: Makes the clips.
        shelf: Where inputs are found and clips are put.
        knobs: What a test has set.
        stopping: Set when the server stops; a clip in the making is then broken off.
        mistakes: Gets every error that is this server's own.

    """

    def __init__(
        self,
        studio: Studio,
        shelf: Shelf,
        knobs: Knobs,
        stopping: threading.Event,
        mistakes: list[Exception],
    ) -> None:
        self._studio = studio
        self._shelf = shelf
        self._knobs = knobs
        self._stopping = stopping
        self._mistakes = mistakes

    def work(self, order: Order) -> None:
        """Make a job's result, or find its failure.

        Raises:
            Stopped: Where the server stops meanwhile.

        """
        begun = time.monotonic()
        order.log("Loading the inputs")
        try:
            self._render(order)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 - shown by the test that stops the server
            self._mistakes.append(error)
            order.failure = _BROKEN
        self._take_time(begun)
        if order.cancelled:
            order.failure = cancelled()

    def _take_time(self, begun: float) -> None:
        """Be at it for as long as the pace says, which may be changed meanwhile."""
        while (left := begun + self._knobs.pace - time.monotonic()) > 0:
            if self._stopping.wait(min(left, _LOOK_SECONDS)):
                return

    def _render(self, order: Order) -> None:
        if order.doom:
            order.failure = order.doom
            return

        if order.endpoint in self._knobs.replies:
            order.result = self._knobs.replies[order.endpoint]
            return

        def progress(share: float) -> None:
            if self._stopping.is_set():
                raise Stopped
            if share in (0.5, 1.0):
                order.log(f"Rendered {share:.0%}")

        contract, given = order.contract, order.input
        made = self._studio.make(contract, given, self._shelf.bytes_of, progress)
        clip = self._studio.spoiled(made, [*self._prefixes(order), *order.spoils])
        name = f"{secrets.token_urlsafe(16)}_output.mp4"
        url = f"https://v3.fal.media/files/hostile/{name}"
        self._shelf.put(url, Object(data=clip, content_type="video/mp4", endpoint=order.endpoint))
        order.result = result_of(order, url, name, clip.stat().st_size)
        order.units = _units(order, made)

    def _prefixes(self, order: Order) -> list[Spoil]:
        """What comes before the new frames of a continued clip."""
        url = order.input.get(order.contract.roles.get(Role.CONTINUE, ""))
        data = self._shelf.bytes_of(url) if url else None
        continued = self._knobs.continued
        if data is None or continued is Continued.NEW_ONLY:
            return []
        within = continued is Continued.SOURCE_WITHIN
        return [partial(put_before, self._studio.keep(data), within=within)]


def result_of(order: Order, url: str, name: str, size: int) -> dict[str, Any]:
    """The answer's JSON, each piece where the contract says that it stands."""
    output = order.contract.output
    result: dict[str, Any] = {}
    _put(result, output.video, url)
    parent = output.video.rpartition(".")[0]
    for key, value in (
        ("content_type", "video/mp4"),
        ("file_name", name),
        ("file_size", size),
    ):
        _put(result, f"{parent}.{key}", value)
    prompt = str(argument(order.contract, order.input, Role.PROMPT) or "")
    if output.seed:
        chosen = int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:4], "big") >> 1
        _put(result, output.seed, argument(order.contract, order.input, Role.SEED) or chosen)
    if output.prompt:
        expanded = argument(order.contract, order.input, Role.EXPANSION) is True
        _put(result, output.prompt, f"{prompt} Cinematic light." if expanded else prompt)
    return result


def _put(result: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        result = result.setdefault(parent, {})
    result[last] = value


def _units(order: Order, clip: Path) -> str | None:
    """What is billed, in units of the contract's first price; None where no price is known.

    The length is the one that was asked for: nothing is cheaper because the answer is wrong.
    """
    price = next(iter(order.contract.prices), None)
    if price is None:
        return None
    length = seconds(order.contract, order.input)
    match price.unit:
        case Unit.VIDEO:
            return "1"
        case Unit.SECOND:
            return f"{float(length):g}"
    facts = probe(clip)
    tokens = facts.width * facts.height * (price.tokens_rate or 0) * length
    return f"{float(tokens / 1024 / 1000):.4f}"
