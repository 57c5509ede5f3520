"""A small film that renders in seconds, for tests of everything that surrounds the pictures."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from matchcut.frames.clip import read_frames

# Kling takes no resolution, so a rehearsal is made at the canvas's own size: small ones are quick.
FILM = """
title: Small
canvas: {width: 192, height: 108, fps: 24}
look: {light: overcast}
cast: {mara: {subject: a courier in a yellow jacket, frontal: art/a.png}}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: "{mara} walks", camera: slow push in}
  - {id: two, prompt: "{mara} turns", camera: pan right}
  - {id: three, prompt: "{mara} runs", camera: tracking left, use: [0, 2]}
  - {id: four, prompt: "{mara} stops", camera: tilt up}
  - {id: five, hero: true, start: art/b.png, prompt: a door, camera: slow push in}
  - {id: six, join: cut, start: art/c.png, prompt: the sea, camera: pan left}
"""


def picture(seed: int, width: int = 240, height: int = 136) -> np.ndarray:
    """A picture with structure at every scale, so that it can be told from itself when it moves."""
    noise = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for scale in (4, 10, 24):
        grid = noise.uniform(0, 255, (height // scale + 2, width // scale + 2, 3))
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / 3
    return np.clip(total, 0, 255).astype(np.uint8)


def write_film(folder: Path, text: str = FILM) -> Path:
    """The film with its pictures, in a folder of its own."""
    (folder / "art").mkdir(parents=True, exist_ok=True)
    whole = picture(1, 300, 160)
    stills = {"a": whole[:136, :240], "b": whole[10:146, 40:280], "c": picture(9)}
    for name, still in stills.items():
        cv2.imwrite(str(folder / "art" / f"{name}.png"), still[:, :, ::-1])
    film = folder / "film.yaml"
    film.write_text(text, encoding="utf-8")
    return film


def frame_hashes(clip: Path) -> list[str]:
    """A hash of each shown frame's pixels."""
    return [hashlib.sha256(frame.pixels.tobytes()).hexdigest() for frame in read_frames(clip)]
