"""JSON Schema 2020-12 of every message, made from the contract's code."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import msgspec
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from router.core.model import events
from router.core.model.policy import Policy
from router.intake import contract
from router.intake.contract.assignment import ALWAYS_THERE
from router.intake.contract.examples import EXAMPLES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = "v1"
Schema = dict[str, Any]

_CHECKED_BY_PYDANTIC: dict[str, Any] = {
    "lead-event": contract.LeadEvent,
    "roster-entry": contract.RosterEntry,
    "account": contract.Account,
    "activity": contract.Activity,
    "engagement": contract.EngagementRecord,
    "feedback": contract.Feedback,
    "command": contract.Command,
    "policy": contract.PolicyDocument,
}
_WRITTEN_BY_US: dict[str, Any] = {
    "assignment": contract.Assignment,
    "lead-owner": contract.LeadOwner,
    "rep-number": contract.RepNumber,
    "dead-letter-headers": contract.DeadLetterHeaders,
}
_EVENTS = (
    events.LeadEvent,
    events.Feedback,
    events.Engagement,
    events.RosterEntry,
    events.Account,
    events.PolicyPublished,
    events.Command,
    events.Tick,
)


class _Untitled(GenerateJsonSchema):
    """Without a title for every field that only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def message_names() -> list[str]:
    """Every message that has a schema."""
    return [*_CHECKED_BY_PYDANTIC, *_WRITTEN_BY_US, "inbox-event"]


def schema_file(name: str) -> str:
    """The file name of a message's schema."""
    return f"{name}.{VERSION}.schema.json"


@cache
def message_schema(name: str) -> Schema:
    """The JSON Schema of a message, examples included; not to be changed."""
    if name in _CHECKED_BY_PYDANTIC:
        schema = TypeAdapter(_CHECKED_BY_PYDANTIC[name]).json_schema(schema_generator=_Untitled)
        if name == "policy":
            _describe_compiled(schema)
    elif name in _WRITTEN_BY_US:
        schema = _inlined(msgspec.json.schema(_WRITTEN_BY_US[name]))
        if name == "assignment":
            schema["required"] = list(ALWAYS_THERE)
    else:
        schema = _any_event()
    _tidy(schema)
    start = {"$schema": DIALECT, "$id": f"urn:lead-router:schema:{name}:{VERSION}", "title": name}
    schema.pop("title", None)
    parts = {"$defs": schema.pop("$defs")} if "$defs" in schema else {}
    return start | schema | {"examples": EXAMPLES[name]} | parts


def _describe_compiled(schema: Schema) -> None:
    (compiled,), parts = msgspec.json.schema_components([Policy], schema_hook=_anything)
    field = schema["properties"]["compiled"]
    field.pop("additionalProperties", None)
    field.pop("type", None)
    field.update(compiled)
    schema["$defs"] = schema.get("$defs", {}) | parts


def _anything(hint: Any) -> Schema:
    if hint is object:
        return {"description": "anything"}
    raise NotImplementedError  # how a msgspec schema hook says that a type is not its business


def _any_event() -> Schema:
    kinds, parts = msgspec.json.schema_components(_EVENTS, schema_hook=_anything)
    description = "A record of routing.inbox: internal, it may change between versions."
    return {"description": description, "anyOf": list(kinds), "$defs": parts}


def _inlined(schema: Schema) -> Schema:
    """The schema with the part that its ``$ref`` names put in its place."""
    parts = schema.pop("$defs")
    name = schema.pop("$ref").rpartition("/")[2]
    whole: Schema = parts.pop(name)
    return whole | ({"$defs": parts} if parts else {})


def _tidy(schema: Any) -> None:
    """Docstrings to plain paragraphs."""
    if isinstance(schema, list):
        for part in schema:
            _tidy(part)
    elif isinstance(schema, dict):
        description = schema.get("description")
        if isinstance(description, str):
            schema["description"] = " ".join(
                inspect.cleandoc(description).replace("``", "`").split()
            )
        for part in schema.values():
            _tidy(part)
