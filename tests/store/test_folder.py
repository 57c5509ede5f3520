"""The state folder writes into itself and nowhere else, whatever somebody put in its place."""

import os
from pathlib import Path

import pytest

from matchcut.errors import Code, MatchcutError
from matchcut.store.folder import StateFolder

LINKED = (
    ".matchcut",
    "out",
    ".matchcut/media",
    ".matchcut/scratch",
    ".matchcut/.gitignore",
    ".matchcut/lock",
    ".matchcut/state.sqlite",
    ".matchcut/state.sqlite-wal",
    ".matchcut/media/ab",
    "out/film-clips",
)
FILES = (".gitignore", "lock", "state.sqlite", "state.sqlite-wal")


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
@pytest.mark.parametrize("dangling", [False, True], ids=["", "dangling"])
@pytest.mark.parametrize("name", LINKED)
def test_a_link_in_its_place_is_refused_and_nothing_behind_it_touched(
    tmp_path: Path, name: str, *, dangling: bool
) -> None:
    behind, film = tmp_path / "behind", tmp_path / "film"
    behind.mkdir()
    (behind / "file").write_bytes(b"the user's")
    if name.endswith(FILES):
        goal = behind / ("nowhere" if dangling else "file")
    else:
        goal = tmp_path / "nowhere" if dangling else behind
    place = film / name
    place.parent.mkdir(parents=True)
    place.symlink_to(goal)
    before = everything(behind)
    with pytest.raises(MatchcutError) as caught, StateFolder(film).held():
        pass
    assert caught.value.code is Code.FILE_OUTSIDE
    assert caught.value.where == str(place)
    assert caught.value.fix
    assert everything(behind) == before
    assert not (tmp_path / "nowhere").exists()


def test_a_film_in_a_linked_folder_is_held(tmp_path: Path) -> None:
    """The user's own links above the film are nobody's business."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "film").symlink_to(tmp_path / "disk")
    with StateFolder(tmp_path / "film").held():
        assert (tmp_path / "disk" / ".matchcut" / "lock").exists()


def test_what_the_user_put_into_out_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "latest.mp4").write_bytes(b"x")
    (tmp_path / "out" / "latest.mp4").symlink_to(tmp_path / "latest.mp4")
    with StateFolder(tmp_path).held():
        pass
    assert (tmp_path / "out" / "latest.mp4").is_symlink()


def test_its_contents_are_kept_out_of_version_control(tmp_path: Path) -> None:
    for _ in range(2):
        with StateFolder(tmp_path).held():
            assert (tmp_path / ".matchcut" / ".gitignore").read_text() == "*\n"
