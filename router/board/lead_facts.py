"""A lead that waits or is with a rep, as route knows it: read from its record in the state."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from aiokafka.structs import TopicPartition

from router.board.projection.sales_org import OrgProjection
from router.core.model.events import Facts
from router.core.model.lead import LEAD_FIELDS
from router.core.model.timestamps import rfc3339
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, read_spans
from router.kafka.topics.changelog import MESSAGE_PACKING

_FACTS = [field.name for field in fields(Facts)]
_FIELDS = [name for name in LEAD_FIELDS if name != "facts"]
_NOT_SHOWN = frozenset(
    {"email_digest", "phone_digest", "utc_offset_steps"}  # they tell people nothing
    | {"email_domain", "company_domain", "company_key"}  # with a role these may name a person
)


async def read_facts(
    clients: Clients, topic: str, org: OrgProjection, lead_id: str
) -> dict[str, Any]:
    """Return the facts and the engagement; none of a lead that is over, or just changing.

    The projection keeps where the lead's record lies, not what is in it.
    """
    standing = org.standings.leads.get(lead_id)
    if standing is None or standing.place is None:
        return told([], [])
    partition, offset = standing.place
    source = TopicPartition(topic, partition)
    async for records in read_spans(clients, {source: Span(offset, offset + 1)}):
        for record in records:
            if record.offset == offset and record.value is not None:
                return told(*MESSAGE_PACKING.decode(record.value))
    return told([], [])


def told(of_facts: list[Any], values: list[Any]) -> dict[str, Any]:
    """Return a changelog record of a lead by name; what is not known is left out."""
    facts = {
        name: value
        for name, value in zip(_FACTS, of_facts, strict=False)
        if value not in (None, False, [], {}) and name not in _NOT_SHOWN
    }
    known = dict(zip(_FIELDS, values, strict=False))
    points = known.get("engagement_milli")
    engagement = (
        {"points_milli": points, "at": rfc3339(known["engagement_at_ms"])} if points else None
    )
    return {"facts": facts, "engagement": engagement}
