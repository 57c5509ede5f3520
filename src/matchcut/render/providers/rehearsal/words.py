"""Camera words: which moves a prompt asks for. A table of phrases, first mention wins."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Camera(StrEnum):
    """A way in which the camera moves."""

    STATIC = "static"
    HANDHELD = "handheld"
    PUSH_IN = "push in"
    PULL_OUT = "pull out"
    ZOOM_IN = "zoom in"
    ZOOM_OUT = "zoom out"
    PAN_LEFT = "pan left"
    PAN_RIGHT = "pan right"
    TILT_UP = "tilt up"
    TILT_DOWN = "tilt down"
    TRACK_LEFT = "track left"
    TRACK_RIGHT = "track right"
    CRANE_UP = "crane up"
    CRANE_DOWN = "crane down"
    ORBIT_LEFT = "orbit left"
    ORBIT_RIGHT = "orbit right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What a prompt says about the camera."""

    moves: tuple[Camera, ...]
    """In the order in which they are named; empty where the prompt says nothing."""
    pace: float
    """Factor on a move's usual speed: below 1 for slow words, above 1 for fast ones."""


# Left to right and up and down are one axis each: the camera cannot do both at once.
_AXES = (
    (Camera.PUSH_IN, Camera.PULL_OUT, Camera.ZOOM_IN, Camera.ZOOM_OUT),
    (Camera.PAN_LEFT, Camera.PAN_RIGHT),
    (Camera.TILT_UP, Camera.TILT_DOWN),
    (Camera.TRACK_LEFT, Camera.TRACK_RIGHT),
    (Camera.CRANE_UP, Camera.CRANE_DOWN),
    (Camera.ORBIT_LEFT, Camera.ORBIT_RIGHT),
    (Camera.HANDHELD,),
)

_THE = r"(?!\s+(?:a|an|the|his|her|their|its|my|your|some)\b)"  # "pulls out a key" is no camera
_TO = r"(?:\s+(?:slowly|gently|quickly|fast|smoothly|over|around|shot|to\s+the|towards\s+the))*\s+"
_IN = rf"{_TO}(?:in|inwards?|closer|forwards?)\b{_THE}"
_OUT = rf"{_TO}(?:out|outwards?|back|backwards?|away)\b{_THE}"
_PUSH = r"\b(?:push(?:es|ing)?|doll(?:y|ies|ying)|truck(?:s|ing)?|camera mov(?:es|ing))"
_PULL = r"\b(?:pull(?:s|ing)?|doll(?:y|ies|ying)|camera mov(?:es|ing))"
_ZOOM = r"\bzoom(?:s|ing)?"
_PAN = r"\bpan(?:s|ning)?"
_TILT = r"\btilt(?:s|ing)?"
_TRACK = r"\b(?:track(?:s|ing)?|truck(?:s|ing)?|doll(?:y|ies|ying)|camera (?:slid|mov)(?:es|ing))"
_CRANE = r"\b(?:cran(?:e|es|ing)|boom(?:s|ing)?|pedestal(?:s|ing)?|jib(?:s|bing)?)"
_ORBIT = (
    r"(?:(?<!in )(?<!into )\borbit(?:s|ing)?\b|\barc(?:s|ing)?(?=\s+(?:shot|left|right|around)))"
)
_FIXED = r"(?:fixed|still|stationary|motionless|unmoving)"
_CAMERA = r"\bcamera\s+(?:\w+ly\s+)?"

