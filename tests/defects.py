"""Defects that a frame can have, injected into real frames at three strengths."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels

Mask = npt.NDArray[np.float32]

STRENGTHS = ("mild", "middle", "strong")
LAG = 4
"""Frames back that a ghost comes from."""
VISIBLE = 4.0
"""Levels of 255: a defect whose 99th percentile changes less is one that nobody sees."""


class Defect(StrEnum):
    """What is done to a frame."""

    MOTION = "motion blur"
    DEFOCUS = "defocus"
    LOCAL = "local motion blur"
    GHOST = "ghosting"
    FLASH = "flash"
    FADE = "fade"
    LIGHT = "half-frame light"
    BLOCKS = "compression blocks"
    WARP = "local warp"


def damaged(
    defect: Defect, strength: int, frames: Sequence[Pixels], index: int, seed: int
) -> Pixels:
    """Return a damaged copy of a frame.

    Args:
        defect: What to do.
        strength: 0 mild, 1 middle, 2 strong.
        frames: The clip's clean frames.
        index: Which one.
        seed: Decides angle, side and place; the same for neighbouring frames, as in a real clip.

    Returns:
        (height, width, 3) uint8; lengths are in proportion to the picture's height.

    """
    return _WAYS[defect](strength, frames, index, np.random.default_rng(seed))


def change(one: Pixels, other: Pixels) -> float:
    """How much of a change there is to see: 99th percentile of the difference, 0 to 255."""
    difference = cv2.absdiff(one, other).max(axis=2)
    return float(np.percentile(cv2.blur(difference, (3, 3))[::2, ::2], 99))


def _motion(
    strength: int, frames: Sequence[Pixels], index: int, rng: np.random.Generator
) -> Pixels:
    frame = frames[index]
    return np.asarray(cv2.filter2D(frame, -1, _streak(frame, strength, rng)), np.uint8)


def _streak(frame: Pixels, strength: int, rng: np.random.Generator) -> Mask:
    length = max(2.0, (6, 10, 18)[strength] * frame.shape[0] / 480)
    angle = rng.uniform(0, np.pi)
    side = int(np.ceil(length)) | 1
    kernel = np.zeros((side, side), np.float32)
    middle = side // 2
    for step in np.linspace(-length / 2, length / 2, 8 * side):
        x, y = middle + step * np.cos(angle), middle + step * np.sin(angle)
        left, top = int(np.floor(x)), int(np.floor(y))
        for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
            if 0 <= column < side and 0 <= row < side:
                kernel[row, column] += max(0, 1 - abs(x - column)) * max(0, 1 - abs(y - row))
    return kernel / kernel.sum()


def _defocus(
    strength: int, frames: Sequence[Pixels], index: int, _rng: np.random.Generator
) -> Pixels:
    frame = frames[index]
    by = max(0.7, (1.2, 2.0, 3.5)[strength] * frame.shape[0] / 480)
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), by), np.uint8)


def _local(strength: int, frames: Sequence[Pixels], index: int, rng: np.random.Generator) -> Pixels:
    frame = frames[index]
    mask = _patch(frames, rng)[..., None]
    blurred = cv2.filter2D(frame, -1, _streak(frame, strength, rng))
    return _mixed(frame, blurred, mask)


def _ghost(strength: int, frames: Sequence[Pixels], index: int, rng: np.random.Generator) -> Pixels:
    del rng
    return _mixed(frames[index], frames[max(0, index - LAG)], (0.2, 0.35, 0.5)[strength])


def _flash(strength: int, frames: Sequence[Pixels], index: int, rng: np.random.Generator) -> Pixels:
    """Return the frame under a veil of light, as of a flash that the lens scatters."""
    del rng
    white = np.full_like(frames[index], 255)
    return _mixed(frames[index], white, (0.1, 0.2, 0.4)[strength])


def _fade(strength: int, frames: Sequence[Pixels], index: int, rng: np.random.Generator) -> Pixels:
    del rng
    return _mixed(frames[index], np.zeros_like(frames[index]), (0.12, 0.24, 0.45)[strength])


def _light(strength: int, frames: Sequence[Pixels], index: int, rng: np.random.Generator) -> Pixels:
    frame = frames[index]
    height, width = frame.shape[:2]
    along = np.linspace(-1, 1, height if rng.random() < 0.5 else width, dtype=np.float32)
    side = 1 / (1 + np.exp(-along * np.float32(rng.choice((-12, 12)))))
    gain = 1 + np.float32(rng.choice((-1, 1)) * (0.12, 0.22, 0.4)[strength]) * side
    gain = gain[:, None, None] if len(along) == height else gain[None, :, None]
    return np.clip(frame * gain + 0.5, 0, 255).astype(np.uint8)


def _blocks(
    strength: int, frames: Sequence[Pixels], index: int, _rng: np.random.Generator
) -> Pixels:
    quality = (20, 12, 5)[strength]
    packed = cv2.imencode(".jpg", frames[index][..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1], np.uint8)


def _warp(strength: int, frames: Sequence[Pixels], index: int, rng: np.random.Generator) -> Pixels:
    frame = frames[index]
    height, width = frame.shape[:2]
    mask = _patch(frames, rng)
    by = (3, 6, 10)[strength] * height / 480
    wave = 2 * np.pi / (0.12 * height)
    phase = rng.uniform(0, 2 * np.pi, 2)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved_x = x + by * mask * np.sin(y * wave + phase[0])
    moved_y = y + by * mask * np.sin(x * wave + phase[1])
    return np.asarray(
        cv2.remap(
            frame, moved_x.astype(np.float32), moved_y.astype(np.float32), cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )  # fmt: skip


def _patch(frames: Sequence[Pixels], rng: np.random.Generator) -> Mask:
    """Return a soft ellipse a third of the picture high, where there is something to be damaged."""
    frame = frames[-1]
    height, width = frame.shape[:2]
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    detail = cv2.boxFilter(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), -1, (height // 4, height // 4))
    enough = np.percentile(detail[::8, ::8], 60)
    x, y = 0, 0
    for _ in range(50):
        x, y = int(rng.uniform(0.2, 0.8) * width), int(rng.uniform(0.2, 0.8) * height)
        if detail[y, x] >= enough:
            break
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    away = np.hypot((columns - x) / (0.16 * height), (rows - y) / (0.18 * height))
    return np.clip(2 * (1.2 - away), 0, 1).astype(np.float32)


def _mixed(one: Pixels, other: Pixels, share: float | Mask) -> Pixels:
    if isinstance(share, float):
        return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)
    first, second = one.astype(np.float32), other.astype(np.float32)
    return (first + (second - first) * share + np.float32(0.5)).clip(0, 255).astype(np.uint8)


_WAYS: dict[Defect, Callable[[int, Sequence[Pixels], int, np.random.Generator], Pixels]] = {
    Defect.MOTION: _motion,
    Defect.DEFOCUS: _defocus,
    Defect.LOCAL: _local,
    Defect.GHOST: _ghost,
    Defect.FLASH: _flash,
    Defect.FADE: _fade,
    Defect.LIGHT: _light,
    Defect.BLOCKS: _blocks,
    Defect.WARP: _warp,
}
