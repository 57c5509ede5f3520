"""The order: what a process must know of a film to work on it, wherever it runs.

It is kept by the engine beside the work itself. So there is no key in it, no password and no signed
address: whoever takes it up reads the film from the folder that all share.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One film that is to be worked on."""

    film: str
    """What it is called in its state."""
    file: str
    """The film file's path, the same on every machine."""
    allow: tuple[str, ...]
    """Folders outside its own that it may name files in."""
    digest: str
    """Of its plan: a film that was edited since is another one."""
    provider: str
    run: str
    """Names the run, for its own limit."""
    run_usd: Decimal | None = None
    """What the run may spend."""
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    """US dollars by shot, where its user knows more than the contract."""
    at_once_each: int = 0
    """How many submissions may be under way at one endpoint; 0 where nothing is paid."""
    search_seconds: float
    """How long a submission that may have been accepted is looked for."""

    def to_json(self) -> dict[str, Any]:
        """The order as the engine keeps it."""
        return {
            "film": self.film,
            "file": _spelled(self.file),
            "allow": [_spelled(folder) for folder in self.allow],
            "digest": self.digest,
            "provider": self.provider,
            "run": self.run,
            "run_usd": None if self.run_usd is None else str(self.run_usd),
            "prices": {shot: str(price) for shot, price in self.prices.items()},
            "at_once_each": self.at_once_each,
            "search_seconds": self.search_seconds,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Order":
        """The reverse of `to_json`."""
        limit = raw["run_usd"]
        return cls(
            **{
                **raw,
                "file": _read(raw["file"]),
                "allow": tuple(map(_read, raw["allow"])),
                "run_usd": None if limit is None else Decimal(limit),
                "prices": {shot: Decimal(price) for shot, price in raw["prices"].items()},
            }
        )


def _spelled(path: str) -> str:
    """A path byte for byte: one need not be UTF-8, and what an engine keeps must be."""
    return quote_from_bytes(os.fsencode(path))


def _read(spelled: str) -> str:
    return os.fsdecode(unquote_to_bytes(spelled))
