"""The desk: where one shot's take is looked up, its anchors taken out, and its clip made.

Nothing here knows of the engine. Each method can be broken off at any point and called again.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import frame_at, probe, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import pixel_hash, write_still
from matchcut.frames.types import ClipInfo
from matchcut.plan.kept import kept_frames
from matchcut.plan.types import Request
from matchcut.project import Project
from matchcut.render.events import Listener, ShotEvent, State
from matchcut.render.ledger import AnchorRecord, Ledger, Take
from matchcut.render.providers.protocol import Job, Provider
from matchcut.render.work import KeptTake, Work, references, replaced
from matchcut.store.folder import StateFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file in the media store."""

    digest: str
    suffix: str
    identity: str
    """What makes it the same thing again: its bytes or, for an anchor, its pixels, since the file
    also says which clip it came from."""


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The run is being broken off by its user."""


class Desk:
    """Everything a shot needs to become a take.

    Args:
        project: The film and its files.
        folder: Its state folder, held.
        ledger: Its ledger.
        provider: Who makes pixels.
        tell: Called with each event, from any thread.

    """

    def __init__(
        self,
        project: Project,
        folder: StateFolder,
        ledger: Ledger,
        provider: Provider,
        tell: Listener,
    ) -> None:
        self.film = project.path.name
        self.provider = provider
        self.tell = tell
        self.stopping = threading.Event()
        self._project = project
        self._media = folder.media
        self._ledger = ledger
        self._own: dict[str, Item] = {}

    def path(self, take: Take) -> Path:
        """The clip's file."""
        return self._media.path(take.clip, take.suffix)

    def own_files(self) -> Mapping[str, str]:
        """Take copies of every file the film names; returns their hashes by the path written."""
        for written in (*self._project.media.stills, *self._project.media.clips):
            if written not in self._own:
                source = self._project.file(written)
                digest = self._media.copy_in(source)
                self._own[written] = _file(digest, source.suffix.lower())
        return {written: item.digest for written, item in self._own.items()}

    def find(self, work: Work, kept: Mapping[str, KeptTake]) -> KeptTake | None:
        """The take that is there already for just this work, or None.

        Args:
            work: The shot.
            kept: The takes of the shots that it needs.

        """
        if work.footage:
            return self._footage(work)
        inputs = self._inputs(work, self._items(work, kept))
        take = self._ledger.finished(self.film, work.shot, inputs)
        if take is None or not self._media.has(take.clip, take.suffix):
            return None
        return self._keep(work, take)

    async def make(self, work: Work, kept: Mapping[str, KeptTake]) -> KeptTake:
        """Make the take, or find it; safe to call again after it was broken off."""
        found = self.find(work, kept)
        if found:
            return found
        self._say(work, State.ANCHORS)
        items = self._items(work, kept)
        inputs = self._inputs(work, items)
        job = self._job(work, items)
        number = self._ledger.claim(
            self.film, work.shot, inputs, self.provider.name, self._sent(work, items)
        )
        self._say(work, State.RENDERING)
        with self._media.draft(".mp4") as draft:
            await self.provider.make(job, draft, lambda share: self._progress(work, share))
            info = _checked(work, draft)
            take = Take(
                shot=work.shot,
                number=number,
                provider=self.provider.name,
                inputs=inputs,
                clip=self._media.adopt(draft),
                frames=info.frames,
                rate=info.rate,
            )
        spent = Decimal(0) if self.provider.free else work.cost_usd or Decimal(0)
        self._ledger.finish(self.film, take, spent)
        self._say(work, State.DONE)
        return self._keep(work, take)

    def _footage(self, work: Work) -> KeptTake:
        item = self._own[work.footage or ""]
        info = probe(self._media.path(item.digest, item.suffix))
        take = Take(
            shot=work.shot,
            number=1,
            provider="footage",
            inputs=item.digest,
            clip=item.digest,
            frames=info.frames,
            rate=info.rate,
            suffix=item.suffix,
        )
        return self._keep(work, take)

    def _keep(self, work: Work, take: Take) -> KeptTake:
        kept = kept_frames(work.use, take.rate, take.frames)
        if kept is None:
            raise MatchcutError(
                Code.CLIP_UNEXPECTED,
                f"nothing of the clip lies in its use, {work.use}: it has {take.frames} frames",
                where=work.shot,
                fix="Mend `use` of this shot.",
            )
        return KeptTake(take=take, kept=kept)

    def _items(self, work: Work, kept: Mapping[str, KeptTake]) -> dict[str, Item]:
        return {
            reference: self._item(reference, kept)
            for reference in dict.fromkeys(references(work.arguments))
        }

    def _item(self, reference: str, kept: Mapping[str, KeptTake]) -> Item:
        scheme, _, rest = reference.partition("://")
        if scheme == "still":
            return self._own[rest]
        if scheme == "clip":
            return self._handed_over(kept[rest])
        shot, _, edge = rest.partition("/")
        first, last = kept[shot].kept
        return self._anchor(kept[shot].take, last if edge == "out" else first)

    def _anchor(self, take: Take, frame: int) -> Item:
        """A frame of a clip as a lossless still; taken out once."""
        known = self._ledger.anchor(take.clip, frame)
        if known is None or not self._media.has(known.still, ".png"):
            shown = frame_at(self.path(take), frame)
            pixels = pixel_hash(shown.pixels)
            provenance = {
                "matchcut:clip": take.clip,
                "matchcut:frame": str(frame),
                "matchcut:time": str(shown.time),
                "matchcut:pixels": pixels,
            }
            known = AnchorRecord(
                clip=take.clip,
                frame=frame,
                still=self._media.put(write_still(shown.pixels, provenance), ".png"),
                time=shown.time,
                pixels=pixels,
            )
            self._ledger.keep_anchor(known)
        return Item(digest=known.still, suffix=".png", identity=f"pixels:{known.pixels}")

    def _handed_over(self, kept: KeptTake) -> Item:
        """A clip cut at its out frame, for an endpoint that continues it."""
        take, last = kept.take, kept.kept[1]
        if last == take.frames - 1:
            return _file(take.clip, take.suffix)
        with self._media.draft(".mp4") as draft:
            shown = (frame.pixels for frame in read_frames(self.path(take), 0, last + 1))
            write_clip(draft, shown, rate=take.rate, quality=Quality.TAKE)
            return _file(self._media.adopt(draft), ".mp4")

    def _job(self, work: Work, items: Mapping[str, Item]) -> Job:
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
            },
        )

    def _sent(self, work: Work, items: Mapping[str, Item]) -> dict[str, Any]:
        hashes = {reference: item.identity for reference, item in items.items()}
        return {"endpoint": work.endpoint, "arguments": replaced(work.arguments, hashes)}

    def _inputs(self, work: Work, items: Mapping[str, Item]) -> str:
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

    def _say(self, work: Work, state: State) -> None:
        self.tell(ShotEvent(shot=work.shot, state=state))


def _file(digest: str, suffix: str) -> Item:
    return Item(digest=digest, suffix=suffix, identity=f"sha256:{digest}")


def _checked(work: Work, clip: Path) -> ClipInfo:
    """A clip that is not what was asked for is never silently used."""
    info, wanted = probe(clip), work.expectation
    if wanted is None:
        return info
    got = (info.width, info.height, info.frames, info.rate)
    asked = (wanted.width, wanted.height, wanted.frames, wanted.rate)
    if got != asked and info.frames > 1:
        raise MatchcutError(
            Code.CLIP_UNEXPECTED,
            f"the clip is {_described(got)} where {_described(asked)} were asked for",
            where=work.shot,
            fix="Run the same command again; if it happens again, report it.",
        )
    return info


def _described(facts: tuple[Any, ...]) -> str:
    width, height, frames, rate = facts
    return f"{width}x{height}, {frames} frames at {rate}"
