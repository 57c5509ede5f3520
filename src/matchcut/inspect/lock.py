"""How well a frame holds the anchor that it was pinned to.

A model gives an anchor back a little brighter, softer, larger or beside where it was; the next clip
starts from that, and ten small changes are a large one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels
from matchcut.inspect.flow import flow, grey, telling
from matchcut.inspect.light import slope, to_levels, to_light

Triple = tuple[float, float, float]
"""One number a channel: red, green, blue."""

EQUAL = 100.0
"""Decibels that stand for equal pictures, and the most that is given."""

_WIDTH = 640
"""Pixels at which the shift is measured."""
_TONE_WIDTH = 160
"""Pixels at which tones are compared: each is the mean of some, so that noise weighs little."""
_LINES = 480
_REACH = 0.25
"""Pixels at 640 by which a place may lie off the camera's move and still follow it."""
_BELIEVED = 0.35
"""Part of the telling places that must follow one move for it to be the picture's; a subject that
moves may have the rest."""
_FEWEST = 40
_CLIPPED = (4, 251)
_TUKEY = 4.685
"""Tukey's constant: 95 % efficient where all is noise (P. Huber, Robust Statistics, 1981)."""
_ROUNDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A frame against its anchor; what could not be measured is None."""

    width: int
    """Of the frame, pixels."""
    psnr: float
    """Decibels over all channels, up to 100 (equal)."""
    ssim: float
    """Structural similarity of the grey pictures, 1 is equal."""
    shift: tuple[float, float] | None = None
    """How far the anchor's middle has moved, in pixels of the frame: right and down are positive.
    None where the two do not show one picture."""
    scale: float | None = None
    """How much larger it has become: 1.01 is one per cent."""
    gain: Triple | None = None
    """Factor on linear light a channel; None where tones cannot be compared."""
    offset: Triple | None = None
    """What is added after it, in parts of white."""

    def to_json(self) -> dict[str, Any]:
        """The lock as JSON has it."""
        return {
            "width": self.width,
            "psnr": self.psnr,
            "ssim": self.ssim,
            "shift": None if self.shift is None else list(self.shift),
            "scale": self.scale,
            "gain": None if self.gain is None else list(self.gain),
            "offset": None if self.offset is None else list(self.offset),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Lock":
        """The reverse of `to_json`."""
        pair, gain, offset = raw["shift"], raw["gain"], raw["offset"]
        return cls(
            width=raw["width"],
            psnr=raw["psnr"],
            ssim=raw["ssim"],
            shift=None if pair is None else (pair[0], pair[1]),
            scale=raw["scale"],
            gain=None if gain is None else (gain[0], gain[1], gain[2]),
            offset=None if offset is None else (offset[0], offset[1], offset[2]),
        )


def lock(frame: Pixels, anchor: Pixels) -> Lock:
    """Compare a clip's first or last frame with the anchor it was pinned to.

    Args:
        frame: (height, width, 3) uint8 R'G'B'.
        anchor: The same picture as it was sent; one of another size is brought to the frame's.

    Returns:
        The lock. Shift and scale are those of the larger part of the picture, so that a subject
        that has begun to move does not count; right to 0.25 pixels at 1280 pixels across. Gain and
        offset are fitted where both pictures show the same and neither is clipped.

    """
    height, width = frame.shape[:2]
    if anchor.shape != frame.shape:
        wide = anchor.shape[1] > width
        how = cv2.INTER_AREA if wide else cv2.INTER_CUBIC
        anchor = np.asarray(cv2.resize(anchor, (width, height), interpolation=how), np.uint8)
    move = _move(anchor, frame)
    gain, offset = (None, None) if move is None else _tones(frame, anchor, move)
    return Lock(
        width=width,
        psnr=psnr(frame, anchor),
        ssim=ssim(frame, anchor),
        shift=None if move is None else _shift(move, width, height),
        scale=None if move is None else float(np.hypot(move[0, 0], move[1, 0])),
        gain=gain,
        offset=offset,
    )


def _shift(move: npt.NDArray[np.float64], width: int, height: int) -> tuple[float, float]:
    middle = np.array([(width - 1) / 2, (height - 1) / 2, 1])
    there = move @ middle
    return float(there[0] - middle[0]), float(there[1] - middle[1])


def psnr(one: Pixels, other: Pixels) -> float:
    """Peak signal to noise ratio of two pictures of one size, decibels, at most 100."""
    error = float(cv2.norm(one, other, cv2.NORM_L2SQR)) / one.size
    return EQUAL if error <= 0 else min(EQUAL, float(10 * np.log10(255**2 / error)))


def ssim(one: Pixels, other: Pixels) -> float:
    """Structural similarity of two pictures of one size, looked at with at most 480 lines.

    Z. Wang et al., Image Quality Assessment, IEEE TIP 13 (2004), with its Gaussian window of 1.5.

    Returns:
        -1 to 1; 1 is equal.

    """
    first, second = (_lines(pixels) for pixels in (one, other))
    means = _soft(first), _soft(second)
    spread = [_soft(a * b) - m * n for a, b, m, n in _pairs(first, second, means)]
    light, form = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * means[0] * means[1] + light) * (2 * spread[2] + form)
    below = (means[0] ** 2 + means[1] ** 2 + light) * (spread[0] + spread[1] + form)
    return float((above / below).mean())


def _pairs(first: Any, second: Any, means: tuple[Any, Any]) -> list[tuple[Any, Any, Any, Any]]:
    return [
        (first, first, means[0], means[0]),
        (second, second, means[1], means[1]),
        (first, second, means[0], means[1]),
    ]


def _lines(pixels: Pixels) -> npt.NDArray[np.float32]:
    height, width = pixels.shape[:2]
    wide = width if height <= _LINES else max(8, round(width * _LINES / height))
    return grey(pixels, wide).astype(np.float32)


def _soft(plane: Any) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5), np.float32)


def _move(anchor: Pixels, frame: Pixels) -> npt.NDArray[np.float64] | None:
    """The turn, zoom and shift from anchor to frame as (2, 3), in the frame's pixels, or None."""
    one, other = grey(anchor, _WIDTH), grey(frame, _WIDTH)
    other = _alike(one, other)
    rows, columns = telling(one)
    if len(rows) < _FEWEST:
        return None
    moved = flow(one, other)[rows, columns]
    here = np.stack([columns, rows], axis=1).astype(np.float64)
    turn, mask = cv2.estimateAffinePartial2D(
        here, here + moved, method=cv2.RANSAC, ransacReprojThreshold=_REACH, maxIters=2000
    )
    known: Any = turn  # None where nothing agrees, whatever its stub says
    if known is None or int(mask.sum()) < _BELIEVED * len(rows):
        return None
    sizes = [(a / b) for a, b in zip(frame.shape[1::-1], one.shape[::-1], strict=True)]
    return _enlarged(np.asarray(known, np.float64), np.array(sizes))


