"""Sound out of clips, as far as seams need it: one channel, a stretch at a time."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from matchcut.frames.index import opened

Samples = npt.NDArray[np.float32]
"""(samples,), one channel, -1 to 1."""


def read_sound(path: Path, start: Fraction, stop: Fraction) -> Samples | None:
    """Decode a stretch of a clip's sound.

    Args:
        path: A local file.
        start: Presentation time, seconds, on the same clock as the picture's.
        stop: One moment after the last sample.

    Returns:
        The samples, the mean of all channels; empty where the sound does not reach there. None
        where the clip has no sound, or none that can be decoded.

    Raises:
        MatchcutError: The file is no clip.

    """
    with opened(path) as (container, _):
        stream = next(iter(container.streams.audio), None)
        if stream is None or not hasattr(stream.codec_context, "codec"):
            return None
        resampler = av.AudioResampler(format="fltp")
        parts: list[Samples] = []
        try:
            for frame in container.decode(stream):
                if frame.time is None:
                    continue
                if frame.time >= stop:
                    break
                begins = Fraction(frame.time)
                mixed = resampler.resample(frame)
                parts += [_within(part, begins, start, stop) for part in mixed]
        except (av.FFmpegError, ValueError):  # a stream whose form changes on its way
            return None
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _within(mixed: Any, begins: Fraction, start: Fraction, stop: Fraction) -> Samples:
    samples = np.asarray(mixed.to_ndarray().mean(axis=0), np.float32)
    low, high = (max(0, round((moment - begins) * mixed.sample_rate)) for moment in (start, stop))
    return samples[low:high]
