"""What every test has: no contracts of whoever runs it, and a fal that goes wrong as it is told."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hostile import HostileFal
    from postgres import Postgres


_LONG = (
    *("tests/render/test_workers.py", "tests/test_examples.py", "tests/render/test_hosted_kill.py"),
    *("tests/render/test_founding_films.py", "tests/render/test_gates.py"),
    *(
        "tests/render/test_hosted_reroll.py",
        "tests/render/test_keys.py",
        "tests/cli/test_hosted.py",
    ),
    *("tests/render/test_hosted_faults.py", "tests/render/test_spending.py"),
    *("tests/render/test_reroll.py", "tests/assemble/test_corrected.py"),
    *(
        "tests/frames/test_clip_exact.py",
        "tests/render/test_render.py",
        "tests/render/test_kill.py",
    ),
    *("tests/render/test_failures.py", "tests/render/test_control.py", "tests/cli/test_streams.py"),
)
"""What takes longest goes first, so that no worker ends with it alone."""


gc.disable()  # what is loaded to be collected stays; nothing of it is garbage


def pytest_collection_finish() -> None:
    """Let Python look for cycles again, and never in the hundred thousands that only stay."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first; the others stay in their order."""
    order = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


@pytest.fixture(scope="session", autouse=True)
def _no_contracts_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's own folder is an empty one, for this process and those that it starts."""
    home = tmp_path_factory.mktemp("home")
    before = os.environ.get("MATCHCUT_HOME")
    os.environ["MATCHCUT_HOME"] = str(home)
    yield home
    if before is None:
        del os.environ["MATCHCUT_HOME"]
    else:
        os.environ["MATCHCUT_HOME"] = before


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips that every hostile fal shares, so that the same request is made once.

    Workers have folders of their own beside each other; this one is for all of them. A clip is
    named by what it follows from and is moved there whole.
    """
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "clips-of-all"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture
def fal(tmp_path: Path, clips: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["HostileFal"]:
    """A fal on loopback that this process and those it starts take for the real one.

    Waits on the wire are short; what a whole process waits for itself is not.
    """
    from hostile import HostileFal  # noqa: PLC0415 - few tests need it
    from render.hosted import quick  # noqa: PLC0415

    quick(monkeypatch)
    with HostileFal(tmp_path / "fal", cache=clips, workers=2) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(scope="session")
def _server() -> Iterator["Postgres"]:
    """A PostgreSQL server for the whole session; where there is none, its tests are skipped."""
    from postgres import Postgres, binaries  # noqa: PLC0415 - few tests need it

    if binaries() is None:
        pytest.skip("there is no PostgreSQL here; on Debian: apt-get install postgresql")
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def server(_server: "Postgres") -> "Postgres":
    """The server, with a database that nobody has used."""
    _server.fresh()
    return _server
