"""One take from a provider that is paid: sent once, followed through any crash, never lost.

Each state of an attempt has one step to the next, and each step writes down what it has done before
another begins. Broken off anywhere, the same call goes on from the row that stands in the ledger. A
row without an answer may stand for a paid job: it is looked for, and where it is not found a person
decides. Nothing here sends it a second time.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from matchcut.errors import Code, MatchcutError
from matchcut.plan.reference import Kind, is_reference, parse
from matchcut.render.attempt import NOT_SENT, Attempt, AttemptState, Limits, Overtaken, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.commands import resolve_command
from matchcut.render.providers.protocol import (
    Ambiguous,
    Answer,
    Heard,
    Host,
    Job,
    NotSent,
    Receipt,
    Refused,
    Sendable,
    Uploads,
)

Billing = Callable[[str], Decimal | None]
"""What an answer's billable units come to in US dollars, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on before giving up for this run, in seconds."""

    retry: float = 120.0
    """Sending again what is certain not to have been accepted."""
    search: float = 300.0
    """Looking for a submission that may have been accepted. Longer than any POST takes; requests
    that are not finished may not be listed, so that some are found only when they are."""
    first_pause: float = 1.0
    longest_pause: float = 30.0

    def pauses(self) -> "Pauses":
        """Pauses that double up to the longest."""
        return Pauses(self.first_pause, self.longest_pause)


