"""OpenAPI documents become contracts; what is none, or hostile, is refused in a sentence."""

import copy
import json
import os
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoints.openapi_documents import FOLDER, ID, answer, body, document, read, read_file
from matchcut.endpoints.contract import Contained, Kind, Parameter, Role
from matchcut.endpoints.load import parse_contract, shipped
from matchcut.endpoints.openapi import LARGEST_BYTES, check_id
from matchcut.endpoints.write import to_toml
from matchcut.errors import Code, MatchcutError

REF = "#/components/schemas/"
NULL = {"type": "null"}


def one(schema: Any, name: str = "it", **parts: Any) -> Parameter:
    """The parameter that a schema becomes."""
    made = document({name: schema})
    made["components"]["schemas"] |= parts
    return read(made).parameters[name]


@pytest.mark.parametrize(
    ("name", "endpoint", "roles"),
    [
        (
            "vidu-q3.json",
            "fal-ai/vidu/q3/image-to-video",
            {
                Role.PROMPT: "prompt",
                Role.START: "image_url",
                Role.END: "end_image_url",
                Role.DURATION: "duration",
                Role.RESOLUTION: "resolution",
                Role.SEED: "seed",
                Role.AUDIO: "audio",
            },
        ),
        (
            "kling-v3-standard.json",
            "fal-ai/kling-video/v3/standard/image-to-video",
            {
                Role.PROMPT: "prompt",
                Role.NEGATIVE_PROMPT: "negative_prompt",
                Role.START: "start_image_url",
                Role.END: "end_image_url",
                Role.ELEMENTS: "elements",
                Role.DURATION: "duration",
                Role.AUDIO: "generate_audio",
            },
        ),
        (
            "pixverse-v6-transition.json",
            "fal-ai/pixverse/v6/transition",
            {
                Role.PROMPT: "prompt",
                Role.NEGATIVE_PROMPT: "negative_prompt",
                Role.START: "first_image_url",
                Role.END: "end_image_url",
                Role.DURATION: "duration",
                Role.RESOLUTION: "resolution",
                Role.ASPECT: "aspect_ratio",
                Role.SEED: "seed",
                Role.AUDIO: "generate_audio_switch",
                Role.EXPANSION: "thinking_type",
            },
        ),
    ],
)
def test_a_document_never_seen_becomes_a_contract_with_the_right_roles(
    name: str, endpoint: str, roles: dict[Role, str]
) -> None:
    contract = read_file(name)
    assert contract.id == endpoint
    assert endpoint not in shipped()
    assert contract.roles == roles
    assert contract.inferred == tuple(role.value for role in contract.roles)
    assert contract.output.video == "video.url"
    assert contract.prices == ()
    assert contract.examples == ()


