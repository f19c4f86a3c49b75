"""What must be known of topics before writing to them, asked of the broker and not assumed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.client.reach import in_words
from router.kafka.rights.denied import DeniedError, lacks
from router.kafka.rights.right import Operation, Resource, Right

_BATCH_BYTES_DEFAULT = 1_048_588
"""Kafka's own default of ``max.message.bytes``, for a user who may not read configurations."""

_UNTIL_KNOWN_S = (0.2, 0.5, 1.0)

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


async def read_shapes(
    clients: Clients,
    topics: Iterable[str],
    *,
    needed: Operation = Operation.READ,
    dispensable: Collection[str] = (),
) -> dict[str, TopicShape]:
    """Ask the broker; ``needed`` is the right that the caller is going to use.

    Of ``dispensable`` topics those that this user may not see are left out. A broker may not know
    for a second or two what another of its cluster has just made, so it is asked more than once.

    Raises:
        DeniedError: this user may not even see a topic.
        LeadRouterError: topics are missing, or the broker cannot be asked.
    """
    names = list(topics)
    for pause_s in (*_UNTIL_KNOWN_S, None):
        found, denied = await _look(clients, names, needed)
        _check_visible(clients, [name for name in denied if name not in dispensable], needed)
        missing = sorted(set(names) - found.keys() - set(denied))
        if not missing or pause_s is None:
            break
        await asyncio.sleep(pause_s)
    if missing:
        raise LeadRouterError(
            f"these topics do not exist: {', '.join(missing)}; create them with"
            " `lead-router topics apply`"
        )
    return found


async def find_shapes(clients: Clients, topics: Iterable[str]) -> dict[str, TopicShape]:
    """Ask the broker; a topic that does not exist is left out.

    Raises:
        DeniedError: this user may not see a topic.
        LeadRouterError: the broker cannot be asked.
    """
    found, denied = await _look(clients, list(topics), Operation.DESCRIBE)
    _check_visible(clients, denied, Operation.DESCRIBE)
    return found


async def _look(
    clients: Clients, names: list[str], needed: Operation
) -> tuple[dict[str, TopicShape], list[str]]:
    """Return the topics that there are, and the names of those that this user may not see."""
    admin = clients.admin()
    try:
        await admin.start()
        described = await admin.describe_topics(names)
        counts = {
            topic["topic"]: len(topic["partitions"]) for topic in described if topic["partitions"]
        }
        configs = await _configs(admin, list(counts))
    except KafkaError as error:
        raise await in_words(error, clients.settings, "ask about topics", needed) from error
    finally:
        await admin.close()
    found = {
        name: TopicShape(
            count,
            int(configs.get(name, {}).get(_LIMIT, _BATCH_BYTES_DEFAULT)),
            configs.get(name, {}),
        )
        for name, count in counts.items()
    }
    refused = TopicAuthorizationFailedError.errno
    denied = {topic["topic"] for topic in described if topic["error_code"] == refused}
    return found, [name for name in names if name in denied]


def _check_visible(clients: Clients, denied: Sequence[str], needed: Operation) -> None:
    """Make sure that no topic only seems to be missing, because this user may not see it."""
    if denied:
        rights = [Right(needed, Resource.TOPIC, name) for name in denied]
        told = lacks(clients.settings, rights)
        raise DeniedError(f"{told}: give it, as `docs/operations.md` lists")


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    asked = dict.fromkeys(_CONFIGS)
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name, asked) for name in names]
    found: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(wanted) if wanted else ():
        for error_code, _message, _type, name, entries in response.resources:
            if not error_code and entries:
                found[name] = {entry[0]: entry[1] for entry in entries}
    return found
