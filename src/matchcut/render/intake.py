"""A clip taken in: into the store first, whatever it is like, and then judged."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from matchcut.errors import MatchcutError
from matchcut.frames.clip import probe
from matchcut.plan.types import Expectation
from matchcut.render.check import judged
from matchcut.render.ledger import Take
from matchcut.store.media import MediaStore


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
