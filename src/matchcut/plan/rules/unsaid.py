"""Rules on what a prompt leaves open: anchors pin a clip's edges, words its middle."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from matchcut.film.types import Look, Shot
from matchcut.findings import Finding, Severity
from matchcut.plan.prompt import words
from matchcut.plan.rules.case import Case, listed

if TYPE_CHECKING:
    from matchcut.plan.setup import Setup

FEW_WORDS = 12
"""Words of a shot up to which it is taken to say nothing where no word is known; more of them are
probably another language. At least 1, and larger warns more often."""

_SAYS: Mapping[str, frozenset[str]] = {
    "camera angle": frozenset(
        {
            *("aerial", "angle", "angles", "birdseye", "camera", "closeup", "crane", "dolly"),
            *("drone", "establishing", "eyelevel", "follow", "following", "follows", "framed"),
            *("framing", "handheld", "highangle", "locked", "lowangle", "orbit", "orbiting"),
            *("orbits", "overhead", "pan", "panning", "pans", "pov", "pull", "pulling", "pulls"),
            *("push", "pushes", "pushin", "pushing", "shot", "static", "steadicam", "tilt"),
            *("tilting", "tilts", "tracking", "tracks", "tripod", "view", "wide", "zoom", "zooms"),
        }
    ),
    "depth of field": frozenset(
        {
            *("aperture", "blurred", "blurry", "bokeh", "crisp", "defocused", "depth", "focus"),
            *("focused", "macro", "outoffocus", "shallow", "sharp", "telephoto", "wideangle"),
        }
    ),
    "light": frozenset(
        {
            *("afternoon", "backlit", "bright", "candle", "candlelight", "candlelit", "cloudy"),
            *("dark", "darkness", "dawn", "daylight", "dim", "dimly", "dusk", "evening", "fire"),
            *("firelight", "fog", "foggy", "glow", "glowing", "haze", "hazy", "lamp", "lamplight"),
            *("lantern", "light", "lighting", "lights", "lit", "midday", "midnight", "misty"),
            *("moon", "moonlight", "moonlit", "morning", "neon", "night", "noon", "overcast"),
            *("shade", "shadow", "shadows", "silhouette", "sun", "sunlight", "sunlit", "sunny"),
            *("sunrise", "sunset", "torch", "twilight"),
        }
    ),
    "background": frozenset(
        {
            *("backdrop", "background", "behind", "beyond", "distance", "horizon", "indoors"),
            *("inside", "outdoors", "outside", "skyline", "surrounded"),
        }
    ),
}
"""What a clip's middle follows, and English words that say it; hyphens are left out of both."""

_FIELDS: Mapping[str, str] = {"camera angle": "`camera`", "background": "`background`"}
_WORD = re.compile(r"[a-z]+")
_PLACE = re.compile(
    r"\b(?:above|across|against|along|among|around|at|below|beneath|beside|between|by|down|from|in"
    r"|into|near|off|on|onto|over|past|through|to|toward|towards|under|up)"
    r"\s+(?:the|a|an|his|her|its|their)\s+\w"
)
"""A place named by a preposition, `over the roofs`, says what is behind the action."""


def unsaid(case: Case) -> Iterator[Finding]:
    """What is not said drifts: camera angle, depth of field, light and background follow the words.

    Words are looked for in English; what is written in another language is said to be missing, as
    information only.
    """
    look = _look_says(case.film.look)
    groups: dict[tuple[tuple[str, ...], Severity], list[Setup]] = {}
    for setup in case.setups:
        if setup.shot.clip or not setup.shot.prompt:
            continue
        missing = _missing(setup.shot, look)
        if missing:
            groups.setdefault((missing, _gravity(setup.shot, missing)), []).append(setup)
    for (missing, severity), setups in groups.items():
        what = f"{', '.join(missing[:-1])} or {missing[-1]}" if len(missing) > 1 else missing[0]
        places = [_FIELDS[quality] for quality in missing if quality in _FIELDS]
        if len(places) < len(missing):
            places.append("the film's `look`")
        yield Finding(
            id="prompt.unsaid",
            severity=severity,
            path=("shots", setups[0].index, "prompt"),
            message=f"{listed(setups)} {'says' if len(setups) == 1 else 'say'} nothing of {what}",
            fix=f"Say it in {', '.join(places)}; what no words hold drifts from shot to shot.",
        )


def _look_says(look: Look) -> frozenset[str]:
    """Which of the four the look says for every shot."""
    said = _words(" ".join(text for _, text in look if text))
    found = {quality for quality, known in _SAYS.items() if not known.isdisjoint(said)}
    if look.light:
        found.add("light")
    if look.depth_of_field:
        found.add("depth of field")
    return frozenset(found)


def _missing(shot: Shot, look: frozenset[str]) -> tuple[str, ...]:
    fields = {"camera angle": shot.camera, "background": shot.background}
    left = [q for q in _SAYS if q not in look and not fields.get(q)]
    if not left:
        return ()
    # A full stop between them: `push in` and `a door` do not make a place.
    text = " . ".join(text for _, text in words(shot)).lower()
    said = _words(text)
    return tuple(
        quality
        for quality in left
        if _SAYS[quality].isdisjoint(said) and not (quality == "background" and _PLACE.search(text))
    )


def _gravity(shot: Shot, missing: tuple[str, ...]) -> Severity:
    if len(missing) < len(_SAYS):
        return Severity.INFO
    text = " ".join(text for _, text in words(shot))
    english = text.isascii() and len(text.split()) <= FEW_WORDS
    return Severity.WARNING if english else Severity.INFO


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower().replace("-", "")))


RULES = (unsaid,)
