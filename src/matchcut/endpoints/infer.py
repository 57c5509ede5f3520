"""What an endpoint's parameters are for, told from their names, types and descriptions.

A guess, and marked as one: the names are those of the public endpoint map of fal-js, commit 381105e
of 2026-08-02, and words that stand in its descriptions. A role that could be bound wrongly is left
out, with a note.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matchcut.endpoints import said
from matchcut.endpoints.contract import Elements, Kind, Parameter, Role
from matchcut.endpoints.offered import seconds
from matchcut.endpoints.options import OFF
from matchcut.endpoints.said import Described


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """What was guessed."""

    roles: Mapping[Role, str]
    elements: Elements | None = None
    exclusions: tuple[tuple[str, str], ...] = ()
    """Pairs of which a description says that only one may be sent."""
    notes: tuple[str, ...] = ()


def infer(endpoint: str, parameters: Mapping[str, Described]) -> Inferred:
    """Guess what an endpoint's parameters are for.

    Args:
        endpoint: Its id; the words in it tell what it is.
        parameters: Its parameters by their wire names.

    Returns:
        The roles, in the order of `Role`, each parameter in one at most.

    """
    notes: list[str] = []
    found: dict[Role, str] = {}
    elements = _elements(parameters, notes)
    if elements is not None:
        name, shape = elements
        found[Role.ELEMENTS] = name
    for role, names in _NAMES.items():
        wire = next((n for n in names if n in parameters and _plays(role, n, parameters)), None)
        if wire is not None:
            found[role] = wire
    if Role.DURATION in found:
        found.pop(Role.FRAMES, None)
    guesses = {
        Role.START: _start(parameters, notes),
        Role.END: _end(parameters),
        Role.CONTINUE: _continue(endpoint, parameters, notes),
        Role.AUDIO: _audio(parameters),
    }
    found |= {role: wire for role, wire in guesses.items() if wire is not None}
    notes += _notes(parameters, found)
    return Inferred(
        roles={role: found[role] for role in Role if role in found},
        elements=shape if elements is not None else None,
        exclusions=tuple(said.exclusions(parameters)),
        notes=tuple(notes),
    )


def is_address_name(name: str, description: str) -> bool:
    """True where a text parameter takes the address of a file, by its name or what is said of it.

    fal's documents give addresses no format of their own.
    """
    if name.endswith(("_url", "_urls", "_uri")) or name in ("url", "urls"):
        return True
    return name in _FILES and bool(re.search(r"\bURLs?\b|\bbase64\b", description))


_NAMES: Mapping[Role, tuple[str, ...]] = {
    Role.PROMPT: ("prompt", "text_prompt", "prompt_text"),
    Role.NEGATIVE_PROMPT: ("negative_prompt", "negative_text_prompt", "negative"),
    Role.DURATION: (
        *("duration", "duration_seconds", "video_duration", "length_seconds", "video_length"),
        *("target_duration", "num_seconds", "seconds", "length"),
    ),
    Role.FRAMES: ("num_frames", "number_of_frames", "video_frames"),
    Role.RESOLUTION: (
        *("resolution", "video_resolution", "output_resolution", "video_size", "size", "quality"),
        "video_quality",
    ),
    Role.ASPECT: ("aspect_ratio", "video_aspect_ratio", "ratio", "aspect"),
    Role.FPS: ("fps", "frames_per_second", "frame_rate", "framerate", "video_fps", "output_fps"),
    Role.SEED: ("seed", "random_seed", "noise_seed"),
    Role.EXPANSION: (
        *("enable_prompt_expansion", "prompt_expansion", "expand_prompt", "prompt_extend"),
        *("prompt_optimizer", "enable_prompt_optimizer", "optimize_prompt", "prompt_enhancer"),
        *("enhance_prompt", "prompt_enhancement", "enable_prompt_enhancement", "rewrite_prompt"),
        *("prompt_upsampling", "prompt_expansion_mode", "auto_fix", "thinking_type"),
    ),
}
"""Names by role, the surest first."""
_STARTS = (
    *("start_image_url", "first_frame_url", "first_image_url", "first_frame_image_url"),
    *("start_frame_url", "start_image", "first_frame", "first_image", "start_frame", "image_url"),
    *("image", "input_image_url", "input_image", "init_image_url", "init_image"),
)
_ENDS = (
    *("end_image_url", "last_frame_url", "tail_image_url", "last_image_url", "end_frame_url"),
    *("last_frame_image_url", "end_image", "last_frame", "tail_image", "last_image", "end_frame"),
)
_CLIPS = ("video_url", "video", "input_video_url", "source_video_url", "input_video", "clip_url")
_FILES = frozenset({*_STARTS, *_ENDS, *_CLIPS, "audio"})
_SOUNDS = ("generate_audio", "generate_audio_switch", "audio", "enable_audio", "with_audio")
_FIRST = re.compile(r"\b(first|start(ing)?|initial|opening) (frame|image|picture)\b", re.IGNORECASE)
_LAST = re.compile(r"\b(last|end(ing)?|final|closing|tail) (frame|image|picture)\b", re.IGNORECASE)
_NO_ANCHOR = re.compile(r"\b(mask|style|references?|referenced|control|pose)\b", re.IGNORECASE)
_NO_SOURCE = re.compile(
    r"\b(mask|style|references?|control|pose|driv(es|ing)|motion|edit)\b", re.IGNORECASE
)
_GOES_ON = re.compile(r"\b(extend|extends|extension|continu\w+)\b", re.IGNORECASE)


def _plays(role: Role, name: str, parameters: Mapping[str, Described]) -> bool:
    parameter = parameters[name].parameter
    kind = parameter.kind
    match role:
        case Role.PROMPT | Role.NEGATIVE_PROMPT | Role.ASPECT:
            fits = kind is Kind.STRING
        case Role.DURATION | Role.FPS:
            fits = _is_number(parameter)
        case Role.RESOLUTION:
            # `quality` is how much a picture is compressed, unless it names sizes.
            sizes = any(re.search(r"\d[pk]$", str(v), re.IGNORECASE) for v in parameter.values)
            plain = name.endswith(("resolution", "size"))
            fits = kind in (Kind.STRING, Kind.ANY) and (plain or sizes)
        case Role.SEED | Role.FRAMES:
            fits = kind is Kind.INTEGER
        case _:
            off = any(value in OFF for value in parameter.values)
            fits = kind is Kind.BOOLEAN or (kind is Kind.STRING and off)
    return fits


def _is_number(parameter: Parameter) -> bool:
    """True where a number can be said, as a number or as text."""
    if parameter.kind is Kind.STRING:
        stated = parameter.values or (parameter.default,)
        return any(seconds(value) is not None for value in stated)
    return parameter.kind in (Kind.INTEGER, Kind.NUMBER, Kind.ANY)


def _start(parameters: Mapping[str, Described], notes: list[str]) -> str | None:
    for name in _STARTS:
        if not _takes_file(parameters.get(name)):
            continue
        description = parameters[name].description
        if _FIRST.search(description) or not _NO_ANCHOR.search(description):
            return name
        notes.append(f"`{name}` is described as something else than a first frame.")
    return _told(parameters, _FIRST, _LAST)


def _end(parameters: Mapping[str, Described]) -> str | None:
    named = next((name for name in _ENDS if _takes_file(parameters.get(name))), None)
    return named or _told(parameters, _LAST, _FIRST)


def _told(
    parameters: Mapping[str, Described], this: re.Pattern[str], not_that: re.Pattern[str]
) -> str | None:
    """The file of which a description, or its name read as words, says just this."""
    for name, described in parameters.items():
        words = f"{name.replace('_', ' ')}. {described.description}"
        if _takes_file(described) and this.search(words) and not not_that.search(words):
            return name
    return None


def _takes_file(described: Described | None) -> bool:
    return described is not None and described.parameter.kind is Kind.URL


def _audio(parameters: Mapping[str, Described]) -> str | None:
    for name in (*_SOUNDS, *parameters):
        described = parameters.get(name)
        if described is None or described.parameter.kind is not Kind.BOOLEAN:
            continue
        words = name.split("_")
        made = {"generate", "enable", "with", "native"} & {*words}
        if name in _SOUNDS or (made and {"audio", "sound"} & {*words}):
            return name
    return None


def _continue(endpoint: str, parameters: Mapping[str, Described], notes: list[str]) -> str | None:
    """The clip that is gone on from: on an endpoint that extends clips, or beside a start picture.

    A clip elsewhere is one that drives, is looked at or is worked over; it is never handed over as
    if it were gone on from.
    """
    words = {*re.split(r"[^a-z]+", endpoint.lower())}
    extends = bool(words & {"extend", "extension", "continue", "continuation"})
    for name in _CLIPS:
        described = parameters.get(name)
        if described is None:
            continue
        words_said = described.description
        goes_on = extends or bool(_GOES_ON.search(words_said))
        beside = "image-to-video" in endpoint.split("/") and not described.parameter.required
        if not goes_on and (not beside or _NO_SOURCE.search(words_said)):
            continue
        if described.parameter.kind is Kind.URL:
            return name
        if described.parameter.kind is Kind.OBJECT:
            notes.append(
                f"`{name}`, the clip that it goes on from, is an object and not an address: "
                "matchcut does not bind it."
            )
            return None
    return None


def _elements(parameters: Mapping[str, Described], notes: list[str]) -> tuple[str, Elements] | None:
    for name, described in parameters.items():
        if described.parameter.kind is not Kind.OBJECTS:
            continue
        fields = described.fields
        frontal = next((f for f in fields if "front" in f and _takes_file(fields[f])), None)
        lists = (f for f in fields if fields[f].parameter.kind is Kind.URLS and "ref" in f)
        references = next(lists, None)
        if frontal is None or references is None:
            continue
        tag = re.search(r"(@[A-Za-z]+)1\b", described.description)
        if tag is None:
            notes.append(
                f"How a prompt names one of the `{name}` is not stated; `@Element1` is assumed."
            )
        most = fields[references].max_items or said.most(fields[references].description)
        if most is None:
            notes.append(f"How many `{references}` are taken is not stated; one is assumed.")
        video = next((f for f in ("video_url", "video") if _takes_file(fields.get(f))), None)
        return name, Elements(
            tag=f"{tag.group(1) if tag else '@Element'}{{n}}",
            frontal=frontal,
            references=references,
            max_references=most or 1,
            video=video,
        )
    return None


def _notes(parameters: Mapping[str, Described], found: Mapping[Role, str]) -> Iterator[str]:
    if not {Role.DURATION, Role.FRAMES} & {*found}:
        yield "No parameter for its length is known."
    for name in _NAMES[Role.EXPANSION]:
        if name in parameters and Role.EXPANSION not in found:
            yield f"`{name}` rewrites the prompt, and no value is known that switches it off."
            break
    for name, described in parameters.items():
        if described.parameter.required and name not in found.values():
            yield f"`{name}` must be given, and nothing in a film stands for it: use `options`."
