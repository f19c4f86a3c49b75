"""Does this broker do what exactly-once routing needs? Tried on a topic of its own, then removed.

Each check is a fact about the broker, with the next step when it does not hold. Records written
are fixed words; the topics of the deployment are looked at, and not touched.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    ProducerFenced,
    for_code,
)

from router.kafka.client.api_versions import may_lose_ends, spoken_versions, unsupported_requests
from router.kafka.client.clients import Clients
from router.kafka.client.reach import why_unreachable
from router.kafka.rights.denied import DeniedError
from router.kafka.topics.topic_checks import find_flaws
from router.kafka.topics.topic_metadata import find_shapes
from router.kafka.topics.topic_specs import topic_specs
from router.settings import Settings

_CHECK_TIMEOUT_S = 20.0
_OLD_TIMESTAMP_MS = 1_500_000_000_000  # 2017: refused or deleted under the producers' clocks
_LOG_APPEND_TIME = 1
_PLAIN, _ABORTED, _COMMITTED, _ZOMBIE = b"plain", b"aborted", b"committed", b"zombie"

_ENDS_MAY_GET_LOST = (
    "this is Kafka 4.3 or later, where a transaction may stay half ended if a partition that it"
    " wrote to has no leader just then (KAFKA-20734): keep 3 replicas, or use 4.2; see"
    " docs/operations.md, Brokers"
)
_CONFIGS = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": "86400000",
    "message.timestamp.type": "LogAppendTime",
}


_Client = TypeVar("_Client", AIOKafkaConsumer, AIOKafkaProducer)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, how it went, and what to do if it failed."""

    name: str
    ok: bool
    found: str
    next_step: str = ""


class UnfitError(Exception):
    """The broker is not as needed; ``next_step`` is a better one than the trial's, if given."""

    def __init__(self, found: str, next_step: str = "") -> None:
        super().__init__(found)
        self.next_step = next_step


@dataclass(frozen=True, slots=True)
class _Trial:
    """A check to be made: ``run`` returns what was found, or raises."""

    name: str
    run: Callable[[], Awaitable[str]]
    next_step: str


async def probe_broker(settings: Settings) -> list[Check]:
    """Check everything that can be checked; a failed check ends the list, for the rest needs it."""
    async with AsyncExitStack() as stack:
        probe = _Probe(settings, stack)
        checks = await _checked([*probe.first_trials(), *probe.trials()])
        return [*checks, await probe_topics(settings)] if checks[-1].ok else checks


async def reach_broker(settings: Settings) -> list[Check]:
    """Check what needs no rights: that the broker is reached, and speaks what we speak."""
    async with AsyncExitStack() as stack:
        return await _checked(_Probe(settings, stack).first_trials())


async def probe_topics(settings: Settings) -> Check:
    """Check that the topics of the deployment are there, and that none would lose anything."""
    specs = topic_specs(settings)
    names = [spec.name for spec in specs]
    try:
        shapes = await find_shapes(Clients(settings.kafka, client_id="lead-router-doctor"), names)
    except DeniedError as error:
        return Check("topics", ok=False, found=str(error), next_step="see `docs/operations.md`")
    missing = [name for name in names if name not in shapes]
    if missing:
        found = f"not there yet: {', '.join(missing) if shapes else 'none of them is'}"
        return Check("topics", not shapes, found, "`lead-router topics apply` makes them")
    flaws = [str(flaw) for flaw in find_flaws(settings, shapes)]
    found = "; ".join(flaws) or f"{len(names)}, and none would lose anything"
    if grown := [
        spec.name for spec in specs if shapes[spec.name].partition_count > spec.partitions
    ]:
        found += f"; with added partitions, see `status` for those used: {', '.join(grown)}"
    return Check("topics", not flaws, found, "as each line says; `topics diff` shows all settings")


async def broker_answers(settings: Settings) -> bool:
    """Whether the broker of ``settings`` can be reached, with the security that they name."""
    async with AsyncExitStack() as stack:
        return (await _try(_Probe(settings, stack).first_trials()[0])).ok


async def _checked(trials: Sequence[_Trial]) -> list[Check]:
    checks: list[Check] = []
    for trial in trials:
        checks.append(await _try(trial))
        if not checks[-1].ok:
            break
    return checks


async def _try(trial: _Trial) -> Check:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            return Check(trial.name, ok=True, found=await trial.run())
    except UnfitError as error:
        found, next_step = str(error), error.next_step or trial.next_step
    except KafkaError as error:
        found, next_step = str(error), trial.next_step  # it begins with its own name
    except TimeoutError:
        found, next_step = f"no result within {_CHECK_TIMEOUT_S:.0f} s", trial.next_step
    return Check(trial.name, ok=False, found=" ".join(found.split()), next_step=next_step)


