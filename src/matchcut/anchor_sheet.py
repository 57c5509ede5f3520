"""The sheet of a window: its frames with their scores, and crops at full size for a person."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from matchcut.edge import Candidate, Choice, Region
from matchcut.frames.clip import read_frames
from matchcut.frames.shape import fit
from matchcut.frames.types import Pixels

_WIDTH, _CROP, _ACROSS, _CROPS = 240, 360, 6, 4
_MARGIN, _GAP, _LABEL, _HEAD = 24, 16, 40, 76
_GROUND, _INK, _QUIET, _ACCENT, _BAD = (
    (18, 19, 22), (236, 236, 232), (150, 152, 158), (240, 180, 80), (232, 96, 84),
)  # fmt: skip


def draw_window(
    clip: Path,
    choice: Choice,
    *,
    taken: int | None = None,
    name: str = "",
    located: Sequence[tuple[str, Pixels]] = (),
) -> bytes:
    """Draw the sheet of a choice.

    Args:
        clip: The clip it was made on.
        choice: From `edge.choose`.
        taken: The frame that is taken; the chosen one where it is not given.
        name: What it is called; the file's name where it is not given.
        located: Pieces of the taken frame that should be looked at closely, and what each is.

    Returns:
        A PNG: the window's frames in display order with score and first reason, the pinned and
        the taken one marked; below, at one pixel for one, the located pieces, and crops of the
        pinned frame and of the taken one, where the measures found something and where there is
        most detail.

    """
    taken = choice.chosen if taken is None else taken
    shown = sorted({*(candidate.frame for candidate in choice.candidates), taken})
    thumbs, whole = [], {}
    for frame in read_frames(clip, shown[0], shown[-1] + 1):
        if frame.index in (choice.pinned, taken):
            whole[frame.index] = frame.pixels
        if frame.index in shown:
            aspect = frame.pixels.shape[1] / frame.pixels.shape[0]
            tall = max(1, round(_WIDTH / aspect))
            thumbs.append((frame.index, fit(frame.pixels, _WIDTH, tall)))
    pieces = list(located)
    spots = _spots(whole[taken], choice.region)
    for number in dict.fromkeys((choice.pinned, taken)):
        if number in whole:
            pieces += [
                (f"frame {number}, 1:1, {why}", crop(whole[number], spot)) for why, spot in spots
            ]
    return _png(_lay_out(name or clip.name, choice, taken, thumbs=thumbs, pieces=pieces))


def detailed(pixels: Pixels, count: int) -> list[Region]:
    """Find where a picture has most detail, in places that do not overlap.

    Args:
        pixels: (height, width, 3) uint8.
        count: How many places, at most.

    Returns:
        Squares as parts of the picture, the richest first; each is `_CROP` pixels a side, or less
        in a smaller picture.

    """
    height, width = pixels.shape[:2]
    edges = np.abs(cv2.Laplacian(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_32F))
    wide, tall = min(_CROP, width), min(_CROP, height)
    found: list[Region] = []
    for _ in range(count):
        total = cv2.boxFilter(edges, -1, (wide, tall), borderType=cv2.BORDER_CONSTANT)
        row, column = np.unravel_index(int(np.argmax(total)), total.shape)
        if total[row, column] <= 0:
            break
        left = int(np.clip(column - wide // 2, 0, width - wide))
        top = int(np.clip(row - tall // 2, 0, height - tall))
        found.append((left / width, top / height, wide / width, tall / height))
        edges[top : top + tall, left : left + wide] = 0
    return found


def crop(pixels: Pixels, region: Region) -> Pixels:
    """Cut a square out at one pixel for one, about the middle of a region.

    Args:
        pixels: (height, width, 3) uint8.
        region: As parts of the picture.

    Returns:
        At most `_CROP` pixels a side, a view into `pixels`.

    """
    height, width = pixels.shape[:2]
    wide, tall = min(_CROP, width), min(_CROP, height)
    left = round((region[0] + region[2] / 2) * width - wide / 2)
    top = round((region[1] + region[3] / 2) * height - tall / 2)
    left, top = int(np.clip(left, 0, width - wide)), int(np.clip(top, 0, height - tall))
    return pixels[top : top + tall, left : left + wide]


def _spots(pixels: Pixels, region: Region | None) -> list[tuple[str, Region]]:
    found = [("where it was found", region)] if region is not None else []
    found += [("most detail", spot) for spot in detailed(pixels, _CROPS - len(found))]
    return found


def _lay_out(
    name: str,
    choice: Choice,
    taken: int,
    *,
    thumbs: Sequence[tuple[int, Pixels]],
    pieces: Sequence[tuple[str, Pixels]],
) -> Image.Image:
    by_frame = {candidate.frame: candidate for candidate in choice.candidates}
    row = thumbs[0][1].shape[0] + _LABEL + _GAP
    rows = -(-len(thumbs) // _ACROSS)
    wide = max(_ACROSS * (_WIDTH + _GAP), _CROPS * (_CROP + _GAP)) - _GAP + 2 * _MARGIN
    places, foot = _flow([piece.shape for _, piece in pieces], wide, _HEAD + rows * row)
    tall = foot + _MARGIN
    sheet = Image.new("RGB", (wide, tall), _GROUND)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_MARGIN, 14), name, 24, _INK)
    _write(draw, (_MARGIN, 46), _said(choice, taken), 14, _QUIET)
    for number, (frame, picture) in enumerate(thumbs):
        left = _MARGIN + number % _ACROSS * (_WIDTH + _GAP)
        top = _HEAD + number // _ACROSS * row
        sheet.paste(Image.fromarray(picture), (left, top))
        marks = [word for word, own in (("edge", choice.pinned), ("taken", taken)) if own == frame]
        place = (left, top + picture.shape[0] + 4)
        _write(draw, place, " ".join([f"frame {frame}", *marks]), 14, _ACCENT if marks else _INK)
        if frame in by_frame:
            _score(draw, (place[0], place[1] + 18), by_frame[frame])
    for (words, piece), (left, top) in zip(pieces, places, strict=True):
        sheet.paste(Image.fromarray(np.ascontiguousarray(piece)), (left, top))
        _write(draw, (left, top + piece.shape[0] + 4), words, 12, _QUIET)
    return sheet


def _flow(
    shapes: Sequence[tuple[int, ...]], wide: int, top: int
) -> tuple[list[tuple[int, int]], int]:
    """Where pieces go, in rows from left to right; and where the last row ends."""
    places, left, lowest = [], _MARGIN, top
    for height, width, *_ in shapes:
        if left > _MARGIN and left + width > wide - _MARGIN:
            left, top = _MARGIN, lowest
        places.append((left, top))
        left += width + _GAP
        lowest = max(lowest, top + height + _LABEL + _GAP)
    return places, lowest


def _said(choice: Choice, taken: int) -> str:
    why = f" ({choice.decided_by})" if choice.decided_by else ""
    return (
        f"frames 0 to {choice.frames - 1}; frame {choice.pinned} at the edge, against its own "
        f"clip: {choice.verdict}{why}; taken: frame {taken}. A score above 1 speaks against a "
        "frame. Hands, faces and hair edges are for you to judge."
    )


def _score(draw: ImageDraw.ImageDraw, place: tuple[int, int], candidate: Candidate) -> None:
    first = candidate.reasons[0].measure if candidate.reasons else "nothing found"
    colour = _BAD if candidate.score > 1 else _QUIET
    _write(draw, place, f"{candidate.score:.2f} {first}", 12, colour)


def _png(sheet: Image.Image) -> bytes:
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=False, compress_level=6)
    return buffer.getvalue()


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    colour: tuple[int, int, int],
) -> None:
    draw.text(place, text, fill=colour, font=ImageFont.load_default(size))
