"""Takes into a film: seams measured, the cut laid out, one mp4, a time line and a contact sheet."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from matchcut.assemble.conform import conformed, finish
from matchcut.assemble.cut import CutList, cut_list
from matchcut.assemble.edges import sources
from matchcut.assemble.record import Shown, keep_shown, shown_of, usual_of
from matchcut.assemble.sheet import draw_sheet
from matchcut.assemble.survey import survey
from matchcut.assemble.timeline import write_timeline
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.lettering import stamp
from matchcut.frames.types import Pixels
from matchcut.inspect.drift import SHARES
from matchcut.inspect.look import Look, look
from matchcut.render.events import FilmEvent, Listener
from matchcut.render.providers.embedded import Rehearsal
from matchcut.render.rendered import Rendered, RenderedShot
from matchcut.render.run import opened
from matchcut.render.seams import Seams
from matchcut.store.folder import StateFolder
from matchcut.store.media import file_faults, replace_file

VERSION = 4
"""Raised when the same takes give another film, or are measured otherwise."""


_LONGEST_NAME = 120
"""Bytes of UTF-8; file systems take 255, and endings and numbers follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """The finished film's files."""

    film: Path
    timeline: Path
    sheet: Path
    cut: CutList
    shown: tuple[Shown, ...]
    """What it shows of each shot, and how it meets the one before."""
    new: bool
    """False where the same takes had been assembled before."""


def assemble_film(rendered: Rendered, tell: Listener, *, slate: bool = False) -> Assembled:
    """Assemble a rendered film into `out/` beside the film file.

    Args:
        rendered: Every shot with its take.
        tell: Called with each event.
        slate: Burn each shot's name and frame into the film; the clips stay clean.

    Returns:
        `out/TITLE.mp4` (H.264, 4:2:0, BT.709, constant rate), `.otio` (the same cut, with the clips
        in `out/TITLE-clips/`) and `.png` (a contact sheet).

    Raises:
        MatchcutError: A clip cannot be read, or the folder cannot be written to.

    """
    with opened(rendered.project) as (folder, database):
        return _assemble(rendered, folder, Seams(database), tell, slate=slate)


def file_name(title: str, film_file: Path) -> str:
    """What a film's files are called: its title in lower case, or else the film file's name."""
    slug = re.sub(r"[^\w]+", "-", title.lower()).strip("-_")
    cut = slug.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
    return cut or film_file.stem


def _own_name(folder: StateFolder, title: str, film_file: Path, provider: str) -> str:
    """The same; with the film file's name too, where another film here has a title like it.

    A rehearsal takes no place of a film that was paid for.
    """
    name = file_name(title, film_file)
    owner = _recorded(folder.path / f"assembled-{name}.json").get("film", film_file.name)
    name = name if owner == film_file.name else f"{name}-{film_file.stem}"
    before = _recorded(folder.path / f"assembled-{name}.json").get("provider", provider)
    return f"{name}-{provider}" if before != provider and provider == Rehearsal.name else name


def _assemble(
    rendered: Rendered, folder: StateFolder, seams: Seams, tell: Listener, *, slate: bool
) -> Assembled:
    plan, shots = rendered.plan, rendered.shots
    name = _own_name(folder, plan.title, rendered.project.path, rendered.provider)
    film, timeline, sheet = (folder.out / f"{name}{end}" for end in (".mp4", ".otio", ".png"))
    files = (film, timeline, sheet)
    record = folder.path / f"assembled-{name}.json"
    inputs = _inputs(rendered, slate=slate)
    known = _recorded(record)
    clips = {
        shot.id: folder.out / f"{name}-clips" / f"{shot.id}{shot.take.suffix}" for shot in shots
    }
    stills = {
        (shot.id, edge): folder.out / f"{name}-clips" / f"{shot.id}.{edge}.png"
        for shot in shots
        for edge in shot.stills
    }
    every = (*files, *clips.values(), *stills.values())
    copies = known.get("copies", [])
    shown = shown_of(rendered, seams)
    if (
        len(copies) == len(shots)
        and shown
        and known.get("inputs") == inputs
        and known.get("files") == _hashes(every)
    ):
        cut = cut_list(sources(plan.shots, shots, copies), plan.canvas.fps)
        seams.touch(rendered.film, rendered.provider)
        return Assembled(film=film, timeline=timeline, sheet=sheet, cut=cut, shown=shown, new=False)
    tell(FilmEvent(step="assemble"))
    _set_aside(every, known.get("files"))
    written = _Written(folder, record, rendered, known.get("files", []))
    usual = partial(usual_of, seams, rendered.provider)
    found = survey(rendered.project, plan.canvas, plan.shots, shots, usual)
    copies = list(found.copies)
    cut = cut_list(sources(plan.shots, shots, copies), plan.canvas.fps)
    looks: dict[str, tuple[Look, ...]] = {}
    with written.replacing(film) as draft:
        pictures = _pictures(rendered, cut, tell, looks, slate=slate)
        write_clip(draft, pictures, rate=cut.rate, quality=Quality.FILM)
    for shot in shots:
        # Copies under names that an editor understands; the store's own files stay untouched.
        with written.replacing(clips[shot.id]) as draft, file_faults(clips[shot.id]):
            shutil.copyfile(shot.clip, draft)
        for edge, still in shot.stills.items():
            place = stills[shot.id, edge]
            with written.replacing(place) as draft, file_faults(place):
                shutil.copyfile(still, draft)
    with written.replacing(timeline) as draft, file_faults(timeline):
        write_timeline(draft, plan.title, cut, shots, clips, stills=stills)
    with written.replacing(sheet) as draft, file_faults(sheet):
        draft.write_bytes(draw_sheet(plan.title, plan.canvas, cut, shots, found))
    shown = keep_shown(rendered, seams, cut, found, looks)
    written.note(inputs=inputs, files=_hashes(every), copies=copies)
    return Assembled(film=film, timeline=timeline, sheet=sheet, cut=cut, shown=shown, new=True)


