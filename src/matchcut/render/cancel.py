"""Shots called off on their user's word: here first, and then at the provider.

A cancelled take is written down before the provider is asked, so that a run beside this sends
nothing for it and takes nothing it brings for wanted. Stopping matchcut cancels nothing.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from matchcut.errors import Code, MatchcutError
from matchcut.render.attempt import Attempt, AttemptState, Overtaken, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.commands import film_command, resolve_command
from matchcut.render.ledger import Claim, Ledger, TakeState
from matchcut.render.providers.protocol import CalledOff, Host, Receipt

KIND = "client_cancelled"
"""Type of error of an attempt that was called off, as the provider itself has it."""
_UNSENT = frozenset({AttemptState.REFUSED, AttemptState.GIVEN_UP})
_WAYS = frozenset({TakeState.CLAIMED, TakeState.CANCELLED, TakeState.REJECTED})
"""Where a take may stand whose submission is still under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What came of calling one take off."""

    shot: str
    take: int
    came: str
    """`not sent`, or as in `CalledOff`; empty where it could not be called off."""
    said: str
    error: MatchcutError | None = None
    """Why it could not be called off now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A take that is not over: its latest attempt may be at the provider."""

    key: TakeKey
    claim: Claim
    attempt: Attempt | None


def under_way(
    film: str, ledger: Ledger, attempts: Attempts, provider: str, shot: str | None = None
) -> list[UnderWay]:
    """The takes of a film, or of one of its shots, that are not over."""
    latest = {attempt.key: attempt for attempt in _in_order(attempts.all(film))}
    found = []
    for claim in ledger.all(film):
        if claim.provider != provider or (shot is not None and claim.shot != shot):
            continue
        key = TakeKey(film=film, shot=claim.shot, take=claim.number)
        attempt = latest.get(key)
        flying = attempt is not None and attempt.in_flight and claim.state in _WAYS
        unsent = attempt is None or attempt.state in _UNSENT
        if flying or (unsent and claim.state is TakeState.CLAIMED):
            found.append(UnderWay(key=key, claim=claim, attempt=attempt))
    return found


async def call_off(
    takes: Iterable[UnderWay], ledger: Ledger, attempts: Attempts, host: Host
) -> list[Cancelled]:
    """Call takes off, all at once; one that cannot be now stops none of the others."""
    return list(await asyncio.gather(*(_tried(one, ledger, attempts, host) for one in takes)))


async def _tried(one: UnderWay, ledger: Ledger, attempts: Attempts, host: Host) -> Cancelled:
    try:
        return await _call_off(one, ledger, attempts, host)
    except MatchcutError as error:
        key = one.key
        return Cancelled(shot=key.shot, take=key.take, came="", said=error.message, error=error)


async def _call_off(one: UnderWay, ledger: Ledger, attempts: Attempts, host: Host) -> Cancelled:
    attempt = one.attempt
    if attempt is None or attempt.state in _UNSENT:
        _write_down(one, ledger)
        return _unsent(one.key)
    if attempt.waits:
        # Here first: what is withdrawn would be sent anew by a run that finds nothing else.
        _write_down(one, ledger)
        with suppress(Overtaken):
            attempts.withdraw(attempt)
            return _unsent(one.key)
        raise _unanswered(attempt)
    if attempt.state is not AttemptState.ACCEPTED:
        raise _unanswered(attempt)
    _write_down(one, ledger)
    receipt = Receipt(request_id=attempt.request_id or "", urls=attempt.urls)
    came = await host.cancel(attempt.endpoint, receipt)
    with suppress(Overtaken):  # its clip was had all the same, and is on record
        if came is CalledOff.NOT_BEGUN:
            attempts.called_off(attempt, "cancelled before it began", KIND, billed=False)
        elif came is CalledOff.STOPPED:
            attempts.called_off(attempt, "cancelled on its way", KIND, billed=True)
    goes_on = came is CalledOff.OVER and ledger.take_back(one.key.film, one.key.shot, one.key.take)
    said = _said(came, attempt, goes_on=goes_on)
    return Cancelled(shot=one.key.shot, take=one.key.take, came=came.value, said=said)


def _write_down(one: UnderWay, ledger: Ledger) -> None:
    if one.claim.state is TakeState.CLAIMED:
        ledger.decide(one.key.film, one.key.shot, one.key.take, TakeState.CANCELLED)


def _unsent(key: TakeKey) -> Cancelled:
    again = film_command(key.film, "retry", key.shot)
    said = f"`{key.shot}` is cancelled: it was not sent, and nothing is paid. {again} makes it."
    return Cancelled(shot=key.shot, take=key.take, came="not sent", said=said)


def _said(came: CalledOff, attempt: Attempt, *, goes_on: bool) -> str:
    shot, usd = attempt.key.shot, attempt.estimate_usd
    match came:
        case CalledOff.NOT_BEGUN:
            return f"`{shot}` is cancelled: it had not begun, and is not billed."
        case CalledOff.STOPPED:
            return (
                f"`{shot}` is cancelled. It had begun, or may have: it may be billed, and counts "
                f"{usd} USD."
            )
        case CalledOff.ASKED:
            return (
                f"`{shot}` is cancelled here, and {attempt.provider} is asked to stop it. It has "
                f"begun, may come to its end and be billed, and counts {usd} USD; a clip that "
                "comes is kept and not used."
            )
        case CalledOff.GONE:
            return (
                f"`{shot}` is cancelled here; {attempt.provider} does not know request "
                f"{attempt.request_id}. It counts {usd} USD."
            )
        case CalledOff.OVER:
            accept = resolve_command(attempt.key.film, shot, "--accept", attempt.key.take)
            then = (
                "the next render takes it in"
                if goes_on
                else f"its clip is kept and not used ({accept} uses it)"
            )
            return f"`{shot}` had come to its end before, and is billed as any other; {then}."


def _unanswered(attempt: Attempt) -> MatchcutError:
    key = attempt.key
    if attempt.state is AttemptState.UNKNOWN:
        return MatchcutError(
            Code.SUBMISSION_UNKNOWN,
            "nobody knows whether it was accepted, so there is nothing that could be called off",
            where=key.shot,
            fix=f"{resolve_command(key.film, key.shot, '--adopt REQUEST_ID')}, or "
            f"{resolve_command(key.film, key.shot, '--resubmit')}.",
        )
    return MatchcutError(
        Code.PROVIDER_SLOW,
        "it is being sent this moment, or matchcut was stopped while it was: it has no request id "
        "yet that could be called off",
        where=key.shot,
        fix="Say it again in a moment; where no run is at work, the next render looks for it "
        "first.",
    )


def _in_order(attempts: Iterable[Attempt]) -> list[Attempt]:
    return sorted(attempts, key=lambda attempt: attempt.number)
