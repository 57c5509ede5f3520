"""The shelf: what stands behind each reference of a request, taken out once and kept.

A user's own files are copied in, so that they may change while a film is made; frames are taken out
of clips as lossless stills, with what they come from; a clip that is to be continued is cut at its
out frame.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from matchcut.address import bare
from matchcut.frames.clip import frame_at, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import pixel_hash, write_still
from matchcut.plan.reference import Kind, parse, still
from matchcut.project import Project
from matchcut.render.ledger import AnchorRecord, Ledger, Take
from matchcut.render.pins import OUT
from matchcut.render.work import KeptTake, Work
from matchcut.store.media import MediaStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What stands behind a reference: a file in the media store, or an address of the user's."""

    identity: str
    """What makes it the same thing again: its bytes or, for an anchor, its pixels, since the file
    also says which clip it came from; of an address the part that does not sign it."""
    digest: str = ""
    suffix: str = ""
    address: str = ""


class Shelf:
    """Everything that a film's requests refer to.

    Args:
        project: The film and its files.
        media: Where files are kept.
        ledger: Where it is written down what was taken out of what.

    """

    def __init__(self, project: Project, media: MediaStore, ledger: Ledger) -> None:
        self._project = project
        self._media = media
        self._ledger = ledger
        self._own: dict[str, Item] = {}

    def own_files(self) -> Mapping[str, str]:
        """Take copies of every file the film names; returns what each is, by its reference."""
        for written in self._project.addresses:
            self._own[still(written)] = Item(identity=f"address:{bare(written)}", address=written)
        for written in (*self._project.media.stills, *self._project.media.clips):
            source = self._project.file(written)
            digest = self._media.copy_in(source)
            self._own[still(written)] = _file(digest, source.suffix.lower())
        return {reference: item.identity for reference, item in self._own.items()}

    def items(self, work: Work, kept: Mapping[str, KeptTake]) -> dict[str, Item]:
        """What stands behind each reference of a shot.

        Args:
            work: The shot.
            kept: The takes of the shots that it needs.

        """
        return {reference: self._item(reference, kept) for reference in work.references}

    def _item(self, reference: str, kept: Mapping[str, KeptTake]) -> Item:
        parsed = parse(reference)
        if parsed.kind is Kind.STILL:
            return self._own[reference]
        if parsed.kind is Kind.CLIP:
            return self._handed_over(kept[parsed.name])
        source = kept[parsed.name]
        pin = source.pins.get(parsed.edge)
        if pin is not None and pin.still:
            return Item(digest=pin.still, suffix=".png", identity=f"pixels:{pin.pixels}")
        first, last = source.kept
        return self._anchor(source.take, last if parsed.edge == OUT else first)

    def _anchor(self, take: Take, frame: int) -> Item:
        """A frame of a clip as a lossless still; taken out once."""
        known = self._ledger.anchor(take.clip, frame)
        if known is None or not self._media.has(known.still, ".png"):
            shown = frame_at(self._media.path(take.clip, take.suffix), frame)
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
        """A clip cut at its out frame, for an endpoint that continues it; cut once.

        What makes it the same again is the clip and the frame, not what an encoder made of them.
        """
        take, last = kept.take, kept.kept[1]
        identity = f"sha256:{take.clip}[0..{last}]"
        if last == take.frames - 1:
            return Item(digest=take.clip, suffix=take.suffix, identity=identity)
        digest = self._ledger.cut_clip(take.clip, last)
        if digest is None or not self._media.has(digest, ".mp4"):
            with self._media.draft(".mp4") as draft:
                shown = (
                    frame.pixels
                    for frame in read_frames(self._media.path(take.clip, take.suffix), 0, last + 1)
                )
                write_clip(draft, shown, rate=take.rate, quality=Quality.TAKE)
                digest = self._media.adopt(draft)
            self._ledger.keep_cut_clip(take.clip, last, digest)
        return Item(digest=digest, suffix=".mp4", identity=identity)

    def footage(self, written: str) -> Item:
        """The user's own clip."""
        return self._own[still(written)]


def _file(digest: str, suffix: str) -> Item:
    return Item(digest=digest, suffix=suffix, identity=f"sha256:{digest}")
