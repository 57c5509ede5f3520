"""A film whose state a server holds, and workers that share it."""

from pathlib import Path
from typing import TYPE_CHECKING

import matchcut
from matchcut.store.folder import StateFolder
from render.tiny import ONE, tiny

if TYPE_CHECKING:
    from postgres import Postgres


def render(film: Path, database: str = "") -> matchcut.Rendered:
    project = matchcut.load(film)
    return matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal(), database=database)


def test_a_film_is_made_once_there(server: "Postgres", tmp_path: Path) -> None:
    film = tiny(tmp_path, ONE)
    assert render(film, server.address).made == ("one",)
    assert not (film.parent / ".matchcut" / "state.sqlite").exists()
    assert StateFolder(film.parent).shared == server.plain_address
    assert render(film, server.address).made == ()
