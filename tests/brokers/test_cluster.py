"""A cluster of three goes on without one of its brokers, and leaves nothing behind."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient

from router.devbroker.broker_config import BrokerNode, Listener, lone_node
from router.devbroker.maven import KAFKA_VERSION
from router.kafka.client.api_versions import may_lose_ends, spoken_versions
from router.kafka.client.ports import accepts_connections
from tests.brokers.cluster import Cluster, open_cluster


@pytest.mark.kafka
@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", ["kill", "freeze"])
async def test_a_cluster_takes_records_without_one_of_its_brokers(
    cluster: Cluster, topic_prefix: str, fault: str
) -> None:
    topic = f"{topic_prefix}leads"
    await create(cluster, topic)
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers,
        enable_idempotence=True,
        request_timeout_ms=5_000,  # as long as one that is frozen holds it up
    )
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"whole")
        struck = await leader_of(cluster, topic)
        await asyncio.to_thread(getattr(struck, fault))
        await asyncio.wait_for(producer.send_and_wait(topic, b"without one"), 60)
        assert await leader_of(cluster, topic) is not struck
        await cluster.make_whole()
        await producer.send_and_wait(topic, b"whole again")
    finally:
        await cluster.make_whole()
        await producer.stop()


@pytest.mark.kafka
async def test_a_broker_that_may_lose_ends_of_transactions_is_known_by_what_it_speaks(
    cluster: Cluster,
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    await admin.start()
    try:
        spoken = await spoken_versions(admin)
    finally:
        await admin.close()
    release = tuple(map(int, KAFKA_VERSION.split(".")))
    assert may_lose_ends(spoken) == (release >= (4, 3))


@pytest.mark.kafka
@pytest.mark.timeout(180)
def test_a_lone_broker_sends_clients_to_the_ports_of_its_doors_and_is_gone_in_the_end() -> None:
    with open_cluster(1, {"message.max.bytes": "4321"}) as cluster:
        (broker,) = cluster.brokers
        directory = broker.guarded.directory
        assert asyncio.run(told_ports(f"127.0.0.1:{broker.port}")) == [broker.port]
        expected = broker.proxied.advertised_port
        assert asyncio.run(told_ports(f"127.0.0.1:{broker.proxied.port}")) == [expected]
        assert "message.max.bytes=4321" in (directory / "server.properties").read_text()
    assert not accepts_connections("127.0.0.1", broker.port)
    assert not directory.exists()


def test_properties_of_a_node_name_every_listener_and_every_controller() -> None:
    node = BrokerNode(
        (Listener("CLIENT", 9001, 9101, "SASL_PLAINTEXT"), Listener("BROKERS", 9002)),
        {1: 9003, 2: 9004},
        node_id=2,
        properties={"min.insync.replicas": "2", "group.initial.rebalance.delay.ms": "7"},
    )
    written = node.all_properties()
    assert written["listeners"] == (
        "CLIENT://127.0.0.1:9001,BROKERS://127.0.0.1:9002,CONTROLLER://127.0.0.1:9004"
    )
    assert written["advertised.listeners"] == "CLIENT://127.0.0.1:9101,BROKERS://127.0.0.1:9002"
    assert written["listener.security.protocol.map"] == (
        "CLIENT:SASL_PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT"
    )
    assert written["inter.broker.listener.name"] == "BROKERS"
    assert written["controller.quorum.voters"] == "1@127.0.0.1:9003,2@127.0.0.1:9004"
    assert written["group.initial.rebalance.delay.ms"] == "7"
    assert lone_node(9001).all_properties()["inter.broker.listener.name"] == "CLIENT"


async def create(cluster: Cluster, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 3)])
    finally:
        await admin.close()
    await cluster.wait_until_whole()


async def leader_of(cluster: Cluster, topic: str):
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    leader = found["partitions"][0]["leader"]
    return next(broker for broker in cluster.brokers if broker.node_id == leader)


async def told_ports(server: str) -> list[int]:
    client = AIOKafkaClient(bootstrap_servers=server)
    try:
        await client.bootstrap()
        return [broker.port for broker in client.cluster.brokers()]
    finally:
        await client.close()
