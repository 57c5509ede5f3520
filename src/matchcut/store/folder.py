"""A film's state folder, `.matchcut/` beside the film file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from filelock import FileLock, Timeout

from matchcut.errors import Code, MatchcutError
from matchcut.store.media import MediaStore


class StateFolder:
    """Where a film's takes, anchors and run state lie."""

    def __init__(self, film_folder: Path) -> None:
        self.path = film_folder / ".matchcut"
        self.out = film_folder / "out"
        self.anchors = self.out / "anchors"
        self._scratch = self.path / "scratch"
        self.media = MediaStore(self.path / "media", self._scratch)

    @property
    def database(self) -> Path:
        """The engine's and the ledger's SQLite file."""
        return self.path / "state.sqlite"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for one run; what a killed run left half written is cleared away.

        Raises:
            MatchcutError: `folder.busy` where another process holds it, `folder.unwritable` where
                it cannot be written to.

        """
        self._refuse_links()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            ignore = self.path / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            lock = FileLock(self.path / "lock")
            lock.acquire(timeout=0)
        except Timeout:
            raise MatchcutError(
                Code.FOLDER_BUSY,
                "another matchcut is at work on this film",
                where=str(self.path),
                fix="Wait until it is done, or stop it; then run the same command again.",
            ) from None
        except OSError as error:
            raise MatchcutError(
                Code.FOLDER_UNWRITABLE,
                f"the film's folder cannot be written to: {error.strerror or error}",
                where=str(self.path),
                fix="Look at its permissions and at the free space.",
            ) from error
        try:
            shutil.rmtree(self._scratch, ignore_errors=True)
            yield
        finally:
            lock.release()

    def beside(self) -> bool:
        """True where there is a state to look at; it may be read and added to while a run holds it.

        Raises:
            MatchcutError: `file.outside` where it would lead elsewhere.

        """
        self._refuse_links()
        return self.database.is_file()

    def _refuse_links(self) -> None:
        """A folder that came from somebody else must not have us write, or clear, elsewhere."""
        media = self.path / "media"
        own = (
            self.path,
            self.out,
            self.anchors,
            self._scratch,
            media,
            self.path / "lock",
            self.database,
        )
        # Whatever lies beside them is written to by its name, and what is in them by its folder.
        within = (self.path.glob("*"), media.glob("*"), self.out.glob("*-clips"))
        for place in (*own, *chain.from_iterable(within)):
            if place.is_symlink():
                raise MatchcutError(
                    Code.FILE_OUTSIDE,
                    "this is a link, and matchcut writes only into the film's own folder",
                    where=str(place),
                    fix="Remove the link; to use another disk, keep the whole film there.",
                )
