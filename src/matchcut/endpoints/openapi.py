"""An endpoint's OpenAPI document to a contract: what is stated, and what can be told from it.

fal publishes one document an endpoint: a POST that takes the input, and a GET of the finished
request that has the output (its public documents, as seen in 2026). Documents of other hosts with
one POST are read the same way.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from matchcut.endpoints.contract import (
    Contained,
    Continuation,
    Contract,
    Exclusion,
    Role,
)
from matchcut.endpoints.document import Document, shown
from matchcut.endpoints.infer import infer
from matchcut.endpoints.output import read_output
from matchcut.endpoints.parameters import read_parameters
from matchcut.errors import Code, MatchcutError

LARGEST_BYTES = 16 << 20
"""Of a document; those that fal publishes have less than a hundredth of that."""
_LONGEST_ID = 200
_LARGEST_EXPONENT = 40
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """The one call of an endpoint."""

    endpoint: str
    path: str
    post: Mapping[str, Any]
    place: str


def parse_document(data: bytes, name: str) -> Any:
    """The JSON of a document.

    Args:
        data: As it was read.
        name: What it is called in messages.

    Raises:
        MatchcutError: `document.broken` where it is no JSON.

    """
    if len(data) > LARGEST_BYTES:
        problem = f"it is larger than {LARGEST_BYTES >> 20} MiB"
    else:
        try:
            raw = json.loads(
                data.decode("utf-8-sig"), parse_float=_decimal, parse_constant=_no_number
            )
            # Half a character, which JSON can write down, can be neither shown nor saved.
            json.dumps(raw, ensure_ascii=False, default=str).encode()
        except RecursionError:
            problem = "it is nested too deeply"
        except UnicodeError:
            problem = "it is no UTF-8 text"
        except (ValueError, ArithmeticError) as error:
            problem = f"it is no JSON: {shown(str(error))}"
        else:
            return raw
    raise MatchcutError(
        Code.DOCUMENT_BROKEN,
        f"this is no document that can be read: {problem}",
        where=name,
        fix="Save the endpoint's OpenAPI document as JSON; YAML is not read.",
    )


def check_id(endpoint: str) -> str:
    """An endpoint's id, if it is one.

    Raises:
        MatchcutError: `endpoint.unknown` where it is none.

    """
    if len(endpoint) <= _LONGEST_ID and _ID.fullmatch(endpoint) and ".." not in endpoint:
        return endpoint
    raise MatchcutError(
        Code.ENDPOINT_UNKNOWN,
        f"`{shown(endpoint)}` is no endpoint's id",
        fix="An id has an owner and a name, as in `fal-ai/NAME/image-to-video`.",
    )


def read_document(
    raw: Any, *, name: str, source: str, read: date, endpoint: str | None = None
) -> Contract:
    """Read a document.

    Args:
        raw: Its JSON, from `parse_document`; the platform's answer that holds one is one too.
        name: What it is called in messages.
        source: Where it comes from, for the contract.
        read: On which day.
        endpoint: The endpoint's id, where the document says none or describes several.

    Returns:
        The contract: no price, no worked example, and every role a guess that is marked as one.

    Raises:
        MatchcutError: `document.broken` where it is no such document, with the place in it.

    """
    document = Document(_unwrapped(raw, endpoint), name)
    if not isinstance(document.raw, dict) or "openapi" not in document.raw:
        raise document.broken("this is no OpenAPI document: it has no `openapi`")
    if not str(document.raw["openapi"]).startswith("3."):
        version = shown(str(document.raw["openapi"]))
        raise document.broken(f"OpenAPI {version} is not read; 3.0 and 3.1 are")
    call = _the_call(document, endpoint)
    parameters, notes = read_parameters(document, _body(document, call), call.place)
    output = read_output(document, call.path, call.post, source=source, read=read, notes=notes)
    guess = infer(call.endpoint, parameters)
    return Contract(
        id=call.endpoint,
        name=call.endpoint,
        source=source,
        read=read,
        roles=guess.roles,
        parameters={name: described.parameter for name, described in parameters.items()},
        output=output,
        elements=guess.elements,
        exclusions=tuple(
            Exclusion(parameters=pair, source=f"{source}: the description of {pair[0]}", read=read)
            for pair in guess.exclusions
        ),
        continuation=Continuation(
            contains_source=Contained.UNKNOWN, source=f"{source}: nothing is stated", read=read
        )
        if Role.CONTINUE in guess.roles
        else None,
        notes=(*notes, *guess.notes),
        inferred=tuple(role.value for role in guess.roles),
    )


def _unwrapped(raw: Any, endpoint: str | None) -> Any:
    """The document in the platform's answer (`GET /v1/models?expand=openapi-3.0`)."""
    models = raw.get("models") if isinstance(raw, dict) and "openapi" not in raw else None
    if not isinstance(models, list):
        return raw
    found = [
        model.get("openapi")
        for model in models
        if isinstance(model, dict) and endpoint in (None, model.get("endpoint_id"))
    ]
    return found[0] if len(found) == 1 else raw


