"""A title-like card for a shot that has words and no picture yet."""

import colorsys
from collections.abc import Iterator

import numpy as np

from matchcut.frames.lettering import Setting, draw, length, plain, wrap
from matchcut.frames.types import Pixels
from matchcut.render.providers.rehearsal.fields import Grid, Page, Picture, grid_of, mix
from matchcut.render.providers.rehearsal.moves import drifts_of
from matchcut.render.providers.rehearsal.words import Camera, Direction

_PUSH = Direction(moves=(Camera.ZOOM_IN,), pace=0.25)
_DRIFT = Direction(moves=(Camera.TRACK_RIGHT, Camera.ZOOM_IN), pace=0.5)
_INK = (240, 236, 228)
_SIZES = (0.082, 0.070, 0.060, 0.052, 0.045, 0.039)
"""Heights of the letters that are tried, largest first, in parts of the shorter side."""
_LEADING = 1.55
_COLUMN = 0.74
"""Width of the words, in widths."""
_PAGE = 0.62
"""Height of the words, in heights."""


def plate(text: str, *, seed: int, width: int, height: int, times: list[float]) -> Iterator[Pixels]:
    """Yield a card with words on a soft gradient, both in slow motion.

    Args:
        text: What to set; cut with an ellipsis where there is too much of it to read.
        seed: Chooses the colours.
        width: Pixels.
        height: Pixels.
        times: Seconds of the frames, the first 0.

    Yields:
        One picture a time.

    """
    grid = grid_of(width, height)
    ground = Page(_ground(grid, seed), grid)
    words = Page(_words(plain(text), width, height), grid)
    seconds = times[-1]
    slide = drifts_of(_DRIFT, grid, seconds=seconds, anchor=0.0, seed=seed)
    push = drifts_of(_PUSH, grid, seconds=seconds, anchor=0.0, seed=seed)
    ink = np.broadcast_to(np.array(_INK, np.float32), (height, width, 3)).copy()
    for time in times:
        share = np.asarray(np.clip(words.drifted(push, time) / 255, 0, 1), np.float32)
        yield mix(ground.drifted(slide, time), ink, share)


def _ground(grid: Grid, seed: int) -> Pixels:
    """Paint a dark gradient of two neighbouring colours under a wide soft light."""
    random = np.random.default_rng(seed % 2**63)
    hue = random.uniform()
    shades = [
        np.array(colorsys.hls_to_rgb((hue + turn) % 1.0, light, 0.34))
        for turn, light in ((0.0, 0.11), (0.09 * random.choice([-1, 1]), 0.24))
    ]
    angle = random.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * grid.u + np.sin(angle) * grid.v / grid.tall
    light = np.exp(-(((grid.u - 0.2 * np.cos(angle)) / 0.5) ** 2 + (grid.v / grid.tall / 0.6) ** 2))
    mix = (np.clip(0.35 + 0.6 * slope, 0, 1) * 0.6 + 0.5 * light)[..., None]
    color = (shades[0] + (shades[1] - shades[0]) * mix) * 255
    grain = random.normal(0, 0.8, (grid.height, grid.width, 1))  # else the slope shows bands
    return np.asarray(np.clip(color + grain + 0.5, 0, 255), np.uint8)


def _words(text: str, width: int, height: int) -> Picture:
    """Set the words in the middle, as large as they fit, left edges aligned."""
    setting, lines = _fit(text, width, height)
    step = round(setting.size * _LEADING)
    left = (width - max((length(line, setting) for line in lines), default=0)) // 2
    top = (height - step * (len(lines) - 1)) // 2 + round(0.36 * setting.size)
    placed = [(line, (left, top + step * index)) for index, line in enumerate(lines)]
    return draw((width, height), placed, setting)


def _fit(text: str, width: int, height: int) -> tuple[Setting, list[str]]:
    wide = max(1, round(width * _COLUMN))
    setting, lines = Setting(size=1), list[str]()
    for part in _SIZES:
        setting = Setting(size=max(5, round(min(width, height) * part)))
        most = max(1, int(height * _PAGE / (setting.size * _LEADING)))
        lines = wrap(text, setting, wide, most)
        if "".join(lines).replace(" ", "") == text.replace(" ", ""):
            break
    return setting, lines
