"""What a document says of an endpoint's answer: where the clip is, the seed, the prompt."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from matchcut.endpoints.contract import Output
from matchcut.endpoints.document import Document
from matchcut.endpoints.schema import Schema

_DEEPEST = 3
_MOST_LOOKED_AT = 200
_PROMPTS = ("actual_prompt", "revised_prompt", "expanded_prompt", "enhanced_prompt", "prompt")


def read_output(
    document: Document,
    path: str,
    post: Mapping[str, Any],
    *,
    source: str,
    read: date,
    notes: list[str],
) -> Output:
    """Read where things stand in an answer.

    Args:
        document: The whole of it.
        path: The endpoint's path; the finished request is one below it.
        post: The call.
        source: Where the document comes from.
        read: On which day.
        notes: Gets what had to be assumed.

    Raises:
        MatchcutError: `document.broken` where the answer is stated and has no clip in it.

    """
    answers = [document.flat(schema, place) for schema, place in _answers(document, path, post)]
    stated = [answer for answer in answers if answer.properties or answer.choices]
    for answer in stated:
        clip = _clip(document, answer)
        if clip is not None:
            names = answer.properties
            return Output(
                video=clip,
                source=source,
                read=read,
                seed="seed" if "seed" in names else None,
                prompt=next((name for name in _PROMPTS if name in names), None),
            )
    if stated:
        raise document.broken(
            "the answer has no clip in it: this endpoint makes something else than a video",
            "/paths",
            "Take an endpoint that makes videos.",
        )
    notes.append("What comes back is not stated; the clip is assumed at `video.url`.")
    return Output(video="video.url", source=f"{source}: nothing is stated", read=read)


def _answers(document: Document, path: str, post: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Schemas of answers: that of the finished request first, then those of the call itself."""
    paths = document.mapping(document.raw.get("paths", {}), "/paths")
    below = [
        one
        for one in paths
        if one.rstrip("/").endswith("}") and "/requests/" in one and not one.endswith("/status")
    ]
    for one in sorted(below, key=lambda one: not one.startswith(path)):
        item = document.follow(paths[one], f"/paths/{one}")
        if "get" in item:
            get = document.mapping(item["get"], f"/paths/{one}/get")
            yield from _schemas(document, get, f"/paths/{one}/get")
    yield from _schemas(document, post, f"/paths/{path}/post")


def _schemas(
    document: Document, operation: Mapping[str, Any], place: str
) -> Iterator[tuple[Any, str]]:
    place = f"{place}/responses"
    responses = document.mapping(operation.get("responses", {}), place)
    for status, response in responses.items():
        if not (str(status).startswith("2") or status == "default"):
            continue
        found = document.follow(response, f"{place}/{status}")
        content = document.mapping(found.get("content", {}), f"{place}/{status}/content")
        for kind, entry in content.items():
            schema = document.mapping(entry, f"{place}/{status}/content/{kind}").get("schema")
            if schema is not None and not _is_queue_status(document, schema, place):
                yield schema, f"{place}/{status}"


def _is_queue_status(document: Document, schema: Any, place: str) -> bool:
    """True for the receipt that a queue gives for a call; the answer itself comes later."""
    names = document.flat(schema, place).properties
    return "status" in names and not any("video" in name for name in names)


def _clip(document: Document, answer: Schema) -> str | None:
    """The path of the clip's address; the shallowest, and among those the one called so."""
    level: list[tuple[str, Schema]] = [("", answer)]
    looked_at = 0
    for _ in range(_DEEPEST):
        deeper: list[tuple[str, Schema]] = []
        candidates: list[tuple[str, str, Schema]] = []
        for prefix, schema in level:
            for name, node in _properties(schema):
                looked_at += 1
                if looked_at > _MOST_LOOKED_AT:
                    return None
                one = document.flat(node, f"the answer's {prefix}{name}")
                path, inner = _into_list(document, f"{prefix}{name}", one)
                candidates.append((name, path, inner))
                deeper.append((f"{path}.", inner))
        for name, path, inner in sorted(candidates, key=lambda one: one[0] != "video"):
            found = _address(name, path, inner)
            if found is not None:
                return found
        level = deeper
    return None


def _properties(schema: Schema) -> Iterator[tuple[str, Any]]:
    for one in (schema, *schema.choices):
        yield from one.properties.items()


def _into_list(document: Document, path: str, schema: Schema) -> tuple[str, Schema]:
    """A list's first item stands for the list."""
    if "array" in schema.types and schema.items is not None:
        return f"{path}.0", document.flat(schema.items, path)
    return path, schema


def _address(name: str, path: str, schema: Schema) -> str | None:
    about = f"{name} {schema.title} {schema.description}".lower()
    if "video" not in about and "clip" not in name:
        return None
    if "url" in schema.properties:
        return f"{path}.url"
    named = name in ("video", "videos") or name.endswith(("video_url", "video_urls"))
    return path if named and schema.types == {"string"} else None
