"""From a scene to its frames: which kind of scene it is, and who makes it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matchcut.frames.types import Pixels
from matchcut.render.providers.rehearsal.between import between
from matchcut.render.providers.rehearsal.carry import carry
from matchcut.render.providers.rehearsal.dissolve import dissolve
from matchcut.render.providers.rehearsal.fields import Page, grid_of, levels
from matchcut.render.providers.rehearsal.life import breathe
from matchcut.render.providers.rehearsal.moves import drifts_of, gentle
from matchcut.render.providers.rehearsal.plate import plate
from matchcut.render.providers.rehearsal.register import relate
from matchcut.render.providers.rehearsal.scene import Scene
from matchcut.render.providers.rehearsal.words import read_direction

VERSION = "2"
"""Part of a take's identity; raised whenever the pixels of any scene change."""


def generate(scene: Scene) -> Iterator[Pixels]:
    """Make a scene's frames, one at a time.

    The first frame is `start` and the last is `end`, pixel for pixel; where a clip of one frame has
    both, it is `start`. A continued clip begins one step of motion after the frame it continues.
    Elements, acting and sound are not simulated.

    Args:
        scene: What is wanted.

    Yields:
        Exactly `scene.frames` pictures (height, width, 3) uint8 R'G'B', each a new array. The same
        scene gives the same pictures, on any number of threads.

    """
    # One frame is made while the one before it is encoded or looked at; both let the other run.
    with ThreadPoolExecutor(1, "rehearsal") as maker:
        frames = _frames(scene)
        coming = maker.submit(next, frames, None)
        while (frame := coming.result()) is not None:
            coming = maker.submit(next, frames, None)
            yield frame


def _frames(scene: Scene) -> Iterator[Pixels]:
    if scene.carried is not None:
        yield from _continued(scene, *scene.carried)
    elif scene.start is not None and scene.end is not None:
        yield from _spanned(scene.start, scene.end, scene, scene.frames - 1)
    elif scene.start is not None:
        yield from _moved(scene, scene.start, 0)
    elif scene.end is not None:
        yield from _moved(scene, scene.end, scene.frames - 1)
    else:
        times = [scene.seconds(frame) for frame in range(scene.frames)]
        size = {"width": scene.width, "height": scene.height}
        yield from plate(scene.prompt, seed=scene.seed, times=times, **size)


def _spanned(start: Pixels, end: Pixels, scene: Scene, steps: int) -> Iterator[Pixels]:
    """Yield start, what lies between, and end: `steps` + 1 frames."""
    if np.array_equal(start, end):
        yield from _resting(start, scene.seconds(steps), steps + 1)
        return
    yield start.copy()
    if steps > 1:
        relation = relate(start, end)
        if relation is None:
            yield from dissolve(start, end, steps, scene.seconds(steps))
        else:
            yield from between(start, end, relation, steps)
    if steps > 0:
        yield end.copy()


def _moved(scene: Scene, picture: Pixels, anchor: int) -> Iterator[Pixels]:
    """Yield a picture under the camera that the prompt asks for, as it is at frame `anchor`."""
    direction = read_direction(scene.prompt, scene.seed)
    if not direction.moves:
        direction = gentle(scene.seed)
    grid = grid_of(scene.width, scene.height)
    seconds = scene.seconds(scene.frames - 1)
    drifts = drifts_of(
        direction, grid, seconds=seconds, anchor=scene.seconds(anchor), seed=scene.seed
    )
    if not drifts:
        yield from _resting(picture, seconds, scene.frames)
        return
    page = Page(picture, grid)
    for frame in range(scene.frames):
        if frame == anchor:
            yield picture.copy()
        else:
            yield levels(page.drifted(drifts, scene.seconds(frame)))


def _resting(picture: Pixels, seconds: float, frames: int) -> Iterator[Pixels]:
    """Yield a picture that only the light moves over."""
    for frame in range(frames):
        yield breathe(picture, frame / max(frames - 1, 1), seconds)


def _continued(scene: Scene, before: Pixels, last: Pixels) -> Iterator[Pixels]:
    if scene.end is not None:
        frames = _spanned(last, scene.end, scene, scene.frames)
        next(frames)
        yield from frames
        return
    carried = carry(before, last, frames=scene.frames, rate=float(scene.rate))
    page = Page(last, grid_of(scene.width, scene.height))
    seconds = scene.seconds(scene.frames)
    for frame in range(1, scene.frames + 1):
        moved = levels(page.drifted(carried.drifts, scene.seconds(frame)))
        yield breathe(moved, frame / scene.frames, seconds) if carried.ceases else moved