# Longer phrases stand before the shorter ones that they contain. A bare word without a direction
# stands for a pair, of which the seed chooses one.
_PHRASES: tuple[tuple[str, tuple[Camera, ...]], ...] = (
    (rf"{_PUSH}{_IN}", (Camera.PUSH_IN,)),
    (r"\bpush-?in\b|\bslow push\b|\bdolly-in\b|\bcloses in\b", (Camera.PUSH_IN,)),
    (rf"{_PULL}{_OUT}", (Camera.PULL_OUT,)),
    (r"\bpull-?(?:out|back)\b|\bdolly-out\b", (Camera.PULL_OUT,)),
    (rf"{_ZOOM}(?:-|{_TO})(?:out|away|back)\b", (Camera.ZOOM_OUT,)),
    (rf"{_ZOOM}\b", (Camera.ZOOM_IN,)),
    (rf"{_PAN}{_TO}left\b", (Camera.PAN_LEFT,)),
    (rf"{_PAN}{_TO}right\b", (Camera.PAN_RIGHT,)),
    (rf"{_PAN}{_TO}up\b", (Camera.TILT_UP,)),
    (rf"{_PAN}{_TO}down\b", (Camera.TILT_DOWN,)),
    (
        r"\b(?:slow|quick|fast|gentle|whip) pan\b|\bcamera pan\w*|\bpanning\b|\bpan across\b",
        (Camera.PAN_RIGHT, Camera.PAN_LEFT),
    ),
    (rf"{_TILT}{_TO}(?:up|upwards?)\b", (Camera.TILT_UP,)),
    (rf"{_TILT}{_TO}(?:down|downwards?)\b", (Camera.TILT_DOWN,)),
    (rf"{_TRACK}{_TO}left\b", (Camera.TRACK_LEFT,)),
    (rf"{_TRACK}{_TO}right\b", (Camera.TRACK_RIGHT,)),
    (r"\btracking\b|\btravell?ing shot\b", (Camera.TRACK_RIGHT, Camera.TRACK_LEFT)),
    (
        rf"{_CAMERA}(?:tracks|follows|glides)\b|\bfollow(?:ing)? shot\b",
        (Camera.TRACK_RIGHT, Camera.TRACK_LEFT),
    ),
    (rf"{_CRANE}{_TO}(?:down|downwards?)\b", (Camera.CRANE_DOWN,)),
    (rf"{_CAMERA}(?:descends|lowers|sinks)\b", (Camera.CRANE_DOWN,)),
    (rf"{_CRANE}{_TO}(?:up|upwards?)\b|\bcrane shot\b", (Camera.CRANE_UP,)),
    (rf"{_CAMERA}(?:rises|lifts|ascends)\b", (Camera.CRANE_UP,)),
    (rf"{_ORBIT}{_TO}left\b", (Camera.ORBIT_LEFT,)),
    (rf"{_ORBIT}{_TO}right\b", (Camera.ORBIT_RIGHT,)),
    (rf"{_ORBIT}|{_CAMERA}(?:circles|arcs)\b", (Camera.ORBIT_RIGHT, Camera.ORBIT_LEFT)),
    (r"\bhand-?\s?held\b|\bshaky[ -]cam\w*", (Camera.HANDHELD,)),
    (r"\bdoll(?:y|ies|ying)\b|\bdrone\b|\bfly-?over\b", (Camera.PUSH_IN,)),
    (r"\block(?:ed)?[ -]?(?:off|down)\b|\bon (?:a )?tripod\b", (Camera.STATIC,)),
    (rf"\bstatic\b(?! electric)|\b{_FIXED} (?:camera|frame|shot)\b", (Camera.STATIC,)),
    (rf"{_CAMERA}(?:is|stays|remains|holds) (?:\w+ )?{_FIXED}\b", (Camera.STATIC,)),
)

_UNMOVED = re.compile(
    r"\b(?:no|without(?: any)?|zero) (?:camera|cam) ?(?:movement|motion|moves?)\b"
    r"|\bcamera (?:does not|doesn't|never) moves?\b|\bno movement of the camera\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:no|not|never|without|avoid|don't|do not)(?: (?:any|a|the|camera|to))*[ -]*$",
    re.IGNORECASE,
)
_SLOW = re.compile(
    r"\b(?:slow(?:ly)?|gent(?:le|ly)|subtl[ey]|creeping|imperceptibl[ey])\b", re.IGNORECASE
)
_FAST = re.compile(r"\b(?:fast|quick(?:ly)?|rapid(?:ly)?|swift(?:ly)?|whip|crash)\b", re.IGNORECASE)
_REACH = 24
"""How many characters around a camera phrase a word of pace may stand."""

_TABLE = tuple((re.compile(pattern, re.IGNORECASE), moves) for pattern, moves in _PHRASES)


def read_direction(prompt: str, seed: int) -> Direction:
    """Read what the prompt asks of the camera.

    Args:
        prompt: The composed prompt, in English. Words that only look like camera words ("pulls
            out a key", "into orbit") are passed over where the table knows them.
        seed: Chooses the side where a move is named without one.

    Returns:
        Moves in the order in which they are named, at most one an axis. A prompt that only denies
        moves ("no camera movement", "no zoom") asks for `Camera.STATIC`.

    """
    if _UNMOVED.search(prompt):
        return Direction(moves=(Camera.STATIC,), pace=1.0)
    wanted: list[tuple[int, int, Camera]] = []
    denied = False
    taken: list[tuple[int, int]] = []
    for pattern, moves in _TABLE:
        for found in pattern.finditer(prompt):
            low, high = found.span()
            if any(low < there and here < high for here, there in taken):
                continue
            taken.append((low, high))
            if _NEGATED.search(prompt[:low]):
                denied = True
            else:
                wanted.append((low, high, moves[seed % len(moves)]))
    wanted.sort()
    named = tuple(move for _, _, move in wanted)
    if Camera.STATIC in named or (denied and not named):
        return Direction(moves=(Camera.STATIC,), pace=1.0)
    around = " ".join(prompt[max(0, low - _REACH) : high + _REACH] for low, high, _ in wanted)
    return Direction(moves=_one_an_axis(named), pace=_pace(around))


def _one_an_axis(named: tuple[Camera, ...]) -> tuple[Camera, ...]:
    firsts = {next((move for move in named if move in axis), None) for axis in _AXES}
    return tuple(dict.fromkeys(move for move in named if move in firsts))


def _pace(words: str) -> float:
    if _SLOW.search(words):
        return 0.6
    return 1.6 if _FAST.search(words) else 1.0
