"""Who starts on what, who waits for whom, and in which wave."""

from films import HEAD, KLING, plan


def shape(shots: str) -> list[tuple[str, int, str | None, str | None]]:
    return [(shot.id, shot.wave, shot.start, shot.end) for shot in plan(shots).shots]


def test_a_chain_starts_each_shot_on_the_out_frame_before_it() -> None:
    assert shape("""
  - {id: a, start: a.jpg, prompt: x}
  - {id: b, prompt: x}
  - {id: c, prompt: x}
""") == [
        ("a", 0, "still://a.jpg", None),
        ("b", 1, "anchor://a/out", None),
        ("c", 2, "anchor://b/out", None),
    ]


def test_a_matched_hero_renders_first_and_the_shot_before_lands_on_it() -> None:
    assert shape("""
  - {id: a, hero: true, start: a.jpg, prompt: x}
  - {id: b, prompt: x}
  - {id: c, prompt: x}
  - {id: d, hero: true, start: d.jpg, prompt: x}
  - {id: e, prompt: x}
""") == [
        ("a", 0, "still://a.jpg", None),
        ("b", 1, "anchor://a/out", None),
        ("c", 2, "anchor://b/out", "anchor://d/in"),
        ("d", 0, "still://d.jpg", None),
        ("e", 1, "anchor://d/out", None),
    ]


def test_a_cut_hero_leaves_the_shot_before_it_free() -> None:
    assert shape("""
  - {id: a, start: a.jpg, prompt: x}
  - {id: b, hero: true, join: cut, start: b.jpg, prompt: x}
""") == [("a", 0, "still://a.jpg", None), ("b", 0, "still://b.jpg", None)]


def test_a_shared_still_lets_both_shots_render_at_once() -> None:
    assert shape("""
  - {id: a, start: a.jpg, end: b.jpg, prompt: x}
  - {id: b, join: still, prompt: x}
""") == [("a", 0, "still://a.jpg", "still://b.jpg"), ("b", 0, "still://b.jpg", None)]


def test_continue_hands_the_clip_over() -> None:
    planned = plan("""
  - {id: a, start: a.jpg, prompt: x}
  - {id: b, join: continue, prompt: x}
""")
    second = planned.shots[1]
    assert second.start == "clip://a"
    assert second.request is not None
    assert second.request.arguments["video_url"] == "clip://a"
    assert "image_url" not in second.request.arguments
    assert planned.renderable


def test_own_footage_is_there_at_once_and_costs_nothing() -> None:
    planned = plan("""
  - {id: a, clip: a.mp4}
  - {id: b, prompt: x}
""")
    footage, after = planned.shots
    assert (footage.wave, footage.cost_usd, footage.request) == (0, 0, None)
    assert after.start == "anchor://a/out"


def test_the_order_of_work_is_by_wave_and_then_as_written() -> None:
    planned = plan("""
  - {id: a, start: a.jpg, prompt: x}
  - {id: b, prompt: x}
  - {id: c, hero: true, start: c.jpg, prompt: x}
""")
    assert [shot.id for shot in planned.work] == ["a", "c", "b"]


def test_the_same_film_gives_the_same_digest_and_another_one_another() -> None:
    shots = "  - {id: a, start: a.jpg, prompt: x}\n"
    assert plan(shots).digest == plan(shots).digest
    assert plan(shots).digest != plan(shots.replace("prompt: x", "prompt: y")).digest
    dearer = HEAD.replace("shots:", 'budget_usd: "1"\nshots:')
    assert plan(shots).digest == plan(shots, dearer).digest


def test_the_bridge_goes_over_the_wire_with_both_anchors() -> None:
    bridge = plan(f"""
  - {{id: a, start: a.jpg, prompt: x}}
  - {{id: b, endpoint: {KLING}, prompt: "{{mara}} runs"}}
  - {{id: c, hero: true, start: c.jpg, prompt: x}}
""").shots[1]
    assert bridge.request is not None
    assert bridge.request.arguments["start_image_url"] == "anchor://a/out"
    assert bridge.request.arguments["end_image_url"] == "anchor://c/in"
