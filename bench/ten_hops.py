"""Colour over ten hops: still -> clip -> last frame -> still, with nothing moving.

Run it as `python bench/ten_hops.py [PICTURE ...]`. Three ways to make the still are compared, each
behind two encoders: `fitted` is `write_clip` at the quality of a take; `averaged` is the same x264
with the same exact arithmetic, but chroma averaged over 2x2 pixels as most encoders' callers do.
The fit is the inverse of this project's own interpolation. A reader that repeats chroma samples
instead, as the default conversions do, meets sharpening at each hop there, so that its fair row is
the averaged one.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from matchcut.frames.clip import last_frame
from matchcut.frames.encode import Quality, write_clip
from matchcut.frames.still import read_still, write_still
from matchcut.frames.types import Pixels

HOPS, FRAMES = 10, 12
ART = Path(__file__).parent.parent / "examples" / "courier" / "art"
PHOTOGRAPHS = ("trail.jpg", "summit.jpg", "window.jpg")


def matchcut_still(clip: Path, folder: Path) -> Pixels:
    """Take this project's way: exact conversion, lossless PNG."""
    still = folder / "still.png"
    still.write_bytes(write_still(last_frame(clip).pixels, {}))
    return read_still(still)


def last_picture(clip: Path) -> av.VideoFrame:
    with av.open(str(clip)) as container:
        return max(container.decode(video=0), key=lambda picture: picture.pts)


def default_png(clip: Path, _: Path) -> Pixels:
    """Take PyAV's default: `to_image`, saved without loss."""
    sink = io.BytesIO()
    last_picture(clip).to_image().save(sink, "PNG", compress_level=1)
    return np.asarray(Image.open(sink).convert("RGB"))


def jpeg_q2(clip: Path, folder: Path) -> Pixels:
    """Take the usual command, `ffmpeg ... -vframes 1 -q:v 2 out.jpg`: same encoder, same scaler."""
    picture = last_picture(clip).reformat(format="yuvj420p")
    picture.pts, picture.time_base = 0, Fraction(1, 24)
    path = folder / "still.jpg"
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("mjpeg", rate=24)
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuvj420p"
        stream.codec_context.qmin = stream.codec_context.qmax = 2
        container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return np.asarray(Image.open(path).convert("RGB"))


WAYS: dict[str, Callable[[Path, Path], Pixels]] = {
    "JPEG, q 2": jpeg_q2,
    "default PNG (to_image)": default_png,
    "matchcut": matchcut_still,
}


def encode_fitted(clip: Path, pixels: Pixels) -> None:
    """Encode as the product does."""
    write_clip(clip, [pixels] * FRAMES, rate=Fraction(24), quality=Quality.TAKE)


def encode_averaged(clip: Path, pixels: Pixels) -> None:
    """Encode with exact BT.709 arithmetic and chroma averaged over 2x2 pixels."""
    height, width = pixels.shape[:2]
    weights = np.array([0.2126, 0.7152, 0.0722])
    luma = pixels @ weights
    blue, red = ((pixels[..., at] - luma) / (2 - 2 * weights[at]) for at in (2, 0))
    halves = (v.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)) for v in (blue, red))
    values = [16 + luma * 219 / 255, *(128 + half * 224 / 255 for half in halves)]
    codes = np.concatenate([plane.ravel() for plane in values]).round().clip(0, 255)
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = Quality.TAKE.options
        for number in range(FRAMES):
            picture = av.VideoFrame.from_ndarray(
                codes.astype(np.uint8).reshape(-1, width), format="yuv420p"
            )
            picture.pts, picture.time_base = number, Fraction(1, 24)
            for thing in (picture, stream.codec_context):
                thing.colorspace = thing.color_primaries = thing.color_trc = 1
                thing.color_range = 1
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


ENCODERS = {"averaged": encode_averaged, "fitted": encode_fitted}


def pictures(paths: list[str]) -> Iterator[tuple[str, Pixels]]:
    """Photographs given by path, else those of the example film; and a gradient."""
    for path in map(Path, paths) if paths else (ART / name for name in PHOTOGRAPHS):
        pixels = read_still(path)
        yield path.stem, pixels[: len(pixels) // 2 * 2, : pixels.shape[1] // 2 * 2]
    red, green = np.meshgrid(np.linspace(0, 255, 640), np.linspace(0, 255, 360))
    yield "gradient", np.stack([red, green, 255 - red], axis=2).round().astype(np.uint8)


def hops(first: Pixels, way: str, encoder: str, folder: Path) -> Pixels:
    pixels, clip = first, folder / "take.mp4"
    for _ in range(HOPS):
        ENCODERS[encoder](clip, pixels)
        pixels = WAYS[way](clip, folder)
    return pixels


def main() -> None:
    print(f"{'picture':10} {'still made by':23} {'chroma':9} {'R':>6} {'G':>6} {'B':>6} {'dB':>6}")
    with tempfile.TemporaryDirectory() as name:
        for label, first in pictures(sys.argv[1:]):
            for way in WAYS:
                for encoder in ENCODERS:
                    change = hops(first, way, encoder, Path(name)).astype(float) - first
                    shift = " ".join(f"{value:+6.2f}" for value in change.mean(axis=(0, 1)))
                    level = 10 * np.log10(255**2 / (change**2).mean())
                    print(f"{label:10} {way:23} {encoder:9} {shift} {level:6.1f}")


if __name__ == "__main__":
    main()
