"""Roles are told from names, types and descriptions; what could be bound wrongly is left out."""

from typing import Any

import pytest

from matchcut.endpoints.contract import Kind, Parameter, Role
from matchcut.endpoints.infer import Inferred, infer
from matchcut.endpoints.said import Described, exclusions, formats, megabytes, most

ID = "owner/model/image-to-video"


def described(kind: Kind, description: str = "", **more: Any) -> Described:
    return Described(parameter=Parameter(kind=kind, **more), description=description)


def roles(parameters: dict[str, Described], endpoint: str = ID) -> dict[Role, str]:
    return dict(infer(endpoint, parameters).roles)


URL = described(Kind.URL)
SWITCH = described(Kind.BOOLEAN)
COUNT = described(Kind.INTEGER)


@pytest.mark.parametrize(
    ("name", "what", "role"),
    [
        # Every name that plays a role in fal's endpoint map of video endpoints.
        ("prompt", described(Kind.STRING), Role.PROMPT),
        ("negative_prompt", described(Kind.STRING), Role.NEGATIVE_PROMPT),
        ("image_url", URL, Role.START),
        ("start_image_url", URL, Role.START),
        ("first_image_url", URL, Role.START),
        ("first_frame_url", URL, Role.START),
        ("first_frame_image_url", URL, Role.START),
        ("end_image_url", URL, Role.END),
        ("tail_image_url", URL, Role.END),
        ("last_frame_url", URL, Role.END),
        ("end_image", URL, Role.END),
        ("video_url", URL, Role.CONTINUE),
        ("duration", COUNT, Role.DURATION),
        ("duration", described(Kind.STRING, values=("5", "10")), Role.DURATION),
        ("duration", described(Kind.STRING, values=("4s", "6s", "8s")), Role.DURATION),
        ("duration", described(Kind.STRING, values=("auto", "4")), Role.DURATION),
        ("duration", described(Kind.STRING, default="8s"), Role.DURATION),
        ("resolution", described(Kind.STRING, values=("720p",)), Role.RESOLUTION),
        ("video_size", described(Kind.ANY, values=("square_hd",)), Role.RESOLUTION),
        ("quality", described(Kind.STRING, values=("540p", "720p")), Role.RESOLUTION),
        ("aspect_ratio", described(Kind.STRING, values=("16:9",)), Role.ASPECT),
        ("fps", COUNT, Role.FPS),
        ("fps", described(Kind.STRING, values=("8", "24")), Role.FPS),
        ("frames_per_second", COUNT, Role.FPS),
        ("frame_rate", COUNT, Role.FPS),
        ("seed", COUNT, Role.SEED),
        ("generate_audio", SWITCH, Role.AUDIO),
        ("generate_audio_switch", SWITCH, Role.AUDIO),
        ("audio", SWITCH, Role.AUDIO),
        ("enable_prompt_expansion", SWITCH, Role.EXPANSION),
        ("expand_prompt", SWITCH, Role.EXPANSION),
        ("prompt_optimizer", SWITCH, Role.EXPANSION),
        ("enhance_prompt", SWITCH, Role.EXPANSION),
        ("auto_fix", SWITCH, Role.EXPANSION),
        ("thinking_type", described(Kind.STRING, values=("enabled", "disabled")), Role.EXPANSION),
        # Names that nobody has used yet, told by their words.
        ("opening_frame_url", URL, Role.START),
        ("closing_frame_url", URL, Role.END),
        ("enable_native_sound", SWITCH, Role.AUDIO),
        ("picture_url", described(Kind.URL, "The first frame of the clip."), Role.START),
        ("other_url", described(Kind.URL, "The clip ends on this last frame."), Role.END),
    ],
)
def test_a_name_plays_a_role(name: str, what: Described, role: Role) -> None:
    assert roles({name: what}) == {role: name}


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("num_frames", described(Kind.STRING)),
        ("duration", described(Kind.STRING, values=("short", "long"))),
        ("duration", SWITCH),
        ("seed", described(Kind.STRING)),
        ("audio_url", URL),
        ("audio", URL),
        ("preserve_audio", SWITCH),
        ("bgm", SWITCH),
        ("video_quality", described(Kind.STRING, values=("low", "high"))),
        ("thinking_type", described(Kind.STRING, values=("fast", "slow"))),
        ("mask_image_url", URL),
        ("mid_image_url", URL),
        ("reference_image_url", URL),
        ("control_video_url", URL),
        ("image_urls", described(Kind.URLS)),
        ("end_image_strength", described(Kind.NUMBER)),
        ("end_user_id", described(Kind.STRING)),
        ("start_frame", COUNT),
        ("image_url", described(Kind.URL, "A style reference.")),
        ("frames_url", described(Kind.URL, "Its first frame and its last frame.")),
    ],
)
def test_a_name_plays_none(name: str, what: Described) -> None:
    assert roles({name: what}) == {}


def test_the_surer_name_wins() -> None:
    found = roles(
        {"image_url": URL, "start_image_url": URL, "expand_prompt": SWITCH, "auto_fix": SWITCH}
    )
    assert found == {Role.START: "start_image_url", Role.EXPANSION: "expand_prompt"}


