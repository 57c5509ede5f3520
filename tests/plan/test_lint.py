"""Rules on chains, seams, elements, words and money: each once firing and once silent."""

from pathlib import Path

import pytest

import matchcut
from films import HEAD, KLING, LTX, LTX_FAST, SEEDANCE, WAN, chain, found
from matchcut.findings import Severity, show_path
from matchcut.plan.rules.chains import FEWEST_SHOTS, MOST_HOPS

FLF = "fal-ai/veo3.1/first-last-frame-to-video"
EXTEND = "fal-ai/veo3.1/extend-video"
ONE_LENGTH = "fal-ai/minimax/hailuo-02/pro/image-to-video"
ERROR, WARNING, INFO = Severity

A = "  - {id: a, start: a.jpg, prompt: x}\n"
HERO = "  - {id: h, hero: true, start: h.jpg, prompt: x}\n"
ON_KLING = f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x}}\n"
EXTENDED = f"  - {{id: b, endpoint: {EXTEND}, duration: 7, prompt: x}}\n"
ON_SEEDANCE = ON_KLING.replace(KLING, SEEDANCE)
ON_LTX = f"endpoint: {LTX}, duration: 6, resolution: 1080p"
THEN_LTX = f"  - {{id: b, prompt: x, {ON_LTX}}}\n"
SEEDED = HEAD.replace("720p}", "720p, seed: 42}")
MANY = HEAD.replace("mara.jpg}", "mara.jpg, references: [b.jpg, c.jpg, d.jpg, e.jpg]}")
LONE = HEAD.replace("frontal: art/mara.jpg", "references: [b.jpg]")
DRAWN = HEAD.replace("cast:", "look: {style: a loose watercolour}\ncast:")
ON_24 = HEAD.replace(WAN, SEEDANCE)
AT_48 = HEAD.replace("24}", "48}")
AT_30 = HEAD.replace("24}", "30}")
LOUD = HEAD.replace("resolution: 720p}", "audio: true}")


