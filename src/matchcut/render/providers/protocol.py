"""What every provider of pixels is given and gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

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

    def role(self, role: str) -> Any:
        """The argument that plays a role, or None where the request has none."""
        return self.request.arguments.get(self.roles.get(role, ""))

    def file(self, role: str) -> Path | None:
        """The file behind the reference that plays a role, or None."""
        reference = self.role(role)
        return self.files[reference] if reference else None


class Provider(Protocol):
    """Somebody who turns a job into a clip."""

    @property
    def name(self) -> str:
        """Part of a take's identity: a rehearsal take never passes for a hosted one."""

    @property
    def free(self) -> bool:
        """True where a take costs nothing."""

    @property
    def at_once(self) -> int:
        """How many takes may be in the making at the same time."""

    def identity(self, expectation: Expectation) -> Mapping[str, Any]:
        """What makes a take besides the request: for a hosted endpoint nothing."""

    async def make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        """Make the take.

        Args:
            job: What is asked for.
            clip: Where to write it; the caller takes it in once this returns.
            progress: Called with the share that is done, 0 to 1.

        Raises:
            MatchcutError: `provider.failed` where it cannot be made.

        """