@pytest.mark.parametrize(
    ("endpoint", "video", "continues"),
    [
        ("owner/model/image-to-video", URL, True),
        ("owner/model/extend-video", described(Kind.URL, required=True), True),
        ("owner/model/video-extension/pro", described(Kind.URL, required=True), True),
        ("owner/model", described(Kind.URL, "The clip that is continued."), True),
        ("owner/model/video-to-video", described(Kind.URL, required=True), False),
        ("owner/model/reference-video-to-video", URL, False),
        ("owner/model/image-to-video", described(Kind.URL, required=True), False),
        ("owner/model/image-to-video", described(Kind.URL, "The driving video."), False),
        ("owner/model/image-to-video", described(Kind.URL, "A reference of its motion."), False),
        ("owner/model", URL, False),
    ],
)
def test_a_clip_is_continued_only_where_that_is_what_is_done_with_it(
    endpoint: str, video: Described, *, continues: bool
) -> None:
    found = roles({"image_url": URL, "video_url": video}, endpoint)
    assert (Role.CONTINUE in found) is continues
    assert found[Role.START] == "image_url"


def test_a_clip_inside_an_object_is_not_bound_and_said() -> None:
    found = infer("owner/model/extend", {"video": described(Kind.OBJECT)})
    assert Role.CONTINUE not in found.roles
    assert any("`video`" in note and "object" in note for note in found.notes)


def elements(**more: Any) -> Inferred:
    fields = {
        "frontal_image_url": URL,
        "reference_image_urls": more.pop("references", described(Kind.URLS)),
        "voice_id": described(Kind.STRING),
    }
    whole = Described(
        parameter=Parameter(kind=Kind.OBJECTS, fields=tuple(fields)), fields=fields, **more
    )
    return infer(ID, {"elements": whole})


def test_elements_are_told_by_their_fields() -> None:
    found = elements(
        description="Named by @Character1 and so on.",
        references=described(Kind.URLS, "1-3 pictures from other sides."),
    )
    assert found.roles == {Role.ELEMENTS: "elements"}
    assert found.elements is not None
    assert (found.elements.tag, found.elements.max_references) == ("@Character{n}", 3)
    assert found.elements.video is None
    assert not any("assumed" in note for note in found.notes)


def test_what_is_not_stated_of_elements_is_assumed_and_said() -> None:
    found = elements()
    assert found.elements is not None
    assert (found.elements.tag, found.elements.max_references) == ("@Element{n}", 1)
    assert sum("assumed" in note for note in found.notes) == 2


def test_parts_of_a_prompt_are_no_elements() -> None:
    parts = Described(
        parameter=Parameter(kind=Kind.OBJECTS, fields=("prompt", "duration")),
        fields={"prompt": described(Kind.STRING), "duration": COUNT},
    )
    assert infer(ID, {"multi_prompt": parts}).roles == {}


def test_a_length_in_seconds_goes_before_one_in_frames() -> None:
    assert roles({"num_frames": COUNT}) == {Role.FRAMES: "num_frames"}
    assert roles({"num_frames": COUNT, "duration": COUNT}) == {Role.DURATION: "duration"}


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"prompt": described(Kind.STRING)}, "No parameter for its length"),
        ({"loras": described(Kind.OBJECTS, required=True)}, "`loras` must be given"),
        ({"auto_fix": described(Kind.STRING, values=("a", "b"))}, "`auto_fix` rewrites"),
        ({"image_url": described(Kind.URL, "A style reference.")}, "`image_url` is described"),
    ],
)
def test_what_a_film_cannot_ask_for_is_said(parameters: dict[str, Described], says: str) -> None:
    assert any(says in note for note in infer(ID, parameters).notes)


@pytest.mark.parametrize(
    ("description", "found"),
    [
        ("Mutually exclusive with image_url.", [("it_url", "image_url")]),
        ("Cannot be used together with `image_url`.", [("it_url", "image_url")]),
        ("Either it_url or image_url, but not both.", [("it_url", "image_url")]),
        (
            "Mutually exclusive with image_url and end_url.",
            [("it_url", "image_url"), ("it_url", "end_url")],
        ),
        ("Cannot be used with image_url when resolution is 4k.", []),
        ("Cannot be used with resolution 4k.", []),
        ("Used together with image_url.", []),
        ("Cannot be empty. See image_url.", []),
    ],
)
def test_what_excludes_what_is_read_from_a_description(
    description: str, found: list[tuple[str, str]]
) -> None:
    parameters = {
        "it_url": described(Kind.URL, description),
        "image_url": URL,
        "end_url": URL,
        "resolution": described(Kind.STRING),
    }
    assert list(exclusions(parameters)) == found


@pytest.mark.parametrize(
    ("description", "size", "kinds"),
    [
        ("Max file size: 10.0MB, Min width: 300px, Timeout: 20.0s", 10, ()),
        ("Up to 100 MB. MP4 or MOV.", 100, ("mp4", "mov")),
        ("JPEG, JPG, PNG, WEBP", None, ("jpeg", "png", "webp")),
        ("A picture, such as a PNG.", None, ()),
        ("Takes 20MB to load.", None, ()),
    ],
)
def test_limits_of_files_are_read_from_a_description(
    description: str, size: int | None, kinds: tuple[str, ...]
) -> None:
    assert megabytes(description) == size
    assert formats(description) == kinds


@pytest.mark.parametrize(
    ("description", "count"),
    [("1-3 images supported", 3), ("up to 4", 4), ("Maximum 7 in all", 7), ("Some pictures", None)],
)
def test_how_many_is_read_from_a_description(description: str, count: int | None) -> None:
    assert most(description) == count
