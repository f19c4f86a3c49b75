"""What must be known of topics before writing to them, asked of the broker and not assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from router.errors import LeadRouterError
from router.kafka.clients import Clients

_BATCH_BYTES_DEFAULT = 1_048_588
"""Kafka's own default of ``max.message.bytes``, for a user who may not read configurations."""

_LIMIT = "max.message.bytes"
_CONFIGS = (
    _LIMIT,
    "cleanup.policy",
    "message.timestamp.type",
    "retention.ms",
    "retention.bytes",
)


@dataclass(frozen=True, slots=True)
class TopicShape:
    """How many partitions a topic has, and how big a batch of records it takes.

    ``configs`` are those that decide what becomes of its records; none for a user who may not
    read them.
    """

    partition_count: int
    batch_bytes_max: int = _BATCH_BYTES_DEFAULT
    configs: Mapping[str, str] = field(default_factory=dict)


async def read_shapes(clients: Clients, topics: Iterable[str]) -> dict[str, TopicShape]:
    """Ask the broker.

    Raises:
        LeadRouterError: topics are missing, or the broker cannot be asked.
    """
    names = list(topics)
    found = await find_shapes(clients, names)
    if missing := sorted(set(names) - found.keys()):
        raise LeadRouterError(
            f"these topics do not exist: {', '.join(missing)}; create them with"
            " `lead-router topics apply`"
        )
    return found


async def find_shapes(clients: Clients, topics: Iterable[str]) -> dict[str, TopicShape]:
    """Ask the broker; a topic that does not exist is left out.

    Raises:
        LeadRouterError: the broker cannot be asked.
    """
    names = list(topics)
    admin = clients.admin()
    try:
        await admin.start()
        counts = await _partition_counts(admin, names)
        configs = await _configs(admin, list(counts))
    except KafkaError as error:
        raise LeadRouterError(
            f"the broker cannot be asked about topics ({type(error).__name__}): start one with"
            " `lead-router dev up`, or see with `lead-router doctor` that"
            " LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS is right"
        ) from error
    finally:
        await admin.close()
    return {
        name: TopicShape(
            count,
            int(configs.get(name, {}).get(_LIMIT, _BATCH_BYTES_DEFAULT)),
            configs.get(name, {}),
        )
        for name, count in counts.items()
    }


async def _partition_counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    described: list[dict[str, Any]] = await admin.describe_topics(names)
    return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["partitions"]}


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    asked = dict.fromkeys(_CONFIGS)
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name, asked) for name in names]
    found: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(wanted) if wanted else ():
        for error_code, _message, _type, name, entries in response.resources:
            if not error_code and entries:
                found[name] = {entry[0]: entry[1] for entry in entries}
    return found
