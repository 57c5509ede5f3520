"""What every provider of pixels is given and gives back.

There are two kinds. A `Maker` makes a clip here, as often as it is asked. A `Host` is paid for each
submission: what it does is cut into steps, so that `render.paid` can write down each one before the
next begins. Only `submit` costs money, and it sends one request once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from matchcut.errors import Code
from matchcut.plan.types import Expectation, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One take to be made."""

    shot: str
    request: Request
    roles: Mapping[str, str]
    """Role to wire name, from the contract."""
    expectation: Expectation
    files: Mapping[str, Path]
    """The file behind each reference of the request: `anchor://`, `clip://` and `still://`."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The address behind each reference that is no file: pictures on a user's own server."""
    rejected: int = 0
    """Takes with just this request that a person has rejected; a maker gives another one."""

    def role(self, role: str) -> Any:
        """The argument that plays a role, or None where the request has none."""
        return self.request.arguments.get(self.roles.get(role, ""))

    def file(self, role: str) -> Path | None:
        """The file behind the reference that plays a role, or None."""
        reference = self.role(role)
        return self.files[reference] if reference else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendable:
    """A job as it goes over the wire, every file behind an address."""

    endpoint: str
    arguments: Mapping[str, Any]
    digest: str
    """SHA-256 of the arguments, whole."""
    marked: bool
    """True where an address in it was made for this account alone, so that nobody else can have
    sent the same input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That the provider has accepted a submission, and where to ask for it."""

    request_id: str
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a submission."""

    clip_url: str
    billed_units: str | None = None
    """As the answer's headers say; None where they do not."""
    seed: str | None = None
    actual_prompt: str | None = None
    """The prompt as the endpoint rewrote it."""


