"""What an earlier run had accepted and this one does not ask for: paid, and so not left behind."""

import asyncio
from collections.abc import Set as AbstractSet

from matchcut.errors import MatchcutError
from matchcut.render.attempt import Attempt, AttemptState, Overtaken
from matchcut.render.attempts import Attempts
from matchcut.render.intake import take_in
from matchcut.render.ledger import Ledger, TakeState
from matchcut.render.paid import follow
from matchcut.render.providers.protocol import Host, Refused
from matchcut.store.media import MediaStore

_GLANCE_SECONDS = 20.0


async def rescue(
    film: str,
    wanted: AbstractSet[str],
    *,
    host: Host,
    ledger: Ledger,
    attempts: Attempts,
    media: MediaStore,
) -> list[str]:
    """Take in the clips of accepted submissions that the film, as it is now, does not ask for.

    What was cancelled or rejected on its way is among them: it revives nothing, and is on record.
    Whoever goes back to what one was made for finds it. Each is only glanced at: what is still
    under way, or cannot be had now, is looked at again the next time.

    Args:
        film: The film file's name.
        wanted: Inputs of the shots as they are now; theirs are followed as they are made.
        host: Who was paid.
        ledger: Of takes.
        attempts: Of submissions.
        media: Where clips go.

    Returns:
        The shots whose clips were taken in.

    """
    taken = []
    for attempt in attempts.all(film):
        if attempt.state is not AttemptState.ACCEPTED:
            continue
        key = attempt.key
        # What has no take is no clip: a question that was asked about one.
        inputs, state = attempts.inputs_of(key), ledger.state(film, key.shot, key.take)
        decided = state in (TakeState.CANCELLED, TakeState.REJECTED)
        if not inputs or (inputs in wanted and not decided):
            continue
        try:
            async with asyncio.timeout(_GLANCE_SECONDS):
                await _rescue(attempt, host, ledger, attempts, media)
        except (TimeoutError, MatchcutError, Overtaken):
            continue
        except Refused:
            ledger.fail(film, attempt.key.shot, attempt.key.take)
            continue
        taken.append(attempt.key.shot)
    return taken


async def _rescue(
    attempt: Attempt, host: Host, ledger: Ledger, attempts: Attempts, media: MediaStore
) -> None:
    key = attempt.key
    attempt, answer = await follow(host, attempts, attempt)
    with media.draft(".mp4") as draft:
        await host.fetch(answer, draft)
        take, unfit = take_in(
            media,
            draft,
            shot=key.shot,
            number=key.take,
            provider=host.name,
            inputs=attempts.inputs_of(key),
            cost_usd=attempt.counted_usd,
            wanted=ledger.expectation(key.film, key.shot, key.take),
            exact=False,
        )
    ledger.finish(key.film, take, unfit=unfit)
    attempts.done(attempt)