def test_references_parts_and_nullable_forms_are_seen_through() -> None:
    contract = read_file("kling-v3-standard.json")
    parameters = contract.parameters
    assert [*parameters][:5] == [
        *("prompt", "multi_prompt", "start_image_url", "end_image_url", "elements"),
    ]
    assert parameters["start_image_url"] == Parameter(
        kind=Kind.URL, required=True, formats=("jpeg", "png", "webp"), max_megabytes=10
    )
    assert parameters["end_image_url"].kind is Kind.URL
    assert not parameters["end_image_url"].required
    assert parameters["duration"] == Parameter(
        kind=Kind.STRING, values=tuple(str(n) for n in range(3, 16)), default="5"
    )
    assert parameters["shot_type"].values == ("customize", "intelligent")
    assert parameters["shot_type"].default == "customize"
    assert parameters["negative_prompt"].kind is Kind.STRING
    assert parameters["cfg_scale"] == Parameter(kind=Kind.NUMBER, default=Decimal("0.5"))
    assert parameters["multi_prompt"] == Parameter(kind=Kind.OBJECTS, fields=("prompt", "duration"))
    assert contract.elements is not None
    assert contract.elements.tag == "@Element{n}"
    assert contract.elements.frontal == "frontal_image_url"
    assert contract.elements.references == "reference_image_urls"
    assert contract.elements.max_references == 3
    assert contract.elements.video == "video_url"
    assert [rule.parameters for rule in contract.exclusions] == [("prompt", "multi_prompt")]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, Parameter(kind=Kind.STRING)),
        ({"type": "string", "maxLength": 500}, Parameter(kind=Kind.STRING, max_characters=500)),
        ({"type": "string", "format": "uri"}, Parameter(kind=Kind.URL)),
        ({"type": "string", "nullable": True}, Parameter(kind=Kind.STRING)),
        ({"type": ["integer", "null"]}, Parameter(kind=Kind.INTEGER)),
        ({"anyOf": [{"type": "boolean"}, NULL]}, Parameter(kind=Kind.BOOLEAN)),
        ({"oneOf": [NULL, {"type": "number"}], "default": None}, Parameter(kind=Kind.NUMBER)),
        (
            {"enum": [None, "a", "b"], "nullable": True},
            Parameter(kind=Kind.STRING, values=("a", "b")),
        ),
        ({"const": 24}, Parameter(kind=Kind.INTEGER, values=(24,))),
        (
            {"type": "integer", "enum": [6, 8, 10], "default": 6},
            Parameter(kind=Kind.INTEGER, values=(6, 8, 10), default=6),
        ),
        ({"type": "integer", "default": 5.0}, Parameter(kind=Kind.INTEGER, default=5)),
        (
            {"type": "integer", "minimum": 2, "maximum": 15},
            Parameter(kind=Kind.INTEGER, minimum=Decimal(2), maximum=Decimal(15)),
        ),
        (  # OpenAPI 3.0
            {"type": "integer", "minimum": 2, "exclusiveMinimum": True},
            Parameter(kind=Kind.INTEGER, minimum=Decimal(3)),
        ),
        (  # OpenAPI 3.1
            {"type": "integer", "exclusiveMaximum": 16},
            Parameter(kind=Kind.INTEGER, maximum=Decimal(15)),
        ),
        ({"type": ["integer", "number"]}, Parameter(kind=Kind.NUMBER)),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, Parameter(kind=Kind.ANY)),
        (
            {"anyOf": [{"enum": ["a"]}, {"const": "b"}]},
            Parameter(kind=Kind.STRING, values=("a", "b")),
        ),
        (
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "string"}]},
            Parameter(kind=Kind.STRING),
        ),
        (
            {"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 4, "maximum": 9}]},
            Parameter(kind=Kind.INTEGER, minimum=Decimal(4), maximum=Decimal(9)),
        ),
        (
            {"type": "array", "items": {"type": "string", "format": "uri"}},
            Parameter(kind=Kind.URLS),
        ),
        ({"type": "array", "items": {"type": "number"}}, Parameter(kind=Kind.ANY)),
        ({"type": "array"}, Parameter(kind=Kind.ANY)),
        (
            {"type": "array", "items": {"properties": {"path": {"type": "string"}}}},
            Parameter(kind=Kind.OBJECTS, fields=("path",)),
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}},
            Parameter(kind=Kind.OBJECT, fields=("a",)),
        ),
        (
            {
                "anyOf": [
                    {"type": "object", "properties": {"width": {"type": "integer"}}},
                    {"type": "string", "enum": ["square", "wide"]},
                ],
                "default": "wide",
            },
            Parameter(kind=Kind.ANY, values=("square", "wide"), fields=("width",), default="wide"),
        ),
        ({}, Parameter(kind=Kind.ANY)),
        (True, Parameter(kind=Kind.ANY)),
    ],
)
def test_a_schema_becomes_a_parameter(schema: Any, expected: Parameter) -> None:
    assert one(schema) == expected


