"""What a person decides of a shot that waits: an unknown submission, an odd clip, a refusal."""

import re
from enum import StrEnum

from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import frame_at
from matchcut.project import Project
from matchcut.render.attempt import Attempt, AttemptState, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.commands import resolve_command
from matchcut.render.gates import Gates
from matchcut.render.ledger import Claim, Ledger, TakeState
from matchcut.render.providers.protocol import Host
from matchcut.render.run import opened
from matchcut.store.folder import StateFolder

_UNANSWERED = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN})
_UNENDED = _UNANSWERED | {AttemptState.ACCEPTED}
_ACCEPTABLE = frozenset({TakeState.UNFIT, TakeState.REJECTED, TakeState.CANCELLED})
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


_OTHERWISE = (
    "what may be waiting is an unknown submission (`--adopt`, `--resubmit`), an odd clip "
    "(`--accept`, `--resubmit`) or a refusal (`--resubmit`)"
)


class WayOn(StrEnum):
    """What a person may say."""

    ADOPT = "adopt"
    """The submission is this request: follow it."""
    RESUBMIT = "resubmit"
    """Send it again, though it may be paid twice."""
    ACCEPT = "accept"
    """Use the clip as it is."""


def resolve_shot(
    project: Project,
    shot: str,
    decision: WayOn,
    host: Host,
    *,
    request_id: str = "",
    number: int | None = None,
) -> str:
    """Write down what a person has decided. Nothing is sent: the next render acts on it.

    Args:
        project: The film.
        shot: The shot's id.
        decision: What was decided.
        host: Who was paid; it knows where a request is asked after.
        request_id: For `ADOPT`; it is compared when it is followed.
        number: Which take, where several wait, or a finished one is to be made anew.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: `resolve.nothing` where the shot waits for no such decision,
            `submission.taken` where the request belongs to another take, `usage` where it is no
            request's id.

    """
    with opened(project) as (folder, database):
        ledger, attempts = Ledger(database), Attempts(database)
        film = folder.key(project.path.name)
        known = [
            (claim, attempts.latest(TakeKey(film=film, shot=shot, take=claim.number)))
            for claim in ledger.of_shot(film, shot)
        ]
        claim, attempt = _meant(known, shot, number)
        if decision is WayOn.ADOPT:
            return _adopt(attempts, attempt, host, shot, request_id)
        if decision is WayOn.ACCEPT:
            said = _accept(ledger, folder, claim, film, shot)
            Gates(database).forgive(film, shot, claim.inputs)
            return said
        if attempt is None:
            raise _nothing(shot, "nothing was sent for it")
        return _resubmit(ledger, attempts, claim, attempt)


def _meant(
    known: list[tuple[Claim, Attempt | None]], shot: str, number: int | None
) -> tuple[Claim, Attempt | None]:
    """The take that waits for a person, or the one of the number they named."""
    if number is not None:
        found = [one for one in known if one[0].number == number]
        if not found:
            raise _nothing(shot, f"it has no take {number}")
        return found[0]
    waiting = [one for one in known if _waits(*one)]
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        numbers = ", ".join(str(claim.number) for claim, _ in waiting)
        raise MatchcutError(
            Code.USAGE,
            f"takes {numbers} of it wait for you",
            where=shot,
            fix="Say which with `--take N`; `matchcut ledger` lists them.",
        )
    why = "the next render makes what is missing anyway" if known else "nothing was asked for it"
    raise _nothing(shot, why)


def _waits(claim: Claim, attempt: Attempt | None) -> bool:
    if claim.state is TakeState.CLAIMED:
        return attempt is not None and attempt.state in _UNENDED and not attempt.waits
    return claim.state is TakeState.UNFIT or (claim.state is TakeState.FAILED and claim.note != "")


def _adopt(
    attempts: Attempts, attempt: Attempt | None, host: Host, shot: str, request_id: str
) -> str:
    if not _REQUEST_ID.fullmatch(request_id):
        raise MatchcutError(
            Code.USAGE,
            f"`{request_id}` is not the id of a request",
            where=shot,
            fix="Copy it from your requests on the provider's site.",
        )
    # What the provider itself has said is known; what a person has named, they may name anew.
    named = attempt is not None and attempt.adopted and attempt.state is AttemptState.ACCEPTED
    if attempt is None or not (attempt.state in _UNANSWERED or named):
        raise _nothing(shot, f"no submission of it is unknown; {_OTHERWISE}")
    receipt = host.receipt(attempt.endpoint, request_id)
    attempts.accepted(attempt, receipt.request_id, receipt.urls, adopted=True)
    return f"The next render follows request {request_id} for `{shot}`, and sends nothing for it."


def _accept(ledger: Ledger, folder: StateFolder, take: Claim, film: str, shot: str) -> str:
    if take.state not in _ACCEPTABLE or take.clip is None:
        raise _nothing(shot, f"no clip of it waits to be accepted; {_OTHERWISE}")
    try:
        frame_at(folder.media.path(take.clip, ".mp4"), -1)
    except MatchcutError as error:
        raise MatchcutError(
            Code.CLIP_UNREADABLE,
            f"take {take.number} cannot be used: {error.message}",
            where=shot,
            fix=f"Have another made: {resolve_command(film, shot, '--resubmit')}.",
        ) from error
    ledger.decide(film, shot, take.number, TakeState.DONE)
    return f"The next render uses take {take.number} of `{shot}` as it is."


def _resubmit(ledger: Ledger, attempts: Attempts, take: Claim, attempt: Attempt) -> str:
    film, shot = attempt.key.film, attempt.key.shot
    if take.state is TakeState.CLAIMED and attempt.state in _UNENDED:
        attempts.given_up(attempt)
        return (
            f"The next render sends `{shot}` again. The earlier submission counts as spent, "
            f"{attempt.estimate_usd} USD."
        )
    ledger.decide(film, shot, take.number, TakeState.REJECTED)
    return f"The next render makes a new take of `{shot}`, and pays for it."


def _nothing(shot: str, why: str) -> MatchcutError:
    return MatchcutError(
        Code.NOTHING_TO_RESOLVE,
        f"there is nothing of that to decide: {why}",
        where=shot,
        fix="`matchcut ledger` lists what was sent and what became of it.",
    )
