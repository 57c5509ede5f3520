"""Twelve frames of a film in one picture: `python scripts/frame_strip.py FILM.mp4 STRIP.jpg`."""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from matchcut.frames.clip import probe, read_frames

COLUMNS, ROWS, WIDTH, GAP = 4, 3, 400, 6


def strip(film: Path) -> Image.Image:
    """Frames at equal distances, in reading order, on white."""
    info = probe(film)
    height = round(WIDTH * info.height / info.width)
    count = COLUMNS * ROWS
    wanted = [round((number + 0.5) * info.frames / count) for number in range(count)]
    size = (COLUMNS * (WIDTH + GAP) - GAP, ROWS * (height + GAP) - GAP)
    sheet = Image.new("RGB", size, (255, 255, 255))
    for frame in read_frames(film):
        if frame.index in wanted:
            row, column = divmod(wanted.index(frame.index), COLUMNS)
            small = cv2.resize(frame.pixels, (WIDTH, height), interpolation=cv2.INTER_AREA)
            picture = Image.fromarray(np.asarray(small, np.uint8))
            sheet.paste(picture, (column * (WIDTH + GAP), row * (height + GAP)))
    return sheet


def main() -> None:
    """Write the strip."""
    film, place = map(Path, sys.argv[1:3])
    place.parent.mkdir(parents=True, exist_ok=True)
    strip(film).save(place, quality=88, subsampling=0)


if __name__ == "__main__":
    main()
