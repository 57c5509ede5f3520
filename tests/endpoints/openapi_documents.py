"""OpenAPI documents for tests: those in `documents/`, and small ones made on the spot."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from matchcut.endpoints.contract import Contract
from matchcut.endpoints.openapi import parse_document, read_document

FOLDER = Path(__file__).parent / "documents"
ID = "owner/model/image-to-video"
TODAY = date(2026, 11, 25)


def document(
    properties: Any = None, *, required: Any = (), output: Any = None, **more: Any
) -> dict[str, Any]:
    """A small document of one endpoint, in the form in which fal publishes them."""
    asked = {"type": "object", "properties": properties or {"prompt": {"type": "string"}}}
    clip = {"type": "object", "properties": {"url": {"type": "string"}}}
    given = output or {"type": "object", "properties": {"video": clip}}
    return {
        "openapi": "3.0.4",
        "info": {"title": "A queue", "x-fal-metadata": {"endpointId": ID}},
        "components": {"schemas": {"Input": {**asked, "required": list(required), **more}}},
        "paths": {
            f"/{ID}": {
                "post": {
                    "requestBody": body({"$ref": "#/components/schemas/Input"}),
                    **answer({"type": "object", "properties": {"status": {"type": "string"}}}),
                }
            },
            f"/{ID}/requests/{{request_id}}": {"get": answer(given)},
        },
    }


def body(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def answer(schema: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "It.", **body(schema)}}}


def read(raw: Any, *, endpoint: str | None = None, name: str = "it.json") -> Contract:
    """The contract of a document, by way of its bytes, as a file has them."""
    data = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return read_document(
        parse_document(data, name), name=name, source="a document", read=TODAY, endpoint=endpoint
    )


def read_file(name: str) -> Contract:
    return read((FOLDER / name).read_bytes(), name=name)
