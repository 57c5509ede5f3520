"""What a parameter's description says in words, where the schema says nothing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from matchcut.endpoints.contract import Kind, Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A parameter with what its document says of it besides."""

    parameter: Parameter
    description: str = ""
    max_items: int | None = None
    """Of a list."""
    fields: Mapping[str, "Described"] = field(default_factory=dict)
    """Of an object, or of each object of a list."""


def megabytes(description: str) -> int | None:
    """The largest file that is taken, out of `Max file size: 10.0MB` or `up to 20 MB`."""
    found = _MEGABYTES.search(description)
    return int(found.group(1)) if found else None


def formats(description: str) -> tuple[str, ...]:
    """The file formats that are taken, as in `jpeg`; empty where fewer than two are named.

    One alone may be an example.
    """
    words = (word.lower() for word in re.findall(r"[A-Za-z0-9]+", description))
    named = dict.fromkeys(_SAME.get(word, word) for word in words if word in _FORMATS)
    return tuple(named) if len(named) > 1 else ()


def most(description: str) -> int | None:
    """Three, out of `1-3 images supported` or `up to 3`."""
    found = _MOST.search(description)
    return int(found.group(1)) if found else None


def exclusions(parameters: Mapping[str, Described]) -> Iterator[tuple[str, str]]:
    """Pairs of which a description says, without an if, that only one may be sent."""
    told: set[frozenset[str]] = set()
    for name, described in parameters.items():
        for sentence in re.split(r"[.;\n]", described.description):
            if not _ONLY_ONE.search(sentence) or _ON_CONDITION.search(sentence):
                continue
            for other in _mentioned(sentence, parameters):
                pair = frozenset({name, other})
                if len(pair) > 1 and pair not in told:
                    told.add(pair)
                    yield name, other


def _mentioned(sentence: str, parameters: Mapping[str, Described]) -> Iterator[str]:
    """Parameters that a sentence names: those of files and lists, by a name that is no plain word.

    `prompt` or `resolution` in a sentence may be the thing and not the parameter.
    """
    words = {*re.findall(r"\w+", sentence)}
    for name, described in parameters.items():
        if "_" in name and name in words and described.parameter.kind in _CARRIERS:
            yield name


_CARRIERS = (Kind.URL, Kind.URLS, Kind.OBJECT, Kind.OBJECTS)
_FORMATS = frozenset(
    {
        *("jpeg", "jpg", "png", "webp", "bmp", "gif", "avif", "heif", "heic", "tiff", "tif"),
        *("mp4", "mov", "webm", "m4v", "mkv", "avi", "wav", "mp3", "aac", "ogg", "m4a", "flac"),
    }
)
_SAME = {"jpg": "jpeg", "tif": "tiff"}
_MEGABYTES = re.compile(
    r"\b(?:max(?:imum)?(?: file)?(?: size)?(?: of)?:?|up to|at most|under) ?"
    r"(\d{1,4})(?:\.\d+)? ?MB\b",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"\b(?:up to|at most|max(?:imum)?(?: of)?|\d{1,2} ?(?:-|to)) ?(\d{1,2})\b", re.IGNORECASE
)
_ONLY_ONE = re.compile(
    r"mutually exclusive|not both|\b(?:cannot|can not|can't|must not|may not) be "
    r"(?:used|combined|set|sent|given|provided|specified)",
    re.IGNORECASE,
)
_ON_CONDITION = re.compile(r"\b(if|when|unless|except)\b", re.IGNORECASE)