@dataclass(slots=True)
class Pauses:
    """The next pause, in seconds, each twice the one before up to the longest."""

    pause: float
    longest: float

    def next(self) -> float:
        """The next one."""
        now, self.pause = self.pause, min(self.pause * 2, self.longest)
        return now


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A take that is to be had from a paid provider."""

    host: Host
    attempts: Attempts
    uploads: Uploads
    key: TakeKey
    job: Job
    estimate_usd: Decimal | None
    limits: Limits
    billing: Billing
    patience: Patience
    heard: Heard
    others: tuple[str, ...] = ()
    """Endpoints that take the same anchors, for a shot that this one refuses."""
    alone: AbstractAsyncContextManager[Any] = field(default_factory=nullcontext)
    """Entered while it is not known whether it was accepted. Where several takes send just the same
    input, one at a time: else nobody could say whose a request is that was found."""

    async def obtain(self, clip: Path) -> Attempt:
        """Have the take's clip written to a file.

        Args:
            clip: Where to write it.

        Returns:
            The attempt, `ACCEPTED`: it is done once the caller has taken the clip in.

        Raises:
            MatchcutError: `submission.unknown` where a person must decide, `provider.refused`
                where there will be no clip, `budget.over`, `price.unknown`, `provider.network`,
                `provider.slow`, `provider.key`.

        """
        while True:
            try:
                return await self._obtain(clip)
            except Overtaken:
                continue  # another process, or a person, was quicker: on from what stands now

    async def _obtain(self, clip: Path) -> Attempt:
        attempt = self.attempts.latest(self.key)
        if attempt is not None and attempt.state is AttemptState.FAILED:
            raise MatchcutError(
                Code.PROVIDER_FAILED,
                attempt.error,
                where=self.key.shot,
                fix="Run the same command again: it makes a new take.",
            )
        if attempt is not None and attempt.waits:
            attempt = self.attempts.refused(attempt, attempt.error, NOT_SENT)
        async with self.alone:
            if attempt is None or attempt.state in (AttemptState.REFUSED, AttemptState.GIVEN_UP):
                attempt = await self._send(attempt)
            if attempt.state in (AttemptState.SENDING, AttemptState.UNKNOWN):
                sendable = await self._prepare()
                attempt = await self._look_for(attempt, sendable)
        if attempt.adopted:
            attempt = await self._compare(attempt)
        try:
            answer = await self._follow(attempt)
            self.heard("fetching", "")
            await self.host.fetch(answer, clip)
        except MatchcutError as error:
            error.fix = error.fix.replace("{resubmit}", self._command("--resubmit", attempt))
            raise
        return attempt

    async def _compare(self, attempt: Attempt) -> Attempt:
        """Look whether a request that a person named is this submission at all."""
        sendable = await self._prepare()
        known = sendable.digest == attempt.digest
        same = await self._is_same(sendable, attempt) if known else None
        if same is False:
            self.attempts.unknown(attempt, f"{attempt.request_id} has another input")
            raise MatchcutError(
                Code.SUBMISSION_TAKEN,
                f"the request {attempt.request_id} was sent with another input, so it is not this "
                "shot",
                where=self.key.shot,
                fix="Look again: the right one is "
                f"{self._command('--adopt REQUEST_ID')}, or {self._command('--resubmit')}.",
            )
        # Where nobody can say, it is followed, and stays what a person may name anew.
        return self.attempts.compared(attempt) if same else attempt

    async def _is_same(self, sendable: Sendable, attempt: Attempt) -> bool | None:
        try:
            return await self.host.is_same(sendable, attempt.request_id or "")
        except MatchcutError:
            return None  # the list cannot be read; a key may not even have the right to

    def _command(self, decision: str, attempt: Attempt | None = None) -> str:
        done = attempt is not None and attempt.state is AttemptState.DONE
        return resolve_command(
            self.key.film, self.key.shot, decision, self.key.take if done else None
        )

    async def _send(self, before: Attempt | None) -> Attempt:
        if self.estimate_usd is None:
            raise MatchcutError(
                Code.PRICE_UNKNOWN,
                f"nobody knows what {self.job.request.endpoint} costs for this shot",
                where=self.key.shot,
                fix=f"Look it up, and say so: `--price {self.key.shot}=USD`.",
            )
        self.heard("sending", "")
        sendable = await self._prepare()
        attempt = self.attempts.reserve(
            self.key,
            provider=self.host.name,
            endpoint=sendable.endpoint,
            digest=sendable.digest,
            estimate_usd=self.estimate_usd,
            limits=self.limits,
            after=before,
        )
        try:
            receipt = await self._submit(attempt, sendable)
        except Refused as refusal:
            self.attempts.refused(attempt, refusal.why, refusal.kind)
            self._refuse(refusal)
        except NotSent as failure:
            self.attempts.refused(attempt, failure.why, NOT_SENT)
            raise MatchcutError(
                Code.PROVIDER_NETWORK,
                f"it could not be sent: {failure.why}",
                where=self.key.shot,
                fix="Nothing was accepted or paid. Run the same command again.",
            ) from None
        except Ambiguous as doubt:
            return await self._look_for(self.attempts.unknown(attempt, doubt.why), sendable)
        return self.attempts.accepted(attempt, receipt.request_id, receipt.urls)

    async def _prepare(self) -> Sendable:
        return await self.host.prepare(
            self.job, self.uploads, lambda said: self.heard("sending", said)
        )

    async def _submit(self, attempt: Attempt, sendable: Sendable) -> Receipt:
        """Send it; again only where it is certain that nothing was accepted.

        That certainty is written down too: who stops matchcut while it waits has nothing to decide.
        """
        pauses, until = self.patience.pauses(), time.monotonic() + self.patience.retry
        while True:
            try:
                return await self.host.submit(sendable)
            except NotSent as failure:
                pause = max(pauses.next(), failure.wait_seconds or 0)
                if time.monotonic() + pause > until:
                    raise
                self.attempts.waiting(attempt, failure.why)
                self.heard("sending", f"{failure.why}; again in {pause:.0f} s")
            await asyncio.sleep(pause)
            self.attempts.again(attempt)

    async def _look_for(self, attempt: Attempt, sendable: Sendable) -> Attempt:
        """Find a submission that may have been accepted, or leave it to a person."""
        why = attempt.error or "matchcut was stopped before the provider's answer was written down"
        pauses = self.patience.pauses()
        left = max(self.patience.search - _age(attempt), 0)
        until = time.monotonic() + left
        self.heard("looking", f"{why}; looked for during up to {left / 60:.1f} minutes")
        while sendable.digest == attempt.digest:
            claimed = self.attempts.claimed_requests(self.host.name)
            found = await self._search(sendable, attempt, claimed)
            if found is not None:
                return self.attempts.accepted(attempt, found.request_id, found.urls)
            pause = pauses.next()
            if time.monotonic() + pause > until:
                break
            await asyncio.sleep(pause)
        self.attempts.unknown(attempt, why)
        raise MatchcutError(
            Code.SUBMISSION_UNKNOWN,
            f"it may have been accepted, and was not found: {why}",
            where=self.key.shot,
            fix="Look at your requests on the provider's site. If it is there: "
            f"{self._command('--adopt REQUEST_ID')}; if you are sure that it is not: "
            f"{self._command('--resubmit')}. Until then it counts as spent.",
        )

    async def _search(
        self, sendable: Sendable, attempt: Attempt, claimed: frozenset[str]
    ) -> Receipt | None:
        try:
            return await self.host.search(sendable, attempt.sent_at, claimed)
        except MatchcutError:
            return None  # not being able to look is not having found nothing; it is tried again

    async def _follow(self, attempt: Attempt) -> Answer:
        """Wait for what was accepted; also for a clip that was had before and is lost from here."""
        try:
            _, answer = await follow(self.host, self.attempts, attempt, self.billing, self.heard)
        except Refused as refusal:
            if attempt.state is AttemptState.DONE:
                again = self._command("--resubmit", attempt)
                raise MatchcutError(
                    Code.RESULT_GONE,
                    f"the clip cannot be had once more: {refusal.why}",
                    where=self.key.shot,
                    fix=f"To have it made and paid again: {again}.",
                ) from None
            self._refuse(refusal)
        return answer

    def _refuse(self, refusal: Refused) -> NoReturn:
        if refusal.reload:
            self.uploads.forget(self.host.name)
        plain = Code.PROVIDER_REFUSED if refusal.standing else Code.PROVIDER_FAILED
        pictures = [self._behind(name) for name in refusal.inputs]
        inputs = "; ".join(filter(None, (what for what, _ in pictures)))
        cures = [cure for _, cure in pictures if cure] if refusal.standing else []
        if refusal.standing and self.others:
            cures.append(f"an endpoint with the same roles ({', '.join(self.others)})")
        offers = f" What works: {'; '.join(cures)}." if cures else ""
        again = (
            f" To have just this sent again: {self._command('--resubmit')}."
            if refusal.standing
            else ""
        )
        raise MatchcutError(
            refusal.code or plain,
            f"{refusal.why} ({inputs})" if inputs else refusal.why,
            where=self.key.shot,
            fix=f"{refusal.fix}{offers}{again}",
        ) from None

    def _behind(self, name: str) -> tuple[str, str]:
        """What stands behind an argument that was refused, in the film's words, and the cure."""
        value = self.job.request.arguments.get(name)
        if not isinstance(value, str) or not is_reference(value):
            return "", ""
        parsed = parse(value)
        if parsed.kind is Kind.STILL:
            return f"`{name}` is {parsed.name}", f"another picture than {parsed.name}"
        if parsed.kind is Kind.CLIP:
            return f"`{name}` is the clip of `{parsed.name}`", "`join: match` or `cut`"
        edge, when = ("last", "end earlier") if parsed.edge == "out" else ("first", "begin later")
        cure = f"another frame (let `use` of `{parsed.name}` {when}), or a cutaway (`join: cut`)"
        return f"`{name}` is the {edge} frame of `{parsed.name}`", cure