class NotSent(Exception):  # noqa: N818 - it is what is known
    """It is certain that nothing was accepted: there was no connection, or the queue is full."""

    def __init__(self, why: str, *, wait_seconds: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.wait_seconds = wait_seconds
        """How long the provider asks to wait, where it does."""


class Refused(Exception):  # noqa: N818 - it is what the provider did
    """The provider did not accept the submission, or accepted it and gave no clip.

    Args:
        why: A sentence for a person; it holds no address and no key.
        kind: The type of the error, as `content_policy_violation`.
        fix: What to do.
        standing: True where the same request would be refused again.
        billed: False where it is known that nothing is paid.
        inputs: Wire names of what was refused, where the answer says.
        reload: True where an uploaded file must be taken for gone.
        code: How it is reported, where that is not just as a refusal.

    """

    def __init__(
        self,
        why: str,
        *,
        kind: str,
        fix: str,
        standing: bool,
        billed: bool = True,
        inputs: tuple[str, ...] = (),
        reload: bool = False,
        code: Code | None = None,
    ) -> None:
        super().__init__(why)
        self.why = why
        self.kind = kind
        self.fix = fix
        self.standing = standing
        self.billed = billed
        self.inputs = inputs
        self.reload = reload
        self.code = code


class Ambiguous(Exception):  # noqa: N818 - it is what is known
    """The submission may have been accepted or not; nobody has said."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CalledOff(StrEnum):
    """What came of calling off a submission that had been accepted."""

    NOT_BEGUN = "not begun"
    """It is over, and had not begun: nothing is billed."""
    STOPPED = "stopped"
    """It is over; it may have begun, and may be billed."""
    ASKED = "asked"
    """The provider was asked; it goes on for now, may come to its end, and may be billed."""
    OVER = "over"
    """It had come to its own end before: there may be a clip, and it is billed as any other."""
    GONE = "gone"
    """The provider does not know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a language model answered."""

    text: str
    billed_units: str | None = None
    """What the answer says of its cost, as it says it; None where it does not."""


Heard = Callable[[str, str], None]
"""Told of a submission that is followed: its state (`queued`, `rendering`, `fetching`) and what is
said of it."""


class Provider(Protocol):
    """Somebody who turns jobs into clips: a `Maker` or a `Host`."""

    @property
    def name(self) -> str:
        """Part of a take's identity: a rehearsal take never passes for a hosted one."""

    @property
    def at_once(self) -> int:
        """How many takes may be in the making at the same time."""

    def identity(self, expectation: Expectation) -> Mapping[str, Any]:
        """What makes a take besides the request: for a hosted endpoint nothing."""


@runtime_checkable
class Maker(Provider, Protocol):
    """A provider that makes takes here, at no cost."""

    async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        """Make the take.

        Args:
            job: What is asked for.
            clip: Where to write it; the caller takes it in once this returns.
            progress: Called with the share that is done, 0 to 1.

        Raises:
            MatchcutError: `provider.failed` where it cannot be made.

        """


class Uploads(Protocol):
    """What is known of files that were uploaded, kept between runs."""

    def known(self, provider: str, digest: str) -> str | None:
        """The address of a file with that SHA-256, where it is still there for long enough."""

    def keep(self, provider: str, digest: str, address: str, lives_seconds: int) -> None:
        """Remember an address, and for how long it will be there."""

    def forget(self, provider: str) -> None:
        """Forget all addresses, since one was found to be gone."""


@runtime_checkable
class Host(Provider, Protocol):
    """A provider that is paid for each submission."""

    @property
    def at_once_each(self) -> int:
        """How many submissions may be under way at one endpoint; at most `at_once`."""

    async def prepare(self, job: Job, uploads: Uploads, said: Callable[[str], None]) -> Sendable:
        """Put every file behind an address. Costs nothing; may be done again.

        Args:
            job: What is asked for.
            uploads: What is known of earlier uploads.
            said: Told where a file had to be converted.

        Raises:
            MatchcutError: `provider.key` without a key, `provider.network` where it cannot be
                reached.

        """

    async def submit(self, sendable: Sendable) -> Receipt:
        """Send a submission, once.

        Raises:
            NotSent: It is certain that nothing was accepted.
            Refused: The provider said no.
            Ambiguous: Everything else.

        """

    async def search(
        self, sendable: Sendable, since: str, claimed: frozenset[str]
    ) -> Receipt | None:
        """Look for a submission that may have been accepted.

        Args:
            sendable: What was sent.
            since: ISO 8601, UTC; when it was sent at the earliest.
            claimed: Requests that belong to other submissions.

        Returns:
            The one request with just this input, or None where there is none or more than one.
            None never proves that there is none.

        """

    async def follow(self, endpoint: str, receipt: Receipt, heard: Heard) -> Answer:
        """Wait until it has come to an end.

        Raises:
            Refused: It gave no clip.
            MatchcutError: `provider.network` where it cannot be asked, `provider.slow` where it
                takes longer than this provider waits; it is then followed again the next time.

        """

    async def fetch(self, answer: Answer, clip: Path) -> None:
        """Fetch the clip, whole; may be done again.

        Raises:
            MatchcutError: `provider.network` where it cannot be had now.

        """

    async def cancel(self, endpoint: str, receipt: Receipt) -> CalledOff:
        """Call a submission off, on its user's word alone; may be done again.

        Raises:
            MatchcutError: `provider.network` where it cannot be asked, `provider.key`.

        """

    async def is_same(self, sendable: Sendable, request_id: str) -> bool | None:
        """Whether a request that a person named has just this input; None where nobody says."""

    def receipt(self, endpoint: str, request_id: str) -> Receipt:
        """The receipt of a request whose id a person knows."""


@runtime_checkable
class Talker(Protocol):
    """A provider that answers questions about pictures, and is paid for each."""

    @property
    def name(self) -> str:
        """Whom it is paid to."""

    async def prepare_question(
        self, arguments: Mapping[str, Any], pictures: Sequence[Path], uploads: Uploads
    ) -> Sendable:
        """Put every picture behind an address. Costs nothing; may be done again.

        Args:
            arguments: `model`, `prompt` and `system_prompt`.
            pictures: PNG files, each with a name of its own.
            uploads: What is known of earlier uploads.

        """

    async def submit(self, sendable: Sendable) -> Receipt:
        """Send it, once; raises as `Host.submit`."""

    async def search(
        self, sendable: Sendable, since: str, claimed: frozenset[str]
    ) -> Receipt | None:
        """Look for a submission that may have been accepted, as `Host.search`."""

    async def reply(self, endpoint: str, receipt: Receipt, heard: Heard) -> Reply:
        """Wait for the answer; raises as `Host.follow`."""
