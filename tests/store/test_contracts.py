"""The user's own contracts: where they lie, and that a broken one takes no other down."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from endpoints.openapi_documents import read_file
from matchcut.endpoints.contract import Contract
from matchcut.endpoints.load import shipped
from matchcut.endpoints.write import to_toml
from matchcut.errors import Code, MatchcutError
from matchcut.store.contracts import known, own_folder, write_own

WAN = "fal-ai/wan/v2.7/image-to-video"
OTHER = read_file("vidu-q3.json")
FILE = "fal-ai__vidu__q3__image-to-video.toml"


def put(folder: Path, contract: Contract, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(to_toml(contract), encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"MATCHCUT_HOME": "/m", "XDG_CONFIG_HOME": "/x"}, Path("/m/endpoints")),
        ({"XDG_CONFIG_HOME": "/x"}, Path("/x/matchcut/endpoints")),
        ({"MATCHCUT_HOME": "", "XDG_CONFIG_HOME": "/x"}, Path("/x/matchcut/endpoints")),
        # The XDG specification has relative ones ignored.
        ({"XDG_CONFIG_HOME": "x"}, Path.home() / ".config" / "matchcut" / "endpoints"),
        ({}, Path.home() / ".config" / "matchcut" / "endpoints"),
        ({"MATCHCUT_HOME": "~/m"}, Path.home() / "m" / "endpoints"),
    ],
)
def test_the_folder(environment: dict[str, str], folder: Path) -> None:
    assert own_folder(environment) == folder


def test_without_a_home_there_is_what_is_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("MATCHCUT_HOME")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert own_folder({}) is None
    assert known().contracts == shipped()
    with pytest.raises(MatchcutError) as caught:
        write_own(OTHER)
    assert "MATCHCUT_HOME" in caught.value.fix


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    found = known(tmp_path / "nowhere")
    assert found.contracts == shipped()
    assert found.broken == ()


def test_own_contracts_come_before_the_shipped_ones(tmp_path: Path) -> None:
    mine = replace(shipped()[WAN], name="Mine")
    put(tmp_path, mine, "any-name.toml")
    put(tmp_path, OTHER, FILE)
    (tmp_path / "notes.txt").write_text("no contract", encoding="utf-8")
    (tmp_path / ".hidden.toml").write_text("no contract", encoding="utf-8")
    (tmp_path / "folder.toml").mkdir()
    found = known(tmp_path)
    assert found.broken == ()
    assert found.contracts[WAN].name == "Mine"
    assert found.contracts[OTHER.id] == OTHER
    assert set(found.contracts) == {*shipped(), OTHER.id}
    assert [*found.contracts] == sorted(found.contracts)
    assert found.own == {WAN: tmp_path / "any-name.toml", OTHER.id: tmp_path / FILE}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"id = ", "not valid TOML"),
        (b'id = "\xff"', "no UTF-8"),
        (b"#" * (2 << 20), "larger than 1 MiB"),
        (b"", "'roles' is missing"),
        (b'id = "a/b"\nroles = 5\nparameters = {}\noutput = {}\n', "`roles` is no table"),
    ],
)
def test_a_broken_file_is_named_and_takes_no_other_down(
    tmp_path: Path, data: bytes, says: str
) -> None:
    put(tmp_path, OTHER, FILE)
    (tmp_path / "broken.toml").write_bytes(data)
    found = known(tmp_path)
    assert set(found.contracts) == {*shipped(), OTHER.id}
    (broken,) = found.broken
    assert broken.error.code is Code.CONTRACT_BROKEN
    assert broken.error.where == str(tmp_path / "broken.toml")
    assert says in broken.error.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fal-ai__wan__v2.7__image-to-video.toml", "no TOML at all"),
        ("mine.toml", f'id = "{WAN}"\n'),
    ],
)
def test_what_is_shipped_is_no_stand_in_for_what_somebody_wrote(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = known(tmp_path)
    assert WAN not in found.contracts
    assert [broken.endpoint for broken in found.broken] == [WAN]
    assert len(found.contracts) == len(shipped()) - 1


def test_two_files_of_one_endpoint_are_said(tmp_path: Path) -> None:
    put(tmp_path, OTHER, "a.toml")
    put(tmp_path, replace(OTHER, name="Another"), "b.toml")
    found = known(tmp_path)
    assert found.contracts[OTHER.id].name == OTHER.name
    (broken,) = found.broken
    assert broken.file.name == "b.toml"
    assert "a.toml" in broken.error.message


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        found = known(tmp_path)
    finally:
        tmp_path.chmod(0o700)
    assert found.contracts == shipped()
    assert len(found.broken) == 1


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "endpoints").write_text("", encoding="utf-8")
    found = known(tmp_path / "endpoints")
    assert found.contracts == shipped()
    assert "cannot be read" in found.broken[0].error.message
    with pytest.raises(MatchcutError) as caught:
        write_own(OTHER, folder=tmp_path / "endpoints")
    assert caught.value.code is Code.FOLDER_UNWRITABLE


def test_a_contract_is_written_and_found(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "endpoints"
    done = write_own(OTHER, folder=folder)
    assert done.file == folder / FILE
    assert done.changed
    assert known(folder).contracts[OTHER.id] == OTHER
    assert [file.name for file in folder.iterdir()] == [FILE]
    again = write_own(OTHER, folder=folder)
    assert not again.changed


def test_what_nobody_has_edited_is_written_anew(tmp_path: Path) -> None:
    write_own(OTHER, folder=tmp_path)
    done = write_own(replace(OTHER, notes=("newer",)), folder=tmp_path)
    assert done.changed
    assert done.before is None
    assert known(tmp_path).contracts[OTHER.id].notes == ("newer",)


def test_what_somebody_has_edited_is_not_written_over(tmp_path: Path) -> None:
    file = write_own(OTHER, folder=tmp_path).file
    edited = file.read_text("utf-8") + "\n# mine\n"
    file.write_text(edited, encoding="utf-8")
    newer = replace(OTHER, notes=("newer",))
    with pytest.raises(MatchcutError) as caught:
        write_own(newer, folder=tmp_path)
    assert caught.value.code is Code.CONTRACT_EDITED
    assert caught.value.where == str(file)
    assert file.read_text("utf-8") == edited
    done = write_own(newer, force=True, folder=tmp_path)
    assert done.before is not None
    assert done.before.read_text("utf-8") == edited
    assert known(tmp_path).contracts[OTHER.id] == newer
    assert known(tmp_path).broken == ()


def test_a_file_that_has_another_name_stays_the_one(tmp_path: Path) -> None:
    file = put(tmp_path, OTHER, "vidu.toml")
    done = write_own(replace(OTHER, notes=("newer",)), folder=tmp_path)
    assert done.file == file
    assert [one.name for one in tmp_path.iterdir()] == ["vidu.toml"]


def test_a_file_that_is_no_contract_is_kept_beside(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(MatchcutError):
        write_own(OTHER, folder=tmp_path)
    done = write_own(OTHER, force=True, folder=tmp_path)
    assert done.before is not None
    assert done.before.read_bytes() == b"\xff\xfe"
