"""HubSpot: webhooks, a contact that a workflow posts or that was fetched, and form submissions.

An event names its contact: what a creation holds is to be fetched, one changed property is here.
``eventId`` is not unique, so an event's id is made of all that tells it from others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.intake.sources.found import Arrival, Fetch, Found, Item, Options
from router.intake.sources.values import (
    by_name,
    feedback,
    list_of,
    missing,
    object_of,
    text_of,
    time_of,
    unknown,
    whole_of,
)

_CONTACT_TYPE_ID = "0-1"
_FEEDBACK_OF_STATUS = {
    "IN_PROGRESS": "accepted",
    "ATTEMPTED_TO_CONTACT": "attempted",
    "CONNECTED": "contacted",
    "UNQUALIFIED": "disqualified",
}


def split(body: Any, arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield what the body holds, by its shape."""
    if isinstance(body, list):
        for each in body:
            yield from _event(object_of(each), arrival)
    elif "results" in object_of(body):
        for each in list_of(body["results"]):
            yield _form(object_of(each), arrival)
    elif "values" in object_of(body) or "fields" in object_of(body):
        yield _form(body, arrival)
    elif "properties" in object_of(body):
        yield _contact(body)
    else:
        yield from _event(object_of(body), arrival)


def lead_id_of(portal_id: str | None, contact_id: str) -> str:
    """A contact's id is unique in its portal."""
    return f"hubspot-{portal_id}-{contact_id}" if portal_id else f"hubspot-{contact_id}"


def _event(event: dict[str, Any], arrival: Arrival) -> Iterator[Item]:
    kind = text_of(event.get("subscriptionType")) or text_of(event.get("eventType")) or ""
    about, _, what = kind.partition(".")
    if about == "object" and event.get("objectTypeId") == _CONTACT_TYPE_ID:
        about = "contact"
    read = _READERS.get(what) if about == "contact" else None
    if read is None:
        yield unknown("subscriptionType is none of those that tell of contacts")
        return
    contact_id = text_of(event.get("objectId")) or text_of(event.get("newObjectId"))
    if contact_id is None:
        yield missing("objectId")
        return
    at_ms = whole_of(event.get("occurredAt"))
    portal_id = text_of(event.get("portalId"))
    named = {
        "event_id": f"hubspot-{portal_id}-{what}-{contact_id}-{event.get('eventId')}-{at_ms}"[:128],
        "lead_id": lead_id_of(portal_id, contact_id),
        "occurred_at": time_of(at_ms, arrival.received_ms),
    }
    if what in {"creation", "restore"}:
        yield Fetch("contact", contact_id, arrival.received_ms if at_ms is None else at_ms)
    else:
        yield from read(event, named)


def _nothing(_event: dict[str, Any], _named: dict[str, Any]) -> Iterator[Item]:
    yield from ()


def _deleted(_event: dict[str, Any], named: dict[str, Any]) -> Iterator[Item]:
    yield Found("leads", {"event_type": "withdrawn", **named})


def _erased(_event: dict[str, Any], named: dict[str, Any]) -> Iterator[Item]:
    yield feedback("erased", named)


def _changed(event: dict[str, Any], named: dict[str, Any]) -> Iterator[Item]:
    """One property, which an empty text clears; some of them are a rep's work on the lead."""
    name, value = text_of(event.get("propertyName")), event.get("propertyValue")
    if name is None:
        yield missing("propertyName")
        return
    yield Found("leads", {"event_type": "updated", **named}, {"properties": {name: value or None}})
    owner = text_of(value)
    if name == "hubspot_owner_id" and owner is not None:
        yield feedback("owner_changed", named, rep_id=owner)
    elif name == "hs_lead_status" and owner in _FEEDBACK_OF_STATUS:
        yield feedback(_FEEDBACK_OF_STATUS[owner], named)


def _merged(event: dict[str, Any], named: dict[str, Any]) -> Iterator[Item]:
    """Each contact that is no more was merged into the one that remains."""
    portal_id = text_of(event.get("portalId"))
    remains = text_of(event.get("newObjectId")) or text_of(event.get("primaryObjectId"))
    if remains is None:
        yield missing("newObjectId")
        return
    others = map(text_of, [event.get("primaryObjectId"), *list_of(event.get("mergedObjectIds"))])
    for other in dict.fromkeys(others):
        if other is not None and other != remains:
            ids = {
                "event_id": f"{named['event_id']}-{other}",
                "lead_id": lead_id_of(portal_id, other),
            }
            yield feedback("merged", {**named, **ids}, into_lead_id=lead_id_of(portal_id, remains))


_READERS = {
    "creation": _nothing,
    "restore": _nothing,
    "deletion": _deleted,
    "privacyDeletion": _erased,
    "propertyChange": _changed,
    "merge": _merged,
}


def _contact(contact: dict[str, Any]) -> Item:
    """A whole contact: ``{"vid"}`` of a workflow, or ``{"id"}`` of the API."""
    contact_id = text_of(contact.get("vid")) or text_of(contact.get("id"))
    if contact_id is None:
        return missing("vid and id")
    properties = {
        name: each.get("value") if isinstance(each, dict) else each
        for name, each in object_of(contact["properties"]).items()
    }
    lead_id = lead_id_of(text_of(contact.get("portal-id") or contact.get("portalId")), contact_id)
    changed = text_of(properties.get("lastmodifieddate")) or text_of(contact.get("updatedAt"))
    fields: dict[str, Any] = {
        "event_type": "submitted",
        "lead_id": lead_id,
        "external_ids": {"hubspot": contact_id},
    }
    if changed is not None:
        fields["event_id"] = f"{lead_id}-{changed}"[:128]
    return Found("leads", fields, {**contact, "properties": properties})


def _form(form: dict[str, Any], arrival: Arrival) -> Item:
    """A submission as the forms API lists it (``values``) or takes it (``fields``)."""
    answers = by_name(form.get("values", form.get("fields")), "name", "value")
    fields: dict[str, Any] = {
        "event_type": "submitted",
        "occurred_at": time_of(whole_of(form.get("submittedAt")), arrival.received_ms),
    }
    conversion_id = text_of(form.get("conversionId"))
    if conversion_id is not None:
        named = f"hubspot-form-{conversion_id}"
        fields |= {"event_id": named, "lead_id": named}
    return Found("leads", fields, {**form, "properties": answers})