# id, severity, place, film with the mistake, film without, and their heads where they matter
CASES = [
    ("chain.long", WARNING, "shots[5]", chain(MOST_HOPS + 1), chain(MOST_HOPS)),
    (
        "chain.long",
        WARNING,
        "shots[5]",
        chain(MOST_HOPS + 2) + HERO,
        chain(MOST_HOPS + 1) + HERO,
    ),
    (
        "cast.unheld",
        WARNING,
        "shots[1]",
        chain(FEWEST_SHOTS, "{mara} runs"),
        chain(FEWEST_SHOTS - 1, "{mara} runs"),
    ),
    (
        "cast.unheld",
        WARNING,
        "shots[1]",
        chain(3, "{mara} runs"),
        chain(3, "{mara} runs"),
        HEAD,
        SEEDED,
    ),
    (
        "cast.unheld",
        WARNING,
        "shots[1]",
        chain(3, "{mara} runs"),
        chain(3, "{mara} runs"),
        HEAD.replace(WAN, KLING).replace(", frontal: art/mara.jpg", ""),
        HEAD.replace(WAN, KLING),
    ),
    (
        "seam.rates",
        WARNING,
        "shots[1].endpoint",
        ON_SEEDANCE + THEN_LTX,
        ON_SEEDANCE + THEN_LTX.replace("prompt", "join: cut, start: b.jpg, prompt"),
        AT_48,
        AT_48,
    ),
    ("fps.fixed", WARNING, "canvas.fps", A, A, AT_30.replace(WAN, SEEDANCE), ON_24),
    (
        "seam.softer",
        WARNING,
        "shots[1]",
        A.replace("prompt", "resolution: 1080p, prompt") + "  - {id: b, prompt: x}\n",
        A + "  - {id: b, prompt: x, resolution: 1080p}\n",
    ),
    (
        "element.no-such",
        ERROR,
        "shots[0].prompt",
        ON_KLING.replace("prompt: x", "prompt: '{mara} meets @Element2'"),
        ON_KLING.replace("prompt: x", "prompt: '{mara}, yes @Element1'"),
    ),
    (
        "element.no-such",
        ERROR,
        "shots[0].camera",
        A.replace("prompt", "camera: behind @Element1, prompt"),
        A.replace("prompt", "camera: behind Element1, prompt"),
    ),
    (
        "element.no-such",
        ERROR,
        "look.style",
        ON_KLING + ON_KLING.replace("id: a", "id: b, join: cut"),
        ON_KLING,
        HEAD.replace("cast:", "look: {style: '@Element1 everywhere'}\ncast:"),
        HEAD,
    ),
    (
        "element.too-many-references",
        ERROR,
        "cast.mara.references",
        ON_KLING.replace("prompt: x", "prompt: '{mara} runs'"),
        ON_KLING.replace("prompt: x", "prompt: '{mara} runs'"),
        MANY,
        MANY.replace(", e.jpg", ""),
    ),
    (
        "element.no-frontal",
        WARNING,
        "cast.mara.references",
        ON_KLING.replace("prompt: x", "prompt: '{mara} runs'"),
        A.replace("prompt: x", "prompt: '{mara} runs'"),
        LONE,
        LONE,
    ),
    (
        "element.unnamed",
        INFO,
        "cast.mara.frontal",
        ON_KLING,
        ON_KLING.replace("prompt: x", "prompt: '{mara} runs'"),
    ),
    (
        "element.left-out",
        INFO,
        "shots[1]",
        A.replace("prompt: x", "prompt: '{mara} runs'")
        + f"  - {{id: b, prompt: she stops, endpoint: {KLING}}}\n",
        A.replace("prompt: x", "prompt: '{mara} runs'")
        + f"  - {{id: b, prompt: '{{mara}} stops', endpoint: {KLING}}}\n",
    ),
    (
        "cast.bare",
        WARNING,
        "shots[0].prompt",
        A.replace("prompt: x", "prompt: Mara runs"),
        A.replace("prompt: x", "prompt: 'Marathon of {mara}, and mara wins'"),
    ),
    (
        "element.second-video",
        ERROR,
        "shots[0].options.elements",
        ON_KLING.replace("prompt", "options: {elements: [{video_url: a}, {video_url: b}]}, prompt"),
        ON_KLING.replace("prompt", "options: {elements: [{video_url: a}]}, prompt"),
    ),
    (
        "audio.costs-more",
        INFO,
        "shots[0].audio",
        ON_KLING.replace("prompt", "audio: true, prompt"),
        f"  - {{id: a, start: a.jpg, prompt: x, audio: true, {ON_LTX}}}\n",
    ),
    ("audio.costs-more", WARNING, "defaults.audio", ON_KLING, ON_KLING, LOUD, HEAD),
    (
        "people.refused",
        WARNING,
        "shots[0]",
        f"  - {{id: a, endpoint: {SEEDANCE}, start: a.jpg, prompt: '{{mara}} runs'}}\n",
        f"  - {{id: a, endpoint: {SEEDANCE}, start: a.jpg, prompt: 'a door'}}\n",
    ),
    (
        "people.refused",
        WARNING,
        "shots[1]",
        A.replace("prompt: x", "prompt: '{mara} runs'")
        + f"  - {{id: b, endpoint: {SEEDANCE}, prompt: a door}}\n",
        A.replace("prompt: x", "prompt: '{mara} runs'")
        + f"  - {{id: b, endpoint: {SEEDANCE}, join: cut, start: a.jpg, prompt: a door}}\n",
    ),
    (
        "people.refused",
        WARNING,
        "shots[1]",
        A
        + f"  - {{id: b, endpoint: {SEEDANCE}, prompt: a door}}\n"
        + HERO.replace("prompt: x", "prompt: '{mara} waits'"),
        A + "  - {id: b, prompt: a door}\n" + HERO.replace("prompt: x", "prompt: '{mara} waits'"),
    ),
    (
        "people.refused",
        WARNING,
        "shots[0]",
        f"  - {{id: a, endpoint: {SEEDANCE}, start: a.jpg, prompt: '{{mara}} runs'}}\n",
        f"  - {{id: a, endpoint: {SEEDANCE}, start: a.jpg, prompt: '{{mara}} runs'}}\n",
        HEAD,
        DRAWN,
    ),
    (
        "end.missing",
        ERROR,
        "shots[0]",
        f"  - {{id: a, endpoint: {FLF}, start: a.jpg, prompt: x}}\n",
        f"  - {{id: a, endpoint: {FLF}, start: a.jpg, prompt: x}}\n" + HERO,
    ),
    (
        "continue.missing",
        ERROR,
        "shots[1]",
        A + EXTENDED,
        A + EXTENDED.replace("prompt", "join: continue, prompt"),
    ),
    (
        "anchor.no-start",
        ERROR,
        "shots[1]",
        A + EXTENDED,
        A + EXTENDED.replace("prompt", "join: continue, prompt"),
    ),
    (
        "anchor.no-end",
        ERROR,
        "shots[1].end",
        A + EXTENDED.replace("prompt", "join: continue, end: e.jpg, prompt"),
        A + "  - {id: b, end: e.jpg, prompt: x}\n",
    ),
    (
        "duration.not-offered",
        ERROR,
        "shots[0].duration",
        f"  - {{id: a, endpoint: {ONE_LENGTH}, start: a.jpg, prompt: x, duration: 5}}\n",
        f"  - {{id: a, endpoint: {ONE_LENGTH}, start: a.jpg, prompt: x, duration: 6}}\n",
    ),
    (
        "request.coupled",
        ERROR,
        "shots[0].duration",
        A.replace("prompt", f"endpoint: {LTX_FAST}, resolution: 1080p, duration: 12, prompt"),
        A.replace("prompt", f"endpoint: {LTX_FAST}, resolution: 1080p, duration: 10, prompt"),
    ),
    (
        "request.exclusive",
        ERROR,
        "shots[0].options.multi_prompt",
        ON_KLING.replace("prompt", "options: {multi_prompt: [{prompt: y}]}, prompt"),
        ON_KLING,
    ),
]


