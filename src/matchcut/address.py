"""Addresses on the web: told from files, and freed of what signs them before they are written down.

An address that is signed is a secret for as long as it is valid, and another one each time it is
made: it is sent, and what signs it is neither written down nor part of what makes a take the same.
"""

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit


def is_address(path: str) -> bool:
    """True where a picture is named by an address of the web and not by a file."""
    return _looks_so(path) and _parts(path) is not None


def _looks_so(path: str) -> bool:
    return path.lower().startswith("https://")


def _parts(address: str) -> SplitResult | None:
    """An address taken apart; None where it is written wrongly and leads nowhere."""
    try:
        parts = urlsplit(address)
        leads = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if leads else None


_SIGNERS: Mapping[str, frozenset[str]] = {
    "x-amz-signature": frozenset(),
    "x-goog-signature": frozenset(),
    "x-oss-signature": frozenset(),
    "q-signature": frozenset(),
    "signature": frozenset(
        {
            *("expires", "key-pair-id", "policy", "awsaccesskeyid", "googleaccessid"),
            *("ossaccesskeyid", "security-token"),
        }
    ),
    "sig": frozenset(
        {
            *("se", "sp", "sv", "sr", "st", "spr", "sip", "skoid", "sktid", "ske", "skt"),
            *("sks", "skv"),
        }
    ),
}
"""By the parameter that signs an address, those that go with it: Amazon S3 (both versions),
Google Cloud Storage, Alibaba OSS, Tencent COS, CloudFront and Azure Blob Storage (their
documentation, read 2026-11-25). Those that begin as it does, up to its last hyphen, go too."""

_SECRET = frozenset(
    {
        *("token", "access_token", "auth", "authorization", "key", "api_key", "apikey", "rlkey"),
        *("hmac", "hdnea", "hdnts", "verify", "secret", "password", "pwd", "sid", "session"),
    }
)
_LONG = 24
"""Letters and digits in a row; a name or a size is shorter, a secret is not."""
_HASHED = re.compile("sha256-[0-9a-f]{12}")
_RANDOM = re.compile(rf"[A-Za-z0-9+/_=.~-]{{{_LONG},}}")


def bare(path: str) -> str:
    """A path as it is, an address without user, fragment and what makes it secret.

    Parameters by which a known store signs an address go: it is another one each time, and the
    picture is the same. Whatever else looks like a secret is replaced by a hash: another secret may
    stand for another picture.
    """
    if not _looks_so(path):
        return path
    parts = _parts(path)
    if parts is None:
        return path.partition("?")[0]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, _query(parts.query), ""))


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    names = {name.lower() for name, _ in pairs}
    signed, beginnings = set[str](), tuple[str, ...]()
    for signer in names & _SIGNERS.keys():
        signed |= {signer, *_SIGNERS[signer]}
        family, hyphen, _ = signer.rpartition("-")
        beginnings += (f"{family}-",) if hyphen else ()
    kept = [
        (name, _hashed(value) if _is_secret(name, value) else value)
        for name, value in pairs
        if name.lower() not in signed and not name.lower().startswith(beginnings or ("\0",))
    ]
    return urlencode(kept)


def _is_secret(name: str, value: str) -> bool:
    return bool(value) and (name.lower() in _SECRET or bool(_RANDOM.search(value)))


def _hashed(value: str) -> str:
    if _HASHED.fullmatch(value):
        return value
    return f"sha256-{hashlib.sha256(value.encode()).hexdigest()[:12]}"


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
