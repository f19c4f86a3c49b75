"""Consumer groups as the broker knows them: how many processes are at work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from router.kafka.client.clients import Clients


class Group(NamedTuple):
    """A consumer group: how many processes are in it."""

    step: str
    state: str
    processes: int


async def read_groups(clients: Clients, names: Mapping[str, str]) -> list[Group]:
    """The groups of these steps; ``names`` maps a group to its step."""
    admin = clients.admin()
    try:
        await admin.start()
        # One at a time: aiokafka 0.14 reads version 3 of the answer as version 2, which leaves
        # bytes over behind each group.
        responses = [response for name in names for response in await _described(admin, name)]
        described = [group for response in responses for group in response.groups]
        return sorted(
            Group(names[group[1]], group[2] or "Dead", len(group[5])) for group in described
        )
    finally:
        await admin.close()


async def _described(admin: AIOKafkaAdminClient, group: str) -> list[Any]:
    try:
        found: list[Any] = await admin.describe_consumer_groups([group])
    except GroupCoordinatorNotAvailableError:
        return []  # a broker on which no group has ever been
    return found
