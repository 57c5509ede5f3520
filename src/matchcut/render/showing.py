"""An anchor written out for a person: the frame, its neighbours, and crops at full size."""

import asyncio
import uuid
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from matchcut.anchor_sheet import crop, draw_window
from matchcut.frames.clip import frame_at
from matchcut.frames.shape import fit
from matchcut.frames.still import read_still, write_still
from matchcut.frames.types import Pixels
from matchcut.look.crops import Crop, crops
from matchcut.look.places import Places
from matchcut.look.where import where_in
from matchcut.project import Project
from matchcut.render.ask import Asked, Questions, question_key
from matchcut.render.attempt import Limits
from matchcut.render.attempts import Attempts
from matchcut.render.hand import Hand, at_hand
from matchcut.render.looked import Looked
from matchcut.render.loops import away_from_loops
from matchcut.render.providers.protocol import Talker
from matchcut.render.run import opened
from matchcut.render.uploads import KeptUploads

_RETOUCHED = 8
"""Levels by which a pixel counts as retouched."""
_BESIDE = 720
"""Pixels across of two pictures that stand beside each other on a sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An anchor that was written out to be looked at."""

    looked: Looked
    still: Path
    """What is handed on, a lossless PNG: the frame, or the picture that stands for it."""
    sheet: Path
    """Its neighbours with what the measures say, and crops at 1:1; a PNG."""
    places: Places
    """Where hands, faces and hair edges are, as far as that was measured."""
    crops: tuple[Crop, ...]
    """Those places, pixel for pixel; numbered from 1 on the sheet."""
    landing: Path | None = None
    """Of the end of a bridge: the picture it was to reach, a PNG; None where no run has said."""


def show(project: Project, name: str, *, revision: str = "") -> Shown:
    """Write an anchor's frame and a sheet of its neighbours into `out/anchors/`.

    Args:
        project: The film.
        name: As `rooftop.out`.
        revision: Which one, where there are several; any, where it is not given.

    Raises:
        MatchcutError: As `look`; `decision.stale` where it is not that revision any more;
            `folder.unwritable` where the pictures cannot be written.

    """
    with at_hand(project) as hand:
        spot, waits = hand.find(name, revision)
        looked = hand.looked(spot, waits=waits)
        frame = looked.frame
        folder = hand.folder.anchors
        still = folder / f"{project.path.stem}-{spot.name}-{frame}.png"
        sheet = folder / f"{project.path.stem}-{spot.name}.png"
        original = frame_at(looked.clip, frame).pixels
        pixels = original
        if looked.still:
            pixels = read_still(hand.folder.media.path(looked.still, ".png"))
        places = where_in(pixels)
        found = crops(pixels, places.places or ())
        facts = {"matchcut:clip": spot.clip, "matchcut:frame": str(frame)}
        beside = _changed(original, pixels)
        written = [(still, write_still(pixels, facts))]
        kept, landing = _landing(hand, looked), None
        if kept is not None:
            beside = _side_by_side(frame, pixels, read_still(kept))
            landing = folder / f"{project.path.stem}-{spot.name}-lands-on.png"
            written.append((landing, kept.read_bytes()))
        written.append((sheet, _sheet(looked, found, beside)))
        for place, data in written:
            hand.folder.media.replace(place, data)
        return Shown(
            looked=looked, still=still, sheet=sheet, places=places, crops=found, landing=landing
        )


def ask_about(
    project: Project,
    name: str,
    found: tuple[Crop, ...],
    talker: Talker,
    *,
    revision: str = "",
    max_usd: Decimal | None = None,
) -> Asked:
    """Ask a model about crops of an anchor. It costs money, and overrules nobody.

    Args:
        project: The film.
        name: As `rooftop.out`.
        found: From `show`, at least one.
        talker: Who answers.
        revision: Which one, where there are several.
        max_usd: What it may cost, beside the film's budget.

    Returns:
        One opinion a crop; or why there is none.

    Raises:
        MatchcutError: As `look`; `budget.over` and `provider.key` before anything is sent,
            `folder.busy` while a run holds the film.

    """
    with opened(project) as (folder, database):
        hand = Hand(project, folder, database)
        spot, _ = hand.find(name, revision)
        attempts = Attempts(database, run=uuid.uuid4().hex)
        attempts.settle()
        questions = Questions(database, attempts, KeptUploads(database))
        limits = Limits(film_usd=project.film.budget_usd, run_usd=max_usd)
        key = question_key(hand.film, spot.shot, spot.edge, spot.number)
        asked = questions.ask(talker, found, key, limits=limits)
        return away_from_loops(lambda: asyncio.run(asked))


def _landing(hand: Hand, looked: Looked) -> Path | None:
    """What a bridge's last frame was to reach, where that is known and there."""
    media, landing = hand.folder.media, looked.landing
    if landing is None or not media.has(landing.still, ".png"):
        return None
    return media.path(landing.still, ".png")


def _side_by_side(frame: int, pixels: Pixels, wanted: Pixels) -> list[tuple[str, Pixels]]:
    """A bridge's last frame and what it was to reach, at one size, next to each other."""
    tall = max(1, round(_BESIDE * pixels.shape[0] / pixels.shape[1]))
    return [
        (f"frame {frame}, where the bridge ends", fit(pixels, _BESIDE, tall)),
        ("what it was to land on", fit(wanted, _BESIDE, tall)),
    ]


def _changed(original: Pixels, pixels: Pixels) -> list[tuple[str, Pixels]]:
    """Where a retouched still differs from the frame, before and after."""
    apart = np.abs(original.astype(np.int16) - pixels).max(axis=2)
    rows, columns = (np.flatnonzero((apart > _RETOUCHED).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return []
    height, width = apart.shape
    left, top = columns[0] / width, rows[0] / height
    region = (left, top, (columns[-1] + 1) / width - left, (rows[-1] + 1) / height - top)
    return [("the frame, 1:1", crop(original, region)), ("your picture, 1:1", crop(pixels, region))]


def _sheet(looked: Looked, found: tuple[Crop, ...], changed: list[tuple[str, Pixels]]) -> bytes:
    spot = looked.spot
    located = changed + [
        (f"{number}: {crop.place.kind.value}, frame {looked.frame}, 1:1", crop.pixels)
        for number, crop in enumerate(found, start=1)
    ]
    title = f"{spot.name}, take {spot.number}"
    if looked.lands_on and looked.said:
        title = f"{title}: {looked.said}"
    return draw_window(looked.clip, looked.choice, taken=looked.frame, name=title, located=located)
