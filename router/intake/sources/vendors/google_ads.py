"""Google Ads' lead form webhook: one lead, its answers as columns, a test said so.

The vendor says that ``lead_id`` tells repetitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.intake.sources.found import Arrival, Found, Item, Options
from router.intake.sources.values import by_name, missing, object_of, text_of, without


def split(body: Any, _arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield the lead."""
    lead = object_of(body)
    lead_id = text_of(lead.get("lead_id"))
    if lead_id is None:
        yield missing("lead_id")
        return
    fields: dict[str, Any] = {
        "event_type": "submitted",
        "event_id": f"google-ads-{lead_id}",
        "lead_id": f"google-ads-{lead_id}",
    }
    if lead.get("is_test") is True:
        fields["test"] = True
    answers = by_name(lead.get("user_column_data"), "column_id", "string_value")
    yield Found("leads", fields, {**without(lead, "user_column_data"), "columns": answers})
