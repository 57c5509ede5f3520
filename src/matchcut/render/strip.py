"""A clip at a glance: frames from its first to its last, side by side, for a person's look."""

from pathlib import Path

import numpy as np

from matchcut.frames.clip import probe, read_frames
from matchcut.frames.lettering import stamp
from matchcut.frames.shape import fit
from matchcut.frames.still import write_still

_ACROSS, _DOWN, _WIDE = 4, 3, 480
_GAP = 8


def draw_strip(clip: Path, name: str) -> bytes:
    """Draw a clip's frames, evenly spread, the first and the last among them.

    Args:
        clip: The file.
        name: What it is called; stamped on each frame with its number.

    Returns:
        A PNG of four frames a row, 480 pixels wide each.

    Raises:
        MatchcutError: It cannot be read.

    """
    info = probe(clip)
    places = np.linspace(0, info.frames - 1, min(_ACROSS * _DOWN, info.frames))
    wanted = {round(float(place)) for place in places}
    tall = max(1, round(_WIDE * info.height / info.width))
    pictures = [
        stamp(fit(frame.pixels, _WIDE, tall), f"{name}@{frame.index}")
        for frame in read_frames(clip)
        if frame.index in wanted
    ]
    rows = -(-len(pictures) // _ACROSS)
    size = (rows * (tall + _GAP) - _GAP, _ACROSS * (_WIDE + _GAP) - _GAP, 3)
    sheet = np.full(size, 18, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = (number // _ACROSS) * (tall + _GAP), (number % _ACROSS) * (_WIDE + _GAP)
        sheet[top : top + tall, left : left + _WIDE] = picture
    return write_still(sheet, {"matchcut:clip": clip.stem})