def _enlarged(
    turn: npt.NDArray[np.float64], times: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The same move between pictures `times` as large; a pixel's middle is where it counts."""
    up, down = np.eye(3), np.eye(3)
    up[[0, 1], [0, 1]], up[:2, 2] = times, (times - 1) / 2
    down[[0, 1], [0, 1]], down[:2, 2] = 1 / times, (1 / times - 1) / 2
    return np.asarray((up @ np.vstack([turn, [0, 0, 1]]) @ down)[:2], np.float64)


def _alike(one: Any, other: Any) -> Any:
    """The second picture with the first one's spread: a change of contrast moves nothing."""
    spread = [float(plane.std()) for plane in (one, other)]
    if min(spread) < 1:
        return other
    lit = (other.astype(np.float32) - other.mean()) * (spread[0] / spread[1]) + one.mean()
    return np.clip(lit + 0.5, 0, 255).astype(np.uint8)


def _tones(
    frame: Pixels, anchor: Pixels, move: npt.NDArray[np.float64]
) -> tuple[Triple, Triple] | tuple[None, None]:
    """Gain and offset a channel of linear light, from what both pictures show."""
    height, width = frame.shape[:2]
    placed = cv2.warpAffine(anchor, move, (width, height), flags=cv2.INTER_LINEAR)
    covered = cv2.warpAffine(np.full((height, width), 255, np.uint8), move, (width, height))
    low, high = _CLIPPED
    pair = np.dstack([frame, placed])
    clean = ((pair > low) & (pair < high)).all(axis=2) & (covered == 255)  # noqa: PLR2004
    size = (min(width, _TONE_WIDTH), max(8, round(height * min(1.0, _TONE_WIDTH / width))))

    def small(plane: Any) -> Any:
        return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)

    used = small(clean.astype(np.float32)) > 0.98  # noqa: PLR2004
    lights = [small(to_light(np.ascontiguousarray(pixels)))[used] for pixels in (placed, frame)]
    if len(lights[0]) < _FEWEST:
        return None, None
    fits = [_line(lights[0][:, channel], lights[1][:, channel]) for channel in range(3)]
    if any(fit is None for fit in fits):
        return None, None
    gains, offsets = zip(*(fit for fit in fits if fit), strict=True)
    return (gains[0], gains[1], gains[2]), (offsets[0], offsets[1], offsets[2])


def _line(x: Any, y: Any) -> tuple[float, float] | None:
    """A straight line through points with noise in both, the outliers left out.

    Distances are counted in levels, since that is what an encoder's noise is even in. None where
    all points lie in one place.
    """
    x, y = x.astype(np.float64), y.astype(np.float64)
    worth = slope(to_levels(x)).astype(np.float64)
    gain, offset = float(np.median(y) / max(float(np.median(x)), 1e-6)), 0.0
    for _ in range(_ROUNDS):
        rest = (y - gain * x - offset) / worth
        spread = max(1.4826 * float(np.median(np.abs(rest - np.median(rest)))), 0.05)
        far = np.clip((rest - np.median(rest)) / (_TUKEY * spread), -1, 1)
        weight = (1 - far**2) ** 2 / worth**2
        total = weight.sum()
        means = (weight * x).sum() / total, (weight * y).sum() / total
        across = (weight * (x - means[0]) ** 2).sum()
        along = (weight * (y - means[1]) ** 2).sum()
        both = (weight * (x - means[0]) * (y - means[1])).sum()
        if across / total * 1e12 < 1 or both <= 0:
            return None
        # Deming's line: the noise of both is alike, so neither is taken for the truth.
        lean = along - across
        gain = float((lean + np.hypot(lean, 2 * both)) / (2 * both))
        offset = float(means[1] - gain * means[0])
    return gain, offset
