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


def test_a_file_that_was_altered_is_set_aside_and_made_again(store: MediaStore) -> None:
    digest = store.put(b"clip", ".mp4")
    place = store.path(digest, ".mp4")
    place.write_bytes(b"clap")
    assert not store.has(digest, ".mp4")
    assert not place.exists()
    assert place.with_name(f"{place.name}.altered").read_bytes() == b"clap"
    assert store.put(b"clip", ".mp4") == digest
    assert store.has(digest, ".mp4")
    assert place.read_bytes() == b"clip"


def test_a_file_that_was_cut_short_is_missing(store: MediaStore) -> None:
    digest = store.put(b"clip" * 1000, ".mp4")
    os.truncate(store.path(digest, ".mp4"), 500)
    assert not store.has(digest, ".mp4")


def test_a_file_that_was_only_touched_is_read_once_and_kept(store: MediaStore) -> None:
    digest = store.put(b"clip", ".mp4")
    place = store.path(digest, ".mp4")
    sealed = place.stat().st_mtime_ns
    os.utime(place)
    assert store.has(digest, ".mp4")
    assert place.stat().st_mtime_ns == sealed, "it is sealed again, and not read the next time"


def test_a_link_or_a_folder_in_place_of_a_file_is_not_taken_for_it(
    store: MediaStore, tmp_path: Path
) -> None:
    own = tmp_path / "own.mp4"
    own.write_bytes(b"clip")
    before = own.stat().st_mtime_ns
    digest = hashlib.sha256(b"clip").hexdigest()
    place = store.path(digest, ".mp4")
    place.parent.mkdir(parents=True)
    place.symlink_to(own)
    assert not store.has(digest, ".mp4")
    assert store.put(b"clip", ".mp4") == digest
    assert not place.is_symlink()
    assert own.stat().st_mtime_ns == before, "nothing behind the link is touched"
    place.unlink()
    place.mkdir()
    assert not store.has(digest, ".mp4")


@pytest.mark.parametrize("digest", ["", "../../../own", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_what_is_no_hash_leads_nowhere(store: MediaStore, digest: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        store.has(digest, ".mp4")
    assert caught.value.code is Code.STATE_BROKEN


def test_taking_a_copy_in_heals_a_bad_one(store: MediaStore, tmp_path: Path) -> None:
    source = tmp_path / "still.png"
    source.write_bytes(b"picture")
    digest = store.copy_in(source)
    place = store.path(digest, ".png")
    place.write_bytes(b"pictore")
    assert store.copy_in(source) == digest
    assert place.read_bytes() == b"picture"


def test_a_source_that_has_vanished_is_said(store: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(MatchcutError) as caught:
        store.copy_in(tmp_path / "gone.png")
    assert caught.value.code is Code.FILE_MISSING
    assert caught.value.where == str(tmp_path / "gone.png")
    assert "gone.png" in caught.value.message
    assert caught.value.fix


def test_a_store_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("in the way")
    with pytest.raises(MatchcutError) as caught:
        MediaStore(tmp_path / "media", tmp_path / "scratch").put(b"clip", ".mp4")
    assert caught.value.code is Code.FOLDER_UNWRITABLE
    assert not list((tmp_path / "scratch").iterdir())


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