class _Probe:
    """The broker under test; what the checks start is stopped by ``stack``."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._clients = Clients(settings.kafka, client_id="lead-router-doctor")
        self._admin: AIOKafkaAdminClient = self._clients.admin()
        self._name = f"{settings.topics.prefix}doctor-{secrets.token_hex(4)}"
        self._partition = TopicPartition(self._name, 0)

    def first_trials(self) -> list[_Trial]:
        """Those that need no rights."""
        servers = self._settings.kafka.bootstrap_servers
        return [
            _Trial(
                "broker reached", self._reach, f"correct LEAD_ROUTER_KAFKA__…; they say {servers}"
            ),
            _Trial("API versions", self._versions, "use Apache Kafka 3.0 or later, best 4.2"),
        ]

    def trials(self) -> list[_Trial]:
        """Those on a topic of their own."""
        rights = "give this user the rights, or see the broker's log"
        return [
            _Trial(
                "topic created",
                self._create,
                f"{rights}; LEAD_ROUTER_TOPICS__REPLICATION_FACTOR must not exceed the brokers",
            ),
            _Trial(
                "LogAppendTime and compaction",
                self._append_time,
                "the broker must honour message.timestamp.type and cleanup.policy of a topic",
            ),
            _Trial(
                "transactions, read_committed",
                self._transactions,
                f"{rights}; transaction.max.timeout.ms must be"
                f" {self._settings.transactions.timeout_ms} or more",
            ),
            _Trial(
                "offsets in transactions, consumer groups",
                self._group,
                f"{rights}; group.min.session.timeout.ms must be"
                f" {self._settings.kafka.session_timeout_ms} or less",
            ),
            _Trial(
                "fencing of zombies",
                self._fencing,
                "without it two routers could decide the same lead: use another broker",
            ),
        ]

    async def _reach(self) -> str:
        self._stack.push_async_callback(self._admin.close)
        try:
            await self._admin.start()
            cluster = await self._admin.describe_cluster()
        except (KafkaConnectionError, NodeNotReadyError) as error:
            unreachable = await why_unreachable(self._settings.kafka)
            raise UnfitError(unreachable.found, unreachable.advice) from error
        return f"{self._settings.kafka.bootstrap_servers}, {len(cluster['brokers'])} broker(s)"

    async def _versions(self) -> str:
        spoken = await spoken_versions(self._admin)
        if missing := unsupported_requests(spoken):
            raise UnfitError(f"the broker does not speak {', '.join(missing)}")
        found = "every request that is needed is spoken"
        return f"{found}; BUT {_ENDS_MAY_GET_LOST}" if may_lose_ends(spoken) else found

    async def _create(self) -> str:
        factor = self._settings.topics.replication_factor
        self._stack.push_async_callback(self._remove)
        answer = await self._admin.create_topics(
            [NewTopic(self._name, 1, factor, topic_configs=_CONFIGS)]
        )
        for _, code, message in answer.topic_errors:
            if code:
                raise UnfitError(f"{for_code(code).__name__}: {message}")
        return f"with {factor} replica(s)"

    async def _remove(self) -> None:
        await self._admin.delete_topics([self._name])

    async def _append_time(self) -> str:
        async with _started(self._clients.plain_producer()) as producer:
            await producer.send_and_wait(
                self._name, _PLAIN, key=_PLAIN, partition=0, timestamp_ms=_OLD_TIMESTAMP_MS
            )
        async with self._reader() as reader:
            record = await reader.getone()
        if record.timestamp_type != _LOG_APPEND_TIME or record.timestamp == _OLD_TIMESTAMP_MS:
            raise UnfitError("a record kept its producer's time in a LogAppendTime topic")
        resource = ConfigResource(
            ConfigResourceType.TOPIC, self._name, dict.fromkeys(_CONFIGS, None)
        )
        [answer] = await self._admin.describe_configs([resource])
        kept = {entry[0]: entry[1] for entry in answer.resources[0][4]}
        if kept != _CONFIGS:
            raise UnfitError(f"the topic was to be {_CONFIGS} and is {kept}")
        return "kept by the topic"

    async def _transactions(self) -> str:
        async with _started(self._transactional()) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(self._name, _ABORTED, key=_ABORTED, partition=0)
            await producer.abort_transaction()
            await producer.begin_transaction()
            await producer.send_and_wait(self._name, _COMMITTED, key=_COMMITTED, partition=0)
            await producer.send_offsets_to_transaction({self._partition: 1}, self._name)
            await producer.commit_transaction()
        async with self._reader() as reader:
            values = [(await reader.getone()).value, (await reader.getone()).value]
        if values != [_PLAIN, _COMMITTED]:
            raise UnfitError("a read_committed reader saw an aborted record")
        return "an aborted record stays unseen"

    async def _group(self) -> str:
        async with _started(self._clients.consumer(group=self._name)) as consumer:
            consumer.subscribe([self._name])
            record = await consumer.getone()
        if record.value != _COMMITTED:
            raise UnfitError("a consumer group did not go on at the offset of the transaction")
        return "a group goes on where the transaction left it"

    async def _fencing(self) -> str:
        async with _started(self._transactional()) as zombie:
            await zombie.begin_transaction()
            await zombie.send_and_wait(self._name, _ZOMBIE, key=_ZOMBIE, partition=0)
            async with _started(self._transactional()):
                try:
                    await zombie.commit_transaction()
                except ProducerFenced:
                    return "an older producer can no longer commit"
        raise UnfitError("an older producer committed after a newer one had started")

    def _transactional(self) -> AIOKafkaProducer:
        timeout_ms = self._settings.transactions.timeout_ms
        return self._clients.producer(transactional_id=self._name, timeout_ms=timeout_ms)

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        async with _started(self._clients.consumer()) as reader:
            reader.assign([self._partition])
            reader.seek(self._partition, 0)
            yield reader


@asynccontextmanager
async def _started(client: _Client) -> AsyncIterator[_Client]:
    try:
        await client.start()
        yield client
    finally:
        await client.stop()
