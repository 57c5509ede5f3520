"""Files are uploaded once by what is in them, and again when their address ends too soon."""

from pathlib import Path

from matchcut.render.database import Database
from matchcut.render.uploads import KeptUploads

DAY = 24 * 3600


def test_an_address_is_known_while_it_lasts_for_hours(tmp_path: Path) -> None:
    uploads = KeptUploads(Database(tmp_path / "state.sqlite"))
    assert uploads.known("fal", "a" * 64) is None
    uploads.keep("fal", "a" * 64, "https://cdn.example/1", 7 * DAY)
    assert uploads.known("fal", "a" * 64) == "https://cdn.example/1"
    assert uploads.known("another", "a" * 64) is None
    assert uploads.known("fal", "b" * 64) is None
    uploads.keep("fal", "a" * 64, "https://cdn.example/2", 7 * DAY)
    assert uploads.known("fal", "a" * 64) == "https://cdn.example/2"


def test_one_that_ends_before_a_queue_might_is_made_anew(tmp_path: Path) -> None:
    uploads = KeptUploads(Database(tmp_path / "state.sqlite"))
    uploads.keep("fal", "a" * 64, "https://cdn.example/1", 3600)
    assert uploads.known("fal", "a" * 64) is None


def test_what_was_found_to_be_gone_is_forgotten(tmp_path: Path) -> None:
    uploads = KeptUploads(Database(tmp_path / "state.sqlite"))
    uploads.keep("fal", "a" * 64, "https://cdn.example/1", 7 * DAY)
    uploads.keep("another", "a" * 64, "https://other.example/1", 7 * DAY)
    uploads.forget("fal")
    assert uploads.known("fal", "a" * 64) is None
    assert uploads.known("another", "a" * 64) == "https://other.example/1"