def _the_call(document: Document, asked: str | None) -> _Call:
    stated = _stated_id(document)
    if asked is not None and stated is not None and asked != stated:
        raise document.broken(
            f"this is the document of {shown(stated)}, not of {shown(asked)}",
            "/info/x-fal-metadata/endpointId",
            "Name the endpoint that it describes, or take the other one's document.",
        )
    posts = dict(_posts(document))
    if not posts:
        raise document.broken("the document has no POST: nothing can be asked for", "/paths")
    wanted = asked or stated
    path = _path_of(wanted, posts) if wanted else None
    if path is None and len(posts) == 1:
        path = next(iter(posts))
    if path is None:
        ids = ", ".join(shown(one.strip("/")) for one in [*posts][:10])
        raise document.broken(
            f"the document has {len(posts)} POSTs, and it is not said which is meant: {ids}",
            "/paths",
            "Name the endpoint with `--id`.",
        )
    return _Call(
        endpoint=check_id(wanted or path.strip("/")),
        path=path,
        post=posts[path],
        place=f"/paths/{path.replace('~', '~0').replace('/', '~1')}/post",
    )


def _stated_id(document: Document) -> str | None:
    info = document.raw.get("info")
    metadata = info.get("x-fal-metadata") if isinstance(info, dict) else None
    stated = metadata.get("endpointId") if isinstance(metadata, dict) else None
    return stated if isinstance(stated, str) else None


def _posts(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    paths = document.mapping(document.raw.get("paths", {}), "/paths")
    for path, item in paths.items():
        place = f"/paths/{path}"
        found = document.follow(item, place)
        if "post" in found and "{" not in path:
            yield path, document.mapping(found["post"], f"{place}/post")


def _path_of(endpoint: str, posts: Mapping[str, Any]) -> str | None:
    """The path of an endpoint; a document of one application leaves its own name out."""
    fitting = [path for path in posts if f"/{endpoint}".endswith(path.rstrip("/") or "/")]
    return max(fitting, key=len, default=None)


def _body(document: Document, call: _Call) -> Any:
    """The schema of what is sent."""
    place = f"{call.place}/requestBody"
    body = document.follow(call.post.get("requestBody", {}), place)
    content = document.mapping(body.get("content", {}), f"{place}/content")
    for kind, entry in content.items():
        if kind.partition(";")[0].strip() in ("application/json", "*/*", "application/*"):
            schema = document.mapping(entry, f"{place}/content/{kind}").get("schema")
            if schema is not None:
                return schema
    raise document.broken("the POST states no JSON schema for what it takes", place)


def _decimal(text: str) -> Decimal:
    """A number as it is written; one that would fill the memory as an integer is none."""
    number = Decimal(text)
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(f"{text} is out of all proportion")
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
