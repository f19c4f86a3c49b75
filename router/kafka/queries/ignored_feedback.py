"""Reports that changed nothing, as the state tells of them."""

from __future__ import annotations

from aiokafka.structs import TopicPartition

from router.core.handlers.ignored_feedback import IgnoredReport
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.topics.changelog import IGNORED_KEYS
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

_CHANGES_MAX = 20_000
"""Of the state so many of the newest changes are read: all of it would take seconds."""


def ignored_key(sales_org: str, lead_id: str) -> bytes:
    """Return the key of the record in the state."""
    return IGNORED_KEYS + f"{sales_org}/{lead_id}".encode()


async def ignored_report_of(
    clients: Clients, settings: Settings, sales_org: str, lead_id: str
) -> IgnoredReport | None:
    """Return the lead's last report without effect; None if it is not among the newest changes."""
    if sales_org not in settings.sales_orgs:
        return None
    topic = topics_of(settings).state
    source = TopicPartition(topic, settings.inbox_partition(sales_org))
    held = (await log_spans(clients, [topic])).get(source)
    if held is None:
        return None
    end = held.end or 0
    newest = {source: Span(max(held.start, end - _CHANGES_MAX), end)}
    key, found = ignored_key(sales_org, lead_id), None
    async for records in read_spans(clients, newest):
        for record in records:
            if record.key == key:
                found = record.value
    return None if found is None else tuple(decode(found))
