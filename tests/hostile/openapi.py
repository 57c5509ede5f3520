"""An endpoint's OpenAPI document, in the shape in which fal publishes them, out of its contract."""

from decimal import Decimal
from typing import Any

from matchcut.endpoints.contract import Contract, Kind, Parameter

_URL = {"type": "string", "format": "uri"}
_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.STRING: {"type": "string"},
    Kind.URL: _URL,
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.URLS: {"type": "array", "items": _URL},
    Kind.OBJECT: {"type": "object"},
    Kind.OBJECTS: {"type": "array"},
    Kind.ANY: {},
}


def document(contract: Contract) -> dict[str, Any]:
    """The document of one endpoint.

    Args:
        contract: What the endpoint accepts and returns.

    Returns:
        OpenAPI 3.0 with the schemas of input, output and queue status, and the four paths.

    """
    words = contract.id.replace("/", " ").replace("-", " ").replace(".", "").split()
    stem = "".join(word.capitalize() for word in words)
    app = "/".join(contract.id.split("/")[:2])
    request = f"/{app}/requests/{{request_id}}"
    return {
        "openapi": "3.0.4",
        "info": {
            "title": f"Queue OpenAPI for {contract.id}",
            "version": "1.0.0",
            "x-fal-metadata": {"endpointId": contract.id, "category": "image-to-video"},
        },
        "components": {
            "securitySchemes": {
                "apiKeyAuth": {"type": "apiKey", "in": "header", "name": "Authorization"}
            },
            "schemas": {
                "QueueStatus": {"type": "object", "properties": {"status": {"type": "string"}}},
                f"{stem}Input": _input(contract),
                f"{stem}Output": _output(contract),
            },
        },
        "servers": [{"url": "https://queue.fal.run"}],
        "paths": {
            f"/{contract.id}": {"post": _post(f"{stem}Input")},
            f"{request}/status": {"get": _gives("QueueStatus")},
            f"{request}/cancel": {"put": _gives("QueueStatus")},
            request: {"get": _gives(f"{stem}Output")},
        },
    }


def _input(contract: Contract) -> dict[str, Any]:
    return {
        "type": "object",
        "x-fal-order-properties": list(contract.parameters),
        "properties": {name: _schema(one) for name, one in contract.parameters.items()},
        "required": [name for name, one in contract.parameters.items() if one.required],
    }


def _schema(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_TYPES[parameter.kind])
    stated = {
        "enum": [plain(value) for value in parameter.values] or None,
        "default": plain(parameter.default),
        "minimum": plain(parameter.minimum),
        "maximum": plain(parameter.maximum),
        "maxLength": parameter.max_characters,
    }
    schema |= {key: value for key, value in stated.items() if value is not None}
    if parameter.fields:
        fields = {name: _TYPES[_kind(name)] for name in parameter.fields}
        inner = {"type": "object", "properties": fields}
        schema |= {"items": inner} if parameter.kind is Kind.OBJECTS else inner
    return schema


def plain(value: Any) -> Any:
    """A value of a contract as JSON has it: contracts read numbers as `Decimal`."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def _kind(field: str) -> Kind:
    if field.endswith("_urls"):
        return Kind.URLS
    return Kind.URL if field.endswith("_url") else Kind.STRING


def _output(contract: Contract) -> dict[str, Any]:
    file = {
        "type": "object",
        "properties": {
            "url": _URL,
            "content_type": {"type": "string"},
            "file_name": {"type": "string"},
            "file_size": {"type": "integer"},
        },
        "required": ["url"],
    }
    properties: dict[str, Any] = {contract.output.video.split(".")[0]: file}
    if contract.output.seed:
        properties[contract.output.seed] = {"type": "integer"}
    if contract.output.prompt:
        properties[contract.output.prompt] = {"type": "string"}
    return {"type": "object", "properties": properties}


def _post(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"requestBody": {"required": True, "content": content}, **_gives("QueueStatus")}


def _gives(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"responses": {"200": {"description": "The answer.", "content": content}}}