@pytest.mark.parametrize(
    ("name", "schema", "kind"),
    [
        ("image_url", {"type": "string"}, Kind.URL),
        ("ref_image_urls", {"type": "array", "items": {"type": "string"}}, Kind.URLS),
        ("image", {"type": "string", "description": "URL of the picture"}, Kind.URL),
        ("image", {"type": "string", "description": "What it shows"}, Kind.STRING),
        ("voice_ids", {"type": "array", "items": {"type": "string"}}, Kind.ANY),
    ],
)
def test_an_address_is_told_by_name_and_description(name: str, schema: Any, kind: Kind) -> None:
    assert one(schema, name).kind is kind


def test_what_contradicts_itself_is_left_out_and_said() -> None:
    contract = read(
        document(
            {
                "duration": {"type": "integer", "enum": ["5", "10"]},
                "seed": {"type": "integer", "default": "random"},
            }
        )
    )
    assert contract.parameters["duration"].kind is Kind.ANY
    assert contract.parameters["duration"].values == ("5", "10")
    assert contract.parameters["seed"].default is None
    assert any("`duration` lists values" in note for note in contract.notes)
    assert any("default of `seed`" in note for note in contract.notes)


def test_a_reference_with_words_of_its_own_keeps_them() -> None:
    """`default` beside `$ref`, as pydantic writes it."""
    sizes = {"type": "string", "enum": ["720p", "1080p"]}
    found = one({"$ref": f"{REF}Sizes", "default": "720p"}, Sizes=sizes)
    assert found == Parameter(kind=Kind.STRING, values=("720p", "1080p"), default="720p")


def test_a_pointer_is_unescaped() -> None:
    made = document({"it": {"$ref": "#/components/schemas/a~1b%20c~0"}})
    made["components"]["schemas"]["a/b c~"] = {"type": "boolean"}
    assert read(made).parameters["it"].kind is Kind.BOOLEAN


def test_several_forms_of_input_are_put_together() -> None:
    made = document()
    made["components"]["schemas"]["Input"] = {
        "oneOf": [
            {
                "type": "object",
                "properties": {"prompt": {"type": "string"}, "image_url": {"type": "string"}},
                "required": ["prompt", "image_url"],
            },
            {
                "type": "object",
                "properties": {"prompt": {"type": "string"}, "seed": {"type": "integer"}},
                "required": ["prompt"],
            },
        ]
    }
    contract = read(made)
    assert {name: p.required for name, p in contract.parameters.items()} == {
        "prompt": True,
        "image_url": False,
        "seed": False,
    }
    assert any("2 forms" in note for note in contract.notes)


@pytest.mark.parametrize(
    ("output", "video", "seed", "prompt"),
    [
        ({"video": {"type": "object", "properties": {"url": {}}}}, "video.url", None, None),
        ({"video": {"type": "string"}, "seed": {}}, "video", "seed", None),
        ({"video_url": {"type": "string"}, "prompt": {}}, "video_url", None, "prompt"),
        (
            {
                "videos": {"type": "array", "items": {"properties": {"url": {}}}},
                "actual_prompt": {},
            },
            "videos.0.url",
            None,
            "actual_prompt",
        ),
        (
            {"data": {"properties": {"video": {"properties": {"url": {}}}}}},
            "data.video.url",
            None,
            None,
        ),
        (
            {
                "thumbnail": {"properties": {"url": {}}},
                "result": {"description": "The video.", "properties": {"url": {}}},
            },
            "result.url",
            None,
            None,
        ),
        (
            {"preview_video": {"properties": {"url": {}}}, "video": {"properties": {"url": {}}}},
            "video.url",
            None,
            None,
        ),
    ],
)
def test_the_clip_is_found_in_the_answer(
    output: Any, video: str, seed: str | None, prompt: str | None
) -> None:
    found = read(document(output={"type": "object", "properties": output})).output
    assert (found.video, found.seed, found.prompt) == (video, seed, prompt)


def test_an_answer_of_the_call_itself_will_do() -> None:
    made = document()
    del made["paths"][f"/{ID}/requests/{{request_id}}"]
    made["paths"][f"/{ID}"]["post"] |= answer(
        {"type": "object", "properties": {"video": {"properties": {"url": {"type": "string"}}}}}
    )
    assert read(made).output.video == "video.url"


