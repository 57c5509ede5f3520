"""The composed prompt: a fixed order, and each locked subject exactly once, word for word."""

from hypothesis import given
from hypothesis import strategies as st

from films import HEAD, KLING, film, plan
from matchcut.film.types import CastMember, Look, Shot
from matchcut.plan.prompt import compose

LOOK = Look(style="grainy", lens="35 mm", depth_of_field="shallow", light="overcast")
MARA = CastMember(subject="a courier in her thirties, yellow rain jacket", frontal="mara.jpg")
SHOT = Shot(id="a", prompt="{mara} runs", camera="tracking", background="wet roofs")


def test_the_order_is_look_cast_camera_background_action() -> None:
    composed = compose(SHOT, LOOK, {"mara": MARA}, "@Element{n}")
    assert composed.text == (
        "grainy. Lens: 35 mm. Depth of field: shallow. Light: overcast. "
        "@Element1: a courier in her thirties, yellow rain jacket. "
        "Camera: tracking. Background: wet roofs. @Element1 runs"
    )
    assert composed.elements == ("mara",)


def test_without_elements_the_subject_stands_at_the_name() -> None:
    composed = compose(SHOT, Look(), {"mara": MARA}, None)
    assert composed.text.endswith("a courier in her thirties, yellow rain jacket runs")
    assert composed.elements == ()


def test_a_member_without_a_picture_is_words_even_where_elements_are_taken() -> None:
    plain = CastMember(subject="a courier")
    assert compose(SHOT, Look(), {"mara": plain}, "@Element{n}").text.endswith("a courier runs")


def test_double_braces_are_braces() -> None:
    shot = Shot(id="a", prompt="{{mara}} and {mara}")
    assert compose(shot, Look(), {"mara": MARA}, None).text.startswith("{mara} and a courier")


@given(
    st.lists(st.sampled_from(["{mara}", "{tom}", "walks", "{{x}}"]), min_size=1, max_size=8),
    st.sampled_from([None, "@Element{n}"]),
)
def test_a_subject_that_is_named_stands_exactly_once(words: list[str], tag: str | None) -> None:
    cast = {"mara": MARA, "tom": CastMember(subject="Tom the baker", frontal="tom.jpg")}
    text = compose(Shot(id="a", prompt=" ".join(words)), LOOK, cast, tag).text
    for name, member in cast.items():
        assert text.count(member.subject) == (1 if f"{{{name}}}" in words else 0)


def test_elements_go_over_the_wire_in_the_order_of_their_tags() -> None:
    head = HEAD.replace(
        "cast: {", "cast: {tom: {subject: Tom, frontal: tom.jpg, references: [t1.jpg]}, "
    )
    shot = plan(
        f'  - {{id: a, endpoint: {KLING}, start: a.jpg, prompt: "{{mara}} meets {{tom}}"}}\n', head
    ).shots[0]
    assert shot.request is not None
    assert shot.request.arguments["elements"] == [
        {"frontal_image_url": "still://art/mara.jpg"},
        {"frontal_image_url": "still://tom.jpg", "reference_image_urls": ["still://t1.jpg"]},
    ]
    assert shot.prompt.endswith("@Element1 meets @Element2")
    assert film(f"  - {{id: a, endpoint: {KLING}, prompt: x}}\n", head).cast.keys() == {
        "tom",
        "mara",
    }
