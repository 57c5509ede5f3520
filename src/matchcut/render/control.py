"""What a person says to a film as it is being made: pause, resume, cancel, retry.

Each is a word in the film's records, written beside a run that may be under way and heard by it. It
outlives every process.
"""

import asyncio

from matchcut.errors import Code, MatchcutError
from matchcut.findings import nearest
from matchcut.project import Project
from matchcut.render.attempt import AttemptState, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.beside import beside
from matchcut.render.cancel import Cancelled, call_off, under_way
from matchcut.render.commands import (
    film_command,
    render_commands,
    resolve_command,
    whole_film_command,
)
from matchcut.render.ledger import Claim, Ledger, TakeState
from matchcut.render.loops import away_from_loops
from matchcut.render.paused import Paused
from matchcut.render.providers.protocol import Host


def pause(project: Project) -> str:
    """Have no run of the film begin anything new that is paid.

    What is under way is followed to its end and kept. Rehearsals cost nothing, and go on.

    Args:
        project: The film.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: `resolve.nothing` where the film was never made.

    """
    with beside(project) as (folder, database):
        film = folder.key(project.path.name)
        new = Paused(database).pause(film)
        at_work = folder.holder() is not None
    then = (
        "the run that is at work follows what is under way to its end, and begins nothing new"
        if at_work
        else "the next render begins nothing"
    )
    already = "" if new else " already"
    return (
        f"The film is paused{already}: {then}. {whole_film_command(film, 'resume')} lets it go on."
    )


def resume(project: Project) -> str:
    """Let a paused film go on; raises as `pause`."""
    with beside(project) as (folder, database):
        film = folder.key(project.path.name)
        was = Paused(database).resume(film)
    if not was:
        return "The film was not paused."
    return f"The film goes on with the next {render_commands(film)}."


def cancel(project: Project, host: Host, shot: str | None = None) -> list[Cancelled]:
    """Call a shot off, or pause the film and call off all that is under way.

    Args:
        project: The film.
        host: Who was paid.
        shot: The shot's id; None for the whole film.

    Returns:
        What came of each take that was under way.

    Raises:
        MatchcutError: `shot.unknown`; `resolve.nothing` where nothing of the shot is under way.

    """
    _refuse_unknown(project, shot)
    with beside(project) as (folder, database):
        film = folder.key(project.path.name)
        ledger, attempts = Ledger(database), Attempts(database)
        if shot is None:
            Paused(database).pause(film)
        found = under_way(film, ledger, attempts, host.name, shot)
        if shot is not None and not found:
            raise MatchcutError(
                Code.NOTHING_TO_RESOLVE,
                "nothing of it is under way",
                where=shot,
                fix=f"To have nothing new begun: {whole_film_command(film, 'pause')}. To have "
                f"another take made of what is done: {film_command(film, 'reject', shot)}.",
            )
        return away_from_loops(lambda: asyncio.run(call_off(found, ledger, attempts, host)))


def retry(project: Project, provider: str, shot: str | None = None) -> list[str]:
    """Let the next run make again what was cancelled or has failed.

    Args:
        project: The film.
        provider: Whose takes are meant, as `fal`.
        shot: The shot's id; None for every shot.

    Returns:
        What will happen, a sentence for each shot.

    Raises:
        MatchcutError: `shot.unknown`; `resolve.nothing` where there is nothing to retry, with what
            to do in its place.

    """
    _refuse_unknown(project, shot)
    with beside(project) as (folder, database):
        film = folder.key(project.path.name)
        ledger, attempts = Ledger(database), Attempts(database)
        claims = [claim for claim in ledger.all(film) if claim.provider == provider]
        if shot is not None:
            mine = [claim for claim in claims if claim.shot == shot]
            return [_retry(film, shot, mine, ledger, attempts)]
        again = {
            claim.shot: [one for one in claims if one.shot == claim.shot]
            for claim in claims
            if claim.state in (TakeState.CANCELLED, TakeState.FAILED) and not _stays(claim)
        }
        said = [
            _retry(film, name, mine, ledger, attempts)
            for name, mine in again.items()
            if mine[-1].state in (TakeState.CANCELLED, TakeState.FAILED) and not _stays(mine[-1])
        ]
    if not said:
        raise MatchcutError(
            Code.NOTHING_TO_RESOLVE,
            "nothing of it was cancelled or has failed",
            where=project.path.name,
            fix=f"{whole_film_command(film, 'status')} says where each shot stands.",
        )
    return said


def _stays(claim: Claim) -> bool:
    """True for a refusal that would be refused again: that is decided by `resolve`."""
    return claim.state is TakeState.FAILED and claim.note != ""


def _retry(film: str, shot: str, claims: list[Claim], ledger: Ledger, attempts: Attempts) -> str:
    last = claims[-1] if claims else None
    if last is None or last.state is TakeState.REJECTED:
        raise _no_retry(shot, "the next render makes it anyway", render_commands(film))
    if last.state is TakeState.CANCELLED:
        attempt = attempts.latest(TakeKey(film=film, shot=shot, take=last.number))
        ledger.decide(film, shot, last.number, TakeState.REJECTED)
        still = (
            f" What was cancelled is still under way at {last.provider}, and may be billed too."
            if attempt is not None and attempt.state is AttemptState.ACCEPTED
            else ""
        )
        return f"The next render makes a new take of `{shot}`, and pays for it.{still}"
    if last.state is TakeState.FAILED and not _stays(last):
        return f"The next render makes a new take of `{shot}` by itself."
    raise _instead(film, shot, last, attempts)


def _instead(film: str, shot: str, last: Claim, attempts: Attempts) -> MatchcutError:
    """What is to be said of a shot that is not retried."""
    resubmit = resolve_command(film, shot, "--resubmit")
    if last.state is TakeState.FAILED:
        return _no_retry(shot, "it was refused, and would be refused again as it is", resubmit)
    if last.state is TakeState.UNFIT:
        accept = resolve_command(film, shot, "--accept")
        return _no_retry(shot, "its clip waits for your word", f"{accept} or {resubmit}")
    if last.state is TakeState.DONE:
        reject = film_command(film, "reject", shot)
        return _no_retry(shot, "it is done", f"{reject}, with `--why`, has another take made")
    attempt = attempts.latest(TakeKey(film=film, shot=shot, take=last.number))
    if attempt is not None and attempt.state is AttemptState.UNKNOWN:
        adopt = resolve_command(film, shot, "--adopt REQUEST_ID")
        why = "nobody knows whether it was accepted, and it might be paid twice"
        return _no_retry(shot, why, f"{adopt} or {resubmit}")
    return _no_retry(shot, "it is under way, or the next render goes on with it", "wait for it")


def _no_retry(shot: str, why: str, instead: str) -> MatchcutError:
    return MatchcutError(
        Code.NOTHING_TO_RESOLVE,
        f"there is nothing to retry: {why}",
        where=shot,
        fix=f"In its place: {instead}.",
    )


def _refuse_unknown(project: Project, shot: str | None) -> None:
    known = [one.id for one in project.film.shots]
    if shot is None or shot in known:
        return
    near = nearest(shot, known)
    status = whole_film_command(project.path.name, "status")
    raise MatchcutError(
        Code.SHOT_UNKNOWN,
        f"the film has no shot `{shot}`",
        where=project.path.name,
        fix=f"Did you mean `{near}`?" if near else f"{status} lists its shots.",
    )