def test_an_answer_that_is_not_stated_is_assumed_and_said() -> None:
    made = document()
    del made["paths"][f"/{ID}/requests/{{request_id}}"]
    contract = read(made)
    assert contract.output.video == "video.url"
    assert any("assumed" in note for note in contract.notes)


def test_a_clip_to_continue_says_that_nothing_is_known_of_it() -> None:
    properties = {"image_url": {"type": "string"}, "video_url": {"type": "string"}}
    contract = read(document(properties))
    assert contract.roles[Role.CONTINUE] == "video_url"
    assert contract.continuation is not None
    assert contract.continuation.contains_source is Contained.UNKNOWN


def test_the_platforms_answer_is_a_document_too() -> None:
    wrapped = {"models": [{"endpoint_id": ID, "openapi": document()}], "has_more": False}
    assert read(wrapped).id == ID
    assert read(wrapped, endpoint=ID).id == ID


def several() -> dict[str, Any]:
    made = document()
    made["info"] = {}
    post = made["paths"].pop(f"/{ID}")
    made["paths"] |= {"/text-to-video": post, "/image-to-video": post}
    return made


def test_of_several_calls_the_named_one_is_read() -> None:
    assert read(several(), endpoint="owner/model/text-to-video").id == "owner/model/text-to-video"


def test_a_document_without_an_id_takes_it_from_its_path() -> None:
    made = document()
    made["info"] = {}
    assert read(made).id == ID


def changed(path: str, value: Any) -> dict[str, Any]:
    """A document with something else at a place; `~` stands for a slash in a name."""
    made = document()
    *steps, last = (step.replace("~", "/") for step in path.split("/"))
    node: Any = made
    for step in steps:
        node = node[step]
    node[last] = value
    return made


POST = f"paths/{f'/{ID}'.replace('/', '~')}/post"
PROPERTIES = "components/schemas/Input/properties"
BILLION = {
    f"L{n}": {"allOf": [{"$ref": f"{REF}L{n + 1}"}, {"$ref": f"{REF}L{n + 1}"}]} for n in range(30)
} | {"L30": {"type": "string"}}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"anyOf": [schema, {"type": "integer"}]}
    return schema