class _Written:
    """What matchcut has put into `out/`, written down before each file takes its place.

    So a file that is found there is ours or somebody's, even where the last run was broken off.
    """

    def __init__(
        self, folder: StateFolder, record: Path, rendered: Rendered, ours: list[str]
    ) -> None:
        self._folder = folder
        self._record = record
        self._whose = {"film": rendered.project.path.name, "provider": rendered.provider}
        self._ours = list(ours)

    @contextmanager
    def replacing(self, place: Path) -> Iterator[Path]:
        """A draft that takes the place of a file once it is whole."""
        with self._folder.media.draft(place.suffix) as draft:
            yield draft
            self._ours += _hashes((draft,))
            self.note(inputs="", files=self._ours, copies=[])
            replace_file(draft, place)

    def note(self, *, inputs: str, files: list[str], copies: list[tuple[int, int]]) -> None:
        """Write the record; without `inputs` it says only which files are ours."""
        facts = {**self._whose, "inputs": inputs, "files": files, "copies": copies}
        with self._folder.media.draft(".json") as draft:
            with file_faults(self._record):
                draft.write_text(json.dumps(facts), encoding="utf-8")
            replace_file(draft, self._record)


def _pictures(
    rendered: Rendered,
    cut: CutList,
    tell: Listener,
    looks: dict[str, tuple[Look, ...]],
    *,
    slate: bool,
) -> Iterator[Pixels]:
    """The film's frames; on their way each clip is looked at where drift is measured."""
    canvas, written = rendered.plan.canvas, 0
    for shot, piece in zip(rendered.shots, cut.pieces, strict=True):
        places = {round(share * (piece.frames - 1)) for share in SHARES}
        seen: list[Look] = []
        for number, picture in enumerate(
            conformed(shot.clip, piece, canvas, finish(shot, piece)), start=1
        ):
            words = f"{piece.shot}  {number}/{piece.frames}  film {written}"
            yield stamp(picture, words) if slate else picture
            if number - 1 in places:
                seen.append(look(picture))
            written += 1
            if written % 12 == 0:
                tell(FilmEvent(step="assemble", share=written / cut.frames))
        looks[piece.shot] = tuple(seen)


def _inputs(rendered: Rendered, *, slate: bool) -> str:
    canvas = rendered.plan.canvas
    shots = [
        [shot.id, shot.take.clip, shot.kept, plan.join.value, plan.bridge, _finish_of(shot)]
        for shot, plan in zip(rendered.shots, rendered.plan.shots, strict=True)
    ]
    size = [canvas.width, canvas.height, str(canvas.fps)]
    return hashlib.sha256(
        json.dumps([VERSION, rendered.plan.title, size, shots, slate]).encode()
    ).hexdigest()


def _finish_of(shot: RenderedShot) -> list[Any]:
    stills = [f"{edge}:{still.stem}" for edge, still in sorted(shot.stills.items())]
    return [stills, shot.started_from.to_json(), shot.accepted]


def _set_aside(files: tuple[Path, ...], recorded: list[str] | None) -> None:
    """Give another name to what stands where we write and is not ours: nobody's file is lost."""
    ours = frozenset(recorded or ())
    for file, digest in zip(files, _hashes(files), strict=True):
        if file.is_file() and digest not in ours:
            numbered = (file.with_name(f"{file.stem}.{n}{file.suffix}") for n in count(1))
            file.rename(next(place for place in numbered if not place.exists()))


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
    """What was written down of the last time; nothing, where that cannot be made out."""
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        pairs = [(max(int(head), 0), max(int(tail), 0)) for head, tail in known["copies"]]
        files = [str(digest) for digest in known["files"]]
        texts = {key: str(known[key]) for key in ("film", "provider", "inputs")}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}
    return {**texts, "copies": pairs, "files": files}
