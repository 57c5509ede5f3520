"""Each rule, once firing and once silent."""

from dataclasses import replace
from fractions import Fraction

import pytest

from films import HEAD, KLING, LTX, SEEDANCE, TEXT, findings, plan
from matchcut.findings import Severity, show_path
from matchcut.frames.types import ClipInfo, Matrix, StillInfo
from matchcut.inspect.onset import FEWEST
from matchcut.plan.rules import RULES
from matchcut.plan.rules.anchors import JUDGED
from matchcut.plan.types import Media

A = "  - {id: a, start: a.jpg, prompt: x}\n"
HERO = "  - {id: h, hero: true, start: h.jpg, prompt: x}\n"

LTX_SHOT = (
    f"  - {{id: a, endpoint: {LTX}, start: a.jpg, prompt: x, duration: 6, resolution: 1080p}}\n"
)

# id, film that has the mistake, film that has not
CASES = [
    (
        "audio.unheard",
        f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x, audio: true}}\n",
        f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x}}\n",
    ),
    (
        "start.on-join",
        A.replace("prompt", "end: e.jpg, prompt")
        + "  - {id: b, hero: true, clip: b.mp4, join: still}\n",
        A + "  - {id: b, hero: true, clip: b.mp4, join: cut}\n",
    ),
    ("join.first-shot", "  - {id: a, join: match, prompt: x}\n", "  - {id: a, prompt: x}\n"),
    (
        "hero.adjacent",
        A.replace("{id", "{hero: true, id") + HERO,
        A.replace("{id", "{hero: true, id") + HERO.replace("prompt", "join: cut, prompt"),
    ),
    ("hero.continue", A + HERO.replace("prompt", "join: continue, prompt"), A + HERO),
    (
        "start.on-join",
        A + "  - {id: b, start: b.jpg, prompt: x}\n",
        A + "  - {id: b, start: b.jpg, join: cut, prompt: x}\n",
    ),
    (
        "start.on-join",
        A + "  - {id: b, clip: b.mp4}\n",
        A + "  - {id: b, join: cut, clip: b.mp4}\n",
    ),
    (
        "start.on-join",
        A.replace("prompt", "end: e.jpg, prompt")
        + "  - {id: b, start: b.jpg, join: still, prompt: x}\n",
        A.replace("prompt", "end: e.jpg, prompt") + "  - {id: b, join: still, prompt: x}\n",
    ),
    (
        "start.on-join",
        A + "  - {id: b, start: b.jpg, join: continue, prompt: x}\n",
        A + "  - {id: b, join: continue, prompt: x}\n",
    ),
    (
        "still.no-end",
        A + "  - {id: b, join: still, prompt: x}\n",
        A.replace("prompt", "end: e.jpg, prompt") + "  - {id: b, join: still, prompt: x}\n",
    ),
    (
        "end.misplaced",
        A.replace("prompt", "end: e.jpg, prompt") + "  - {id: b, prompt: x}\n",
        A.replace("prompt", "end: e.jpg, prompt") + "  - {id: b, join: cut, prompt: x}\n",
    ),
    ("end.misplaced", A.replace("prompt", "end: e.jpg, prompt") + HERO, A + HERO),
    ("bridge.footage", "  - {id: a, clip: a.mp4}\n" + HERO, A + HERO),
    (
        "bridge.no-end-role",
        A + f"  - {{id: b, endpoint: {TEXT}, prompt: x}}\n" + HERO,
        A + "  - {id: b, prompt: x}\n" + HERO,
    ),
    (
        "bridge.use-trims-end",
        A + "  - {id: b, prompt: x, use: [0, 3]}\n" + HERO,
        A + "  - {id: b, prompt: x, use: [0, 4]}\n" + HERO,
    ),
    (
        "use.trims-start",
        A + "  - {id: b, prompt: x, use: [1, 4]}\n",
        A + "  - {id: b, prompt: x, use: [0, 3]}\n",
    ),
    (
        "use.trims-end",
        A.replace("prompt", "end: e.jpg, use: [0, 3], prompt"),
        A.replace("prompt", "end: e.jpg, use: [1, 4], prompt"),
    ),
    (
        "use.outside",
        A.replace("prompt", "use: [0, 5], prompt"),
        A.replace("prompt", "use: [0, 4], prompt"),
    ),
    (
        "use.unjudged",
        A.replace("prompt", "use: [0, 0.45], prompt") + "  - {id: b, prompt: x}\n",
        A.replace("prompt", "use: [0, 0.5], prompt") + "  - {id: b, prompt: x}\n",
    ),
    (
        "use.unjudged",
        A.replace("prompt", "use: [0, 0.3], prompt") + "  - {id: b, prompt: x}\n",
        A.replace("prompt", "use: [0, 0.3], prompt") + "  - {id: b, join: cut, prompt: x}\n",
    ),
    (
        "use.unjudged",
        A + "  - {id: b, prompt: x}\n" + HERO.replace("prompt", "use: [3.8, 4], prompt"),
        A + "  - {id: b, prompt: x}\n" + HERO.replace("prompt", "use: [3, 4], prompt"),
    ),
    (
        "anchor.prompt-only",
        A + f"  - {{id: b, endpoint: {TEXT}, prompt: x}}\n",
        A + f"  - {{id: b, join: cut, endpoint: {TEXT}, prompt: x}}\n",
    ),
    (
        "continue.no-role",
        A + f"  - {{id: b, join: continue, endpoint: {KLING}, prompt: x}}\n",
        A + "  - {id: b, join: continue, prompt: x}\n",
    ),
    (
        "continue.with-end",
        A + "  - {id: b, join: continue, prompt: x}\n" + HERO,
        A + "  - {id: b, prompt: x}\n" + HERO,
    ),
    (
        "start.missing",
        f"  - {{id: a, endpoint: {KLING}, prompt: x}}\n",
        f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x}}\n",
    ),
    ("shot.id-twice", A + "  - {id: A, prompt: x}\n", A + "  - {id: b, prompt: x}\n"),
    ("endpoint.unknown", A.replace("prompt", "endpoint: fal-ai/wan, prompt"), A),
    (
        "clip.generates-nothing",
        "  - {id: a, clip: a.mp4, seed: 4}\n",
        "  - {id: a, clip: a.mp4, use: [0, 1]}\n",
    ),
    ("prompt.missing", "  - {id: a, start: a.jpg}\n", A),
    (
        "cast.unknown",
        A.replace("prompt: x", 'prompt: "{marra} runs"'),
        A.replace("prompt: x", 'prompt: "{mara} runs"'),
    ),
    (
        "cast.twice",
        A.replace("prompt: x", 'prompt: "{mara} runs, {mara} falls"'),
        A.replace("prompt: x", 'prompt: "{mara} runs, she falls"'),
    ),
    ("prompt.too-long", A.replace("prompt: x", f"prompt: {'x' * 5001}"), A),
    (
        "seed.none",
        f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x, seed: 7}}\n",
        "  - {id: a, start: a.jpg, prompt: x, seed: 7}\n",
    ),
    (
        "resolution.none",
        f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x, resolution: 720p}}\n",
        "  - {id: a, start: a.jpg, prompt: x, resolution: 720p}\n",
    ),
    (
        "audio.none",
        "  - {id: a, start: a.jpg, prompt: x, audio: true}\n",
        f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x, audio: true}}\n",
    ),
    ("defaults.unused", f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x}}\n", A),
    (
        "resolution.not-offered",
        LTX_SHOT.replace(", resolution: 1080p", ""),
        LTX_SHOT,
    ),
    (
        "duration.not-offered",
        A.replace("prompt", "duration: 4.5, prompt"),
        A.replace("prompt", "duration: 5, prompt"),
    ),
    ("seed.out-of-range", A.replace("prompt", "seed: 4000000000, prompt"), A),
    (
        "duration.unknown",
        A.replace("prompt", "options: {duration: auto}, prompt"),
        A.replace("prompt", "duration: 5, prompt"),
    ),
    ("option.unknown", A.replace("prompt", "options: {cfg_scal: 0.7}, prompt"), A),
    (
        "option.own-word",
        A.replace("prompt", "options: {image_url: b.jpg}, prompt"),
        A.replace("prompt", "options: {negative_prompt: blur}, prompt"),
    ),
    (
        "option.wrong-value",
        A.replace("prompt", "options: {enable_safety_checker: 7}, prompt"),
        A.replace("prompt", "options: {enable_safety_checker: false}, prompt"),
    ),
    (
        "end.expansion",
        A.replace("prompt", "end: e.jpg, options: {enable_prompt_expansion: true}, prompt"),
        A.replace("prompt", "options: {enable_prompt_expansion: true}, prompt"),
    ),
    (
        "seam.velocity",
        A.replace("prompt: x", "prompt: x, camera: whip pan left")
        + "  - {id: b, prompt: x, camera: tracking left}\n",
        A.replace("prompt: x", "prompt: x, camera: whip pan left")
        + "  - {id: b, join: continue, prompt: x, camera: tracking left}\n",
    ),
    (
        "seam.velocity",
        A.replace("prompt: x", "prompt: she runs along the path") + "  - {id: b, prompt: x}\n",
        A.replace("prompt: x", "prompt: she walks") + "  - {id: b, prompt: she runs}\n",
    ),
    (
        "seam.velocity",
        A.replace("prompt: x", "prompt: x, camera: tracking right") + "  - {id: b, prompt: x}\n",
        A.replace("prompt: x", "prompt: x, camera: slow tracking right")
        + "  - {id: b, prompt: x}\n",
    ),
    (
        "seam.velocity",
        A.replace("prompt: x", "prompt: a fast ride") + "  - {id: b, prompt: x}\n",
        A.replace("prompt: x", "prompt: a fast ride")
        + f"  - {{id: b, endpoint: {KLING}, prompt: x}}\n",
    ),
    (
        "seam.velocity",
        A.replace("prompt: x", "prompt: a fast ride") + "  - {id: b, prompt: x}\n",
        A.replace("prompt: x", "prompt: a fast ride") + "  - {id: b, prompt: x}\n" + HERO,
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "right"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_fires_on_its_mistake_and_is_silent_without(
    rule: str, wrong: str, right: str
) -> None:
    fired = [finding for finding in plan(wrong).findings if finding.id == rule]
    if rule == "bridge.no-end-role":
        fired = [f for f in plan(wrong).findings if f.id == "anchor.prompt-only"]
    assert len(fired) == 1
    assert fired[0].message
    assert fired[0].fix
    assert rule not in findings(right)


def test_an_endpoint_with_a_start_and_no_end_refuses_a_bridge_with_its_own_reason() -> None:
    """None of the shipped ones is like that, so one is made from a shipped one."""
    from films import film  # noqa: PLC0415
    from matchcut.endpoints.contract import Role  # noqa: PLC0415
    from matchcut.endpoints.load import shipped  # noqa: PLC0415
    from matchcut.plan.build import build_plan  # noqa: PLC0415

    whole = shipped()[KLING]
    roles = {role: name for role, name in whole.roles.items() if role is not Role.END}
    endless = replace(whole, id="endless", roles=roles)
    written = film(A + "  - {id: b, endpoint: endless, prompt: x}\n" + HERO)
    found = build_plan(written, {**shipped(), "endless": endless}).findings
    (refusal,) = [f for f in found if f.severity is Severity.ERROR]
    assert refusal.id == "bridge.no-end-role"
    assert KLING in refusal.fix


def but_for_words(shots: str, head: str = HEAD, media: Media | None = None) -> list[str]:
    """What is found, but for what the bare words of these films leave unsaid."""
    return [name for name in findings(shots, head, media) if name != "prompt.unsaid"]


def test_a_missing_endpoint_is_found() -> None:
    head = HEAD.replace("endpoint: fal-ai/wan/v2.7/image-to-video, ", "")
    assert but_for_words(A, head) == ["endpoint.missing"]


def test_an_unsent_length_is_found_where_the_endpoint_would_choose_it() -> None:
    head = HEAD.replace("duration: 4, ", "")
    text = f"  - {{id: a, endpoint: {SEEDANCE}, start: a.jpg, prompt: x}}\n"
    assert "duration.unknown" in findings(text, head)
    assert "duration.unknown" not in findings(text)


def test_a_wire_name_of_another_endpoint_names_the_right_one() -> None:
    (finding,) = [
        f
        for f in plan(
            f"  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: x, "
            "options: {image_url: b}}\n"
        ).findings
        if f.severity is Severity.ERROR
    ]
    assert "its name there is `start_image_url`" in finding.message
    assert show_path(finding.path) == "shots[0].options.image_url"


def test_a_shape_or_rate_that_is_not_offered_is_said() -> None:
    odd = HEAD.replace("1280", "1000").replace("24}", "30}")
    assert set(but_for_words(LTX_SHOT, odd)) == {"aspect.not-offered", "fps.not-offered"}


@pytest.mark.parametrize(
    ("still", "rule"),
    [
        (StillInfo(width=160, height=90, format="gif", bytes=10, sha256=""), "still.format"),
        (
            StillInfo(width=160, height=90, format="png", bytes=21_000_000, sha256=""),
            "still.too-large",
        ),
    ],
)
def test_a_picture_that_the_endpoint_does_not_take_is_found(still: StillInfo, rule: str) -> None:
    media = Media(stills={"a.jpg": still})
    assert but_for_words(A, media=media) == [rule]
    (finding,) = [f for f in plan(A, media=media).findings if f.id == rule]
    assert finding.severity is Severity.WARNING, "it is converted"
    assert "will be sent" in finding.message


def test_footage_with_sound_is_said_to_lose_it() -> None:
    facts = {"width": 64, "height": 36, "frames": 24, "rate": Fraction(24), "variable": False}
    facts |= {"start": Fraction(0), "duration": Fraction(1), "codec": "h264", "bit_depth": 8}
    facts |= {"pixel_format": "yuv420p", "matrix": Matrix.BT709, "matrix_tagged": True}
    loud = ClipInfo(**facts, full_range=False, has_sound=True)
    shots = "  - {id: a, clip: a.mp4}\n"
    assert findings(shots, media=Media(clips={"a.mp4": loud})) == ["clip.sound"]
    silent = replace(loud, has_sound=False)
    assert findings(shots, media=Media(clips={"a.mp4": silent})) == []


def test_a_plan_over_the_budget_is_said() -> None:
    tight = HEAD.replace("shots:", 'budget_usd: "0.39"\nshots:')
    assert but_for_words(A, tight) == ["budget.over"]
    assert but_for_words(A, tight.replace("0.39", "0.40")) == []


def test_every_rule_says_what_it_is_for() -> None:
    assert len({rule.__name__ for rule in RULES}) == len(RULES)
    assert all((rule.__doc__ or "").strip() for rule in RULES)


FOOTAGE = {"width": 1280, "height": 720, "frames": 24, "rate": Fraction(24), "variable": False}
FOOTAGE |= {"start": Fraction(0), "duration": Fraction(1), "codec": "h264", "bit_depth": 8}
FOOTAGE |= {"pixel_format": "yuv420p", "matrix": Matrix.BT709, "matrix_tagged": True}
FOOTAGE |= {"full_range": False, "has_sound": False}


def of_footage(shot: str, **facts: object) -> list[str]:
    return findings(
        f"  - {{id: a, clip: a.mp4{shot}}}\n",
        media=Media(clips={"a.mp4": ClipInfo(**{**FOOTAGE, **facts})}),
    )


def test_a_picture_of_another_shape_is_said_to_be_cut_off() -> None:
    assert of_footage("") == []
    assert of_footage("", width=1080) == ["clip.shape"]
    assert of_footage("", width=720, height=1280) == ["clip.shape"]
    assert of_footage("", width=1248) == [], "within what models round their sides by"


def test_interlaced_footage_is_said() -> None:
    assert of_footage("", interlaced=True) == ["clip.interlaced"]


def test_uneven_frames_are_said() -> None:
    assert of_footage("", variable=True) == ["clip.variable-rate"]


def test_a_part_of_footage_that_holds_no_frame_is_found_before_it_is_rendered() -> None:
    assert of_footage(", use: [0.01, 0.02]") == ["use.no-frame"]
    assert of_footage(", use: [0.01, 0.05]") == []


def test_a_length_that_the_endpoint_chooses_by_default_counts_like_one_that_is_written() -> None:
    head = HEAD.replace("duration: 4, ", "")
    bridge = A + "  - {id: b, prompt: x, use: [0, 2]}\n" + HERO
    assert "bridge.use-trims-end" in findings(bridge, head)
    assert "use.outside" in findings(A.replace("prompt", "use: [0, 99], prompt"), head)


def test_the_plan_knows_how_many_frames_an_anchor_is_judged_by() -> None:
    assert JUDGED == FEWEST


def test_words_on_footage_are_said_to_go_nowhere() -> None:
    assert of_footage(", prompt: a walk") == ["clip.generates-nothing"]


def test_an_imported_contract_that_nobody_has_read_is_said() -> None:
    from films import film  # noqa: PLC0415
    from matchcut.endpoints.load import shipped  # noqa: PLC0415
    from matchcut.plan.build import build_plan  # noqa: PLC0415

    guessed = replace(shipped()[KLING], id="mine", inferred=("start", "end"))
    written = film(A.replace("prompt", "endpoint: mine, prompt"))
    ids = [f.id for f in build_plan(written, {**shipped(), "mine": guessed}).findings]
    assert ids.count("contract.inferred") == 1
    assert "contract.inferred" not in findings(A)


def test_what_defaults_ask_for_in_vain_is_said_once_and_there() -> None:
    head = HEAD.replace("resolution: 720p", 'resolution: "720"')
    found = [
        f
        for f in plan(A + "  - {id: b, prompt: x}\n", head).findings
        if f.id == "resolution.not-offered"
    ]
    assert [show_path(f.path) for f in found] == ["defaults.resolution"]
    assert "Write `resolution: 720p`" in found[0].fix