HOSTILE: dict[str, tuple[Any, str]] = {
    "nothing": (b"", "no JSON"),
    "not JSON": (b"<html>", "no JSON"),
    "YAML": (b"openapi: 3.0.0\npaths: {}\n", "no JSON"),
    "no text": (b'{"openapi": "\xff"}', "no UTF-8"),
    "half a character": (b'{"openapi": "\\ud800"}', "no UTF-8"),
    "not a number": (b'{"openapi": NaN}', "NaN"),
    "a number without end": (b'{"openapi": 1e999999}', "proportion"),
    "too many brackets": (b"[" * 200_000, "nested too deeply"),
    "a list": ([1, 2], "no OpenAPI document"),
    "a text": ("openapi", "no OpenAPI document"),
    "some other JSON": ({"swagger": "2.0"}, "no OpenAPI document"),
    "OpenAPI 2": ({"openapi": "2.0"}, "is not read"),
    "an odd version": ({"openapi": {"a": 1}}, "is not read"),
    "no paths": ({"openapi": "3.0.0"}, "no POST"),
    "paths is a list": ({"openapi": "3.0.0", "paths": []}, "a list"),
    "no POST": (changed(f"paths/{f'/{ID}'.replace('/', '~')}", {"get": {}}), "no POST"),
    "several POSTs": (several(), "2 POSTs"),
    "no body": (changed(POST, {}), "states no JSON schema"),
    "no schema": (changed(f"{POST}/requestBody", body(None)), "states no JSON schema"),
    "a form": (
        changed(f"{POST}/requestBody", {"content": {"multipart/form-data": {"schema": {}}}}),
        "states no JSON schema",
    ),
    "post is a text": (changed(POST, "go"), "text"),
    "no properties": (changed("components/schemas/Input", {"type": "object"}), "no properties"),
    "properties is a list": (changed(PROPERTIES, ["prompt"]), "a list"),
    "a property is a number": (changed(PROPERTIES, {"prompt": 5}), "a number"),
    "a property is false": (changed(PROPERTIES, {"prompt": False}), "true or false"),
    "type is a number": (changed(PROPERTIES, {"prompt": {"type": 5}}), "no type `5`"),
    "an odd type": (changed(PROPERTIES, {"prompt": {"type": "file"}}), "no type `file`"),
    "enum is a text": (changed(PROPERTIES, {"a": {"enum": "abc"}}), "`enum` is text"),
    "anyOf is a mapping": (changed(PROPERTIES, {"a": {"anyOf": {}}}), "`anyOf` is a mapping"),
    "minimum is a text": (changed(PROPERTIES, {"a": {"minimum": "1"}}), "`minimum` is text"),
    "maximum is true": (changed(PROPERTIES, {"a": {"maximum": True}}), "`maximum` is true"),
    "maxLength is a list": (changed(PROPERTIES, {"a": {"maxLength": []}}), "`maxLength` is a list"),
    "items is a list": (changed(PROPERTIES, {"a": {"type": "array", "items": []}}), "a list"),
    "required is a text": (changed("components/schemas/Input/required", "prompt"), "text"),
    "required has numbers": (changed("components/schemas/Input/required", [1]), "names"),
    "an odd name": (changed(PROPERTIES, {"a\nb\x1b[2J": {}}), "no parameter's name"),
    "no name": (changed(PROPERTIES, {"": {}}), "no parameter's name"),
    "a long name": (changed(PROPERTIES, {"a" * 500: {}}), "no parameter's name"),
    "very many": (changed(PROPERTIES, {f"p{n}": {} for n in range(2000)}), "more than 500"),
    "$ref in a circle": (
        changed(PROPERTIES, {"a": {"$ref": f"#/{PROPERTIES}/a"}}),
        "in a circle",
    ),
    "$ref in a wide circle": (
        changed(
            PROPERTIES,
            {
                "a": {"allOf": [{"$ref": f"#/{PROPERTIES}/b"}]},
                "b": {"anyOf": [{"$ref": f"#/{PROPERTIES}/a"}, {"type": "string"}]},
            },
        ),
        "in a circle",
    ),
    "$ref to a file": (
        changed(PROPERTIES, {"a": {"$ref": "other.json#/a"}}),
        "out of the document",
    ),
    "$ref to an address": (
        changed(PROPERTIES, {"a": {"$ref": "https://example.com/a.json"}}),
        "out of the document",
    ),
    "$ref to a secret": (
        changed(POST, {"$ref": "file:///etc/passwd"})
        | {"paths": {"/a/b": {"$ref": "/etc/passwd"}}},
        "out of the document",
    ),
    "$ref nowhere": (changed(PROPERTIES, {"a": {"$ref": f"{REF}Gone"}}), "leads nowhere"),
    "$ref past a list": (changed(PROPERTIES, {"a": {"$ref": "#/paths/9/x"}}), "leads nowhere"),
    "$ref is a number": (changed(PROPERTIES, {"a": {"$ref": 5}}), "no text"),
    "$ref to a text": (changed(PROPERTIES, {"a": {"$ref": "#/openapi"}}), "text"),
    "nested deeply": (changed(PROPERTIES, {"a": nested(90)}), "nested too deeply"),
    "a billion schemas": (
        changed("components/schemas", BILLION | {"Input": {"$ref": f"{REF}L0"}}),
        "nested too deeply",
    ),
    "an answer without a clip": (
        document(output={"properties": {"images": {"type": "array"}}}),
        "no clip in it",
    ),
    "an answer that is a list": (changed(f"{POST}/responses", [1]), "a list"),
    "an id that climbs": (changed("info/x-fal-metadata/endpointId", "../../etc/x"), "no endpoint"),
    "an id with a drive": (changed("info/x-fal-metadata/endpointId", "c:\\x/y"), "no endpoint"),
    "an id of one word": (changed("info/x-fal-metadata/endpointId", "con"), "no endpoint"),
    "an id with a nul": (changed("info/x-fal-metadata/endpointId", "a/b\0"), "no endpoint"),
    "an id that is long": (changed("info/x-fal-metadata/endpointId", "a/" + "b" * 300), "no endp"),
    "an id that has an end": (changed("info/x-fal-metadata/endpointId", "a/b\n"), "no endpoint"),
}


