"""Brokers that form one cluster: each is a controller too, each has two doors for clients.

By the door ``CLIENT`` they send clients to the brokers themselves, by ``PROXIED`` to ports that a
proxy may listen on. So one cluster serves tests with and without a proxy, and a test can look past
the proxy at what the brokers hold.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest, MetadataResponse_v5

from router.devbroker.broker_config import BrokerNode, Listener
from router.devbroker.guarded_broker import GuardedBroker
from router.devbroker.java_broker import prepare_guarded
from router.devbroker.local_broker import silent
from router.errors import LeadRouterError
from router.kafka.client.ports import free_port
from router.settings import TopicSettings

WHOLE_WITHIN_S = 60.0
_ATTEMPTS = 3
_POLL_S = 0.1
_ANSWER_MS_MAX = 5_000
_JVM_OPTIONS = ("-Xms64m", "-Xmx320m")
_SMALL = {
    "log.cleaner.dedupe.buffer.size": "16777216",
    "num.network.threads": "2",
    "num.io.threads": "4",
    # As long as a broker has to be silent before the others go on without it.
    "broker.session.timeout.ms": "3000",
}


@dataclass
class ClusterBroker:
    """One broker of a cluster. All calls block."""

    node: BrokerNode
    guarded: GuardedBroker
    is_frozen: bool = field(default=False)

    @property
    def node_id(self) -> int:
        """Its id in the cluster."""
        return self.node.node_id

    @property
    def port(self) -> int:
        """Where it listens for clients that come directly."""
        return self.node.listeners[0].port

    @property
    def proxied(self) -> Listener:
        """Where a proxy reaches it, and where clients expect the proxy."""
        return self.node.listeners[1]

    def kill(self) -> None:
        """End it at once with SIGKILL, be it frozen."""
        self.guarded.kill()
        self.is_frozen = False

    def restart(self) -> None:
        """Start it again with what it had stored; return when it answers."""
        self.kill()
        self.guarded.start()

    def freeze(self) -> None:
        """Stop it as it is: connections stay open, nothing is answered."""
        self._signal(signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)
        self.is_frozen = False

    def _signal(self, number: signal.Signals) -> None:
        pid = self.guarded.pid
        assert pid is not None, "not started"
        assert self.guarded.is_running, "nothing to stop or to let go on"
        os.kill(pid, number)


@dataclass
class Cluster:
    """Brokers that know each other. Calls that wait are asynchronous."""

    brokers: tuple[ClusterBroker, ...]

    @property
    def bootstrap_servers(self) -> str:
        """The brokers themselves."""
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    @property
    def proxied_servers(self) -> str:
        """Where proxies are expected; nobody listens there until one is started."""
        return ",".join(f"127.0.0.1:{broker.proxied.advertised_port}" for broker in self.brokers)

    @property
    def topics(self) -> Mapping[str, int]:
        """How topics are to be replicated: arguments for :class:`TopicSettings`."""
        size = len(self.brokers)
        return {"replication_factor": size, "min_insync_replicas": size // 2 + 1}

    def topic_settings(self, prefix: str, **more: int) -> TopicSettings:
        """Topics replicated on all brokers."""
        return TopicSettings(prefix=prefix, **self.topics, **more)

    async def make_whole(self) -> None:
        """Let frozen brokers go on, start those that were killed, and wait until all agree."""
        for broker in self.brokers:
            if broker.is_frozen:
                broker.thaw()
            if not broker.guarded.is_running:
                await asyncio.to_thread(broker.restart)
        await self.wait_until_whole()

    async def wait_until_whole(self, within_s: float = WHOLE_WITHIN_S) -> None:
        """Wait until every broker says that all are there, and all replicas of all topics in sync.

        Brokers hear of a new topic one after the other: one that is asked too soon denies it.
        """
        deadline_s = time.monotonic() + within_s
        while missing := await self._missing():
            assert time.monotonic() < deadline_s, f"the cluster is not whole: {missing}"
            await asyncio.sleep(_POLL_S)

    async def _missing(self) -> str:
        try:
            views = [await _metadata_of(broker.port) for broker in self.brokers]
        except (KafkaError, OSError, TimeoutError) as error:
            return f"no answer ({type(error).__name__})"
        fewest = min(len(view.brokers) for view in views)
        if fewest < len(self.brokers):
            return f"only {fewest} brokers"
        topics = [{topic for _, topic, *_ in view.topics} for view in views]
        if any(known != topics[0] for known in topics):
            return "not every broker knows every topic"
        behind = {
            f"{topic}-{partition}"
            for view in views
            for _, topic, _, partitions in view.topics
            for _, partition, leader, replicas, in_sync, _ in partitions
            if leader < 0 or len(in_sync) < len(replicas)
        }
        return f"replicas of {', '.join(sorted(behind)[:3])} are behind" if behind else ""


async def _metadata_of(port: int) -> MetadataResponse_v5:
    """Return what one broker knows of all."""
    connection = await create_conn("127.0.0.1", port, request_timeout_ms=_ANSWER_MS_MAX)
    try:
        return await connection.send(MetadataRequest(None, allow_auto_topic_creation=False))
    finally:
        connection.close()


@contextmanager
def open_cluster(size: int = 3, properties: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A cluster with fresh state for the time of a ``with`` block; blocks while it starts.

    Ports that were free may be taken before the brokers listen: then all is tried anew.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            cluster = _start(_nodes(size, properties or {}))
            break
        except LeadRouterError as error:
            if attempt == _ATTEMPTS or "Address already in use" not in str(error):
                raise
    try:
        asyncio.run(cluster.wait_until_whole())
        yield cluster
    finally:
        _close([broker.guarded for broker in cluster.brokers])


def _nodes(size: int, properties: Mapping[str, str]) -> list[BrokerNode]:
    controllers = {node_id: free_port() for node_id in range(1, size + 1)}
    return [
        BrokerNode(
            (
                Listener("CLIENT", free_port()),
                Listener("PROXIED", free_port(), advertised_port=free_port()),
                Listener("BROKERS", free_port()),
            ),
            controllers,
            node_id,
            {**_SMALL, **_replicated(size), **properties},
            _JVM_OPTIONS,
        )
        for node_id in controllers
    ]


def _replicated(size: int) -> dict[str, str]:
    """Kafka's own topics on all brokers, writable while a majority is there."""
    factor, in_sync = str(size), str(size // 2 + 1)
    return {
        "default.replication.factor": factor,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": factor,
        "transaction.state.log.replication.factor": factor,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": factor,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _start(nodes: list[BrokerNode]) -> Cluster:
    """Start all at once: none of them answers before it has found a majority."""
    guarded: list[GuardedBroker] = []
    try:
        for node in nodes:
            guarded.append(prepare_guarded(node, silent))  # noqa: PERF401 - closed if one fails
        with ThreadPoolExecutor(len(nodes)) as pool:
            for started in [pool.submit(broker.start) for broker in guarded]:
                started.result()
    except BaseException:
        _close(guarded)
        raise
    return Cluster(tuple(map(ClusterBroker, nodes, guarded)))


def _close(guarded: list[GuardedBroker]) -> None:
    with ThreadPoolExecutor(max(len(guarded), 1)) as pool:
        list(pool.map(GuardedBroker.close, guarded))
