"""Segment's and RudderStack's events: who somebody is, what they do, when they ask for a call.

``identify`` and ``group`` update what is known, and open nothing: they come at every visit. Those
of ``track`` that the settings name are submissions, all others are activity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from router.intake.sources.found import Arrival, Found, Item, Options
from router.intake.sources.values import (
    feedback,
    list_of,
    missing,
    object_of,
    slug,
    text_of,
    time_of,
    unknown,
)
from router.intake.wire.refusal import Rejected


class _Event(NamedTuple):
    """An event with what all of them have; ``system`` begins its ids."""

    body: dict[str, Any]
    system: str
    event_id: str
    lead_id: str
    occurred_at: str

    @property
    def ids(self) -> dict[str, Any]:
        return {"lead_id": self.lead_id, "occurred_at": self.occurred_at}

    def lead(self, event_type: str, body: dict[str, Any]) -> Found:
        named = {"event_type": event_type, "event_id": self.event_id, **self.ids}
        return Found("leads", named, body)

    def activity(self, activity_type: str) -> Item:
        if not activity_type:
            return missing("event")
        named = {"activity_id": self.event_id, "activity_type": activity_type, **self.ids}
        return Found("activity", named)


def split(body: Any, arrival: Arrival, options: Options) -> Iterator[Item]:
    """Yield what each event of Segment says."""
    yield from _split(body, "segment", arrival, options)


def split_rudderstack(body: Any, arrival: Arrival, options: Options) -> Iterator[Item]:
    """Yield what each event of RudderStack says."""
    yield from _split(body, "rudderstack", arrival, options)


def _split(body: Any, system: str, arrival: Arrival, options: Options) -> Iterator[Item]:
    batch = object_of(body).get("batch") if isinstance(body, dict) else body
    for each in list_of(batch) if isinstance(batch, list) else [body]:
        event = _event(object_of(each), system, arrival)
        if isinstance(event, Rejected):
            yield event
            continue
        read = _READERS.get(str(event.body.get("type")))
        yield (
            unknown("type is none of those that tell of leads")
            if read is None
            else read(event, options)
        )


def _event(body: dict[str, Any], system: str, arrival: Arrival) -> _Event | Rejected:
    message_id = text_of(body.get("messageId"))
    user_id = text_of(body.get("userId")) or text_of(body.get("anonymousId"))
    if message_id is None or user_id is None:
        return missing("messageId" if message_id is None else "userId and anonymousId")
    stamps = (body.get(name) for name in ("timestamp", "originalTimestamp", "sentAt"))
    stamp = next((text for text in map(text_of, stamps) if text), None)
    occurred_at = stamp or time_of(None, arrival.received_ms)
    return _Event(body, system, f"{system}-{message_id}", f"{system}-{user_id}", occurred_at)


def _identify(event: _Event, _options: Options) -> Item:
    return event.lead("updated", event.body)


def _group(event: _Event, _options: Options) -> Item:
    """A group is the company of the user."""
    traits = object_of(event.body.get("traits"))
    return event.lead("updated", {"traits": {"company": traits}})


def _track(event: _Event, options: Options) -> Item:
    name = text_of(event.body.get("event")) or ""
    if name not in options.submitting_events:
        return event.activity(slug(name))
    given = {
        **object_of(object_of(event.body.get("context")).get("traits")),
        **object_of(event.body.get("properties")),
    }
    return event.lead("submitted", {**event.body, "traits": given})


def _page(event: _Event, _options: Options) -> Item:
    name = slug(text_of(event.body.get("name")) or "")
    return event.activity(f"{name}_page"[-64:] if name else "page_view")


def _alias(event: _Event, _options: Options) -> Item:
    """A visitor without a name turns out to be a user."""
    previous = text_of(event.body.get("previousId"))
    if previous is None:
        return missing("previousId")
    named = {**event.ids, "event_id": event.event_id, "lead_id": f"{event.system}-{previous}"}
    return feedback("merged", named, into_lead_id=event.lead_id)


_READERS: dict[str, Callable[[_Event, Options], Item]] = {
    "identify": _identify,
    "group": _group,
    "track": _track,
    "page": _page,
    "screen": _page,
    "alias": _alias,
}
