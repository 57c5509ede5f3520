"""Chains of small shots, rehearsed once and copied for each test that changes them."""

import shutil
from pathlib import Path

import matchcut

KLING = "fal-ai/kling-video/v3/pro/image-to-video"
HEAD = f"""
title: Chain
anchor: auto
canvas: {{width: 96, height: 64, fps: 24}}
defaults: {{endpoint: {KLING}, duration: 3}}
shots:
"""


def chain(shots: int, head: str = HEAD) -> str:
    """A film of so many shots, `s1` the hero, one movement from the first to the last."""
    first = "  - {id: s1, hero: true, start: art/a.png, prompt: she walks, camera: pan right}\n"
    rest = (
        f"  - {{id: s{number}, prompt: she walks on {number}, camera: pan right}}\n"
        for number in range(2, shots + 1)
    )
    return head + first + "".join(rest)


def rehearse(film: Path) -> matchcut.Rendered:
    project = matchcut.load(film)
    return matchcut.render(project, matchcut.plan(project), matchcut.Rehearsal())


def rolled(film: Path, ask: matchcut.Ask, *, circle: bool | None = None) -> matchcut.Rerolled:
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    return matchcut.reroll(project, plan, matchcut.Rehearsal(), ask, circle=circle)


def circled(film: Path, shot: str, take: int, **how: bool) -> matchcut.Judged:
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    return matchcut.circle(project, plan, matchcut.Rehearsal(), shot, take, **how)


def clips_of(rendered: matchcut.Rendered) -> dict[str, str]:
    """The hash of each shot's clip."""
    return {shot.id: shot.take.clip for shot in rendered.shots}


def copied(film: Path, folder: Path) -> Path:
    """A film with all that was made of it, in a folder of its own."""
    shutil.copytree(film.parent, folder)
    return folder / film.name
