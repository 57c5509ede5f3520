"""The account's key: from the environment, and nowhere else."""

import os
from collections.abc import Mapping

from matchcut.address import without_secrets
from matchcut.errors import Code, MatchcutError

_SHORTEST_SECRET = 8
"""Characters; what is shorter is no secret, and would be blotted out of ordinary words."""


def fal_key(environment: Mapping[str, str] | None = None) -> str:
    """The key of the user's fal account.

    Args:
        environment: Where to look; the process's own where it is not given.

    Returns:
        `FAL_KEY`, else `FAL_KEY_ID` and `FAL_KEY_SECRET` joined as the official client joins them.

    Raises:
        MatchcutError: `provider.key` where there is none, or it cannot be sent.

    """
    known = os.environ if environment is None else environment
    key = known.get("FAL_KEY", "").strip()
    if not key:
        name, secret = (known.get(f"FAL_KEY_{part}", "").strip() for part in ("ID", "SECRET"))
        key = f"{name}:{secret}" if name and secret else ""
    if not key:
        raise MatchcutError(
            Code.PROVIDER_KEY,
            "there is no key for fal",
            fix="Set FAL_KEY, or FAL_KEY_ID and FAL_KEY_SECRET, in the environment; keys are made "
            "at https://fal.ai/dashboard/keys. Without one, `matchcut rehearse FILM` makes it "
            "here.",
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise MatchcutError(
            Code.PROVIDER_KEY,
            "the key for fal holds characters that no key has",
            fix="Copy it anew into FAL_KEY, without quotes and line breaks.",
        )
    return key


def without_key(text: str, key: str) -> str:
    """A text of somebody else's without the key, without its secret half, with bare addresses."""
    secret = key.partition(":")[2]
    return without_secrets(text, key, secret if len(secret) >= _SHORTEST_SECRET else "")
