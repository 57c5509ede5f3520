"""A film whose state a server holds."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

import matchcut
from matchcut.cli.main import main
from matchcut.errors import Code, MatchcutError
from matchcut.render import database
from matchcut.render.database import Database, shown_address
from matchcut.store.folder import StateFolder
from render.tiny import ONE, rehearse, tiny

if TYPE_CHECKING:
    from postgres import Postgres


def render(film: Path, database: str = "") -> matchcut.Rendered:
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    return matchcut.render(project, plan, matchcut.Rehearsal(), database=database)


def test_a_film_is_made_once_there_and_knows_it_from_then_on(
    server: "Postgres",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    film = tiny(tmp_path, ONE)
    assert render(film, server.address).made == ("one",)
    assert not (film.parent / ".matchcut" / "state.sqlite").exists()
    assert StateFolder(film.parent).shared == server.plain_address
    monkeypatch.setenv("PGPASSWORD", server.password)
    assert render(film).made == ()
    assert render(film, server.plain_address).made == ()
    for verb in ("status", "gates", "ledger"):
        capsys.readouterr()
        assert main([verb, str(film), "--json"]) == 0
        assert StateFolder(film.parent).key("") not in capsys.readouterr().out, "names are names"
    for file in film.parent.rglob("*"):
        assert not file.is_file() or server.password.encode() not in file.read_bytes(), file


def test_two_films_of_one_name_are_two_there(server: "Postgres", tmp_path: Path) -> None:
    one, two = (tiny(tmp_path / name, ONE) for name in ("one", "two"))
    assert render(one, server.address).made == ("one",)
    assert render(two, server.address).made == ("one",)
    assert render(one, server.address).made == ()


def test_a_film_that_moves_keeps_what_it_has(server: "Postgres", tmp_path: Path) -> None:
    film = tiny(tmp_path / "here", ONE)
    assert render(film, server.address).made == ("one",)
    film.parent.rename(tmp_path / "there")
    assert render(tmp_path / "there" / "film.yaml", server.address).made == ()


def test_a_film_whose_state_is_here_is_not_begun_anew_there(
    server: "Postgres", tmp_path: Path
) -> None:
    film = tiny(tmp_path, ONE)
    rehearse(film)
    with pytest.raises(MatchcutError) as caught:
        render(film, server.address)
    assert caught.value.code is Code.STATE_ELSEWHERE
    assert "paid again" in caught.value.message
    assert server.password not in str(caught.value)
    assert rehearse(film).made == ()


def test_nor_is_one_of_another_server(server: "Postgres", tmp_path: Path) -> None:
    film = tiny(tmp_path, ONE)
    render(film, server.address)
    with pytest.raises(MatchcutError) as caught:
        render(film, server.address.replace("/films", "/others"))
    assert caught.value.code is Code.STATE_ELSEWHERE


def test_who_is_frozen_in_the_middle_of_a_word_keeps_nobody_waiting(
    server: "Postgres", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_IDLE_SECONDS", 0.5)
    frozen, other = Database(server.address), Database(server.address)

    def word(connection: sa.Connection) -> object:
        return connection.execute(sa.text("SELECT 1")).scalar()

    def thaw() -> None:
        with frozen.transaction() as connection:
            with other.transaction() as since:
                assert word(since) == 1
            word(connection)

    try:
        with pytest.raises(MatchcutError) as caught:
            thaw()
        assert caught.value.code is Code.STATE_AWAY, "it does not know what became of its word"
        assert frozen.settled(word) == 1
    finally:
        frozen.close()
        other.close()


def test_an_address_that_is_there_for_others_leaves_a_film_of_ones_own(
    server: "Postgres", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tiny(tmp_path, ONE)
    rehearse(film)
    monkeypatch.setenv("MATCHCUT_DATABASE", server.address)
    assert render(film).made == ()
    assert not StateFolder(film.parent).shared


def test_a_wrong_password_is_said_at_once_and_is_not_repeated(
    server: "Postgres", tmp_path: Path
) -> None:
    film = tiny(tmp_path, ONE)
    with pytest.raises(MatchcutError) as caught:
        render(film, server.address.replace(server.password, "not-that-one"))
    assert caught.value.code is Code.STATE_AWAY
    assert "password" in caught.value.message
    assert "not-that-one" not in str(caught.value)
    assert not StateFolder(film.parent).shared, "nothing is settled by that"


@pytest.mark.parametrize(
    "address", ["films", "mysql://a:b@c/d", "postgresql://", "http://x/y", "\0"]
)
def test_what_is_no_address_is_refused_unseen(address: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        shown_address(address)
    assert caught.value.code is Code.USAGE
    assert "a:b" not in str(caught.value)


def test_workers_that_nobody_could_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MATCHCUT_DATABASE", raising=False)
    assert main(["worker"]) == 2
    assert "no database is named" in capsys.readouterr().err
    film = tiny(tmp_path, ONE)
    assert main(["rehearse", str(film), "--by-workers"]) == 2
    assert "the film's state is here" in capsys.readouterr().err
    assert main(["worker", "--database", "postgresql://a@b/c", "--dead-after", "1"]) == 2
    assert "for dead" in capsys.readouterr().err
