"""Addresses on the web: told from files, and freed of what signs them before they are written down.

An address that is signed is a secret for as long as it is valid, and another one each time it is
made: it is sent, and neither written down nor part of what makes a take the same again.
"""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def is_address(path: str) -> bool:
    """True where a picture is named by an address of the web and not by a file."""
    return path.lower().startswith("https://")


_SIGNING = ("x-amz-", "x-goog-")
_SIGNED = frozenset(
    {
        *("signature", "expires", "key-pair-id", "policy", "token", "awsaccesskeyid", "hdnea"),
        *("googleaccessid", "sig", "se", "sp", "sv", "sr", "st", "spr", "skoid", "sktid", "ske"),
        *("skt", "sks", "skv"),
    }
)
"""Query parameters by which Amazon S3, CloudFront, Google Cloud Storage, Azure Blob Storage and
Akamai sign an address (their documentation, read 2026-11-25)."""


def bare(path: str) -> str:
    """A path as it is, an address without user, fragment and the parameters that sign it."""
    if not is_address(path):
        return path
    parts = urlsplit(path)
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in _SIGNED and not name.lower().startswith(_SIGNING)
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query), ""))


_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]}]+", re.IGNORECASE)


def without_secrets(text: str, *secrets: str) -> str:
    """A text of somebody else's, safe to be shown and kept.

    Args:
        text: An error message, for instance; it may repeat what it was sent.
        secrets: Keys that must not stand in it.

    Returns:
        The text with every address bare and every secret as `***`.

    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return _ADDRESS.sub(lambda found: _bare_of_any_scheme(found.group()), text)


def _bare_of_any_scheme(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{bare(f'https://{rest}').removeprefix('https://')}"
