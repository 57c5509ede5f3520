"""Films for the tests of the plan, written as a user writes them."""

from matchcut.endpoints.load import shipped
from matchcut.film.read import read_film
from matchcut.film.types import Film
from matchcut.plan.build import build_plan
from matchcut.plan.types import Media, Plan

WAN = "fal-ai/wan/v2.7/image-to-video"
KLING = "fal-ai/kling-video/v3/pro/image-to-video"
SEEDANCE = "bytedance/seedance-2.0/image-to-video"
LTX = "fal-ai/ltx-2.3/image-to-video"
TEXT = "fal-ai/wan/v2.7/text-to-video"

HEAD = """
title: Film
canvas: {width: 1280, height: 720, fps: 24}
cast: {mara: {subject: "a courier in her thirties", frontal: art/mara.jpg}}
defaults: {endpoint: fal-ai/wan/v2.7/image-to-video, duration: 4, resolution: 720p}
shots:
"""


def film(shots: str, head: str = HEAD) -> Film:
    """A film with these shots; one that has mistakes of its own is a mistake of the test."""
    read = read_film((head + shots).encode(), "film.yaml")
    assert read.findings == (), read.findings
    return read.film


def plan(shots: str, head: str = HEAD, media: Media | None = None) -> Plan:
    """Its plan."""
    return build_plan(film(shots, head), shipped(), media)


def findings(shots: str, head: str = HEAD, media: Media | None = None) -> list[str]:
    """The ids of what is found in it."""
    return [finding.id for finding in plan(shots, head, media).findings]
