"""A clip taken in: into the store first, whatever it is like, and then judged."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from matchcut.errors import MatchcutError
from matchcut.frames.clip import probe
from matchcut.plan.kept import Kept, Use, kept_frames, kept_frames_at
from matchcut.plan.types import Expectation
from matchcut.render.check import judged
from matchcut.render.ledger import Take
from matchcut.store.media import MediaStore

FOOTAGE = "footage"
"""Who made a clip that the film names itself."""


def footage_take(shot: str, file: Path, digest: str) -> Take:
    """A user's own clip as a take.

    Args:
        shot: Whose it is.
        file: The clip, in the store.
        digest: Its SHA-256.

    Raises:
        MatchcutError: It cannot be read.

    """
    info = probe(file)
    return Take(
        shot=shot,
        number=1,
        provider=FOOTAGE,
        inputs=digest,
        clip=digest,
        frames=info.frames,
        rate=info.rate,
        variable=info.variable,
        suffix=file.suffix,
    )


def shown_frames(use: Use, take: Take, times: Sequence[Fraction]) -> Kept | None:
    """First and last frame of a take that its `use` shows; None where that is none.

    Args:
        use: What is shown of it.
        take: The take.
        times: Of `frame_times`, where its rate is variable; else empty.

    """
    if times:
        return kept_frames_at(use, times[:-1])
    return kept_frames(use, take.rate, take.frames)


def take_in(
    media: MediaStore,
    draft: Path,
    *,
    shot: str,
    number: int,
    provider: str,
    inputs: str,
    cost_usd: Decimal | None,
    wanted: Expectation | None,
    exact: bool,
    carried: Path | None = None,
) -> tuple[Take, str]:
    """Take a finished draft into the store.

    Args:
        media: The store.
        draft: The clip, whole.
        shot: Whose it is.
        number: The take's.
        provider: Who made it.
        inputs: Hash of what was sent.
        cost_usd: What it cost, as far as is known.
        wanted: What was asked for.
        exact: True where who made it must give just that.
        carried: The clip that it continues.

    Returns:
        The take, and what is wrong with its clip; empty where nothing is. A clip that cannot be
        decoded is a take of no frames.

    """
    clip = media.adopt(draft)
    file, info = media.path(clip, draft.suffix), None
    try:
        info = probe(file)
        before = probe(carried).duration if carried else Fraction(0)
        unfit = judged(file, info, wanted, exact=exact, carried=before)
    except MatchcutError as error:
        unfit = error.message
    take = Take(
        shot=shot,
        number=number,
        provider=provider,
        inputs=inputs,
        clip=clip,
        frames=info.frames if info else 0,
        rate=info.rate if info else Fraction(1),
        variable=bool(info and info.variable),
        cost_usd=cost_usd,
    )
    return take, unfit
