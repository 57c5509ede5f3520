"""The fal provider: each step of a paid submission, over the wire."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from matchcut.endpoints.contract import Contract, Parameter
from matchcut.errors import Code, MatchcutError
from matchcut.plan.types import Expectation
from matchcut.render.providers.fal import requests, vision, watch
from matchcut.render.providers.fal.cancel import call_off
from matchcut.render.providers.fal.fetch import GONE_FIX, fetch
from matchcut.render.providers.fal.keys import fal_key
from matchcut.render.providers.fal.refusals import read_refusal
from matchcut.render.providers.fal.submit import QUEUE, is_fals, post_once
from matchcut.render.providers.fal.uploads import address_of
from matchcut.render.providers.protocol import (
    Answer,
    CalledOff,
    Heard,
    Job,
    Receipt,
    Reply,
    Sendable,
    Uploads,
)
from matchcut.render.work import replace_references
from matchcut.store.contracts import known

_AGENT = "matchcut (python)"
_SINCE_LONG = timedelta(days=31)
"""The platform keeps payloads for 30 days unless told otherwise."""
_FIRST_ERROR = 400
_NAMESPACES = frozenset({"workflows", "comfy"})


class Fal:
    """Has takes made by fal's hosted endpoints, with the user's own key.

    Args:
        contracts: What endpoints accept and return, by id; the known ones where not given.
        key: The account's key; from the environment where it is not given, and looked for only
            when something is sent.
        at_once: How many submissions may be under way at the same time; a new account may have
            two (fal's documentation, read 2026-11-22).
        at_once_each: How many of them at one endpoint; as many as at all where not given.
        pace: How often a submission is asked after, and for how long in one run.

    """

    name = "fal"

    def __init__(
        self,
        contracts: Mapping[str, Contract] | None = None,
        *,
        key: str | None = None,
        at_once: int = 2,
        at_once_each: int | None = None,
        pace: watch.Pace | None = None,
    ) -> None:
        self.at_once = at_once
        self.at_once_each = min(at_once, at_once_each or at_once)
        self._contracts = known().contracts if contracts is None else contracts
        self._given_key = key
        self._pace = pace or watch.Pace()
        self._uploading: WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[tuple[str, str], asyncio.Lock]
        ] = WeakKeyDictionary()

    def identity(self, _expectation: Expectation) -> Mapping[str, Any]:
        """Nothing but the request: what an endpoint makes of it is its own affair."""
        return {}

    async def prepare(self, job: Job, uploads: Uploads, said: Callable[[str], None]) -> Sendable:
        """Upload what is not there yet, and put every file behind its address."""
        takes = self._takers(job)
        addresses = dict(job.addresses)
        for reference, file in job.files.items():
            addresses[reference] = await self._address(file, takes.get(reference), uploads, said)
        arguments = replace_references(job.request.arguments, job.roles, addresses)
        return _sendable(job.request.endpoint, arguments, marked=bool(job.files))

    async def prepare_question(
        self, arguments: Mapping[str, Any], pictures: Sequence[Path], uploads: Uploads
    ) -> Sendable:
        """Upload the pictures that are not there yet."""
        urls = [await self._address(file, None, uploads, _nobody) for file in pictures]
        return _sendable(vision.ENDPOINT, {**arguments, "image_urls": urls}, marked=bool(urls))

    async def reply(self, endpoint: str, receipt: Receipt, heard: Heard) -> Reply:
        """Poll until there is an answer."""
        return vision.read_reply(await self._answer(endpoint, receipt, heard), key=self._key)

    async def _address(
        self,
        file: Path,
        taker: Parameter | None,
        uploads: Uploads,
        said: Callable[[str], None],
    ) -> str:
        # Two shots may start on one picture at the same time: it is uploaded once.
        lock = self._locks().setdefault((file.name, str(taker)), asyncio.Lock())
        async with lock:
            return await address_of(
                file, taker, uploads, provider=self.name, key=self._key, said=said
            )

    async def submit(self, sendable: Sendable) -> Receipt:
        """Send it once."""
        async with self._client() as client:
            receipt = await post_once(client, sendable.endpoint, sendable.arguments, key=self._key)
        built = self.receipt(sendable.endpoint, receipt.request_id)
        return Receipt(request_id=receipt.request_id, urls={**built.urls, **receipt.urls})

    async def search(
        self, sendable: Sendable, since: str, claimed: frozenset[str]
    ) -> Receipt | None:
        """Look through the account's requests."""
        async with self._client() as client:
            found = await requests.find_submission(client, sendable, since, claimed)
        return self.receipt(sendable.endpoint, found) if found else None

    async def follow(self, endpoint: str, receipt: Receipt, heard: Heard) -> Answer:
        """Poll until it has ended; a result that has expired is looked for in the list."""
        answer = await self._answer(endpoint, receipt, heard)
        return watch.read_answer(self._contracts.get(endpoint), answer, key=self._key)

    async def _answer(self, endpoint: str, receipt: Receipt, heard: Heard) -> Mapping[str, Any]:
        whole = self._whole(endpoint, receipt)
        async with self._client() as client:
            ending = await watch.wait(client, whole, heard, key=self._key, pace=self._pace)
            try:
                return await watch.result(client, whole, key=self._key, ending=ending)
            except watch.Gone:
                return await self._recovered(client, endpoint, whole)

    async def cancel(self, endpoint: str, receipt: Receipt) -> CalledOff:
        """Call it off at fal."""
        async with self._client() as client:
            return await call_off(client, self._whole(endpoint, receipt))

    async def is_same(self, sendable: Sendable, request_id: str) -> bool | None:
        """Compare a submission with what the account's list says of a request."""
        since = datetime.now(UTC) - _SINCE_LONG
        try:
            async with self._client() as client:
                return await requests.same_input(client, sendable, request_id, since)
        except MatchcutError as error:
            if error.code is Code.PROVIDER_KEY:
                return None  # not every key may read the list
            raise

    async def fetch(self, answer: Answer, clip: Path) -> None:
        """Fetch the clip, without the key."""
        await fetch(answer.clip_url, clip)

    def receipt(self, endpoint: str, request_id: str) -> Receipt:
        """The addresses of a request, as the official client makes them of its id."""
        parts = endpoint.split("/")
        owner = "/".join(parts[:3] if parts[0] in _NAMESPACES else parts[:2])
        base = f"{QUEUE}/{owner}/requests/{request_id}"
        return Receipt(
            request_id=request_id,
            urls={"response": base, "status": f"{base}/status", "cancel": f"{base}/cancel"},
        )

    def _whole(self, endpoint: str, receipt: Receipt) -> Receipt:
        """All addresses; what a state folder names may be anybody's, and the key goes to fal."""
        built = self.receipt(endpoint, receipt.request_id)
        own = {name: url for name, url in receipt.urls.items() if is_fals(url)}
        return Receipt(request_id=receipt.request_id, urls={**built.urls, **own})

    async def _recovered(
        self, client: httpx.AsyncClient, endpoint: str, receipt: Receipt
    ) -> Mapping[str, Any]:
        since = datetime.now(UTC) - _SINCE_LONG
        item = await requests.find_request(client, endpoint, receipt.request_id, since)
        answer, status = requests.answer_of(item), requests.status_of(item)
        if status >= _FIRST_ERROR:
            body = json.dumps(answer) if answer else ""
            raise read_refusal(status, {}, body, key=self._key, accepted=True)
        if answer is None:
            raise MatchcutError(
                Code.RESULT_GONE,
                f"fal does not keep the result of request {receipt.request_id} any more",
                fix=GONE_FIX,
            )
        return answer

    def _takers(self, job: Job) -> Mapping[str, Parameter]:
        """Which parameter takes which reference, where the contract is known."""
        contract = self._contracts.get(job.request.endpoint)
        if contract is None:
            return {}
        arguments, takers = job.request.arguments, {}
        for role in ("start", "end", "continue"):
            name = job.roles.get(role, "")
            if name in contract.parameters and isinstance(arguments.get(name), str):
                takers[arguments[name]] = contract.parameters[name]
        return takers

    def _locks(self) -> dict[tuple[str, str], asyncio.Lock]:
        """A lock for each upload, of the loop that runs now: every render has one of its own."""
        return self._uploading.setdefault(asyncio.get_running_loop(), {})

    @property
    def _key(self) -> str:
        return fal_key({"FAL_KEY": self._given_key} if self._given_key else None)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client that carries the key, repeats nothing and follows nobody."""
        headers = {"Authorization": f"Key {self._key}", "User-Agent": _AGENT}
        async with httpx.AsyncClient(headers=headers, follow_redirects=False) as client:
            yield client


def _sendable(endpoint: str, arguments: Mapping[str, Any], *, marked: bool) -> Sendable:
    text = json.dumps(arguments, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Sendable(endpoint=endpoint, arguments=arguments, digest=digest, marked=marked)


def _nobody(_said: str) -> None:
    """Nobody is told."""
