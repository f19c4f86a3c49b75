"""What must be known of topics before writing to them, asked of the broker and not assumed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from router.errors import LeadRouterError
from router.kafka.clients import Clients

_BATCH_BYTES_DEFAULT = 1_048_588
"""Kafka's own default of ``max.message.bytes``, for a user who may not read configurations."""

_LIMIT = "max.message.bytes"


@dataclass(frozen=True, slots=True)
class TopicShape:
    """How many partitions a topic has, and how big a batch of records it takes."""

    partition_count: int
    batch_bytes_max: int = _BATCH_BYTES_DEFAULT


async def read_shapes(clients: Clients, topics: Iterable[str]) -> dict[str, TopicShape]:
    """Ask the broker.

    Raises:
        LeadRouterError: topics are missing, or the broker cannot be asked.
    """
    names = list(topics)
    admin = clients.admin()
    try:
        await admin.start()
        counts = await _partition_counts(admin, names)
        limits = await _limits(admin, names)
    except KafkaError as error:
        raise LeadRouterError(
            f"the broker cannot be asked about topics ({type(error).__name__}): start one with"
            " `lead-router dev up`, or see with `lead-router doctor` that"
            " LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS is right"
        ) from error
    finally:
        await admin.close()
    return {
        name: TopicShape(counts[name], limits.get(name, _BATCH_BYTES_DEFAULT)) for name in names
    }


async def _partition_counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    described: list[dict[str, Any]] = await admin.describe_topics(names)
    missing = [topic["topic"] for topic in described if not topic["partitions"]]
    if missing:
        raise LeadRouterError(
            f"these topics do not exist: {', '.join(sorted(missing))}; create them with"
            " `lead-router topics apply`"
        )
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def _limits(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name, {_LIMIT: None}) for name in names]
    limits: dict[str, int] = {}
    for response in await admin.describe_configs(wanted):
        for error_code, _message, _type, name, entries in response.resources:
            if not error_code and entries:
                limits[name] = int(entries[0][1])
    return limits
