"""Pixels into a clip: H.264, yuv420p, BT.709 tagged, constant rate, the same bytes each time."""

from collections.abc import Iterable
from enum import Enum
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import cv2
from av.video.stream import VideoStream

from matchcut.errors import Code, MatchcutError
from matchcut.frames.colour import to_planes
from matchcut.frames.types import Matrix, Pixels

_THREADS = "4"
"""x264's output depends on its number of threads, so it is fixed and not the machine's."""


_AVX_512F = 13
"""OpenCV's number for it, `CV_CPU_AVX_512F` in its cvdef.h; Python is not given the name."""
_PLAIN = {"x264-params": "asm=avx2"} if cv2.checkHardwareSupport(_AVX_512F) else {}
"""x264's AVX-512 code (core 165) reads memory that nobody has written, for pictures whose width is
no multiple of 256: what it decides then, and so the bytes, is chance. Found with MALLOC_PERTURB_;
without that code the bytes are the same each time, and the same on machines that do not have it."""


class Quality(Enum):
    """How hard x264 works, and how much it may lose."""

    TAKE = ("superfast", "9")
    """What the embedded generator writes: near-lossless, because ten hops pass through it."""
    FILM = ("medium", "16")
    """What is delivered: no loss that is seen, at a quarter of the size."""

    @property
    def options(self) -> dict[str, str]:
        """Options of libx264 (preset and constant rate factor, x264's own scale of 0 to 51)."""
        preset, factor = self.value
        return {"preset": preset, "crf": factor, "threads": _THREADS, **_PLAIN}


def write_clip(path: Path, frames: Iterable[Pixels], *, rate: Fraction, quality: Quality) -> int:
    """Encode frames into an mp4 at exactly this path; the caller renames it into place.

    Args:
        path: Where the file is written; what is there is overwritten. An error leaves a broken
            file behind, so write beside the goal and rename.
        frames: (height, width, 3) uint8 full-range R'G'B', all of one size with even sides. Taken
            one by one, so a generator costs no memory.
        rate: Frames a second, exact: 24000/1001 gives frames of 1001/24000 s.
        quality: One of the two settings.

    Returns:
        Frames written. Same frames, rate and quality give the same bytes on one build of x264.

    Raises:
        MatchcutError: `CLIP_NO_FRAMES` where there is no frame; `CLIP_UNREADABLE` for an odd side
            or a frame of another size; `FOLDER_UNWRITABLE` where the file cannot be written.

    """
    supply = iter(frames)
    first = next(supply, None)
    if first is None:
        raise MatchcutError(
            Code.CLIP_NO_FRAMES,
            "a clip without frames cannot be written",
            where=path.name,
            fix="Give the shot a duration of at least one frame.",
        )
    try:
        with av.open(
            f"file:{path}", "w", format="mp4", options={"movflags": "+faststart"}
        ) as container:
            stream = _stream(container.add_stream("libx264", rate=rate), first, quality)
            written = 0
            for written, pixels in enumerate(chain([first], supply), 1):
                if pixels.shape != first.shape:
                    raise _other_size(path, written, pixels, first)
                picture = to_planes(pixels, Matrix.BT709)
                picture.pts, picture.duration = written - 1, 1
                picture.time_base = 1 / rate
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
    except av.FFmpegError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"the clip cannot be written: {error.strerror or error}",
            where=str(path),
            fix="Check that the folder exists, may be written to and has space left.",
        ) from error
    return written


def _stream(stream: VideoStream, first: Pixels, quality: Quality) -> VideoStream:
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.options = dict(quality.options)
    context = stream.codec_context
    context.time_base = 1 / stream.codec_context.framerate
    tags = to_planes(first[:2, :2], Matrix.BT709)
    context.colorspace, context.color_primaries = tags.colorspace, tags.color_primaries
    context.color_trc, context.color_range = tags.color_trc, tags.color_range
    return stream


def _other_size(path: Path, number: int, pixels: Pixels, first: Pixels) -> MatchcutError:
    (height, width), (goal_height, goal_width) = pixels.shape[:2], first.shape[:2]
    return MatchcutError(
        Code.CLIP_UNREADABLE,
        f"frame {number - 1} is {width}x{height}, but the clip is {goal_width}x{goal_height}",
        where=path.name,
        fix="Fit every frame to one size before encoding.",
    )