@pytest.mark.parametrize(
    ("rule", "severity", "place", "wrong", "right", "heads"),
    [(*case[:5], case[5:] or (HEAD, HEAD)) for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_rule_fires_on_its_mistake_and_is_silent_without(
    rule: str,
    severity: Severity,
    place: str,
    wrong: str,
    right: str,
    heads: tuple[str, str],
) -> None:
    (one,) = found(rule, wrong, heads[0])
    assert one.severity is severity
    assert show_path(one.path).startswith(place)
    assert one.message
    assert one.fix
    assert found(rule, right, heads[1]) == []


def test_a_long_chain_is_said_once_with_its_hops_and_where_a_hero_would_help() -> None:
    (one,) = found("chain.long", chain(7) + HERO.replace("prompt", "join: cut, prompt"))
    assert "`s7` is 7 hops from the nearest hero or still, `s0`" in one.message
    assert "Make `s4` a hero" in one.fix
    (one,) = found("chain.long", chain(40))
    assert "`s40` is 40 hops" in one.message
    assert "every 5th shot" in one.fix


def test_each_chain_is_counted_from_its_own_start() -> None:
    second = chain(6, start="join: cut, start: b.jpg").replace("id: s", "id: t")
    assert [f.path for f in found("chain.long", chain(5) + second)] == [("shots", 5), ("shots", 12)]


@pytest.mark.parametrize(
    ("endpoint", "first"),
    [(WAN, "the same `seed`"), (KLING, "a `frontal` picture"), (LTX, "an endpoint with elements")],
)
def test_who_is_not_held_is_told_the_nearest_cure_first(endpoint: str, first: str) -> None:
    head = HEAD.replace(WAN, endpoint).replace(", frontal: art/mara.jpg", "")
    (one,) = found("cast.unheld", chain(3, "{mara} runs"), head)
    assert one.fix.startswith(f"Give it {first}")
    assert "{mara} is in 3 shots chained to `s0`" in one.message


def test_sound_is_said_with_what_it_costs() -> None:
    (one,) = found("audio.costs-more", ON_KLING.replace("prompt", "audio: true, prompt"))
    assert "sound makes `a` 0.448 USD dearer" in one.message
    (one,) = found(
        "audio.costs-more", ON_KLING + ON_KLING.replace("id: a", "id: b, join: cut"), LOUD
    )
    assert "`a`, `b` 0.896 USD dearer" in one.message


def test_the_examples_are_told_nothing_but_information() -> None:
    films = sorted((Path(__file__).parents[2] / "examples").glob("*/film.yaml"))
    assert films
    for example in films:
        findings = matchcut.plan(matchcut.load(example)).findings
        assert {finding.severity for finding in findings} <= {INFO}, findings


def test_every_finding_of_the_reference_has_a_test() -> None:
    root = Path(__file__).parent.parent
    page = (root.parent / "docs" / "reference" / "messages.md").read_text("utf-8")
    listed = page.partition("Of what an endpoint takes")[2]
    cells = [line for line in listed.splitlines() if line.startswith(("| `", ": `"))]
    ids = {part for line in cells for part in line.split("`")[1::2] if "." in part}
    tests = "".join(file.read_text("utf-8") for file in (root / "plan").glob("*.py"))
    assert len(ids) > 50
    assert not {name for name in ids if f'"{name}"' not in tests}
