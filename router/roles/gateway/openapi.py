"""The gateway's addresses as OpenAPI 3.1, from the models by which records are checked."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from router.intake.wire.schemas import message_schema

_MESSAGES = {"leads": "lead-event", "activity": "activity", "feedback": "feedback"}
_PROBLEMS = {
    "400": "The body cannot be read; `reason` is the code.",
    "401": "No key, or none that is good.",
    "403": "The key is not for this.",
    "408": "The body came too slowly.",
    "413": "The body or the batch is too large.",
    "415": "The body is of a kind that is not understood.",
    "422": "The record is refused; `detail` names the field.",
    "429": "Too much, too fast: wait for `Retry-After` seconds.",
    "500": "A defect of the gateway: the record is not written for sure.",
    "503": "Kafka does not have it for sure: send it again after `Retry-After` seconds.",
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "Names fields and limits, never a value."},
        "reason": {"type": "string"},
    },
}
_WARNING = {
    "type": "object",
    "properties": {"field": {"type": "string"}, "problem": {"type": "string"}},
}
_ITEM = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "integer", "description": "202 when Kafka has the record."},
        "reason": {"type": "string"},
        "detail": {"type": "string"},
        "warnings": {"type": "array", "items": _WARNING},
    },
}


@cache
def openapi_text() -> str:
    """Return the document."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM, "Answer": _ITEM}
    paths = {
        f"/v1/{door}": {"post": _post(door, name, schemas)} for door, name in _MESSAGES.items()
    }
    paths["/v1/sources/{name}"] = _source_paths()
    document = {
        "openapi": "3.1.0",
        "info": {"title": "lead-router gateway", "version": "v1"},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _source_paths() -> dict[str, Any]:
    """The operations of a vendor's webhook: signed, or with a key."""
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    problems = {
        status: _answer(text, "application/problem+json", "Problem")
        for status, text in {**_PROBLEMS, "404": "No such source."}.items()
        if status not in {"400", "422"}
    }
    anything: dict[str, Any] = {"*/*": {"schema": {}}}
    kept = _answer("Kafka has it; what became of it is told by `dead-letters` and `explain`.",
                   "application/json", "Answer")  # fmt: skip
    return {
        "parameters": [name],
        "get": {
            "operationId": "shake_hands",
            "security": [],
            "responses": {
                "200": {"description": "The vendor's challenge, answered.", "content": anything},
                "403": problems["403"],
                "404": problems["404"],
            },
        },
        "post": {
            "operationId": "send_from_source",
            "security": [{}, {"key": []}],
            "requestBody": {"required": True, "content": anything},
            "responses": {"202": kept, **problems},
        },
    }


def _post(door: str, name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """The operation; its model goes into ``schemas``, with the parts that it is made of."""
    schema = dict(message_schema(name))
    parts = schema.pop("$defs", {})
    for key in ("$schema", "$id"):
        schema.pop(key)
    for part, found in {name: schema, **parts}.items():
        schemas[part] = _with_references(found)
    one = {"$ref": f"#/components/schemas/{name}"}
    batch = {"type": "array", "items": one}
    problems = {
        status: _answer(text, "application/problem+json", "Problem")
        for status, text in _PROBLEMS.items()
    }
    return {
        "operationId": f"send_{door}",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"anyOf": [one, batch]}},
                "application/cloudevents+json": {"schema": {"type": "object"}},
                "application/cloudevents-batch+json": {"schema": {"type": "array"}},
            },
        },
        "responses": {
            "202": _answer("Kafka has it.", "application/json", "Answer"),
            "207": _answer("Kafka has some of a batch: see `records`.", "application/json", None),
            **problems,
        },
    }


def _answer(text: str, kind: str, name: str | None) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"} if name else {"type": "object"}
    return {"description": text, "content": {kind: {"schema": schema}}}


def _with_references(schema: Any) -> Any:
    """The schema with its parts where OpenAPI has them."""
    if isinstance(schema, list):
        return [_with_references(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.replace("#/$defs/", "#/components/schemas/")
        if key == "$ref" and isinstance(value, str)
        else _with_references(value)
        for key, value in schema.items()
    }
