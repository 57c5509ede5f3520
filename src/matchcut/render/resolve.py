"""What a person decides of a shot that waits: an unknown submission, an odd clip, a refusal."""

import re
from enum import StrEnum

from matchcut.errors import Code, MatchcutError
from matchcut.project import Project
from matchcut.render.attempts import Attempt, Attempts, AttemptState, TakeKey
from matchcut.render.ledger import Claim, Ledger, TakeState
from matchcut.render.providers.protocol import Host
from matchcut.render.run import opened

_UNENDED = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN, AttemptState.ACCEPTED})
"""A person may have named the wrong request, and may so name another."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Decision(StrEnum):
    """What a person may say."""

    ADOPT = "adopt"
    """The submission is this request: follow it."""
    RESUBMIT = "resubmit"
    """Send it again, though it may be paid twice."""
    ACCEPT = "accept"
    """Use the clip as it is."""


def resolve_shot(
    project: Project, shot: str, decision: Decision, host: Host, request_id: str = ""
) -> str:
    """Write down what a person has decided. Nothing is sent: the next render acts on it.

    Args:
        project: The film.
        shot: The shot's id.
        decision: What was decided.
        host: Who was paid; it knows where a request is asked after.
        request_id: For `ADOPT`.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: `resolve.nothing` where the shot waits for no such decision,
            `submission.taken` where the request belongs to another take, `usage` where it is no
            request's id.

    """
    with opened(project) as (_, database):
        ledger, attempts = Ledger(database), Attempts(database)
        film = project.path.name
        take = ledger.latest(film, shot)
        if take is None:
            raise _nothing(shot, "nothing was ever asked for it")
        attempt = attempts.latest(TakeKey(film=film, shot=shot, take=take.number))
        if decision is Decision.ADOPT:
            return _adopt(attempts, attempt, host, shot, request_id)
        if decision is Decision.ACCEPT:
            return _accept(ledger, take, film, shot)
        return _resubmit(ledger, attempts, take, attempt, film)


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
    if attempt is None or attempt.state not in _UNENDED:
        raise _nothing(shot, "no submission of it is unknown")
    receipt = host.receipt(attempt.endpoint, request_id)
    attempts.accepted(attempt, receipt.request_id, receipt.urls)
    return f"The next render follows request {request_id} for `{shot}`, and sends nothing for it."


def _accept(ledger: Ledger, take: Claim, film: str, shot: str) -> str:
    if take.state is not TakeState.UNFIT:
        raise _nothing(shot, "none of its clips waits to be accepted")
    ledger.decide(film, shot, take.number, TakeState.DONE)
    return f"The next render uses take {take.number} of `{shot}` as it is."


def _resubmit(
    ledger: Ledger, attempts: Attempts, take: Claim, attempt: Attempt | None, film: str
) -> str:
    shot = attempt.key.shot if attempt else ""
    if attempt is not None and take.state is TakeState.CLAIMED:
        if attempt.state not in _UNENDED:
            raise _nothing(shot, "the next render sends it anyway")
        attempts.given_up(attempt)
        return (
            f"The next render sends `{shot}` again. The earlier submission counts as spent, "
            f"{attempt.estimate_usd} USD."
        )
    waits = take.state is TakeState.UNFIT or (take.state is TakeState.FAILED and take.note)
    lost = take.state is TakeState.DONE
    if attempt is None or not (waits or lost):
        raise _nothing(shot, "the next render makes a new take anyway")
    ledger.decide(film, shot, take.number, TakeState.REJECTED)
    return f"The next render makes a new take of `{shot}`, and pays for it."


def _nothing(shot: str, why: str) -> MatchcutError:
    return MatchcutError(
        Code.NOTHING_TO_RESOLVE,
        f"there is nothing to decide: {why}",
        where=shot,
        fix="`matchcut ledger` lists what was sent and what became of it.",
    )
