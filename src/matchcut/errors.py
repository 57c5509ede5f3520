"""The one table of errors: what went wrong, in a code that stays, and how the process ends.

Every error a person can meet is raised as `MatchcutError` with a code of this table. A code is
never renamed and never reused; its exit code is what scripts and agents branch on.
"""

from collections.abc import Mapping
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
    """What went wrong, for machines; `TABLE` says what each means and how the process ends."""

    INTERNAL = "internal"
    USAGE = "usage"
    FILM_UNREADABLE = "film.unreadable"
    FILM_FINDINGS = "film.findings"
    FILE_MISSING = "file.missing"
    FILE_OUTSIDE = "file.outside"
    SHOT_UNKNOWN = "shot.unknown"
    SHOT_BLOCKED = "shot.blocked"
    SHOT_CANCELLED = "shot.cancelled"
    FILM_PAUSED = "film.paused"
    CONTRACT_BROKEN = "contract.broken"
    CONTRACT_EDITED = "contract.edited"
    DOCUMENT_BROKEN = "document.broken"
    ENDPOINT_UNKNOWN = "endpoint.unknown"
    STILL_UNREADABLE = "still.unreadable"
    CLIP_UNREADABLE = "clip.unreadable"
    CLIP_NO_FRAMES = "clip.no-frames"
    CLIP_UNEXPECTED = "clip.unexpected"
    FOLDER_BUSY = "folder.busy"
    FOLDER_UNWRITABLE = "folder.unwritable"
    STATE_BROKEN = "state.broken"
    STATE_AWAY = "state.away"
    STATE_ELSEWHERE = "state.elsewhere"
    PROVIDER_MISSING = "provider.missing"
    PROVIDER_FAILED = "provider.failed"
    PROVIDER_REFUSED = "provider.refused"
    PROVIDER_KEY = "provider.key"
    PROVIDER_NETWORK = "provider.network"
    PROVIDER_SLOW = "provider.slow"
    PRICE_UNKNOWN = "price.unknown"
    BUDGET_OVER = "budget.over"
    SPENDING_UNCONFIRMED = "spending.unconfirmed"
    SUBMISSION_UNKNOWN = "submission.unknown"
    SUBMISSION_TAKEN = "submission.taken"
    RESULT_GONE = "result.gone"
    LOOK_NOT_INSTALLED = "look.not-installed"
    LOOK_NOT_MEASURED = "look.not-measured"
    NOTHING_TO_RESOLVE = "resolve.nothing"
    GATE_WAITS = "gate.waits"
    DECISION_STALE = "decision.stale"
    INTERRUPTED = "interrupted"


