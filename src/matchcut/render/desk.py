"""The desk: where one shot's take is looked up or made, and judged before it is used.

Nothing here knows of the engine. Each method can be broken off at any point and called again.
"""

import asyncio
import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from matchcut.errors import Code, MatchcutError
from matchcut.plan.reference import hangs_on
from matchcut.plan.types import Request
from matchcut.project import Project
from matchcut.render.attempt import Attempt, Limits, Overtaken, TakeKey
from matchcut.render.called_off import cancelled, rejected
from matchcut.render.circled import Sent, Standing
from matchcut.render.commands import resolve_command
from matchcut.render.events import Event, Listener, ShotEvent, State
from matchcut.render.intake import FOOTAGE, footage_take, take_in
from matchcut.render.keeper import Keeper
from matchcut.render.ledger import Claim, Take, TakeState
from matchcut.render.order import Order
from matchcut.render.paid import Billing, Paid, Patience
from matchcut.render.pins import OUT
from matchcut.render.providers.protocol import Host, Job, Maker, Provider
from matchcut.render.records import Records
from matchcut.render.rescue import rescue
from matchcut.render.rolls import Roll
from matchcut.render.shelf import Item, Shelf
from matchcut.render.tones import tones_sent
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What would be sent for a shot."""

    work: Work
    """With the seed that would be sent."""
    arguments: Mapping[str, Any]
    """By wire name, with the identity of each picture and clip that is there."""
    inputs: str
    """Hash of it and of whom it goes to; empty where something that it hangs on is missing."""
    rejected: int = 0
    """Takes of just that which a person has rejected."""


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
        looks_only: True where nothing is to be made: `find` then leaves the records as they are,
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
        self._gates = records.gates
        self._circles = records.circles
        self._rolls = records.rolls
        self._paused = records.paused
        self._spending = spending
        self._listener = tell
        self.wanted: set[str] = set()
        """Inputs of the shots that are to be made, as far as they can be told."""
        self._project = project
        self.shelf = Shelf(project, folder.media, records.pictures)
        self.keeper = Keeper(
            self.film, project, records, folder.media, provider, looks_only=looks_only
        )
        self._looks_only = looks_only

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

    def find(self, work: Work, kept: Mapping[str, KeptTake]) -> KeptTake | None:
        """The take that is there already for just this work, or None.

        Args:
            work: The shot.
            kept: The takes of the shots that it needs.

        """
        found = self.look_up(work, kept)
        if found:
            self.keeper.use(found)
        return found

    def look_up(self, work: Work, kept: Mapping[str, KeptTake]) -> KeptTake | None:
        """The same as `find`, for whoever asks what would be: the film is not said to use it."""
        if work.footage:
            return self._footage(work)
        items = self.shelf.items(work, kept)
        _, inputs, _ = self._as_sent(work, items)
        take = self._circled(work, items) or self._finished(work.shot, inputs)
        if take is None or not self._media.has(take.clip, take.suffix):
            self.wanted.add(inputs)
            return None
        return self.keep_as(work, take, items, kept)

    def keep_as(
        self,
        work: Work,
        take: Take,
        items: Mapping[str, Item],
        kept: Mapping[str, KeptTake],
        seam: Standing | None = None,
    ) -> KeptTake:
        """Keep a take that stands for a shot, with what was accepted of its seam.

        Args:
            work: The shot.
            take: Its take.
            items: What stands behind its references.
            kept: The takes of the shots that it needs.
            seam: What would be accepted of it; what has been, where that is not given.

        """
        wanted = self.inputs(work, items)
        accepted = self._circles.sent(self.film, work.shot, wanted, take.number)
        return self.keeper.keep(
            work,
            take,
            items,
            kept,
            sent=seam.sent if seam else accepted,
            lands=self._rolls.lands(self.film, work.shot, take.number),
        )

    def sent_to(self, work: Work, take: Take, kept: Mapping[str, KeptTake]) -> Sent:
        """The start anchor that a take which stands was really made from.

        Args:
            work: The shot; it starts on the one before it.
            take: Its take.
            kept: The takes of the shots that it needs, as they stand.

        """
        items = self.shelf.items(work, kept)
        known = self._circles.sent(self.film, work.shot, self.inputs(work, items), take.number)
        before, item = kept[work.starts_on or ""], items[work.start or ""]
        return known or Sent(
            identity=item.identity,
            digest=item.digest,
            suffix=item.suffix,
            tones=tones_sent(before.tones, before.pins[OUT]),
        )

    def _circled(self, work: Work, items: Mapping[str, Item]) -> Take | None:
        """The take that is circled while the film would send this; None where none stands."""
        wanted = self.inputs(work, items)
        number = self._circles.circled(self.film, work.shot, wanted)
        if number is None and not self._looks_only:
            number = self._circles.take_over(self.film, work.shot, wanted, self._left_behind)
        known = None if number is None else self._ledger.take(self.film, work.shot, number)
        if known is None or known[1] is not TakeState.DONE:
            return None
        take = known[0]
        # A clip that is lost from here is had once more where it was paid for, and made anew else.
        there = isinstance(self.provider, Host) or self._media.has(take.clip, take.suffix)
        return take if there else None

    def would_send(self, work: Work, kept: Mapping[str, KeptTake]) -> Sending:
        """What would be sent for a shot now, and what makes that the same again.

        Args:
            work: The shot; not own footage.
            kept: The takes of the shots that it needs; what hangs on a missing one stays as its
                reference, and there is no identity then.

        """
        if any(need not in kept for need in work.needs):
            there = [
                reference
                for reference in work.references
                if (hangs_on(reference) or ("", ""))[0] not in {*work.needs} - {*kept}
            ]
            items = self.shelf.some_items(work, kept, there)
            return Sending(work=work, arguments=self._sent(work, items)["arguments"], inputs="")
        items = self.shelf.items(work, kept)
        sent, inputs, rejected = self._as_sent(work, items)
        return Sending(
            work=sent,
            arguments=self._sent(sent, items)["arguments"],
            inputs=inputs,
            rejected=rejected,
        )

    def _finished(self, shot: str, inputs: str) -> Take | None:
        """The finished take with these inputs, also one of a shot that has another name now."""
        take = self._ledger.finished(self.film, shot, inputs)
        if take is not None:
            return take
        if self._looks_only:
            return self._ledger.finished_elsewhere(inputs, self._left_behind)
        mine = TakeKey(film=self.film, shot=shot, take=0)
        if self._attempts.take_over(mine, inputs, self._left_behind):
            return self._ledger.finished(self.film, shot, inputs)
        return None

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
        found = await asyncio.to_thread(self.find, work, kept)
        if found:
            return found
        self.keeper.stop_at_gates(work, kept)
        if isinstance(self.provider, Host):
            self._paused.refuse(self.film, work.shot)
        self._say(work, State.ANCHORS, self.keeper.handed_on(work, kept))
        items = await asyncio.to_thread(self.shelf.items, work, kept)
        written = work
        work, inputs, rejected = self._as_sent(work, items)
        job = self._job(work, items, rejected)
        paid = isinstance(self.provider, Host)
        self.keeper.refuse_overtaken(kept.values())
        circled = await asyncio.to_thread(self._circled, written, items)
        claim = self._ledger.claimed(self.film, work.shot, circled.number) if circled else None
        claim = claim or self._ledger.claim(
            self.film,
            work.shot,
            inputs,
            provider=self.provider.name,
            request=self._sent(work, items),
            expects=work.expectation.to_json() if work.expectation else None,
            paid=paid,
        )
        take = await self._obtain(work, claim, job)
        self._say(work, State.DONE)
        made = await asyncio.to_thread(self.keep_as, written, take, items, kept)
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
        inputs = self.inputs(work, items)
        if work.reseeded(1) is not work:
            same = self._ledger.finished(self.film, work.shot, inputs)
            if same and self._media.has(same.clip, same.suffix):
                return same  # the same seed would give the same take again
        claim = self._rolls.claim(
            roll,
            place,
            inputs,
            provider=self.provider.name,
            request=self._sent(work, items),
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
        with suppress(
            Overtaken
        ):  # a person has given it up meanwhile; its clip is kept all the same
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

    def _left_behind(self, film: str, shot: str) -> bool:
        """True for a film file or a shot of the ledger that is not there any more."""
        if film == self.film:
            return all(known.id != shot for known in self._project.film.shots)
        folder, _, name = film.rpartition("/")
        mine = folder == self.film.rpartition("/")[0]
        return mine and not (self._project.folder / name).exists()

    async def rescue(self, host: Host) -> list[str]:
        """Take in what was paid for an earlier version of the film; returns whose it is."""
        return await rescue(
            self.film,
            self.wanted,
            host=host,
            ledger=self._ledger,
            attempts=self._attempts,
            media=self._media,
        )

    def _footage(self, work: Work) -> KeptTake:
        item = self.shelf.footage(work.footage or "")
        file = self._media.path(item.digest, item.suffix)
        return self.keeper.keep(work, footage_take(work.shot, file, item.digest))

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

    def _sent(self, work: Work, items: Mapping[str, Item]) -> dict[str, Any]:
        hashes = {reference: item.identity for reference, item in items.items()}
        return {"endpoint": work.endpoint, "arguments": work.replaced(hashes)}

    def _as_sent(self, work: Work, items: Mapping[str, Item]) -> tuple[Work, str, int]:
        """The work as it is sent now, its identity, and how many takes of just that were rejected.

        Where there is a seed, each rejection moves it on, since the same one gives the same clip.
        """
        for number in count():
            sent = work.reseeded(number)
            inputs = self.inputs(sent, items)
            rejected = self._gates.rejections(self.film, work.shot, inputs, self._left_behind)
            if not rejected or sent.reseeded(1) is sent:
                return sent, inputs, rejected
        raise AssertionError

    def endpoint(self, take: Take) -> str | None:
        """Who has made a take: a re-roll may have asked somebody else than the film does."""
        known: str | None = self._ledger.request(self.film, take.shot, take.number).get("endpoint")
        return None if take.provider == FOOTAGE else known

    def inputs(self, work: Work, items: Mapping[str, Item]) -> str:
        """A take's identity: what is really sent, and to whom."""
        identity = {
            **self._sent(work, items),
            "provider": self.provider.name,
            **(self.provider.identity(work.expectation) if work.expectation else {}),
        }
        text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

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
