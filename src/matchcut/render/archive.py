"""The archive: which of the takes that are there stands for a shot, and how that is told.

A take stands where just what would be sent now was sent for it, or where it is circled for that.
Nothing is made here; what hangs on a take that is not there is not looked for either.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from matchcut.plan.reference import hangs_on
from matchcut.project import Project
from matchcut.render.attempt import TakeKey
from matchcut.render.circled import Circle, Sent
from matchcut.render.intake import FOOTAGE, footage_take
from matchcut.render.keeper import Keeper
from matchcut.render.ledger import Take, TakeState
from matchcut.render.pins import OUT
from matchcut.render.providers.protocol import Host, Provider
from matchcut.render.records import Records
from matchcut.render.shelf import Item, Shelf
from matchcut.render.tones import tones_sent
from matchcut.render.work import KeptTake, Work
from matchcut.store.media import MediaStore


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


class Archive:
    """The takes of a film by one provider.

    Args:
        film: What it is called in its state.
        project: The film.
        records: What its database holds.
        media: Where clips and stills lie.
        provider: Whose takes count.
        shelf: What stands behind references.
        keeper: Who says what is shown of a take.
        looks_only: True where the records are left as they are.

    """

    def __init__(
        self,
        film: str,
        project: Project,
        records: Records,
        media: MediaStore,
        provider: Provider,
        *,
        shelf: Shelf,
        keeper: Keeper,
        looks_only: bool,
    ) -> None:
        self._film = film
        self._project = project
        self._ledger = records.ledger
        self._attempts = records.attempts
        self._gates = records.gates
        self._circles = records.circles
        self._rolls = records.rolls
        self._media = media
        self._provider = provider
        self._shelf = shelf
        self._keeper = keeper
        self._looks_only = looks_only
        self.wanted: set[str] = set()
        """Inputs of the shots that are to be made, as far as they can be told."""

    def find(self, work: Work, kept: Mapping[str, KeptTake]) -> KeptTake | None:
        """The take that is there already for just this work, or None.

        Args:
            work: The shot.
            kept: The takes of the shots that it needs.

        """
        found = self.look_up(work, kept)
        if found:
            self._keeper.use(found)
        return found

    def look_up(self, work: Work, kept: Mapping[str, KeptTake]) -> KeptTake | None:
        """The same as `find`, for whoever asks what would be: the film is not said to use it."""
        if work.footage:
            return self._footage(work)
        items = self._shelf.items(work, kept)
        _, inputs, _ = self.as_sent(work, items)
        take = self.circled(work, items) or self._finished(work.shot, inputs)
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
        seam: Circle | None = None,
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
        accepted = self._circles.sent(self._film, work.shot, wanted, take.number)
        return self._keeper.keep(
            work,
            take,
            items,
            kept,
            sent=seam.sent if seam else accepted,
            lands=self._rolls.lands(self._film, work.shot, take.number),
        )

    def sent_to(self, work: Work, take: Take, kept: Mapping[str, KeptTake]) -> Sent:
        """The start anchor that a take which stands was really made from.

        Args:
            work: The shot; it starts on the one before it.
            take: Its take.
            kept: The takes of the shots that it needs, as they stand.

        """
        items = self._shelf.items(work, kept)
        known = self._circles.sent(self._film, work.shot, self.inputs(work, items), take.number)
        before, item = kept[work.starts_on or ""], items[work.start or ""]
        return known or Sent(
            identity=item.identity,
            digest=item.digest,
            suffix=item.suffix,
            tones=tones_sent(before.tones, before.pins[OUT]),
        )

    def circled(self, work: Work, items: Mapping[str, Item]) -> Take | None:
        """The take that is circled while the film would send this; None where none stands."""
        wanted = self.inputs(work, items)
        number = self._circles.circled(self._film, work.shot, wanted)
        if number is None and not self._looks_only:
            number = self._circles.take_over(self._film, work.shot, wanted, self._left_behind)
        known = None if number is None else self._ledger.take(self._film, work.shot, number)
        if known is None or known[1] is not TakeState.DONE:
            return None
        take = known[0]
        # A clip that is lost from here is had once more where it was paid for, and made anew else.
        there = isinstance(self._provider, Host) or self._media.has(take.clip, take.suffix)
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
            items = self._shelf.some_items(work, kept, there)
            return Sending(work=work, arguments=self.sent(work, items)["arguments"], inputs="")
        items = self._shelf.items(work, kept)
        sent, inputs, rejected = self.as_sent(work, items)
        return Sending(
            work=sent,
            arguments=self.sent(sent, items)["arguments"],
            inputs=inputs,
            rejected=rejected,
        )

    def _finished(self, shot: str, inputs: str) -> Take | None:
        """The finished take with these inputs, also one of a shot that has another name now."""
        take = self._ledger.finished(self._film, shot, inputs)
        if take is not None:
            return take
        if self._looks_only:
            return self._ledger.finished_elsewhere(inputs, self._left_behind)
        mine = TakeKey(film=self._film, shot=shot, take=0)
        if self._attempts.take_over(mine, inputs, self._left_behind):
            return self._ledger.finished(self._film, shot, inputs)
        return None

    def _footage(self, work: Work) -> KeptTake:
        item = self._shelf.footage(work.footage or "")
        file = self._media.path(item.digest, item.suffix)
        return self._keeper.keep(work, footage_take(work.shot, file, item.digest))

    def _left_behind(self, film: str, shot: str) -> bool:
        """True for a film file or a shot of the ledger that is not there any more."""
        if film == self._film:
            return all(known.id != shot for known in self._project.film.shots)
        folder, _, name = film.rpartition("/")
        mine = folder == self._film.rpartition("/")[0]
        return mine and not (self._project.folder / name).exists()

    def sent(self, work: Work, items: Mapping[str, Item]) -> dict[str, Any]:
        """What is sent, with the identity of each picture and clip in its place."""
        hashes = {reference: item.identity for reference, item in items.items()}
        return {"endpoint": work.endpoint, "arguments": work.replaced(hashes)}

    def as_sent(self, work: Work, items: Mapping[str, Item]) -> tuple[Work, str, int]:
        """The work as it is sent now, its identity, and how many takes of just that were rejected.

        Where there is a seed, each rejection moves it on, since the same one gives the same clip.
        """
        for number in count():
            sent = work.reseeded(number)
            inputs = self.inputs(sent, items)
            rejected = self._gates.rejections(self._film, work.shot, inputs, self._left_behind)
            if not rejected or sent.reseeded(1) is sent:
                return sent, inputs, rejected
        raise AssertionError

    def endpoint(self, take: Take) -> str | None:
        """Who has made a take: a re-roll may have asked somebody else than the film does."""
        known: str | None = self._ledger.request(self._film, take.shot, take.number).get("endpoint")
        return None if take.provider == FOOTAGE else known

    def inputs(self, work: Work, items: Mapping[str, Item]) -> str:
        """A take's identity: what is really sent, and to whom."""
        identity = {
            **self.sent(work, items),
            "provider": self._provider.name,
            **(self._provider.identity(work.expectation) if work.expectation else {}),
        }
        text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