TABLE: Mapping[Code, tuple[Exit, str]] = {
    Code.INTERNAL: (Exit.INTERNAL, "A fault of matchcut itself."),
    Code.USAGE: (Exit.USAGE, "The command was called with words it does not take."),
    Code.FILM_UNREADABLE: (Exit.FINDINGS, "The film file is no film file, or passes a limit."),
    Code.FILM_FINDINGS: (Exit.FINDINGS, "The film has mistakes that stop it."),
    Code.FILE_MISSING: (Exit.FINDINGS, "A file that the film names is not there."),
    Code.FILE_OUTSIDE: (Exit.FINDINGS, "A path leads outside the film's folder, or is no path."),
    Code.SHOT_UNKNOWN: (Exit.USAGE, "A shot was named that the film has not."),
    Code.SHOT_BLOCKED: (Exit.PROVIDER, "A shot that it needs could not be made."),
    Code.SHOT_CANCELLED: (
        Exit.GATE,
        "A shot was cancelled by its user, and is made again only on their word.",
    ),
    Code.FILM_PAUSED: (Exit.GATE, "The film is paused: nothing new is begun until it is resumed."),
    Code.CONTRACT_BROKEN: (Exit.CONFIGURATION, "An endpoint's contract cannot be read."),
    Code.CONTRACT_EDITED: (
        Exit.CONFIGURATION,
        "A contract that you have edited would be written over.",
    ),
    Code.DOCUMENT_BROKEN: (
        Exit.FINDINGS,
        "An endpoint's OpenAPI document cannot be read, or describes no video.",
    ),
    Code.ENDPOINT_UNKNOWN: (Exit.USAGE, "An endpoint was named that nobody knows."),
    Code.STILL_UNREADABLE: (
        Exit.FINDINGS,
        "A picture is broken, too large, or cannot be read faithfully.",
    ),
    Code.CLIP_UNREADABLE: (Exit.FINDINGS, "A clip is broken or not a video."),
    Code.CLIP_NO_FRAMES: (Exit.FINDINGS, "A clip has no picture in it."),
    Code.CLIP_UNEXPECTED: (
        Exit.GATE,
        "A clip is not what was asked for; it is kept, and a person decides.",
    ),
    Code.FOLDER_BUSY: (Exit.CONFIGURATION, "Another run is at work on this film."),
    Code.FOLDER_UNWRITABLE: (
        Exit.CONFIGURATION,
        "A file cannot be written: permissions, or a full disk.",
    ),
    Code.STATE_BROKEN: (Exit.CONFIGURATION, "The film's state cannot be read."),
    Code.STATE_AWAY: (
        Exit.PROVIDER,
        "The database with the film's state cannot be reached; safe to run again.",
    ),
    Code.STATE_ELSEWHERE: (
        Exit.CONFIGURATION,
        "The film's state lies in another database than the one that was named.",
    ),
    Code.PROVIDER_MISSING: (
        Exit.CONFIGURATION,
        "There is nobody to render with: no provider, or no key.",
    ),
    Code.PROVIDER_FAILED: (Exit.PROVIDER, "A shot could not be made; safe to run again."),
    Code.PROVIDER_REFUSED: (
        Exit.PROVIDER,
        "A shot was refused, and the same request would be refused again.",
    ),
    Code.PROVIDER_KEY: (Exit.CONFIGURATION, "There is no key, or the provider does not take it."),
    Code.PROVIDER_NETWORK: (
        Exit.PROVIDER,
        "The provider cannot be reached now; safe to run again.",
    ),
    Code.PROVIDER_SLOW: (
        Exit.PROVIDER,
        "A submission has not come to an end yet; the same command goes on waiting for it.",
    ),
    Code.PRICE_UNKNOWN: (Exit.BUDGET, "Nobody knows what a shot costs, so it is not sent."),
    Code.BUDGET_OVER: (Exit.BUDGET, "A shot would pass a limit, so it is not sent."),
    Code.SPENDING_UNCONFIRMED: (Exit.BUDGET, "Nobody has said that money may be spent."),
    Code.SUBMISSION_UNKNOWN: (
        Exit.UNKNOWN_SUBMISSION,
        "A submission may have been accepted, and a person must look.",
    ),
    Code.SUBMISSION_TAKEN: (
        Exit.UNKNOWN_SUBMISSION,
        "A request was named that belongs to another take.",
    ),
    Code.RESULT_GONE: (
        Exit.UNKNOWN_SUBMISSION,
        "What was made is not kept by the provider any more, and a person must look.",
    ),
    Code.LOOK_NOT_INSTALLED: (
        Exit.CONFIGURATION,
        "The detectors that say where to look cannot be installed.",
    ),
    Code.LOOK_NOT_MEASURED: (
        Exit.CONFIGURATION,
        "Where to look could not be measured: the detectors are not there, or do not answer.",
    ),
    Code.NOTHING_TO_RESOLVE: (Exit.USAGE, "A shot was named that waits for no decision."),
    Code.GATE_WAITS: (Exit.GATE, "A frame that a shot is pinned to waits for a person's look."),
    Code.DECISION_STALE: (
        Exit.GATE,
        "A decision was made on a revision of a frame that is not the one that waits now.",
    ),
    Code.INTERRUPTED: (Exit.INTERRUPTED, "Stopped by its user; the same command goes on."),
}
"""How the process ends, and what happened."""


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
        return TABLE[self.code][0]

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        cure = f"\n  {self.fix}" if self.fix else ""
        return f"{place}{self.message}{cure}"
