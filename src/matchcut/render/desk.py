"""The desk: where one shot's take is made, unless it is there, and judged before it is used.

Nothing here knows of the engine. Each method can be broken off at any point and called again.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from matchcut.errors import Code, MatchcutError
from matchcut.plan.types import Request
from matchcut.project import Project
from matchcut.render.archive import Archive
from matchcut.render.attempt import Attempt, Limits, Overtaken, TakeKey
from matchcut.render.called_off import cancelled, rejected
from matchcut.render.commands import resolve_command
from matchcut.render.events import Event, Listener, ShotEvent, State
from matchcut.render.intake import take_in
from matchcut.render.keeper import Keeper
from matchcut.render.ledger import Claim, Take, TakeState
from matchcut.render.order import Order
from matchcut.render.paid import Billing, Paid, Patience
from matchcut.render.providers.protocol import Host, Job, Maker, Provider
from matchcut.render.records import Records
from matchcut.render.rescue import rescue
from matchcut.render.rolls import Roll
from matchcut.render.shelf import Item, Shelf
from matchcut.render.work import KeptTake, Work
from matchcut.store.folder import StateFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a run may spend, and how patient it is with who is paid."""

    limits: Limits = field(default_factory=Limits)
    prices: Mapping[str, Decimal] | None = None
    """US dollars by shot, where a person knows more than the contract."""
    billing: Mapping[str, Billing] | None = None
    """By shot: what an answer's billable units come to."""
    others: Mapping[str, tuple[str, ...]] | None = None
    """By shot: endpoints that take the same anchors."""
    patience: Patience = field(default_factory=Patience)


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The run is being broken off by its user."""


class Desk:
    """Everything a shot needs to become a take.

    Args:
        project: The film and its files.
        digest: Of its plan.
        folder: Its state folder, held by this process or, where it is shared, by another.
        records: What its database holds.
        provider: Who makes pixels.
        spending: What may be spent.
        tell: Called with each event, from any thread.
        looks_only: True where nothing is to be made: the archive leaves the records as they are,
            and a run may be at work on the film.

    """

    def __init__(
        self,
        project: Project,
        digest: str,
        folder: StateFolder,
        *,
        records: Records,
        provider: Provider,
        spending: Spending,
        tell: Listener,
        looks_only: bool = False,
    ) -> None:
        self.film = folder.key(project.path.name)
        self.digest = digest
        self.shared = bool(folder.shared)
        """True where several machines may be at work on it."""
        self._folder = folder
        self.provider = provider
        self.stopping = threading.Event()
        self.gone = False
        """True once whoever listened has gone away."""
        self._media = folder.media
        self._ledger = records.ledger
        self._attempts = records.attempts
        self._uploads = records.uploads
        self._rolls = records.rolls
        self._paused = records.paused
        self._spending = spending
        self._listener = tell
        self.shelf = Shelf(project, folder.media, records.pictures)
        self.keeper = Keeper(
            self.film, project, records, folder.media, provider, looks_only=looks_only
        )
        self.archive = Archive(
            self.film,
            project,
            records,
            folder.media,
            provider,
            shelf=self.shelf,
            keeper=self.keeper,
            looks_only=looks_only,
        )

    @property
    def away(self) -> bool:
        """True where the folder that all share cannot be reached from here just now."""
        try:
            return self.shared and not self._folder.shared
        except MatchcutError:
            return True

    def tell(self, event: Event) -> None:
        """Tell an event; a listener that has gone away breaks the run off, and loses nothing."""
        if self.gone:
            return
        try:
            self._listener(event)
        except BrokenPipeError:
            self.gone = True
            self.stopping.set()
            raise Stopped from None

    def price(self, work: Work) -> Decimal | None:
        """What the shot will cost: a person's word before the contract's; None is unknown."""
        return (self._spending.prices or {}).get(work.shot, work.cost_usd)

    def hold_to(self, most_usd: Decimal) -> Decimal:
        """Let this run spend no more than that, or than its limit, with what is in flight.

        Returns:
            The lower of the two, US dollars.

        """
        limits = self._spending.limits
        run = most_usd if limits.run_usd is None else min(limits.run_usd, most_usd)
        self._spending = replace(self._spending, limits=replace(limits, run_usd=run))
        return run

    def path(self, take: Take) -> Path:
        """The clip's file."""
        return self._media.path(take.clip, take.suffix)

    async def make(self, work: Work, kept: Mapping[str, KeptTake]) -> KeptTake:
        """Make the take, or find it; safe to call again after it was broken off.

        Raises:
            MatchcutError: There is none, and why; `clip.unexpected` where there is one that is not
                what was asked for and a person must decide.

        """
        if self.away:
            raise MatchcutError(
                Code.FOLDER_UNWRITABLE,
                "the film's folder cannot be reached from here",
                where=work.shot,
                fix="Look whether the disk that holds it is there; what was sent is not lost.",
            )
        found = await asyncio.to_thread(self.archive.find, work, kept)
        if found:
            return found
        self.keeper.stop_at_gates(work, kept)
        if isinstance(self.provider, Host):
            self._paused.refuse(self.film, work.shot)
        self._say(work, State.ANCHORS, self.keeper.handed_on(work, kept))
        items = await asyncio.to_thread(self.shelf.items, work, kept)
        written = work
        work, inputs, rejected = self.archive.as_sent(work, items)
        job = self._job(work, items, rejected)
        paid = isinstance(self.provider, Host)
        self.keeper.refuse_overtaken(kept.values())
        circled = await asyncio.to_thread(self.archive.circled, written, items)
        claim = self._ledger.claimed(self.film, work.shot, circled.number) if circled else None
        claim = claim or self._ledger.claim(
            self.film,
            work.shot,
            inputs,
            provider=self.provider.name,
            request=self.archive.sent(work, items),
            expects=work.expectation.to_json() if work.expectation else None,
            paid=paid,
        )
        take = await self._obtain(work, claim, job)
        self._say(work, State.DONE)
        made = await asyncio.to_thread(self.archive.keep_as, written, take, items, kept)
        self.keeper.use(made)
        self.keeper.open_gates(work, made)
        return made

    async def roll(
        self, work: Work, kept: Mapping[str, KeptTake], roll: Roll, place: int, alone: asyncio.Lock
    ) -> Take:
        """Make one more take of a shot beside those that are there; safe to call again.

        Args:
            work: The shot, with what is asked for in place of what the film says.
            kept: The takes of the shots that it lies between.
            roll: What it belongs to.
            place: Which of its takes, from 0.
            alone: Held while it is not known whether a take of just these inputs was accepted.

        Raises:
            MatchcutError: As `make`.

        """
        self.keeper.stop_at_gates(work, kept)
        if isinstance(self.provider, Host):
            self._paused.refuse(self.film, work.shot)
        # Nobody is waited for until it is written down: places are begun in their order.
        items = self.shelf.items(work, kept)
        inputs = self.archive.inputs(work, items)
        if work.reseeded(1) is not work:
            same = self._ledger.finished(self.film, work.shot, inputs)
            if same and self._media.has(same.clip, same.suffix):
                return same  # the same seed would give the same take again
        claim = self._rolls.claim(
            roll,
            place,
            inputs,
            provider=self.provider.name,
            request=self.archive.sent(work, items),
            expects=work.expectation.to_json() if work.expectation else None,
        )
        if claim.state is TakeState.DONE:
            known = self._ledger.take(self.film, work.shot, claim.number)
            if known and self._media.has(known[0].clip, known[0].suffix):
                return known[0]
        self._say(work, State.ANCHORS, self.keeper.handed_on(work, kept))
        # A maker gives the same clip for the same request: each take is another draw.
        take = await self._obtain(work, claim, self._job(work, items, claim.number), alone)
        self._say(work, State.DONE)
        return take

    async def _obtain(
        self, work: Work, claim: Claim, job: Job, alone: asyncio.Lock | None = None
    ) -> Take:
        """Have a take that is written down made, taken in and judged."""
        paid = isinstance(self.provider, Host)
        if paid:
            self._refuse_standing(work, claim)
        with self._media.draft(".mp4") as draft:
            cost, settle = await self._clip(work, claim, job, draft, alone)
            take, unfit = await asyncio.to_thread(
                take_in,
                self._media,
                draft,
                shot=work.shot,
                number=claim.number,
                provider=self.provider.name,
                inputs=claim.inputs,
                cost_usd=cost,
                wanted=work.expectation,
                exact=not paid,
                carried=job.file("continue"),
            )
        if not unfit and self.keeper.was_rejected(work, take):
            unfit = "it is the very clip that was rejected before"
        stands = self._ledger.finish(self.film, take, unfit=unfit)
        settle()
        self._refuse_decided(work, claim, stands)
        if unfit:
            raise self._unfit(work, unfit, take.clip)
        return take

    async def _clip(
        self, work: Work, claim: Claim, job: Job, draft: Path, alone: asyncio.Lock | None
    ) -> tuple[Decimal | None, Any]:
        """Have the clip written to `draft`; returns its cost and what to call once it is safe."""
        if isinstance(self.provider, Maker):
            self._say(work, State.RENDERING)
            await self.provider.make(job, draft, lambda share: self._progress(work, share))
            return Decimal(0), lambda: None
        if not isinstance(self.provider, Host):
            raise MatchcutError(
                Code.INTERNAL, f"{self.provider.name} neither makes clips nor is paid for them"
            )
        try:
            attempt = await self._paid(self.provider, work, claim, job, alone).obtain(draft)
        except MatchcutError as error:
            if error.code in (Code.PROVIDER_REFUSED, Code.PROVIDER_FAILED):
                standing = error.message if error.code is Code.PROVIDER_REFUSED else ""
                self._ledger.fail(self.film, work.shot, claim.number, standing=standing)
            else:
                self._ledger.stopped(self.film, work.shot, claim.number, error)
            if self._ledger.state(self.film, work.shot, claim.number) is TakeState.CANCELLED:
                raise cancelled(self._key(work, claim)) from None
            raise
        latest = self._attempts.latest(attempt.key) or attempt
        return latest.counted_usd, lambda: self._settle(latest)

    def _settle(self, attempt: Attempt) -> None:
        # A person may have given it up meanwhile; its clip is kept all the same.
        with suppress(Overtaken):
            self._attempts.done(attempt)

    def _paid(
        self, host: Host, work: Work, claim: Claim, job: Job, alone: asyncio.Lock | None
    ) -> Paid:
        spending = self._spending
        return Paid(
            host=host,
            attempts=self._attempts,
            uploads=self._uploads,
            key=self._key(work, claim),
            job=job,
            estimate_usd=self.price(work),
            limits=spending.limits,
            billing=(spending.billing or {}).get(work.shot, _no_billing),
            patience=spending.patience,
            others=(spending.others or {}).get(work.shot, ()),
            heard=lambda state, said: self._say(work, State(state), said),
            alone=alone or nullcontext(),
        )

    def _key(self, work: Work, claim: Claim) -> TakeKey:
        return TakeKey(film=self.film, shot=work.shot, take=claim.number)

    def _refuse_decided(self, work: Work, claim: Claim, stands: TakeState) -> None:
        """A clip that comes after a person has decided of its take is kept, and not used."""
        if stands is TakeState.CANCELLED:
            raise cancelled(self._key(work, claim), clip=True)
        if stands is TakeState.REJECTED:
            raise rejected(self._key(work, claim))

    def _refuse_standing(self, work: Work, claim: Claim) -> None:
        """What a person must decide is not sent again by itself."""
        if claim.state is TakeState.CANCELLED:
            raise cancelled(self._key(work, claim), clip=claim.clip is not None)
        if claim.state is TakeState.UNFIT:
            raise self._unfit(work, claim.note, claim.clip or "")
        if claim.state is TakeState.FAILED:
            raise MatchcutError(
                Code.PROVIDER_REFUSED,
                f"it was refused before, and nothing in it has changed: {claim.note}",
                where=work.shot,
                fix="Change what it sends, or have just this sent again: "
                f"{resolve_command(self.film, work.shot, '--resubmit')}.",
            )

    def _unfit(self, work: Work, why: str, clip: str) -> MatchcutError:
        return MatchcutError(
            Code.CLIP_UNEXPECTED,
            f"the clip is not what was asked for: {why}. It is kept, and not used",
            where=work.shot,
            fix=f"Look at {self._media.path(clip, '.mp4')}. To use it: "
            f"{resolve_command(self.film, work.shot, '--accept')}; to have another made and pay "
            f"for it: {resolve_command(self.film, work.shot, '--resubmit')}.",
        )

    async def rescue(self, host: Host) -> list[str]:
        """Take in what was paid for an earlier version of the film; returns whose it is."""
        return await rescue(
            self.film,
            self.archive.wanted,
            host=host,
            ledger=self._ledger,
            attempts=self._attempts,
            media=self._media,
        )

    def _job(self, work: Work, items: Mapping[str, Item], rejected: int) -> Job:
        if work.expectation is None or work.endpoint is None:
            raise MatchcutError(
                Code.INTERNAL, "a shot without a request was to be rendered", where=work.shot
            )
        return Job(
            shot=work.shot,
            request=Request(endpoint=work.endpoint, arguments=work.arguments),
            roles=work.roles,
            expectation=work.expectation,
            files={
                reference: self._media.path(item.digest, item.suffix)
                for reference, item in items.items()
                if not item.address
            },
            addresses={
                reference: item.address for reference, item in items.items() if item.address
            },
            rejected=rejected,
        )

    def _progress(self, work: Work, share: float) -> None:
        if self.stopping.is_set():
            raise Stopped
        self.tell(ShotEvent(shot=work.shot, state=State.RENDERING, share=share))

    def _say(self, work: Work, state: State, message: str = "") -> None:
        self.tell(ShotEvent(shot=work.shot, state=state, message=message))


Opener = Callable[[Order], Desk]
"""Opens the desk of a film that is in a folder that all share."""


def _no_billing(_units: str) -> None:
    """Nobody knows what a unit costs."""
