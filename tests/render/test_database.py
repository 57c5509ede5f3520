"""The state database: in its own folder whatever that is called, and trusted as far as it holds."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos import PortableWorkflowError

import matchcut
from matchcut.cli.main import main
from matchcut.errors import Code, MatchcutError
from matchcut.render import database, engine, run
from matchcut.render.attempt import Limits, TakeKey
from matchcut.render.attempts import Attempts
from matchcut.render.database import SCHEMA, Database
from matchcut.render.ledger import Ledger
from matchcut.render.uploads import KeptUploads
from render.tiny import ONE, rehearse, tiny


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that was rehearsed, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    assert rehearse(tiny(folder)).made == ("one", "two")
    return folder


@pytest.fixture
def film(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "film")
    return tmp_path / "film" / "film.yaml"


def write(film: Path, *statements: str) -> None:
    """What somebody does with a tool of their own."""
    with closing(sqlite3.connect(film.parent / ".matchcut" / "state.sqlite")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


NAMES = ["what?", "a#b", "50%20off", "a&b=c", "file:x?mode=memory", "a b", "ночь"]


@pytest.mark.skipif(os.name != "posix", reason="names that Windows does not have")
@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"caf\xe9")], ids=ascii)
def test_it_lies_in_its_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    if sys.platform == "darwin" and not name.isprintable():
        pytest.skip("names are UTF-8 there")
    folder = tmp_path / name
    folder.mkdir()
    for _ in range(2):
        opened = Database(folder / "state.sqlite")
        assert Ledger(opened).finished("film.yaml", "one", "0" * 64) is None
        opened.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert [path.name for path in folder.iterdir()] == ["state.sqlite"]


def test_so_does_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    film = tiny(tmp_path / "what?is#this%20&x=1", ONE)
    assert rehearse(film).made == ("one",)
    assert {path.name for path in tmp_path.iterdir()} == {"here", film.parent.name}
    assert not list(here.iterdir())
    assert (film.parent / ".matchcut" / "state.sqlite").stat().st_size > 100_000
    assert rehearse(film).made == ()


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ("UPDATE matchcut_schema SET version = version - 2", SCHEMA - 2),
        ("UPDATE matchcut_schema SET version = version + 1", SCHEMA + 1),
    ],
    ids=["older", "newer"],
)
def test_another_schema_is_refused(
    film: Path, change: str, version: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write(film, change)
    before = film.with_name(".matchcut").joinpath("state.sqlite").read_bytes()
    assert main(["rehearse", str(film)]) == 4
    said = capsys.readouterr().err
    assert f"schema {version}, and this one reads {SCHEMA}" in said
    assert "paid again" in said, "what moving it away would cost is said"
    assert film.with_name(".matchcut").joinpath("state.sqlite").read_bytes() == before


def test_a_schema_that_was_only_added_to_is_read_on(film: Path) -> None:
    write(film, "UPDATE matchcut_schema SET version = version - 1")
    assert rehearse(film).made == (), "what was made and paid then is known"
    assert rehearse(film).made == ()


@pytest.mark.timeout(60)
def test_a_run_that_an_older_version_left_behind_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tiny(tmp_path, ONE)
    with monkeypatch.context() as older:
        older.setattr(engine, "SCHEMA", SCHEMA - 1)
        older.setattr(run, "SCHEMA", SCHEMA - 1)
        assert rehearse(film).made == ("one",)
    write(film, "UPDATE workflow_status SET status = 'PENDING', output = NULL")
    shutil.rmtree(tmp_path / ".matchcut" / "media")
    assert rehearse(film).made == ("one",)


TAMPERED = {
    "no rate": "UPDATE matchcut_take SET rate = 'often'",
    "a rate of nothing": "UPDATE matchcut_take SET rate = '24/0'",
    "no frames": "UPDATE matchcut_take SET frames = NULL",
    "frames in words": "UPDATE matchcut_take SET frames = 'many'",
    "no amount": "UPDATE matchcut_take SET cost_usd = 'free'",
    "no clip": "UPDATE matchcut_take SET clip = NULL",
    "a clip elsewhere": "UPDATE matchcut_take SET clip = '../../../own'",
    "no state": "UPDATE matchcut_take SET state = 'wibble'",
    "a column less": "ALTER TABLE matchcut_take DROP COLUMN cost_usd",
    "another table": "DROP TABLE matchcut_take; CREATE TABLE matchcut_take (x)",
    "an anchor without a time": "UPDATE matchcut_anchor SET time = 'then'",
    "an anchor elsewhere": "UPDATE matchcut_anchor SET still = '../../../own'",
}


@pytest.mark.parametrize("tampered", TAMPERED)
def test_a_row_that_was_tampered_with_is_said(
    film: Path, tampered: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = film.parent.parent / "own.mp4"
    own.write_bytes(b"the user's")
    write(film, *TAMPERED[tampered].split(";"))
    assert main(["rehearse", str(film), "--json"]) == 4
    out, err = capsys.readouterr()
    assert '"code": "state.broken"' in out
    assert "Traceback" not in out + err
    assert own.read_bytes() == b"the user's"
    assert not own.with_name("own.mp4.altered").exists()


KEY = TakeKey(film="film.yaml", shot="one", take=1)
ATTEMPT = (
    "UPDATE matchcut_attempt SET state = 'wibble'",
    "UPDATE matchcut_attempt SET estimate_usd = 'dear'",
    "UPDATE matchcut_attempt SET billed_usd = 'x'",
    "UPDATE matchcut_attempt SET urls = '{'",
)


@pytest.mark.parametrize("tampered", ATTEMPT)
def test_a_tampered_attempt_is_said(tmp_path: Path, tampered: str) -> None:
    film = tmp_path / "film.yaml"
    (tmp_path / ".matchcut").mkdir()
    opened = Database(tmp_path / ".matchcut" / "state.sqlite")
    attempts = Attempts(opened)
    digest = "0" * 64
    attempts.reserve(
        KEY,
        provider="fal",
        endpoint="a",
        digest=digest,
        estimate_usd=Decimal(1),
        limits=Limits(),
    )
    write(film, tampered)
    for look in (attempts.all, lambda: attempts.latest(KEY)):
        with pytest.raises(MatchcutError) as caught:
            look()
        assert caught.value.code is Code.STATE_BROKEN
    opened.close()


def test_a_tampered_upload_is_said(tmp_path: Path) -> None:
    (tmp_path / ".matchcut").mkdir()
    opened = Database(tmp_path / ".matchcut" / "state.sqlite")
    uploads = KeptUploads(opened)
    uploads.keep("fal", "0" * 64, "https://a.example/x.png", 10**6)
    assert uploads.known("fal", "0" * 64) == "https://a.example/x.png"
    write(tmp_path / "film.yaml", "UPDATE matchcut_upload SET expires_at = 'soon'")
    with pytest.raises(MatchcutError) as caught:
        uploads.known("fal", "0" * 64)
    assert caught.value.code is Code.STATE_BROKEN
    opened.close()


def test_a_file_that_was_cut_short_is_said(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = film.parent / ".matchcut" / "state.sqlite"
    os.truncate(state, 5000)
    assert main(["rehearse", str(film)]) == 4
    assert "cannot be read" in capsys.readouterr().err
    assert state.stat().st_size == 5000


class Disk:
    """A disk that takes no more once it is told so."""

    full = False
    says = "PRAGMA query_only=1"

    def begin(self, connection: sa.Connection) -> None:
        if self.full:
            connection.exec_driver_sql(self.says)
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@pytest.mark.parametrize(
    ("says", "word"),
    [("PRAGMA query_only=1", "readonly"), ("PRAGMA max_page_count=1", "full")],
)
def test_a_database_that_takes_no_more_is_the_disks_fault(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    says: str,
    word: str,
) -> None:
    disk = Disk()
    disk.says = says
    monkeypatch.setattr(database, "_lock_file", disk.begin)
    finish = Ledger.finish

    def last(ledger: Ledger, film: str, take: object, **more: str) -> None:
        finish(ledger, film, take, **more)  # type: ignore[arg-type]
        disk.full = True

    monkeypatch.setattr(Ledger, "finish", last)
    # A long prompt needs new pages in the file, wherever some are free in the old ones.
    text = f"  - {{id: two, prompt: {'she runs ' * 2000}}}\n"
    film = tiny(tmp_path, ONE + text)
    assert main(["rehearse", str(film)]) == 4
    said = capsys.readouterr().err
    assert f"state cannot be written: attempt to write a {word}" in said or f"is {word}" in said
    assert "free space" in said
    disk.full = False
    monkeypatch.setattr(Ledger, "finish", finish)
    assert rehearse(film).made == ("two",), "what is finished is kept"


@pytest.mark.parametrize("says", ["disk I/O error", "database or disk is full"])
def test_what_the_engine_tells_of_a_full_disk_is_the_disks_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    """It hands on what it could not write down as an error of its own class."""

    async def outcome(*_: object) -> None:
        more = "(Background on this error at: https://sqlalche.me/e/20/e3q8)"
        raise PortableWorkflowError(
            f"(sqlite3.OperationalError) {says}\n{more}", "OperationalError"
        )

    monkeypatch.setattr(engine, "_outcome", outcome)
    with pytest.raises(MatchcutError) as caught:
        rehearse(tiny(tmp_path, ONE))
    assert caught.value.code is Code.FOLDER_UNWRITABLE
    assert caught.value.message == f"the film's state cannot be written: {says}"
    assert "state.sqlite" in caught.value.where
    assert "free space" in caught.value.fix


def test_a_folder_that_cannot_hold_it_is_the_disks_fault(tmp_path: Path) -> None:
    (tmp_path / ".matchcut" / "state.sqlite").mkdir(parents=True)
    with pytest.raises(MatchcutError) as caught:
        rehearse(tiny(tmp_path, ONE))
    assert caught.value.code is Code.FOLDER_UNWRITABLE
    assert caught.value.exit is matchcut.Exit.CONFIGURATION
