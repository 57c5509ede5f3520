"""What every test has: no contracts of whoever runs it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


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
