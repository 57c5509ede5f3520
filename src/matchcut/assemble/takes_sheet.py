"""Takes of one shot side by side: what a person looks at before one is circled."""

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageDraw

from matchcut.assemble.sheet import (
    ACCENT,
    GAP,
    GROUND,
    INK,
    LABEL,
    MARGIN,
    QUIET,
    WIDTH,
    paste,
    write,
)
from matchcut.frames.clip import frame_at

_SHARES = (0.0, 1 / 3, 2 / 3, 1.0)
"""Where in a clip a frame is shown."""


def draw_takes(aspect: Fraction, takes: Sequence[tuple[Path, int, str, str, bool]]) -> bytes:
    """Draw a row a take.

    Args:
        aspect: Width over height of the film's picture.
        takes: Of each its clip, how many frames that has, what it is called, what is said of it,
            and whether it is circled.

    Returns:
        A PNG.

    Raises:
        MatchcutError: A clip cannot be read.

    """
    tall = round(WIDTH / aspect)
    row = tall + LABEL + GAP
    columns = len(_SHARES)
    size = (MARGIN * 2 + WIDTH * columns + GAP * (columns - 1), MARGIN + row * len(takes))
    sheet = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    for number, (clip, frames, name, said, circled) in enumerate(takes):
        top = MARGIN + number * row
        for column, share in enumerate(_SHARES):
            index = round(share * (frames - 1))
            left = MARGIN + column * (WIDTH + GAP)
            paste(sheet, frame_at(clip, index).pixels, left, top, tall)
            if column:
                write(draw, (left, top + tall + 6), f"frame {index}", 12, QUIET)
        write(draw, (MARGIN, top + tall + 6), name, 15, ACCENT if circled else INK)
        write(draw, (MARGIN, top + tall + 26), said, 12, QUIET)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
