"""The one table of errors: what went wrong, in a code that stays, and how the process ends.

Every error a person can meet is raised as `MatchcutError` with a code of this table. A code is
never renamed and never reused; its exit code is what scripts and agents branch on.
"""

from enum import IntEnum, StrEnum


class Exit(IntEnum):
    """How a `matchcut` process ends."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    FINDINGS = 3
    CONFIGURATION = 4
    BUDGET = 5
    PROVIDER = 6
    STALE_PLAN = 7
    UNKNOWN_SUBMISSION = 8
    GATE = 9
    STEP_BACK = 10
    NEEDS_PERSON = 11
    INTERRUPTED = 130


class Code(StrEnum):
    """What went wrong, for machines. The text after it in `_EXITS` is how the process ends."""

    INTERNAL = "internal"
    USAGE = "usage"
    FILM_UNREADABLE = "film.unreadable"
    FILM_FINDINGS = "film.findings"
    FILE_MISSING = "file.missing"
    FILE_OUTSIDE = "file.outside"
    SHOT_UNKNOWN = "shot.unknown"
    CONTRACT_BROKEN = "contract.broken"
    STILL_UNREADABLE = "still.unreadable"
    CLIP_UNREADABLE = "clip.unreadable"
    CLIP_NO_FRAMES = "clip.no-frames"
    CLIP_UNEXPECTED = "clip.unexpected"
    FOLDER_BUSY = "folder.busy"
    FOLDER_UNWRITABLE = "folder.unwritable"
    STATE_BROKEN = "state.broken"
    PROVIDER_MISSING = "provider.missing"
    PROVIDER_FAILED = "provider.failed"
    INTERRUPTED = "interrupted"


_EXITS: dict[Code, Exit] = {
    Code.INTERNAL: Exit.INTERNAL,
    Code.USAGE: Exit.USAGE,
    Code.FILM_UNREADABLE: Exit.FINDINGS,
    Code.FILM_FINDINGS: Exit.FINDINGS,
    Code.FILE_MISSING: Exit.FINDINGS,
    Code.FILE_OUTSIDE: Exit.FINDINGS,
    Code.SHOT_UNKNOWN: Exit.USAGE,
    Code.CONTRACT_BROKEN: Exit.CONFIGURATION,
    Code.STILL_UNREADABLE: Exit.FINDINGS,
    Code.CLIP_UNREADABLE: Exit.FINDINGS,
    Code.CLIP_NO_FRAMES: Exit.FINDINGS,
    Code.CLIP_UNEXPECTED: Exit.PROVIDER,
    Code.FOLDER_BUSY: Exit.CONFIGURATION,
    Code.FOLDER_UNWRITABLE: Exit.CONFIGURATION,
    Code.STATE_BROKEN: Exit.CONFIGURATION,
    Code.PROVIDER_MISSING: Exit.CONFIGURATION,
    Code.PROVIDER_FAILED: Exit.PROVIDER,
    Code.INTERRUPTED: Exit.INTERRUPTED,
}


class MatchcutError(Exception):
    """Something a person must know: what happened, where, and what to do next.

    Args:
        code: The stable name of what went wrong.
        message: One sentence for a person.
        where: The place, as `film.yaml:12:5`, a file, a shot or a frame; empty where there is none.
        fix: What to do next; empty only where nothing can be done.

    """

    def __init__(self, code: Code, message: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where
        self.fix = fix

    @property
    def exit(self) -> Exit:
        """The exit code of a process that ends with this error."""
        return _EXITS[self.code]

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        cure = f"\n  {self.fix}" if self.fix else ""
        return f"{place}{self.message}{cure}"
