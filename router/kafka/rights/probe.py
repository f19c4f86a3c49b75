"""Which rights this client's user has, asked of the broker; nothing is written by asking.

Of topics the broker tells all rights at once. Of groups and transactional ids it does not: they are
asked for something that it must refuse in any case, and for another reason to who has the right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownTopicOrPartitionError,
)
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.transaction import EndTxnRequest

from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_admin
from router.kafka.rights.right import Operation, Resource, Right
from router.kafka.rights.wire import TopicRightsRequest

_BIT = {
    Operation.READ: 1 << 3,
    Operation.WRITE: 1 << 4,
    Operation.CREATE: 1 << 5,
    Operation.DELETE: 1 << 6,
    Operation.DESCRIBE: 1 << 8,
    Operation.DESCRIBE_CONFIGS: 1 << 10,
}
"""Kafka's numbers of operations, as bits."""

_NOBODY, _NO_MEMBER, _NO_GENERATION, _NO_EPOCH = -1, "", -1, -1
_GROUP_COORDINATOR = 0
_UNDER_PREFIX = "doctor"
"""Of a right for all names that begin alike this one is asked for; it is nobody's."""


class Standing(Enum):
    """How it stands with a right."""

    GIVEN = "given"
    DENIED = "denied"
    NO_TOPIC = "the topic does not exist"


class RightsProbe:
    """Asks over one connection, which stays until :meth:`stop`."""

    def __init__(self, clients: Clients) -> None:
        """Connects with the first question."""
        self._clients = clients
        self._admin: AIOKafkaAdminClient | None = None

    async def look(self, rights: Iterable[Right]) -> dict[Right, Standing]:
        """Return how it stands with each of ``rights``, in their order.

        Raises:
            KafkaError: the broker does not answer.
        """
        wanted = list(rights)
        topics = [right for right in wanted if right.resource is Resource.TOPIC]
        found = await self._of_topics(topics)
        for right in wanted:
            if right.resource is not Resource.TOPIC:
                found[right] = await self._of_name(right)
        return {right: found[right] for right in wanted}

    async def _of_topics(self, rights: Sequence[Right]) -> dict[Right, Standing]:
        names = {right: _asked_name(right) for right in rights}
        answer = await self._ask(TopicRightsRequest(sorted(set(names.values()))))
        told = {topic: (code, allowed) for code, topic, _, _, allowed in answer.topics}
        return {
            right: _standing(*told.get(name, (0, 0)), right.operation)
            for right, name in names.items()
        }

    async def _of_name(self, right: Right) -> Standing:
        """As no such member, or no such producer: only who has the right is told so."""
        name = _asked_name(right)
        if right.resource is Resource.TRANSACTIONAL_ID:
            answer = await self._ask(EndTxnRequest(name, _NOBODY, _NO_EPOCH, False))
            refusal = TransactionalIdAuthorizationFailed.errno
        else:
            answer = await self._ask(
                HeartbeatRequest(name, _NO_GENERATION, _NO_MEMBER)
                if right.operation is Operation.READ
                else FindCoordinatorRequest(name, _GROUP_COORDINATOR)
            )
            refusal = GroupAuthorizationFailedError.errno
        return Standing.DENIED if answer.error_code == refusal else Standing.GIVEN

    async def _ask(self, request: Any) -> Any:
        if self._admin is None:
            admin = self._clients.admin()
            try:
                await start_whole(admin)
            except BaseException:
                await stop_admin(admin)
                raise
            self._admin = admin
        return await self._admin._send_request(request)  # noqa: SLF001 - no public call asks

    async def stop(self) -> None:
        """Close the connection, within a bound."""
        if self._admin is not None:
            await stop_admin(self._admin)


def _asked_name(right: Right) -> str:
    return f"{right.name}{_UNDER_PREFIX}" if right.is_prefix else right.name


def _standing(error_code: int, allowed: int, operation: Operation) -> Standing:
    """A broker that tells no rights sets the sign alone: nothing is known against it then."""
    if error_code == TopicAuthorizationFailedError.errno:
        return Standing.DENIED
    if error_code == UnknownTopicOrPartitionError.errno:
        return Standing.NO_TOPIC
    is_denied = allowed > 0 and not allowed & _BIT[operation]
    return Standing.DENIED if is_denied else Standing.GIVEN
