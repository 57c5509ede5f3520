"""The shelf: what stands behind each reference of a request, taken out once and kept.

A user's own files are copied in, so that they may change while a film is made; frames are taken out
of clips as lossless stills, with what they come from; a clip that is to be continued is cut at its
out frame.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from matchcut.address import bare
from matchcut.errors import Code, MatchcutError
from matchcut.film.types import Fit
from matchcut.frames.clip import frame_at, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.shape import cropped, padded
from matchcut.frames.still import (
    inspect_still,
    pixel_hash,
    read_still,
    size_by_header,
    write_still,
)
from matchcut.frames.types import Pixels
from matchcut.inspect.correct import Correction, apply
from matchcut.plan.fitting import SAME_SHAPE, lost_share
from matchcut.plan.reference import Kind, Reference, parse, still
from matchcut.plan.types import Expectation
from matchcut.project import Project
from matchcut.render.commands import anchor_command
from matchcut.render.ledger import Take
from matchcut.render.pictures import AnchorRecord, Pictures
from matchcut.render.pins import OUT
from matchcut.render.work import KeptTake, Work
from matchcut.store.media import MediaStore, hashed


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What stands behind a reference: a file in the media store, or an address of the user's."""

    identity: str
    """What makes it the same thing again: its bytes or, for an anchor, its pixels, since the file
    also says which clip it came from; of an address the part that does not sign it."""
    digest: str = ""
    suffix: str = ""
    address: str = ""


_SUFFIXES = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}


