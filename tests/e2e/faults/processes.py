"""Settings handed to processes."""

from __future__ import annotations

import json

from router.settings import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """What the tests set, as a process reads it."""
    return {
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS": str(settings.kafka.session_timeout_ms),
        "LEAD_ROUTER_TOPICS__PREFIX": settings.topics.prefix,
        "LEAD_ROUTER_TOPICS__PARTITIONS": str(settings.topics.partitions),
        "LEAD_ROUTER_TOPICS__INBOX_PARTITIONS": str(settings.topics.inbox_partitions),
        "LEAD_ROUTER_TRANSACTIONS__RECORDS_MAX": str(settings.transactions.records_max),
        "LEAD_ROUTER_TRANSACTIONS__AT_ONCE_MAX": str(settings.transactions.at_once_max),
        "LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS": str(settings.transactions.timeout_ms),
        "LEAD_ROUTER_SALES_ORGS": json.dumps(settings.sales_orgs),
    }
