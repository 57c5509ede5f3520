"""Media under the SHA-256 of their bytes: written whole or not at all, never changed."""

import hashlib
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matchcut.errors import Code, MatchcutError

_SEAL_NS = 946_684_800 * 10**9
"""The time that a whole file is given, 2000-01-01: whoever writes to it changes that."""
_DIGEST = re.compile("[0-9a-f]{64}")


class MediaStore:
    """A folder of files that are named by what is in them.

    Args:
        folder: Where they lie; made when the first one is put in.
        scratch: A folder on the same disk for files that are not whole yet.

    """

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._folder = folder
        self._scratch = scratch

    def path(self, digest: str, suffix: str) -> Path:
        """Where the file with that hash lies, or would lie.

        Raises:
            MatchcutError: `state.broken` where it is no hash: it could lead anywhere.

        """
        if not _DIGEST.fullmatch(digest):
            raise MatchcutError(
                Code.STATE_BROKEN,
                "the film's state names a clip or a picture by what is no hash",
                where=str(self._folder),
                fix="Put the state back from a copy; somebody has written in it.",
            )
        return self._folder / digest[:2] / f"{digest}{suffix}"

    def has(self, digest: str, suffix: str) -> bool:
        """True where the file is there, and its bytes are the ones that its name says.

        They are read again only where somebody has touched the file since they were: a sealed file
        has a time of its own. One that was altered is set aside, since nothing that hangs on it
        could be right.
        """
        place = self.path(digest, suffix)
        try:
            found = place.lstat()  # a link is none of ours, wherever it leads
        except OSError:
            return False
        if not stat.S_ISREG(found.st_mode):
            return False
        if found.st_mtime_ns == _SEAL_NS:
            return True
        with place.open("rb") as stream:
            same = hashlib.file_digest(stream, "sha256").hexdigest() == digest
        with file_faults(place):
            if same:
                os.utime(place, ns=(_SEAL_NS, _SEAL_NS))
            else:
                place.replace(place.with_name(f"{place.name}.altered"))
        return same

    @contextmanager
    def draft(self, suffix: str) -> Iterator[Path]:
        """A path to write a new file to; gone afterwards unless it was adopted."""
        with file_faults(self._scratch):
            # Not what is above it: a network disk that is away is not to be begun anew beneath it.
            self._scratch.mkdir(exist_ok=True)
            draft = self._scratch / f"{uuid.uuid4().hex}{suffix}"
            draft.touch(exist_ok=False)  # by the user's own umask, as any file of theirs
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def adopt(self, draft: Path) -> str:
        """Take a finished draft in; it is on the disk, whole, before its name exists.

        Returns:
            The SHA-256 of its bytes.

        """
        with file_faults(self._folder):
            with draft.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                os.fsync(stream.fileno())
            os.utime(draft, ns=(_SEAL_NS, _SEAL_NS))
            place = self.path(digest, draft.suffix)
            _make_folders(place.parent)
            draft.replace(place)
            _sync_folder(place.parent)
        return digest

    def put(self, data: bytes, suffix: str) -> str:
        """Take bytes in; returns their SHA-256."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.has(digest, suffix):
            with self.draft(suffix) as draft:
                with file_faults(self._folder):
                    draft.write_bytes(data)
                self.adopt(draft)
        return digest

    def copy_in(self, source: Path, suffix: str = "") -> str:
        """Take a copy of a file in, where it is not there yet; returns the SHA-256 of its bytes.

        Args:
            source: The file.
            suffix: What it is called by; its own where that is not given.

        Raises:
            MatchcutError: `file.missing` where the file cannot be read any more.

        """
        suffix = suffix or source.suffix.lower()
        digest = hashed(source)
        if self.has(digest, suffix):
            return digest
        with self.draft(suffix) as draft:
            with file_faults(self._folder):
                shutil.copyfile(source, draft)
            # What was copied is what counts, should the file have been changed meanwhile.
            return self.adopt(draft)

    def replace(self, place: Path, data: bytes) -> None:
        """Put a file with these bytes in a place outside the store, whole or not at all.

        Raises:
            MatchcutError: `folder.unwritable` where it cannot be written.

        """
        with self.draft(place.suffix) as draft:
            with file_faults(place):
                draft.write_bytes(data)
            replace_file(draft, place)


def replace_file(draft: Path, place: Path) -> None:
    """Put a finished file in the place of another one, whole or not at all."""
    with file_faults(place.parent):
        _make_folders(place.parent)
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(place)
        _sync_folder(place.parent)


def hashed(source: Path) -> str:
    """SHA-256 of a file's bytes.

    Raises:
        MatchcutError: `file.missing` where it cannot be read any more.

    """
    try:
        with source.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise MatchcutError(
            Code.FILE_MISSING,
            f"{source.name} cannot be read any more: {error.strerror or error}",
            where=str(source),
            fix="Put it back, or mend the film.",
        ) from error


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, each on the disk before anything lies in it."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(exist_ok=True)
        _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def file_faults(place: Path) -> Iterator[None]:
    """Whatever the disk says while a file is written, said in our words.

    Args:
        place: The file, for the message: where a write fails the disk names none.

    Raises:
        MatchcutError: `folder.unwritable`.

    """
    try:
        yield
    except OSError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"a file cannot be written: {error.strerror or error}",
            where=str(error.filename2 or error.filename or place),
            fix="Look at the free space and the permissions there, then run the same command "
            "again: what is finished is kept.",
        ) from error