class Shelf:
    """Everything that a film's requests refer to.

    Args:
        project: The film and its files.
        media: Where files are kept.
        pictures: Where it is written down what was taken out of what.

    """

    def __init__(self, project: Project, media: MediaStore, pictures: Pictures) -> None:
        self._project = project
        self._media = media
        self._pictures = pictures
        self._own: dict[str, Item] = {}
        self._copies: dict[str, Item] = {}
        """The user's pictures as they are, by reference."""

    def own_files(self) -> Mapping[str, str]:
        """Take copies of every file the film names; returns what each is, by its reference."""
        for written in self._project.addresses:
            self._own[still(written)] = Item(identity=f"address:{bare(written)}", address=written)
        for written in self._project.media.stills:
            self._own[still(written)] = self._picture(written)
        for written in self._project.media.clips:
            source = self._project.file(written)
            digest = self._media.copy_in(source)
            self._own[still(written)] = _file(digest, source.suffix.lower())
        copies = {still(written): written for written in self._project.media.stills}
        self._pictures.name_files(
            {self._copies[reference].digest: written for reference, written in copies.items()}
        )
        return self.own

    @property
    def own(self) -> Mapping[str, str]:
        """What each of the user's files is, by its reference; empty before `own_files`."""
        return {reference: item.identity for reference, item in self._own.items()}

    def items(self, work: Work, kept: Mapping[str, KeptTake]) -> dict[str, Item]:
        """What stands behind each reference of a shot.

        Args:
            work: The shot.
            kept: The takes of the shots that it needs.

        """
        return self.some_items(work, kept, work.references)

    def some_items(
        self, work: Work, kept: Mapping[str, KeptTake], references: Iterable[str]
    ) -> dict[str, Item]:
        """What stands behind some of a shot's references, where not all of it is there yet."""
        return {
            reference: self._item(parse(reference), kept, work.expectation)
            for reference in references
        }

    def _item(
        self, parsed: Reference, kept: Mapping[str, KeptTake], wanted: Expectation | None
    ) -> Item:
        if parsed.kind is Kind.STILL:
            name = still(parsed.name)
            if parsed.fit:
                return self._shaped(self._copies[name], parsed.fit, parsed.aspect)
            return self._own[name]
        if parsed.kind is Kind.CLIP:
            return self._handed_over(kept[parsed.name])
        source = kept[parsed.name]
        pin = source.pins.get(parsed.edge)
        if pin is not None and pin.still:
            self._refuse_lost(parsed, pin.still)
            taken = Item(digest=pin.still, suffix=".png", identity=f"pixels:{pin.pixels}")
        else:
            first, last = source.kept
            taken = self._anchor(source.take, last if parsed.edge == OUT else first)
            taken = self._corrected(taken, pin.correction) if pin else taken
        return self._as_shown(taken, wanted)

    def _refuse_lost(self, anchor: Reference, digest: str) -> None:
        if self._media.has(digest, ".png"):
            return
        name = f"{anchor.name}.{anchor.edge}"
        raise MatchcutError(
            Code.STILL_UNREADABLE,
            "the picture that stands for it is not in the film's media any more",
            where=name,
            fix=f"{anchor_command(self._project.path.name, 'replace', name, 'FILE')} puts it there "
            "again; `approve` takes the frame itself.",
        )

    def _picture(self, written: str) -> Item:
        """A picture of the user's: as it is, or as a plain PNG where readers differ about it."""
        source, info = self._project.file(written), self._project.media.stills[written]
        suffix = _SUFFIXES[info.format]
        digest = self._media.copy_in(source, suffix)
        if digest != info.sha256:  # it was changed since it was looked at
            info = inspect_still(self._media.path(digest, suffix))
        own = self._copies[still(written)] = _file(digest, suffix)
        return self._prepared(own, "plain", lambda pixels: pixels) if info.odd else own

    def _shaped(self, own: Item, fit: Fit, aspect: Fraction) -> Item:
        """A picture brought to a shape."""
        how = f"{fit} {aspect.numerator}:{aspect.denominator}"
        return self._prepared(own, how, lambda pixels: in_shape(pixels, fit, aspect))

    def _as_shown(self, anchor: Item, wanted: Expectation | None) -> Item:
        """An anchor as the film shows it: out of a clip of another shape, the middle of it.

        Whatever the film says of stills: clips fill the canvas, and what goes on from one must go
        on from what is seen.
        """
        if wanted is None:
            return anchor
        aspect = Fraction(wanted.width, wanted.height)
        width, height = size_by_header(self._media.path(anchor.digest, anchor.suffix))
        if lost_share(Fraction(width, height), aspect) <= SAME_SHAPE:
            return anchor
        return self._shaped(anchor, Fit.CROP, aspect)

    def _corrected(self, anchor: Item, correction: Correction) -> Item:
        """An anchor with its tones taken back; the frame as it is stays beside it."""
        if correction.identity:
            return anchor
        how = f"tones {json.dumps(correction.to_json(), sort_keys=True)}"
        return self._prepared(anchor, how, lambda pixels: apply(pixels, correction))

    def _prepared(self, own: Item, how: str, make: Callable[[Pixels], Pixels]) -> Item:
        """A picture made out of another one, once; it is known again by its pixels."""
        known = self._pictures.prepared(own.digest, how)
        if known is None or not self._media.has(known[0], ".png"):
            pixels = make(read_still(self._media.path(own.digest, own.suffix)))
            provenance = {"matchcut:source": own.digest, "matchcut:prepared": how}
            known = self._media.put(write_still(pixels, provenance), ".png"), pixel_hash(pixels)
            self._pictures.keep_prepared(own.digest, how, *known)
        return Item(digest=known[0], suffix=".png", identity=f"pixels:{known[1]}")

    def _anchor(self, take: Take, frame: int) -> Item:
        """A frame of a clip as a lossless still; taken out once."""
        known = self._pictures.anchor(take.clip, frame)
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
            self._pictures.keep_anchor(known)
        return Item(digest=known.still, suffix=".png", identity=f"pixels:{known.pixels}")

    def _handed_over(self, kept: KeptTake) -> Item:
        """A clip cut at its out frame, for an endpoint that continues it; cut once.

        What makes it the same again is the clip and the frame, not what an encoder made of them.
        """
        take, last = kept.take, kept.kept[1]
        identity = f"sha256:{take.clip}[0..{last}]"
        if last == take.frames - 1:
            return Item(digest=take.clip, suffix=take.suffix, identity=identity)
        digest = self._pictures.cut_clip(take.clip, last)
        if digest is None or not self._media.has(digest, ".mp4"):
            with self._media.draft(".mp4") as draft:
                shown = (
                    frame.pixels
                    for frame in read_frames(self._media.path(take.clip, take.suffix), 0, last + 1)
                )
                write_clip(draft, shown, rate=take.rate, quality=Quality.TAKE)
                digest = self._media.adopt(draft)
            self._pictures.keep_cut_clip(take.clip, last, digest)
        return Item(digest=digest, suffix=".mp4", identity=identity)

    def footage(self, written: str) -> Item:
        """The user's own clip."""
        return self._own[still(written)]


def in_shape(pixels: Pixels, fit: Fit, aspect: Fraction) -> Pixels:
    """A picture brought to a shape as a film says: its middle, or the whole of it between bars."""
    return cropped(pixels, aspect) if fit is Fit.CROP else padded(pixels, aspect)


def _file(digest: str, suffix: str) -> Item:
    return Item(digest=digest, suffix=suffix, identity=f"sha256:{digest}")


def hashed_files(project: Project) -> dict[str, str]:
    """SHA-256 of each file that a film names, by the path written there.

    Raises:
        MatchcutError: `file.missing` where a clip cannot be read any more.

    """
    found = {written: info.sha256 for written, info in project.media.stills.items()}
    return found | {written: hashed(project.file(written)) for written in project.media.clips}
