"""What a prompt leaves open: each of four things is found in fields, in the look and in words."""

import pytest

from films import HEAD, chain, found
from matchcut.findings import Severity

ERROR, WARNING, INFO = Severity


@pytest.mark.parametrize(
    ("look", "shot", "missing", "severity"),
    [
        ("", "prompt: x", ["camera angle", "depth of field", "light", "background"], WARNING),
        ("", "prompt: x, camera: wide", ["depth of field", "light", "background"], INFO),
        ("", "prompt: x, background: roofs", ["camera angle", "depth of field", "light"], INFO),
        ("", "prompt: a door, camera: push in", ["depth of field", "light", "background"], INFO),
        ("light: dim, depth_of_field: deep", "prompt: x", ["camera angle", "background"], INFO),
        (
            "style: handheld in neon light",
            "prompt: Over the roofs",
            ["depth of field"],
            INFO,
        ),
        ("light: dim", "prompt: 'Close-up, out-of-focus roofs behind'", [], INFO),
        (
            "",
            "prompt: A wide shot of roofs at dawn with shallow focus",
            ["background"],
            INFO,
        ),
        (
            "",
            "prompt: Ein Kurier geht allein und sehr langsam Richtung Tor wo niemand mehr wartet",
            ["camera angle", "depth of field", "light", "background"],
            INFO,
        ),
        (
            "",
            "prompt: Курьер бежит",
            ["camera angle", "depth of field", "light", "background"],
            INFO,
        ),
    ],
)
def test_what_no_words_hold_is_named(
    look: str, shot: str, missing: list[str], severity: Severity
) -> None:
    head = HEAD.replace("cast:", f"look: {{{look}}}\ncast:")
    seen = found("prompt.unsaid", f"  - {{id: a, start: a.jpg, {shot}}}\n", head)
    assert len(seen) == bool(missing)
    for finding in seen:
        said = finding.message.partition("nothing of ")[2]
        assert said.replace(" or ", ", ").split(", ") == missing
        assert finding.severity is severity


def test_shots_that_leave_the_same_unsaid_are_named_together() -> None:
    (one,) = found("prompt.unsaid", chain(7))
    assert one.message.startswith("`s0`, `s1`, `s2`, `s3`, `s4` and 3 more say nothing of ")
    assert one.path == ("shots", 0, "prompt")
