"""The composed prompt: look, cast, camera, background, action, in that order and no other.

Anchors pin a clip's edges; its middle follows the words. So what every shot shares is said in every
shot, in the same words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from matchcut.film.types import CastMember, Look, Shot

_NAME = re.compile(r"\{\{|\}\}|\{([A-Za-z0-9][A-Za-z0-9_-]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What is said to the model, and who is handed over as an element, in order of their tags."""

    text: str
    elements: tuple[str, ...]


def compose(
    shot: Shot, look: Look, cast: Mapping[str, CastMember], element_tag: str | None
) -> Prompt:
    """Compose a shot's prompt.

    Args:
        shot: The shot; `{name}` in its camera, background and prompt stands for a cast member.
        look: What all shots share.
        cast: Members by name; a name that is not there stays as it is written.
        element_tag: How the endpoint's prompt names its n-th element, as in `@Element{n}`; None
            where it has no elements.

    Returns:
        The text. A member with a frontal picture becomes a tag where the endpoint has elements, and
        its locked subject is said once, in the cast line; any other member's subject stands at its
        first `{name}`, and later ones are the bare name.

    """
    named = list(dict.fromkeys(name for _, name in mentions(shot) if name in cast))
    elements = [name for name in named if element_tag and cast[name].frontal]
    tags = {
        name: (element_tag or "").replace("{n}", str(number))
        for number, name in enumerate(elements, start=1)
    }
    said: set[str] = set()

    def put(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return found.group()[0]
        if name in tags:
            return tags[name]
        if name not in cast:
            return found.group()
        if name in said:
            return name
        said.add(name)
        return cast[name].subject

    camera, background, action = (
        _NAME.sub(put, text) if "{" in text or "}" in text else text
        for text in (shot.camera or "", shot.background or "", shot.prompt)
    )
    lines = [
        _sentence(look.style),
        _sentence(look.lens, "Lens"),
        _sentence(look.depth_of_field, "Depth of field"),
        _sentence(look.light, "Light"),
        *(_sentence(cast[name].subject, tag) for name, tag in tags.items()),
        _sentence(camera, "Camera"),
        _sentence(background, "Background"),
        action.strip(),
    ]
    return Prompt(text=" ".join(line for line in lines if line), elements=tuple(elements))


def mentions(shot: Shot) -> list[tuple[str, str]]:
    """Each `{name}` of a shot, as (key it stands in, name), in the order of the composed prompt."""
    found: list[tuple[str, str]] = []
    for part, text in words(shot):
        if "{" in text:
            found += [(part, name) for name in _NAME.findall(text) if name]
    return found


def words(shot: Shot) -> tuple[tuple[str, str], ...]:
    """What a shot says, as (key, text), in the order of the composed prompt."""
    return (
        ("camera", shot.camera or ""),
        ("background", shot.background or ""),
        ("prompt", shot.prompt),
    )


@lru_cache(maxsize=4096)
def _sentence(text: str | None, label: str = "") -> str:
    said = (text or "").strip()
    if not said:
        return ""
    stop = "" if said[-1] in ".!?…" else "."
    return f"{label}: {said}{stop}" if label else f"{said}{stop}"
