"""A film's state folder, `.matchcut/` beside the film file."""

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from filelock import FileLock, Timeout

from matchcut.errors import Code, MatchcutError
from matchcut.store.media import MediaStore

_FORSAKEN_SECONDS = 24 * 3600.0
"""A draft in a shared folder that nobody has written to for so long is nobody's."""
_PATIENCE_SECONDS = 0.25
"""A look at the lock takes it for an instant; that must not turn a run away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a state folder, as far as they have said."""

    pid: int | None = None
    since: str | None = None
    """ISO 8601, UTC."""

    def __str__(self) -> str:
        pid = "" if self.pid is None else f" (process {self.pid}"
        since = "" if self.since is None else f", since {self.since[:19].replace('T', ' ')} UTC"
        return f"another matchcut is at work on this film{pid}{since}{')' if pid else ''}"


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

    @property
    def shared(self) -> str:
        """Address of the server that holds the state instead, without its password; or empty."""
        return self._shared().get("database", "")

    def share(self, address: str) -> None:
        """Write down, once, that a server holds the state.

        Args:
            address: Where it is, with no password in it.

        """
        self.path.mkdir(parents=True, exist_ok=True)
        facts = {"database": address, "folder": uuid.uuid4().hex[:16]}
        draft = self.path / f"shared-{uuid.uuid4().hex}.json"
        draft.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        draft.replace(self._marker)

    def key(self, film: str) -> str:
        """What a film is called in its state; on a server that is no other folder's film.

        Args:
            film: The film file's name.

        """
        folder = self._shared().get("folder", "")
        return f"{folder}/{film}" if folder else film

    @property
    def _marker(self) -> Path:
        return self.path / "shared.json"

    def _shared(self) -> dict[str, str]:
        try:
            facts = json.loads(self._marker.read_text(encoding="utf-8"))
            return {name: str(facts[name]) for name in ("database", "folder")}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MatchcutError(
                Code.STATE_BROKEN,
                "what says where the film's state lies cannot be read",
                where=str(self._marker),
                fix="Put it back from a copy: without it matchcut does not know what was paid "
                "already.",
            ) from error

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
            lock.acquire(timeout=_PATIENCE_SECONDS, poll_interval=0.05)
        except Timeout:
            raise MatchcutError(
                Code.FOLDER_BUSY,
                str(self._said()),
                where=str(self.path),
                fix="`matchcut status` says what it does, `matchcut pause` lets it end. Wait until "
                "it is done, or stop it; then run the same command again.",
            ) from None
        except OSError as error:
            raise MatchcutError(
                Code.FOLDER_UNWRITABLE,
                f"the film's folder cannot be written to: {error.strerror or error}",
                where=str(self.path),
                fix="Look at its permissions and at the free space.",
            ) from error
        try:
            self._clear_scratch()
            self._say()
            yield
        finally:
            with suppress(OSError):
                self._note.unlink(missing_ok=True)
            lock.release()

    def _clear_scratch(self) -> None:
        """Clear away what a killed run left; others may be writing where the folder is shared."""
        if not self.shared:
            shutil.rmtree(self._scratch, ignore_errors=True)
            return
        for draft in self._scratch.glob("*"):
            with suppress(OSError):
                if time.time() - draft.stat().st_mtime > _FORSAKEN_SECONDS:
                    draft.unlink()

    def holder(self) -> Holder | None:
        """Who is at work on the film now, in this process or another; None where nobody is.

        The lock says whether anybody is; the note beside it only who.
        """
        lock = FileLock(self.path / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return self._said()
        except OSError:
            return None  # nobody writes where nobody can
        lock.release()
        return None

    @property
    def _note(self) -> Path:
        return self.path / "lock.json"

    def _say(self) -> None:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(OSError):  # a full disk is met by whoever needs the room
            self._note.write_text(json.dumps({"pid": os.getpid(), "since": since}), "utf-8")

    def _said(self) -> Holder:
        try:
            said = json.loads(self._note.read_text("utf-8"))
            return Holder(pid=int(said["pid"]), since=str(said["since"])[:32])
        except (OSError, ValueError, TypeError, KeyError):
            return Holder()

    def beside(self) -> bool:
        """True where there is a state to look at; it may be read and added to while a run holds it.

        Raises:
            MatchcutError: `file.outside` where it would lead elsewhere.

        """
        self._refuse_links()
        return bool(self.shared) or self.database.is_file()

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
