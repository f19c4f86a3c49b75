"""Salesforce: change events (CDC) and PushTopics, over CometD or from Kafka Connect, and records.

A change event holds what changed and nothing else: a field that is null in it was cleared only if
the event says so, because Connect writes null for each that did not change. A ``GAP_`` event holds
nothing: its records are fetched. Equal changes within a second come as one event of many ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from router.intake.normalise.salesforce_id import long_id
from router.intake.sources.found import Arrival, Fetch, Found, Item, Options
from router.intake.sources.values import (
    feedback,
    list_of,
    missing,
    object_of,
    text_of,
    time_of,
    unknown,
    whole_of,
)

OUR_CLIENT = "client=lead-router"
"""The mark of our own writes (header ``Sforce-Call-Options``), to know their echoes."""

_USER = "005"
_OF_ALL = "000000000000000"
_PUSH_TOPIC = {
    "created": "CREATE",
    "updated": "UPDATE",
    "deleted": "DELETE",
    "undeleted": "UNDELETE",
}


class _Change(NamedTuple):
    """A change of one record."""

    kind: str
    record_id: str
    event_id: str
    at_ms: int
    fields: dict[str, Any]


def split(body: Any, arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield what each change says, by its shape."""
    for each in body if isinstance(body, list) else [body]:
        yield from _one(object_of(each), arrival)


def _one(message: dict[str, Any], arrival: Arrival) -> Iterator[Item]:
    message = object_of(message.get("data")) or message
    payload = object_of(message.get("payload")) or message
    if "ChangeEventHeader" in payload:
        yield from _change_event(payload, object_of(payload["ChangeEventHeader"]), arrival)
    elif "sobject" in message or "_ObjectType" in payload:
        yield from _push_topic(message, payload, arrival)
    elif "attributes" in payload:
        yield from _record(payload, arrival)
    else:
        yield missing("ChangeEventHeader")


def _change_event(
    payload: dict[str, Any], header: dict[str, Any], arrival: Arrival
) -> Iterator[Item]:
    kind = text_of(header.get("changeType")) or ""
    if header.get("entityName") != "Lead":
        yield unknown("entityName must be Lead")
        return
    if OUR_CLIENT in str(header.get("changeOrigin")):
        return
    at_ms = whole_of(header.get("commitTimestamp"))
    at_ms = arrival.received_ms if at_ms is None else at_ms
    fields = _said(payload, header) if kind == "UPDATE" else _without_nulls(payload)
    commit = f"{header.get('transactionKey')}-{header.get('sequenceNumber')}"
    record_ids = [text for each in list_of(header.get("recordIds")) if (text := text_of(each))]
    if not record_ids:
        yield missing("recordIds")
    for record_id in record_ids:
        event_id = f"salesforce-{commit}-{long_id(record_id)}"[:128]
        yield from _change(_Change(kind, long_id(record_id), event_id, at_ms, fields))


def _change(change: _Change) -> Iterator[Item]:
    """Yield what became of a record, and what a rep did with it."""
    named = {
        "event_id": change.event_id,
        "lead_id": change.record_id,
        "occurred_at": time_of(change.at_ms, change.at_ms),
    }
    ids = {"external_ids": {"salesforce": change.record_id}}
    if change.kind.startswith("GAP_") or change.kind == "UNDELETE":
        is_all = change.record_id.startswith(_OF_ALL)
        yield Fetch("Lead", None if is_all else change.record_id, change.at_ms)
    elif change.kind == "DELETE":
        yield Found("leads", {"event_type": "withdrawn", **named})
    elif change.kind in {"CREATE", "UPDATE"}:
        event_type = "submitted" if change.kind == "CREATE" else "updated"
        yield Found("leads", {"event_type": event_type, **named, **ids}, change.fields)
        if change.kind == "UPDATE":
            yield from _work(change, named)
    else:
        yield unknown("changeType is none of Salesforce's")


def _work(change: _Change, named: dict[str, Any]) -> Iterator[Item]:
    """Another owner, who may be a queue and no rep; a conversion."""
    owner = text_of(change.fields.get("OwnerId"))
    if owner is not None and owner.startswith(_USER):
        yield feedback("owner_changed", named, rep_id=owner)
    if change.fields.get("IsConverted") is True:
        yield feedback("converted", named)


def _said(payload: dict[str, Any], header: dict[str, Any]) -> dict[str, Any]:
    """The fields of an update: a null counts only where it is named as changed."""
    cleared = {
        str(name)
        for holder in (header, payload)
        for key in ("changedFields", "nulledFields")
        for name in list_of(holder.get(key))
    }
    return {name: value for name, value in payload.items() if value is not None or name in cleared}


def _without_nulls(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if value is not None}


def _push_topic(
    message: dict[str, Any], payload: dict[str, Any], arrival: Arrival
) -> Iterator[Item]:
    """A PushTopic holds all fields of its query, changed or not."""
    event = object_of(message.get("event"))
    record = object_of(message.get("sobject")) or payload
    if record.get("_ObjectType", "Lead") != "Lead":
        yield unknown("_ObjectType must be Lead")
        return
    kind = _PUSH_TOPIC.get(str(event.get("type") or record.get("_EventType")).lower())
    record_id = text_of(record.get("Id"))
    if kind is None or record_id is None:
        yield missing("Id" if record_id is None else "_EventType")
        return
    replay = event.get("replayId", record.get("ReplayId"))
    at_ms = arrival.received_ms
    stamp = record.get("SystemModstamp") or event.get("createdDate") or at_ms
    event_id = f"salesforce-{long_id(record_id)}-{kind}-{stamp if replay is None else replay}"[:128]
    yield from _change(
        _Change(
            kind, long_id(record_id), event_id, _moment_ms(stamp, at_ms), _without_nulls(record)
        )
    )


def _record(record: dict[str, Any], arrival: Arrival) -> Iterator[Item]:
    """A record as the API gives it: its submission, and how it is now."""
    record_id = text_of(record.get("Id"))
    if object_of(record["attributes"]).get("type") != "Lead" or record_id is None:
        yield missing("Id" if record_id is None else "attributes.type Lead")
        return
    lead_id = long_id(record_id)
    created_ms = _moment_ms(record.get("CreatedDate"), arrival.received_ms)
    fields = _without_nulls(record)
    yield from _change(
        _Change("CREATE", lead_id, f"salesforce-{lead_id}-created", created_ms, fields)
    )
    changed_ms = _moment_ms(record.get("SystemModstamp"), created_ms)
    if changed_ms > created_ms:
        event_id = f"salesforce-{lead_id}-{changed_ms}"
        yield from _change(_Change("UPDATE", lead_id, event_id, changed_ms, record))


def _moment_ms(stamp: Any, otherwise_ms: int) -> int:
    """A time of the API, or milliseconds as Connect writes them."""
    at_ms = whole_of(stamp)
    if at_ms is not None:
        return at_ms
    try:
        at = datetime.fromisoformat(str(stamp))
    except ValueError:
        return otherwise_ms
    return round(at.timestamp() * 1_000) if at.tzinfo is not None else otherwise_ms
