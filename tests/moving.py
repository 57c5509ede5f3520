"""A scene that moves as real ones do: a pan, somebody who crosses it, and an encoder's noise."""

from functools import cache
from itertools import pairwise

import cv2
import numpy as np

from matchcut.frames.types import Pixels
from matchcut.inspect.motion import Motion, follow
from matchcut.inspect.reduced import Reduced, reduce_frame

WIDTH, HEIGHT, FRAMES = 480, 272, 36


def texture(seed: int, width: int, height: int) -> Pixels:
    """A picture with structure down to the pixel, as sharp footage has."""
    noise = np.random.default_rng(seed)
    total = np.full((height, width, 3), 110.0)
    for scale, weight in ((2, 30), (6, 60), (20, 90), (60, 110)):
        grid = noise.uniform(-0.5, 0.5, (height // scale + 3, width // scale + 3, 3))
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(total, 0, 255).astype(np.uint8)


@cache
def scene(frames: int = FRAMES, seed: int = 3, speed: int = 2) -> tuple[Pixels, ...]:
    """A pan over a ground, and a lighter shape that crosses it, with noise of about a level."""
    ground = texture(seed, WIDTH + speed * frames, HEIGHT)
    figure = np.clip(texture(seed + 1, 80, 120).astype(int) + 60, 0, 255).astype(np.uint8)
    made = []
    for index in range(frames):
        frame = ground[:, speed * index : speed * index + WIDTH].copy()
        left = 120 + index // 2
        frame[90:210, left : left + 80] = figure
        noise = np.random.default_rng(1000 * seed + index).normal(0, 1, frame.shape)
        made.append(np.clip(frame + noise + 0.5, 0, 255).astype(np.uint8))
    return tuple(made)


@cache
def reduced(frames: int = FRAMES, seed: int = 3) -> tuple[Reduced, ...]:
    return tuple(map(reduce_frame, scene(frames, seed)))


def with_tail(*bad: Pixels) -> list[Reduced]:
    """The scene, its last frames exchanged for others."""
    return [*reduced()[: FRAMES - len(bad)], *map(reduce_frame, bad)]


def motions(frames: list[Reduced] | tuple[Reduced, ...]) -> list[Motion]:
    return [follow(b, a) for a, b in pairwise(frames)]


def lab(frames: list[Reduced] | tuple[Reduced, ...]) -> np.ndarray:
    return np.stack([frame.lab for frame in frames])


def fine(frames: list[Reduced] | tuple[Reduced, ...]) -> np.ndarray:
    return np.stack([frame.fine for frame in frames])
