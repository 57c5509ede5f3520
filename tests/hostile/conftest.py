"""A hostile fal for each test, and two callers: plain httpx, and the official client unchanged."""

from collections.abc import Iterator
from pathlib import Path

import fal_client
import httpx
import pytest

from hostile import HostileFal
from hostile.sent import caller, with_key


@pytest.fixture
def fal(tmp_path: Path, clips: Path) -> Iterator[HostileFal]:
    with HostileFal(tmp_path / "fal", cache=clips) as server:
        yield server


@pytest.fixture
def http(fal: HostileFal) -> Iterator[httpx.Client]:
    with with_key(fal) as client:
        yield client


@pytest.fixture
def anyone(fal: HostileFal) -> Iterator[httpx.Client]:
    """A caller without a key, for files that are public to whoever has their address."""
    with caller(fal) as client:
        yield client


@pytest.fixture
def official(fal: HostileFal, monkeypatch: pytest.MonkeyPatch) -> fal_client.SyncClient:
    """fal's own client, which knows of this server by its environment alone."""
    for name in ("FAL_KEY_ID", "FAL_KEY_SECRET", "FAL_FORCE_AUTH_BY_USER", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in fal.environment.items():
        monkeypatch.setenv(name, value)
    return fal_client.SyncClient()