@pytest.mark.parametrize(("raw", "says"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_document_is_refused_in_a_sentence(raw: Any, says: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        read(raw)
    error = caught.value
    assert error.code in (Code.DOCUMENT_BROKEN, Code.ENDPOINT_UNKNOWN)
    assert says in error.message
    assert error.fix
    assert len(error.message) < 400
    assert (error.message + error.where).isprintable()


def test_the_place_of_a_mistake_is_named() -> None:
    with pytest.raises(MatchcutError) as caught:
        read(changed(PROPERTIES, {"duration": {"type": "seconds"}}))
    assert caught.value.where.startswith("it.json#/paths/")
    assert caught.value.where.endswith("/duration/type")


def test_a_document_of_60_megabytes_is_refused_before_it_is_read() -> None:
    whole = json.dumps(document()).encode()
    with pytest.raises(MatchcutError, match="larger than"):
        read(whole + b" " * (60 << 20))
    assert read(whole + b" " * (LARGEST_BYTES - len(whole))).id == ID


def test_the_document_of_another_endpoint_is_refused() -> None:
    with pytest.raises(MatchcutError, match=f"the document of {ID}"):
        read(document(), endpoint="owner/other")


@pytest.mark.parametrize(
    "endpoint", ["fal-ai/wan/v2.7/image-to-video", "xai/grok-imagine-video/extend-video", "a/b"]
)
def test_an_id_is_one(endpoint: str) -> None:
    assert check_id(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    ["", "a", "/a/b", "a/b/", "a//b", "a/../b", "a/.b", "a b/c", "é/b", "a/b?c=d", "a/b..toml"],
)
def test_what_would_be_a_bad_file_name_is_no_id(endpoint: str) -> None:
    with pytest.raises(MatchcutError) as caught:
        check_id(endpoint)
    assert caught.value.code is Code.ENDPOINT_UNKNOWN


def places(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node if isinstance(node, list) else ())
    )
    return [at, *(place for key, value in inner for place in places(value, (*at, key)))]


WHOLE = json.loads((FOLDER / "kling-v3-standard.json").read_bytes())
WORDS = st.sampled_from(
    [
        *(
            "$ref",
            "allOf",
            "anyOf",
            "oneOf",
            "type",
            "enum",
            "const",
            "default",
            "properties",
            "items",
        ),
        *("required", "minimum", "maximum", "nullable", "description", "content", "schema", "get"),
    ]
) | st.text(max_size=8)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def attempt(raw: Any) -> tuple[Any, MatchcutError | None]:
    try:
        return read(raw), None
    except MatchcutError as error:
        return None, error


@settings(max_examples=int(os.environ.get("MATCHCUT_EXAMPLES", "200")), deadline=None)
@given(place=st.sampled_from(places(WHOLE)[1:]), junk=JUNK)
def test_junk_anywhere_is_a_contract_that_can_be_written_or_a_sentence(
    place: tuple[Any, ...], junk: Any
) -> None:
    made = copy.deepcopy(WHOLE)
    node = made
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = junk
    contract, error = attempt(made)
    if error is not None:
        assert error.code in (Code.DOCUMENT_BROKEN, Code.ENDPOINT_UNKNOWN)
        assert (error.message + error.where).isprintable()
    else:
        assert parse_contract(to_toml(contract), "it.toml") == contract
