"""Words in pictures: lines that fit, and the slate in a corner.

The letters are OpenCV 5's own (Rubik, and WenQuanYi Micro Hei for Chinese, Japanese and Korean),
so that the same words look the same on every machine; letters neither has become question marks.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels

_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How words are set."""

    size: int
    """Pixels of the letters' height."""
    weight: int = 400
    """100 thin to 900 black."""


def plain(text: str) -> str:
    """Return text in one line without what cannot be drawn: control signs and runs of blanks."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def length(text: str, setting: Setting) -> int:
    """Return how wide a line is, in pixels."""
    _, _, wide, _ = cv2.getTextSize(
        (0, 0), text, (0, 0), cv2.FontFace("sans"), setting.size, setting.weight
    )
    return int(wide)


def wrap(text: str, setting: Setting, wide: int, most: int) -> list[str]:
    """Break text into lines.

    Args:
        text: One line, as of `plain`.
        setting: How it is set.
        wide: Pixels a line may take.
        most: Lines there is room for; what does not fit is cut with an ellipsis.

    Returns:
        At most `most` lines, none empty, none wider than `wide` unless one letter is.

    """
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most:
        head = _fitting(rest, setting, wide)
        if len(head) < len(rest) and len(lines) == most - 1:
            head = _shorten(head, setting, wide)
            rest = ""
        lines.append(head.strip())
        rest = rest[len(head) :].lstrip()
    return lines


def _fitting(text: str, setting: Setting, wide: int) -> str:
    """Return the longest beginning that fits, broken at a blank where there is one."""
    low, high = 1, len(text)
    while low < high:
        half = (low + high + 1) // 2
        if length(text[:half], setting) <= wide:
            low = half
        else:
            high = half - 1
    if low == len(text) or text[low] == " ":
        return text[:low]
    blank = text.rfind(" ", 0, low)
    return text[:blank] if blank > 0 else text[:low]


def _shorten(text: str, setting: Setting, wide: int) -> str:
    while text and length(text.rstrip(" ,.;:") + _ELLIPSIS, setting) > wide:
        text = text[:-1]
    return text.rstrip(" ,.;:") + _ELLIPSIS


def draw(
    size: tuple[int, int], lines: list[tuple[str, tuple[int, int]]], setting: Setting
) -> npt.NDArray[np.uint8]:
    """Draw lines of words.

    Args:
        size: Width and height of the picture, pixels.
        lines: Words, and where the left end of their base line is.
        setting: How they are set.

    Returns:
        (height, width) uint8, how much of each pixel the letters cover, 0 to 255.

    """
    sheet = np.zeros((size[1], size[0], 3), np.uint8)
    for words, place in lines:
        white = (255, 255, 255)
        font = cv2.FontFace("sans")
        cv2.putText(sheet, words, place, white, font, setting.size, setting.weight)
    return sheet[..., 0].copy()


def stamp(picture: Pixels, text: str) -> Pixels:
    """Burn a slate into the lower left corner: small light letters on a dark strip.

    Args:
        picture: (height, width, 3).
        text: What to say; cut with an ellipsis where it is wider than the picture.

    Returns:
        A new picture. Unchanged where there is no text, or no room for a letter.

    """
    height, width = picture.shape[:2]
    setting = Setting(size=max(9, round(min(height, width) * 0.026)), weight=500)
    pad = max(2, setting.size // 2)
    room = width - 4 * pad
    lines = wrap(plain(text), setting, room, 1) if room > setting.size else []
    if not lines or height < 3 * setting.size + pad:
        return picture.copy()
    stamped = picture.copy()
    top, foot = height - setting.size - 3 * pad, height - pad
    strip = stamped[top:foot, pad : min(width - pad, length(lines[0], setting) + 3 * pad)]
    sheet = draw((strip.shape[1], strip.shape[0]), [(lines[0], (pad, pad + setting.size))], setting)
    cover = sheet[..., None].astype(np.float32) / 255
    dimmed = strip * np.float32(0.28)
    strip[:] = (dimmed + (235 - dimmed) * cover + 0.5).astype(np.uint8)
    return stamped
