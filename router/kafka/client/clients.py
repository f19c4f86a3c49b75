"""One place that makes Kafka clients from the settings, so that security reaches all of them."""

from __future__ import annotations

import asyncio
import ssl
from typing import Literal, TypeAlias, TypedDict

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.producer import sender

from router.kafka.client.header_names import tolerate_any_header_name
from router.kafka.client.tls import ssl_context_of
from router.settings import REQUEST_TIMEOUT_MS, KafkaSettings

_TRANSACTION_BACKOFF_MS = 5
"""Kafka 4 answers the first produce after a commit with a retriable error, and aiokafka then
sleeps for this long: with its default of 100 every transaction would take that much longer."""

_BACKOFF_MS = 50

_BETWEEN_TRANSACTIONS_S = 0.002
"""A transaction that begins while the broker still writes the markers of the one before is put
off; aiokafka fixes how long it waits, at 20 ms, and most transactions take less than that."""

_PARTITION_FETCH_BYTES_MAX = 2 * 1024 * 1024
_FETCH_WAIT_MS_MAX = 100
"""Short, because a partition that resumes waits for the fetch that is under way."""

_HEARTBEAT_MS_MAX = 3_000
_SETTLE_TIMEOUT_S = 1.0

BATCH_BYTES_MAX = 900_000
"""Below Kafka's default ``message.max.bytes`` (1,048,588), which bounds a whole batch."""

_METADATA_AGE_MS_MAX = 10_000
"""Partitions that are added to an input are read so soon; aiokafka's default is five minutes."""


Isolation: TypeAlias = Literal["read_committed", "read_uncommitted"]


class _Connection(TypedDict):
    bootstrap_servers: list[str]
    client_id: str
    retry_backoff_ms: int
    request_timeout_ms: int
    security_protocol: str
    ssl_context: ssl.SSLContext | None
    sasl_mechanism: str
    sasl_plain_username: str | None
    sasl_plain_password: str | None


class Clients:
    """Makes clients; whoever asks for one starts and stops it."""

    def __init__(self, settings: KafkaSettings, *, client_id: str = "lead-router") -> None:
        """Read certificates at once, so that a wrong path fails before anything starts."""
        self.settings = settings
        self._client_id = client_id
        self._ssl_context = ssl_context_of(settings)

    def consumer(
        self,
        *,
        group: str | None = None,
        isolation: Isolation = "read_committed",
        fetch_bytes_min: int = 1,
    ) -> AIOKafkaConsumer:
        """A consumer that never commits by itself and never skips a gap.

        Read uncommitted only to ask how far a log is written, never to read what is in it.
        With more than one ``fetch_bytes_min`` the broker answers when there is so much, or after
        a tenth of a second: fewer answers to read, for those who can wait.
        """
        tolerate_any_header_name()
        timeout_ms = self.settings.session_timeout_ms
        return AIOKafkaConsumer(
            **self._connection(_BACKOFF_MS),
            group_id=group,
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="none",
            metadata_max_age_ms=_METADATA_AGE_MS_MAX,
            session_timeout_ms=timeout_ms,
            heartbeat_interval_ms=min(timeout_ms // 3, _HEARTBEAT_MS_MAX),
            fetch_max_wait_ms=_FETCH_WAIT_MS_MAX,
            fetch_min_bytes=fetch_bytes_min,
            max_partition_fetch_bytes=_PARTITION_FETCH_BYTES_MAX,
        )

    def producer(self, *, transactional_id: str, timeout_ms: int) -> AIOKafkaProducer:
        """A transactional producer; starting it fences every other with the same id."""
        sender.BACKOFF_OVERRIDE = _BETWEEN_TRANSACTIONS_S
        return AIOKafkaProducer(
            **self._connection(_TRANSACTION_BACKOFF_MS),
            transactional_id=transactional_id,
            transaction_timeout_ms=timeout_ms,
            max_batch_size=BATCH_BYTES_MAX,
        )

    def plain_producer(self) -> AIOKafkaProducer:
        """An idempotent producer without transactions, for commands that publish input."""
        return AIOKafkaProducer(
            **self._connection(_BACKOFF_MS),
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES_MAX,
        )

    def admin(self) -> AIOKafkaAdminClient:
        """An admin client."""
        return AIOKafkaAdminClient(**self._connection(_BACKOFF_MS))

    def _connection(self, retry_backoff_ms: int) -> _Connection:
        password = self.settings.sasl_password
        servers = self.settings.bootstrap_servers.split(",")
        return {
            "bootstrap_servers": [server.strip() for server in servers],
            "client_id": self._client_id,
            "retry_backoff_ms": retry_backoff_ms,
            "request_timeout_ms": REQUEST_TIMEOUT_MS,
            "security_protocol": self.settings.security_protocol,
            "ssl_context": self._ssl_context,
            "sasl_mechanism": self.settings.sasl_mechanism,
            "sasl_plain_username": self.settings.sasl_username,
            "sasl_plain_password": password.get_secret_value() if password else None,
        }


async def start_whole(client: AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient) -> None:
    """Start ``client``; when cancelled, only once it has its connections under control.

    Broken off in the middle of its first request it would leave a connection that nobody closes.

    Raises:
        KafkaConnectionError: the broker answers, but names no broker: it has just woken up, and
            does not yet count as one of the cluster.
    """
    starting = asyncio.create_task(client.start())
    try:
        await asyncio.shield(starting)
    except AssertionError as error:  # aiokafka takes it for granted that one is named
        raise KafkaConnectionError("the broker names no broker to go to yet") from error
    except asyncio.CancelledError:
        await asyncio.wait([starting], timeout=_SETTLE_TIMEOUT_S)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise
