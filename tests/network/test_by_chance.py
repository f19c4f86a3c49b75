"""Three brokers behind a bad network, by chance: nothing is lost, doubled or reordered.

``NETWORK_SEED``, ``NETWORK_COUNT`` and ``NETWORK_LEADS`` in the environment choose another run;
with ``SABOTAGE=late_frames_welcome`` (:mod:`tests.e2e.sabotage`) a long one fails.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from router.settings import KafkaSettings, Settings, TransactionSettings
from tests.brokers.cluster import Cluster
from tests.e2e.faults.conductor import OF_THE_NETWORK
from tests.e2e.faults.network_faults import NetworkFaults
from tests.e2e.faults.plan import NETWORK_SHARES, draw_plan
from tests.e2e.faults.routers import ROUTER, SABOTAGED
from tests.e2e.faults.run import Run
from tests.e2e.load import SALES_ORGS, make_load
from tests.network.disturbance import BadNetwork
from tests.network.journal import Event
from tests.network.proxy import Network

SEED = int(os.environ.get("NETWORK_SEED", "20270118"))
COUNT = int(os.environ.get("NETWORK_COUNT", "16"))
LEADS = int(os.environ.get("NETWORK_LEADS", "2400"))
PROGRAM = SABOTAGED if os.environ.get("SABOTAGE") else ROUTER
LEADS_PER_S = (100, 301)

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(1_800)]


@pytest.fixture
async def network(cluster: Cluster) -> AsyncIterator[NetworkFaults]:
    """Three brokers, and a bad proxy before each; they are whole again in the end."""
    disturbance = BadNetwork(SEED)
    async with Network(cluster, disturbance) as network:
        yield NetworkFaults(network, disturbance)
    await cluster.make_whole()


def settings_for(cluster: Cluster, prefix: str) -> Settings:
    """An early session timeout, so that what dies is soon replaced."""
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=cluster.bootstrap_servers, session_timeout_ms=5_000),
        topics=cluster.topic_settings(prefix),
        transactions=TransactionSettings(timeout_ms=3_000, at_once_max=16),
        sales_orgs=list(SALES_ORGS),
    )


async def test_nothing_is_lost_doubled_or_reordered_by_a_bad_network(
    network: NetworkFaults, topic_prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load = make_load(SEED, leads=LEADS, waves=COUNT)
    records_per_lead = load.message_count / LEADS
    run = Run(
        settings_for(network.cluster, topic_prefix),
        load,
        draw_plan(SEED, COUNT, NETWORK_SHARES),
        [
            round(Random(SEED + wave).randrange(*LEADS_PER_S) * records_per_lead)
            for wave in range(COUNT)
        ],
        tmp_path,
        PROGRAM,
    )
    journal = network.network.journal
    try:
        await run.under_faults(network)
    finally:
        with capsys.disabled():
            print(f"\nNETWORK_SEED={SEED}: {run}")
            print(f"writes: {Counter(entry.event.value for entry in journal.entries)}")
            print("came late, and the answer:", *journal.late_answers().most_common(), sep="\n  ")
    struck = [each for each in run.struck if each.fault.kind in OF_THE_NETWORK]
    hits = sum(each.hit.is_some for each in struck)
    assert hits >= 0.8 * len(struck), f"only {hits} of {len(struck)} faults met a write"
    assert any(entry.is_late and entry.event is Event.FORWARDED for entry in journal.entries)
    await run.check_outcome()
