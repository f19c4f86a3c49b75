"""The request versions on which the choice of the client rests (docs/adr/0016)."""

import re
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import ApiVersionRequest

from router.kafka.client import api_versions

DECISION = Path(__file__).parents[3] / "docs" / "adr" / "0016-why-aiokafka-stays.md"
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", re.MULTILINE)


def told_versions() -> dict[str, tuple[int, int]]:
    """By request: the client's highest version and the brokers' lowest, as decided upon."""
    rows = ROW.findall(DECISION.read_text(encoding="utf-8"))
    return {name: (int(client), int(broker)) for name, client, broker in rows}


def needed() -> dict[str, type]:
    return {each.__name__.removesuffix("Request"): each for each in api_versions._NEEDED}


def test_the_decision_tells_the_highest_versions_that_the_client_speaks():
    told = told_versions()
    assert len(told) == 8
    for name, (client, _) in told.items():
        assert max(each.API_VERSION for each in needed()[name]._CLASSES) == client, name


@pytest.mark.kafka
async def test_the_decision_tells_the_lowest_versions_that_the_broker_takes(kafka_bootstrap):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        answer = await admin._send_request(ApiVersionRequest())
    finally:
        await admin.close()
    lowest = {key: low for key, low, _ in answer.api_versions}
    for name, (_, broker) in told_versions().items():
        assert lowest[needed()[name].API_KEY] == broker, name