async def follow(
    host: Host,
    attempts: Attempts,
    attempt: Attempt,
    billing: Billing = lambda _units: None,
    heard: Heard = lambda _state, _said: None,
) -> tuple[Attempt, Answer]:
    """Wait until a submission that was accepted has ended, and write down what came of it.

    Args:
        host: Who has it.
        attempts: Where it is written down.
        attempt: The submission.
        billing: What the answer's billable units come to.
        heard: Told how it stands.

    Returns:
        The attempt as it stands now, and the answer.

    Raises:
        Refused: It gave no clip. One that had given a clip before stays as it was.
        MatchcutError: As `Host.follow`; also where the refusal is about who asks.

    """
    receipt = Receipt(request_id=attempt.request_id or "", urls=attempt.urls)
    try:
        answer = await host.follow(attempt.endpoint, receipt, heard)
    except Refused as refusal:
        if refusal.code is not None:
            raise MatchcutError(
                refusal.code, refusal.why, where=attempt.key.shot, fix=refusal.fix
            ) from None
        if attempt.state is not AttemptState.DONE:
            billed = None if refusal.billed else Decimal(0)
            attempts.failed(attempt, refusal.why, refusal.kind, billed_usd=billed)
        raise
    units = answer.billed_units
    known = attempts.answered(
        attempt,
        billed_usd=billing(units) if units is not None else None,
        billed_units=units,
        seed=answer.seed,
        actual_prompt=answer.actual_prompt,
    )
    return known, answer


def _age(attempt: Attempt) -> float:
    """Seconds since it was sent; a clock that was set back makes nothing younger than now."""
    return max((datetime.now(UTC) - datetime.fromisoformat(attempt.sent_at)).total_seconds(), 0)
