"""Meta's lead ads: the webhook names leads, and what was fetched of one is a form's answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.intake.sources.found import Arrival, Fetch, Found, Item, Options
from router.intake.sources.values import (
    by_name,
    list_of,
    missing,
    object_of,
    text_of,
    whole_of,
    without,
)

_MS = 1_000


def split(body: Any, arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield each lead that a webhook names, to be fetched, or the lead that was fetched."""
    if "field_data" in object_of(body):
        yield _fetched(body)
        return
    if "entry" not in object_of(body):
        yield missing("entry")
    for entry in list_of(object_of(body).get("entry")):
        for change in list_of(object_of(entry).get("changes")):
            if object_of(change).get("field") == "leadgen":
                yield _named(object_of(change.get("value")), arrival.received_ms)


def _named(lead: dict[str, Any], received_ms: int) -> Item:
    lead_id = text_of(lead.get("leadgen_id"))
    if lead_id is None:
        return missing("leadgen_id")
    created_s = whole_of(lead.get("created_time"))
    return Fetch("leadgen", lead_id, received_ms if created_s is None else created_s * _MS)


def _fetched(lead: dict[str, Any]) -> Item:
    lead_id = text_of(lead.get("id"))
    if lead_id is None:
        return missing("id")
    answers = {
        name: values[0] if isinstance(values, list) and values else None
        for name, values in by_name(lead["field_data"], "name", "values").items()
    }
    ids = {"event_id": f"meta-{lead_id}", "lead_id": f"meta-{lead_id}"}
    return Found(
        "leads",
        {"event_type": "submitted", **ids},
        {**without(lead, "field_data"), "answers": answers},
    )
