"""A small clip made large: its planes are scaled as they are, without a detour over R'G'B'.

Hosted models make up to 3840x2160; a test has two processors and a minute.
"""

from fractions import Fraction
from pathlib import Path

import av

from matchcut.frames.colour import to_planes
from matchcut.frames.types import Matrix, Pixels

_OPTIONS = {"preset": "ultrafast", "crf": "14", "threads": "4"}


def grow(
    small: Path, large: Path, size: tuple[int, int], pinned: dict[int, Pixels], rate: Fraction
) -> None:
    """Scale a clip.

    Args:
        small: A clip that `write_clip` wrote.
        large: Where the large one is written.
        size: Width and height, even.
        pinned: Pictures of that size that are put in place of frames, by their index.
        rate: Frames a second, those of the clip.

    """
    width, height = size
    with (
        av.open(str(small)) as source,
        av.open(str(large), "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = dict(_OPTIONS)
        context = stream.codec_context
        context.time_base = 1 / rate
        told = source.streams.video[0].codec_context
        context.colorspace, context.color_primaries = told.colorspace, told.color_primaries
        context.color_trc, context.color_range = told.color_trc, told.color_range
        for number, picture in enumerate(source.decode(video=0)):
            if number in pinned:
                grown = to_planes(pinned[number], Matrix.BT709)
            else:
                grown = picture.reformat(width, height, interpolation="BILINEAR")
            grown.pts, grown.time_base, grown.duration = number, 1 / rate, 1
            grown.pict_type = 0  # the small clip's kinds of picture are not this one's
            container.mux(stream.encode(grown))
        container.mux(stream.encode())
