"""The AsyncAPI 3 document: every topic, what is in it, its key, its headers, how to read it."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal

from ruamel.yaml import YAML

from router.intake.contract.examples import EXAMPLES
from router.intake.wire.schemas import DIALECT, schema_file
from router.kafka.topics.topic_names import topics_of
from router.kafka.topics.topic_specs import TopicSpec, topic_specs
from router.settings import Settings

Part = dict[str, Any]

CONTRACT_VERSION = "1.0.0"
"""Of the messages, not of the program: a new major number breaks consumers."""

_KAFKA_BINDING = "0.5.0"
_READ_COMMITTED = (
    "Consumers must read with isolation.level=read_committed: what an aborted transaction wrote"
    " was never decided."
)
_JSON_SCHEMA = f"application/schema+json;version={DIALECT.split('/')[-2]}"
_TRACE = {
    "type": "string",
    "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
    "description": "W3C trace context, carried through",
}


@dataclass(frozen=True, slots=True)
class _Channel:
    """A topic as others see it. ``message`` ``None``: bytes of any shape."""

    name: str
    message: str | None
    action: Literal["receive", "send"]
    key: str
    text: str
    is_transactional: bool = False
    cloudevents: Literal["accepted", "always", "no"] = "no"


_CHANNELS = (
    _Channel("leads", "lead-event", "receive", "any", "Leads from anyone.", cloudevents="accepted"),
    _Channel(
        "activity", "activity", "receive", "lead_id", "What leads do.", cloudevents="accepted"
    ),
    _Channel("engagement", "engagement", "receive", "lead_id", "Decayed engagement, absolute."),
    _Channel(
        "roster", "roster-entry", "receive", "rep_id", "Reps; null removes.", cloudevents="accepted"
    ),
    _Channel(
        "accounts",
        "account",
        "receive",
        "account_id",
        "Accounts; null removes.",
        cloudevents="accepted",
    ),
    _Channel("policies", "policy", "receive", "policy_id", "Published policies."),
    _Channel(
        "feedback", "feedback", "receive", "any", "What the CRM reports.", cloudevents="accepted"
    ),
    _Channel("commands", "command", "receive", "any", "Operators' commands; internal."),
    _Channel(
        "inbox", "inbox-event", "send", "sales_org", "The decision's only input; internal.", True
    ),
    _Channel("state", None, "send", "entity", "Changelog of the state; internal.", True),
    _Channel(
        "positions",
        None,
        "send",
        "topic-partition",
        "How far intake and the last audit came; internal.",
        True,
    ),
    _Channel(
        "engagement_table",
        None,
        "receive",
        "sales_org NUL lead_id",
        "What the streams role knows of each lead, written and read by it alone; internal.",
    ),
    _Channel("reps", "rep-number", "send", "sales_org/number", "Permanent rep numbers.", True),
    _Channel(
        "assignments",
        "assignment",
        "send",
        "lead_id",
        "Every decision.",
        True,
        cloudevents="always",
    ),
    _Channel(
        "owners",
        "lead-owner",
        "send",
        "lead_id",
        "The present owner; flat. Null, a tombstone, once the person asked to be forgotten.",
        True,
    ),
    _Channel(
        "dead_letters",
        None,
        "send",
        "as in the source",
        "What could not be understood: original key and value, all else in headers.",
        True,
    ),
    _Channel(
        "shadow",
        "assignment",
        "send",
        "lead_id",
        "What would have been decided.",
        True,
        cloudevents="always",
    ),
    _Channel(
        "deliveries_failed",
        "assignment",
        "send",
        "lead_id",
        "Assignments that a destination did not take; which, and why, in headers.",
        True,
    ),
    _Channel(
        "deliveries_retry",
        "assignment",
        "receive",
        "lead_id",
        "Those of them that an operator sends again; internal.",
    ),
)


def asyncapi_document() -> Part:
    """The document for the default settings; partition counts and prefix are settings."""
    settings = Settings.model_construct()  # the defaults, whatever the environment says
    topics = topics_of(settings)
    specs = {spec.name: spec for spec in topic_specs(settings)}
    channels = {
        channel.name: _channel(channel, specs[getattr(topics, channel.name)])
        for channel in _CHANNELS
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "lead-router",
            "version": CONTRACT_VERSION,
            "description": (
                "Every lead gets one owner, exactly once. JSON, UTF-8, RFC 3339 times in UTC."
                f" Unknown fields are ignored. {_READ_COMMITTED} Topic names carry a prefix that"
                " is a setting."
            ),
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {f"{c.action}_{c.name}": _operation(c) for c in _CHANNELS},
        "components": {"messages": {c.name: _message(c) for c in _CHANNELS}},
    }


def asyncapi_yaml() -> str:
    """The document as YAML text."""
    yaml = YAML()
    yaml.width = 100
    yaml.representer.ignore_aliases = lambda _value: True
    text = StringIO()
    text.write("# Made by `lead-router schemas write` from the code; changes here are lost.\n")
    yaml.dump(asyncapi_document(), text)
    return text.getvalue()


def _channel(channel: _Channel, spec: TopicSpec) -> Part:
    kept_ms = int(spec.configs["retention.ms"])
    return {
        "address": spec.name,
        "description": " ".join(
            [channel.text, *([_READ_COMMITTED] if channel.is_transactional else [])]
        ),
        "messages": {channel.name: {"$ref": f"#/components/messages/{channel.name}"}},
        "bindings": {
            "kafka": {
                "topic": spec.name,
                "partitions": spec.partitions,
                "replicas": spec.replication_factor,
                "topicConfiguration": {
                    "cleanup.policy": [spec.configs["cleanup.policy"]],
                    "retention.ms": kept_ms,
                    "max.message.bytes": int(spec.configs["max.message.bytes"]),
                },
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _operation(channel: _Channel) -> Part:
    return {
        "action": channel.action,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{channel.name}"}],
    }


def _message(channel: _Channel) -> Part:
    message: Part = {
        "name": channel.message or channel.name,
        "contentType": "application/json" if channel.message else "application/octet-stream",
        "headers": _headers(channel),
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": channel.key},
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }
    if channel.message:
        message["payload"] = {
            "schemaFormat": _JSON_SCHEMA,
            "schema": {"$ref": f"./{schema_file(channel.message)}"},
        }
        message["examples"] = [{"payload": example} for example in EXAMPLES[channel.message]]
    return message


def _headers(channel: _Channel) -> Part:
    if channel.name == "dead_letters":
        return {
            "schemaFormat": _JSON_SCHEMA,
            "schema": {"$ref": f"./{schema_file('dead-letter-headers')}"},
        }
    properties: Part = {"traceparent": _TRACE}
    headers: Part = {"type": "object", "properties": properties}
    if channel.cloudevents != "no":
        texts = {
            "ce_specversion": {"type": "string", "const": "1.0"},
            "ce_id": {"type": "string"},
            "ce_source": {"type": "string"},
            "ce_type": {"type": "string"},
        }
        properties |= texts | {"content-type": {"type": "string"}}
    if channel.cloudevents == "always":
        headers["required"] = ["ce_specversion", "ce_id", "ce_source", "ce_type"]
    if channel.cloudevents == "accepted":
        headers["description"] = (
            "CloudEvents 1.0, binary or structured, is accepted: its attributes fill fields that"
            " the body leaves out."
        )
    if channel.name in {"roster", "accounts"}:
        properties["sales_org"] = {"type": "string", "description": "for a null value"}
    return headers
