"""What a model's file loader says of the bytes behind an address."""

import tempfile
from pathlib import Path

from matchcut.errors import MatchcutError
from matchcut.frames.clip import probe
from matchcut.frames.still import inspect_still

_MAGIC = (
    ("png", 0, b"\x89PNG\r\n\x1a\n"),
    ("jpeg", 0, b"\xff\xd8\xff"),
    ("webp", 8, b"WEBP"),
    ("wav", 8, b"WAVE"),
    ("bmp", 0, b"BM"),
    ("gif", 0, b"GIF8"),
    ("mov", 4, b"ftypqt"),
    ("mp4", 4, b"ftyp"),
    ("mp3", 0, b"ID3"),
    ("webm", 0, b"\x1aE\xdf\xa3"),
)

Problem = tuple[str, str]
"""The type of an error and its sentence."""


def wrong_file(
    data: bytes | None, what: str, formats: tuple[str, ...], max_megabytes: int | None
) -> Problem | None:
    """Look at a file as a model's loader does.

    Args:
        data: Its bytes; None where they cannot be fetched.
        what: `image`, `video` or `file`.
        formats: What is taken, lower case; empty where anything is.
        max_megabytes: How large it may be.

    Returns:
        What is wrong with it, or None.

    """
    if data is None:
        kind = "image_load_error" if what == "image" else "file_download_error"
        return kind, f"Failed to download the {what}. Please check that its URL can be reached."
    if max_megabytes is not None and len(data) > max_megabytes * 1_000_000:
        return "file_too_large", f"File size exceeds the limit of {max_megabytes} MB."
    if formats and format_of(data) not in formats:
        return f"unsupported_{what}_format", f"Unsupported format; use {', '.join(formats)}."
    if what == "file" or _opens(data, what):
        return None
    kind = "image_load_error" if what == "image" else "file_download_error"
    return kind, f"Failed to load the {what}. Please make sure that the file is not corrupted."


def format_of(data: bytes) -> str | None:
    """What a file is by its first bytes, in the words of the contracts."""
    found = (name for name, at, magic in _MAGIC if data[at:].startswith(magic))
    return next(found, None)


def _opens(data: bytes, what: str) -> bool:
    with tempfile.NamedTemporaryFile(suffix=f".{format_of(data)}") as file:
        file.write(data)
        file.flush()
        try:
            (inspect_still if what == "image" else probe)(Path(file.name))
        except MatchcutError:
            return False
    return True
