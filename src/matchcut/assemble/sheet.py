"""The contact sheet: each shot's first and last frame, and every seam side by side."""

import io
from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from matchcut.assemble.cut import CutList, Piece
from matchcut.assemble.survey import Survey
from matchcut.film.types import Canvas, Join
from matchcut.frames.shape import fit
from matchcut.inspect.seam import BRIEFLY, Seam
from matchcut.render.rendered import RenderedShot

WIDTH = 320
MARGIN, GAP, LABEL, _HEAD = 28, 36, 44, 84
_SMALL = 12
"""Pixels high; what was measured."""
GROUND, INK, QUIET, ACCENT = (18, 19, 22), (236, 236, 232), (150, 152, 158), (240, 180, 80)


def draw_sheet(
    title: str,
    canvas: Canvas,
    cut: CutList,
    shots: Sequence[RenderedShot],
    found: Survey,
) -> bytes:
    """Draw the sheet.

    Args:
        title: The film's title.
        canvas: Its picture, whose shape every cell has.
        cut: The cut list.
        shots: The takes.
        found: Their outermost frames, and the seams between them.

    Returns:
        A PNG: a row a shot, with the first and the last frame that are shown of it, and right of
        them the seam to the next shot, its two frames edge to edge as the eye meets them.

    """
    clips = {shot.id: shot for shot in shots}
    shown = [
        (edge.first(piece.dropped_head), edge.last(piece.dropped_tail))
        for piece, edge in zip(cut.pieces, found.edges, strict=True)
    ]
    tall = round(WIDTH / canvas.aspect)
    row = tall + LABEL + GAP
    size = (MARGIN * 2 + WIDTH * 4 + GAP * 2, _HEAD + row * len(shown) + MARGIN - GAP)
    sheet = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    _head(draw, title, cut)
    for index, (piece, (first, last)) in enumerate(zip(cut.pieces, shown, strict=True)):
        top = _HEAD + index * row
        left, second = MARGIN, MARGIN + WIDTH + GAP // 2
        paste(sheet, first, left, top, tall)
        paste(sheet, last, second, top, tall)
        below = top + tall + 6
        write(draw, (left, below), piece.shot, 15, INK)
        write(draw, (left, below + 20), _shown(piece, clips[piece.shot], cut), 12, QUIET)
        write(draw, (second, below), f"frame {piece.last}", 12, QUIET)
        if index + 1 == len(shown):
            continue
        after, (entry, _) = cut.pieces[index + 1], shown[index + 1]
        seam = second + WIDTH + GAP
        paste(sheet, last, seam, top, tall)
        paste(sheet, entry, seam + WIDTH, top, tall)
        colour = QUIET if after.join is Join.CUT else ACCENT
        write(draw, (seam, below), f"{piece.shot} | {after.shot}: {after.join}", 15, colour)
        said = _seam(piece, after, found.met[index].seam)
        write(draw, (seam, below + 20), said, _SMALL, QUIET)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=False, compress_level=6)
    return buffer.getvalue()


def _head(draw: ImageDraw.ImageDraw, title: str, cut: CutList) -> None:
    seconds = float(cut.frames / cut.rate)
    write(draw, (MARGIN, 18), title, 26, INK)
    facts = f"{len(cut.pieces)} shots, {cut.frames} frames at {cut.rate} fps, {seconds:.2f} s"
    write(draw, (MARGIN, 52), facts, 13, QUIET)
    write(draw, (MARGIN + WIDTH + GAP // 2, 52), "first and last shown frame", 13, QUIET)
    write(
        draw,
        (MARGIN + WIDTH * 2 + GAP * 3 // 2, 52),
        "seam to the next shot, as the eye meets it",
        13,
        QUIET,
    )


def _shown(piece: Piece, shot: RenderedShot, cut: CutList) -> str:
    seconds = float(piece.frames / cut.rate)
    return f"frames {piece.first}-{piece.last} of {shot.take.frames}, {seconds:.2f} s"


def _seam(piece: Piece, after: Piece, seam: Seam) -> str:
    said = ["step not measured" if seam.step is None else f"changes by {seam.step:.1f} of 255"]
    if seam.joined:
        if seam.ratio is not None:
            said[0] += f" ({seam.ratio:.2f} of its usual)"
        dropped = piece.dropped_tail + after.dropped_head
        said.append(f"{dropped} copied frame{'' if dropped == 1 else 's'} left out")
    flags = [BRIEFLY[flag] for flag in seam.flags]
    for shown in range(len(flags), -1, -1):
        more = [f"and {len(flags) - shown} more"] if shown < len(flags) else []
        line = ", ".join((*said, *flags[:shown], *more))
        if _font(_SMALL).getlength(line) <= WIDTH * 2:
            break
    return line


def paste(sheet: Image.Image, pixels: np.ndarray, left: int, top: int, tall: int) -> None:
    """Put a picture on a sheet, `WIDTH` wide and `tall` pixels high."""
    sheet.paste(Image.fromarray(fit(pixels, WIDTH, tall)), (left, top))


def write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    colour: tuple[int, int, int],
) -> None:
    """Write a line on a sheet, `size` pixels high."""
    draw.text(place, text, fill=colour, font=_font(size))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
