"""Takes into a film: seams measured, the cut laid out, one mp4, a time line and a contact sheet."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matchcut.assemble.conform import conformed
from matchcut.assemble.cut import CutList, Source, cut_list
from matchcut.assemble.sheet import draw_sheet
from matchcut.assemble.timeline import write_timeline
from matchcut.film.types import Join
from matchcut.frames.clip import frame_at, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import MOST, count_copies
from matchcut.render.events import FilmEvent, Listener
from matchcut.render.run import Rendered, RenderedShot
from matchcut.store.folder import StateFolder
from matchcut.store.media import replace_file

VERSION = 1
"""Raised when the same takes give another film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """The finished film's files."""

    film: Path
    timeline: Path
    sheet: Path
    cut: CutList
    new: bool
    """False where the same takes had been assembled before."""


def assemble_film(rendered: Rendered, tell: Listener) -> Assembled:
    """Assemble a rendered film into `out/` beside the film file.

    Args:
        rendered: Every shot with its take.
        tell: Called with each event.

    Returns:
        `out/TITLE.mp4` (H.264, 4:2:0, BT.709, constant rate), `.otio` (the same cut, with the clips
        in `out/clips/`) and `.png` (a contact sheet).

    Raises:
        MatchcutError: A clip cannot be read, or the folder cannot be written to.

    """
    folder = StateFolder(rendered.project.folder)
    with folder.held():
        return _assemble(rendered, folder, tell)


def file_name(title: str, film_file: Path) -> str:
    """What a film's files are called: its title in lower case, or else the film file's name."""
    slug = re.sub(r"[^\w]+", "-", title.lower()).strip("-_")
    return slug[:80] or film_file.stem


def _assemble(rendered: Rendered, folder: StateFolder, tell: Listener) -> Assembled:
    name = file_name(rendered.plan.title, rendered.project.path)
    film, timeline, sheet = (folder.out / f"{name}{end}" for end in (".mp4", ".otio", ".png"))
    record = folder.path / f"assembled-{name}.json"
    inputs = _inputs(rendered)
    cut = cut_list(_sources(rendered), rendered.plan.canvas.fps)
    files = (film, timeline, sheet)
    if _recorded(record) == {"inputs": inputs, "files": _hashes(files)}:
        return Assembled(film=film, timeline=timeline, sheet=sheet, cut=cut, new=False)
    tell(FilmEvent(step="assemble"))
    with folder.media.draft(".mp4") as draft:
        pictures = _pictures(rendered, cut, tell)
        write_clip(draft, pictures, rate=cut.rate, quality=Quality.FILM)
        replace_file(draft, film)
    clips = _hand_out_clips(rendered, folder)
    with folder.media.draft(".otio") as draft:
        write_timeline(draft, rendered.plan.title, cut, rendered.shots, clips)
        replace_file(draft, timeline)
    with folder.media.draft(".png") as draft:
        draft.write_bytes(draw_sheet(rendered.plan.title, cut, rendered.shots))
        replace_file(draft, sheet)
    with folder.media.draft(".json") as draft:
        draft.write_text(json.dumps({"inputs": inputs, "files": _hashes(files)}), encoding="utf-8")
        replace_file(draft, record)
    return Assembled(film=film, timeline=timeline, sheet=sheet, cut=cut, new=True)


def _sources(rendered: Rendered) -> list[Source]:
    sources = []
    before: RenderedShot | None = None
    planned = rendered.plan.shots
    for index, (plan, shot) in enumerate(zip(planned, rendered.shots, strict=True)):
        after = rendered.shots[index + 1] if index + 1 < len(rendered.shots) else None
        lands = planned[index - 1].bridge if index else False
        sources.append(
            Source(
                shot=shot.id,
                kept=shot.kept,
                rate=shot.take.rate,
                join=plan.join,
                lands_on_next=plan.bridge,
                # What a bridge lands on is the original: its own head is never the copy.
                head_copies=_head_copies(before, shot)
                if before and plan.join is not Join.CUT and not lands
                else 0,
                tail_copies=_tail_copies(shot, after) if after and plan.bridge else 0,
            )
        )
        before = shot
    return sources


def _head_copies(before: RenderedShot, shot: RenderedShot) -> int:
    anchor = frame_at(before.clip, before.kept[1]).pixels
    first, last = shot.kept
    frames = [f.pixels for f in read_frames(shot.clip, first, min(first + MOST + 2, last + 1))]
    return count_copies(anchor, frames)


def _tail_copies(shot: RenderedShot, after: RenderedShot) -> int:
    anchor = frame_at(after.clip, after.kept[0]).pixels
    first, last = shot.kept
    frames = [f.pixels for f in read_frames(shot.clip, max(first, last - MOST - 1), last + 1)]
    return count_copies(anchor, frames[::-1])


def _pictures(rendered: Rendered, cut: CutList, tell: Listener) -> Iterator[Pixels]:
    clips = {shot.id: shot.clip for shot in rendered.shots}
    written = 0
    for piece in cut.pieces:
        for picture in conformed(clips[piece.shot], piece, rendered.plan.canvas):
            yield picture
            written += 1
            if written % 12 == 0:
                tell(FilmEvent(step="assemble", share=written / cut.frames))


def _hand_out_clips(rendered: Rendered, folder: StateFolder) -> dict[str, Path]:
    """Copies under names that an editor understands; the store's own files stay untouched."""
    handed = {}
    for shot in rendered.shots:
        place = folder.out / "clips" / f"{shot.id}{shot.take.suffix}"
        with folder.media.draft(shot.take.suffix) as draft:
            shutil.copyfile(shot.clip, draft)
            replace_file(draft, place)
        handed[shot.id] = place
    return handed


def _inputs(rendered: Rendered) -> str:
    canvas = rendered.plan.canvas
    shots = [
        [shot.id, shot.take.clip, shot.kept, plan.join.value, plan.bridge]
        for shot, plan in zip(rendered.shots, rendered.plan.shots, strict=True)
    ]
    size = [canvas.width, canvas.height, str(canvas.fps)]
    return hashlib.sha256(
        json.dumps([VERSION, rendered.plan.title, size, shots]).encode()
    ).hexdigest()


def _hashes(files: tuple[Path, ...]) -> list[str]:
    found = []
    for file in files:
        try:
            with file.open("rb") as stream:
                found.append(hashlib.file_digest(stream, "sha256").hexdigest())
        except OSError:
            found.append("")
    return found


def _recorded(record: Path) -> object:
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
