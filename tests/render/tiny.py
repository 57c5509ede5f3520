"""A film of two small shots, the second on the first one's last frame: rehearsed in two seconds."""

from pathlib import Path

import matchcut
from small import write_film

TINY = """
title: Tiny
canvas: {width: 96, height: 64, fps: 24}
defaults: {endpoint: fal-ai/kling-video/v3/pro/image-to-video, duration: 3}
shots:
  - {id: one, hero: true, start: art/a.png, prompt: she walks, camera: pan right}
  - {id: two, prompt: she runs}
"""
ONE = TINY.partition("  - {id: two")[0]


def tiny(folder: Path, text: str = TINY) -> Path:
    """The film with its pictures, in a folder of its own."""
    return write_film(folder, text)


def rehearse(film: Path) -> matchcut.Rendered:
    """Rehearse it in this process."""
    project = matchcut.load(film)
    return matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())
