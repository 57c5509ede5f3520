"""Takes into a film: seams measured, the cut laid out, one mp4, a time line and a contact sheet."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchcut.assemble.conform import conformed
from matchcut.assemble.cut import CutList, cut_list
from matchcut.assemble.edges import measure_copies, read_edges, sources
from matchcut.assemble.sheet import draw_sheet
from matchcut.assemble.timeline import write_timeline
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import Pixels
from matchcut.render.events import FilmEvent, Listener
from matchcut.render.run import Rendered
from matchcut.store.folder import StateFolder
from matchcut.store.media import replace_file

VERSION = 2
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
        in `out/TITLE-clips/`) and `.png` (a contact sheet).

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
    plan, shots = rendered.plan, rendered.shots
    name = file_name(plan.title, rendered.project.path)
    film, timeline, sheet = (folder.out / f"{name}{end}" for end in (".mp4", ".otio", ".png"))
    files = (film, timeline, sheet)
    record = folder.path / f"assembled-{name}.json"
    inputs = _inputs(rendered)
    known = _recorded(record)
    clips = {
        shot.id: folder.out / f"{name}-clips" / f"{shot.id}{shot.take.suffix}" for shot in shots
    }
    if known.get("inputs") == inputs and known.get("files") == _hashes((*files, *clips.values())):
        cut = cut_list(sources(plan.shots, shots, known["copies"]), plan.canvas.fps)
        return Assembled(film=film, timeline=timeline, sheet=sheet, cut=cut, new=False)
    tell(FilmEvent(step="assemble"))
    edges = [read_edges(shot) for shot in shots]
    copies = measure_copies(plan.shots, edges)
    cut = cut_list(sources(plan.shots, shots, copies), plan.canvas.fps)
    with _replacing(folder, film) as draft:
        write_clip(draft, _pictures(rendered, cut, tell), rate=cut.rate, quality=Quality.FILM)
    _hand_out(rendered, folder, clips)
    with _replacing(folder, timeline) as draft:
        write_timeline(draft, plan.title, cut, shots, clips)
    with _replacing(folder, sheet) as draft:
        draft.write_bytes(draw_sheet(plan.title, cut, shots, edges))
    with _replacing(folder, record) as draft:
        hashes = _hashes((*files, *clips.values()))
        facts = {"inputs": inputs, "files": hashes, "copies": copies}
        draft.write_text(json.dumps(facts), encoding="utf-8")
    return Assembled(film=film, timeline=timeline, sheet=sheet, cut=cut, new=True)


@contextmanager
def _replacing(folder: StateFolder, place: Path) -> Iterator[Path]:
    """A draft that takes the place of a file once it is whole."""
    with folder.media.draft(place.suffix) as draft:
        yield draft
        replace_file(draft, place)


def _pictures(rendered: Rendered, cut: CutList, tell: Listener) -> Iterator[Pixels]:
    clips = {shot.id: shot.clip for shot in rendered.shots}
    written = 0
    for piece in cut.pieces:
        for picture in conformed(clips[piece.shot], piece, rendered.plan.canvas):
            yield picture
            written += 1
            if written % 12 == 0:
                tell(FilmEvent(step="assemble", share=written / cut.frames))


def _hand_out(rendered: Rendered, folder: StateFolder, clips: Mapping[str, Path]) -> None:
    """Copies under names that an editor understands; the store's own files stay untouched."""
    for shot in rendered.shots:
        with _replacing(folder, clips[shot.id]) as draft:
            shutil.copyfile(shot.clip, draft)


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


def _recorded(record: Path) -> dict[str, Any]:
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
