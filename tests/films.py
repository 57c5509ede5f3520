"""Films for the tests of the plan, written as a user writes them."""

from matchcut.endpoints.contract import Contract
from matchcut.endpoints.load import shipped
from matchcut.film.read import read_film
from matchcut.film.types import Film
from matchcut.findings import Finding
from matchcut.plan.build import build_plan
from matchcut.plan.types import Media, Plan

WAN = "fal-ai/wan/v2.7/image-to-video"
KLING = "fal-ai/kling-video/v3/pro/image-to-video"
SEEDANCE = "bytedance/seedance-2.0/image-to-video"
LTX = "fal-ai/ltx-2.3/image-to-video"
LTX_FAST = "fal-ai/ltx-2.3/image-to-video/fast"
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


def found(
    rule: str,
    shots: str,
    head: str = HEAD,
    media: Media | None = None,
    contract: Contract | None = None,
) -> list[Finding]:
    """What one rule finds in it; a contract of one's own takes the place of the shipped one."""
    contracts = {**shipped(), contract.id: contract} if contract else shipped()
    built = build_plan(film(shots, head), contracts, media)
    return [finding for finding in built.findings if finding.id == rule]


def chain(shots: int, prompt: str = "x", start: str = "start: a.jpg") -> str:
    """A shot on its own start and as many that go on from it."""
    follow = "".join(f"  - {{id: s{n}, prompt: '{prompt}'}}\n" for n in range(1, shots + 1))
    return f"  - {{id: s0, {start}, prompt: '{prompt}'}}\n" + follow
