"""Bringing an anchor's tones back towards its hero's, and taking that back again on the way out.

The correction is a gain and an offset a channel, in linear light, where a change of exposure is a
gain. It is small by a limit, and what a limit has cut off is left as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from matchcut.frames.types import Pixels
from matchcut.inspect.light import to_levels, to_light
from matchcut.inspect.lock import Lock, Triple

LIMIT = 0.06
"""Share by which a correction may change the light of a channel at most, at any tone of the
picture. Chosen: six hops of one per cent; more than that is a new take's work, not a grade's."""
_DARKEST = 0.02
"""Light below which a share of it is no measure: there the limit counts against this much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A gain and an offset a channel, on linear light of 0 to 1: `gain` times light, plus `offset`.

    The identity is (1, 1, 1) and (0, 0, 0).
    """

    gain: Triple = (1.0, 1.0, 1.0)
    offset: Triple = (0.0, 0.0, 0.0)
    limited: bool = False
    """True where the whole way would have passed the limit."""

    @property
    def identity(self) -> bool:
        """True where it changes nothing."""
        return self.gain == (1.0, 1.0, 1.0) and self.offset == (0.0, 0.0, 0.0)

    def to_json(self) -> dict[str, Any]:
        """The correction as JSON has it."""
        return {"gain": list(self.gain), "offset": list(self.offset), "limited": self.limited}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Correction":
        """The reverse of `to_json`."""
        return cls(
            gain=_triple(raw["gain"]), offset=_triple(raw["offset"]), limited=bool(raw["limited"])
        )


def change(held: Lock) -> Correction:
    """What happened to tones between an anchor and the frame that was made of it.

    The changes of a chain's hops, one `then` the other, are what has become of its hero.

    Returns:
        The identity where tones could not be compared.

    """
    if held.gain is None or held.offset is None:
        return Correction()
    return Correction(gain=held.gain, offset=held.offset)


def undoing(happened: Correction, *, limit: float = LIMIT) -> Correction:
    """What takes a change back, as far as the limit allows at any tone."""
    back = inverse(happened)
    tones = np.linspace(0, 1, 65)[:, None].repeat(3, axis=1)
    return _limited(np.array(back.gain), np.array(back.offset), tones, limit)


def then(first: Correction, second: Correction) -> Correction:
    """One correction that does what two do one after the other."""
    gain = np.array(second.gain) * np.array(first.gain)
    offset = np.array(second.gain) * np.array(first.offset) + np.array(second.offset)
    return Correction(
        gain=_triple(gain), offset=_triple(offset), limited=first.limited or second.limited
    )


def inverse(known: Correction) -> Correction:
    """What takes a correction back."""
    gain = 1 / np.array(known.gain)
    return Correction(gain=_triple(gain), offset=_triple(-np.array(known.offset) * gain))


def eased(known: Correction, frame: int, frames: int) -> Correction:
    """The part of a correction's inverse that frame `frame` of the clip after it still has.

    The clip starts from the corrected anchor, and the frame before the seam was shown without the
    correction: so its first frame is taken all the way back, and each frame after it a little less.

    Args:
        known: The correction that the clip's anchor had.
        frame: Counted from 0, the first shown frame of the clip.
        frames: From this frame on nothing is taken back any more, at least 1.

    Returns:
        The whole inverse at 0, the identity from `frames` on; between them it falls along half a
        cosine, in the logarithm of the gain, so that no frame steps.

    """
    left = 0.5 * (1 + np.cos(np.pi * min(max(frame, 0) / max(frames, 1), 1.0)))
    return scaled(inverse(known), left)


def scaled(known: Correction, share: float) -> Correction:
    """A part of a correction: nothing at 0, all of it at 1."""
    if share <= 0:
        return Correction(limited=known.limited)
    gain = np.array(known.gain) ** share
    offset = np.array(known.offset) * share
    return Correction(gain=_triple(gain), offset=_triple(offset), limited=known.limited)


def apply(pixels: Pixels, known: Correction, share: float = 1.0) -> Pixels:
    """Correct a picture.

    Args:
        pixels: (height, width, 3) uint8 R'G'B'.
        known: The correction.
        share: How much of it, 0 to 1.

    Returns:
        A new picture, each level the nearest to the exact one; clipped to what levels can hold.
        Where nothing is to be done, the very same levels.

    """
    part = scaled(known, share)
    if part.identity:
        return pixels.copy()
    return np.asarray(cv2.LUT(pixels, _table(part)), np.uint8)


def _table(known: Correction) -> Pixels:
    """What becomes of each level, (1, 256, 3): exact, since a correction looks at one level."""
    every = np.arange(256, dtype=np.uint8)
    light = to_light(np.stack([every] * 3, axis=1)[None])[0].astype(np.float64)
    changed = light * np.array(known.gain) + np.array(known.offset)
    return np.rint(to_levels(changed)).astype(np.uint8)[None]


def _limited(gain: Any, offset: Any, tones: Any, limit: float) -> Correction:
    """As much of a correction as changes no tone of the picture by more than the limit.

    All channels are held back alike, so that a limit never makes a tint.
    """
    light = np.percentile(tones, (5, 25, 50, 75, 95), axis=0)
    change = np.abs((gain - 1) * light + offset) / np.maximum(light, _DARKEST)
    most = float(change.max())
    share = 1.0 if most <= limit else limit / most
    return Correction(
        gain=_triple(1 + (gain - 1) * share),
        offset=_triple(offset * share),
        limited=share < 1,
    )


def _triple(values: Any) -> Triple:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
