"""Media under their hash: whole or not at all."""

import hashlib
import os
from pathlib import Path

import pytest

from matchcut.errors import Code, MatchcutError
from matchcut.store.folder import StateFolder
from matchcut.store.media import MediaStore


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media", tmp_path / "scratch")


def test_bytes_are_found_under_their_hash(store: MediaStore) -> None:
    digest = store.put(b"clip", ".mp4")
    assert digest == hashlib.sha256(b"clip").hexdigest()
    assert store.path(digest, ".mp4").read_bytes() == b"clip"
    assert store.put(b"clip", ".mp4") == digest


def test_a_draft_that_is_not_adopted_leaves_nothing(store: MediaStore, tmp_path: Path) -> None:
    def broken_off() -> None:
        with store.draft(".mp4") as draft:
            draft.write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_files_have_the_users_own_permissions(store: MediaStore) -> None:
    mask = os.umask(0o022)
    try:
        digest = store.put(b"x", ".png")
    finally:
        os.umask(mask)
    assert store.path(digest, ".png").stat().st_mode & 0o777 == 0o644


def test_a_copy_leaves_the_original_alone(store: MediaStore, tmp_path: Path) -> None:
    source = tmp_path / "Still.PNG"
    source.write_bytes(b"picture")
    digest = store.copy_in(source)
    assert store.has(digest, ".png")
    assert source.read_bytes() == b"picture"


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    left = tmp_path / ".matchcut" / "scratch" / "half.mp4"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    with folder.held():
        assert not left.exists()


def test_a_folder_is_held_once(tmp_path: Path) -> None:
    with (
        StateFolder(tmp_path).held(),
        pytest.raises(MatchcutError) as caught,
        StateFolder(tmp_path).held(),
    ):
        pass
    assert caught.value.code is Code.FOLDER_BUSY
    with StateFolder(tmp_path).held():
        pass
