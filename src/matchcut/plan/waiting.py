"""How long a shot is expected to take: by the contract, corrected by what was measured."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from matchcut.endpoints.contract import Contract

PER_SECOND = Decimal(20)
"""Seconds of waiting for each second of the clip, where no source says more; above 0.

Chosen: fal's page of video endpoints says "30 seconds to several minutes" (fal.ai, read
2026-11-29), and a clip of 5 s comes to 100 s by this.
"""
USUAL_SECONDS = Decimal(5)
"""Length of a clip whose length is not known; most endpoints' default."""


def waited_for(contract: Contract | None, seconds: Decimal | None) -> float:
    """Seconds from sending to the answer.

    Args:
        contract: The endpoint's contract; None where it is not known.
        seconds: Length of the clip that is asked for; None where it is not known.

    """
    known = contract.waiting if contract else None
    per_second = known.per_second if known else PER_SECOND
    return float(per_second * (USUAL_SECONDS if seconds is None else seconds))


def correction(ratios: Sequence[float]) -> float:
    """What an endpoint's expected seconds are multiplied by, after what was measured.

    The contract's word counts as one measurement more, and the middle one is taken: so one clip
    that was fetched after a night says little, and three that agree say it all.

    Args:
        ratios: Seconds that were waited over seconds that were expected, each above 0.

    """
    return median([1.0, *ratios])
