"""What a vision-language model is asked of crops; its answer is read whole, or not at all."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SYSTEM = (
    "You inspect crops of single frames of a film for defects of generated pictures. You answer "
    "with JSON alone: no other text, no Markdown."
)
_ASKED = """\
You are given {count} crops, numbered from 1 in their order: {kinds}. For each, say whether what it
shows is well formed: hands with the right fingers and joints, faces with matching eyes and teeth,
hair and outlines that end cleanly. Blur from movement, crops that cut things off, and small size
are no defects. Answer with exactly this, one entry for each crop, in order:
{{"crops": [{{"crop": 1, "verdict": "fine", "why": "at most twenty words"}}]}}
where verdict is "fine", "suspect" or "unsure"."""
_LONGEST = 300
_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n\s*```\s*\Z", re.DOTALL)


class Verdict(StrEnum):
    """What the model says of a crop."""

    FINE = "fine"
    SUSPECT = "suspect"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a model says of one crop. It is a machine's word, and overrules nobody."""

    crop: int
    """Counted from 1."""
    verdict: Verdict
    why: str
    """Its words, on one line; they may be wrong."""

    def to_json(self) -> dict[str, Any]:
        """The opinion as JSON has it."""
        return {"crop": self.crop, "verdict": self.verdict.value, "why": self.why}


def prompt(kinds: tuple[str, ...]) -> str:
    """The question about crops of these kinds, in their order."""
    return _ASKED.format(count=len(kinds), kinds=", ".join(kinds))


def read_opinions(text: str, count: int) -> tuple[Opinion, ...] | None:
    """Read an answer.

    Args:
        text: What the model wrote; JSON, or JSON in one fence of Markdown.
        count: How many crops it was asked about.

    Returns:
        One opinion for each crop in order; None where anything is missing or otherwise than asked.

    """
    fenced = _FENCED.match(text)
    try:
        raw = json.loads(fenced.group(1) if fenced else text)
        entries = raw["crops"]
        if len(entries) != count:
            return None
        return tuple(_opinion(entry, number) for number, entry in enumerate(entries, start=1))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _opinion(raw: Mapping[str, Any], number: int) -> Opinion:
    if type(raw["crop"]) is not int or raw["crop"] != number or not isinstance(raw["why"], str):
        raise ValueError
    plain = "".join(c if c.isprintable() else " " for c in raw["why"]).strip()
    return Opinion(crop=number, verdict=Verdict(raw["verdict"]), why=plain[:_LONGEST])
