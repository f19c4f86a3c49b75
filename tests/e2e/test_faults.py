"""The system at work while processes die, freeze and wake up, and broker and network fail.

``FAULTS_SEED``, ``FAULTS_COUNT`` and ``FAULTS_LEADS`` in the environment choose another run;
``SABOTAGE`` takes a safeguard out (:mod:`tests.e2e.sabotage`), and then the test must fail.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from router.settings import KafkaSettings, Settings, TransactionSettings
from tests.brokers.cluster import Cluster, open_cluster
from tests.e2e.faults.conductor import OF_THE_NETWORK, Struck
from tests.e2e.faults.network_faults import NetworkFaults
from tests.e2e.faults.plan import draw_plan
from tests.e2e.faults.routers import ROUTER, SABOTAGED
from tests.e2e.faults.run import Run
from tests.e2e.load import SALES_ORGS, make_load
from tests.network.disturbance import BadNetwork
from tests.network.proxy import Network

SEED = int(os.environ.get("FAULTS_SEED", "20270104"))
COUNT = int(os.environ.get("FAULTS_COUNT", "14"))
LEADS = int(os.environ.get("FAULTS_LEADS", "18000"))
PROGRAM = SABOTAGED if os.environ.get("SABOTAGE") else ROUTER
PER_S = 1_500

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture(autouse=True)
def _quiet_clients() -> Iterator[None]:
    """Our own clients have much to say about a broker that was killed."""
    log = logging.getLogger("aiokafka")
    level = log.level
    log.setLevel(logging.CRITICAL)
    yield
    log.setLevel(level)


@pytest.fixture
def own_broker() -> Iterator[Cluster]:
    """A broker that may be killed."""
    with open_cluster(1) as opened:
        yield opened


@pytest.fixture
async def network(own_broker: Cluster) -> AsyncIterator[NetworkFaults]:
    """A proxy before it."""
    disturbance = BadNetwork(SEED)
    async with Network(own_broker, disturbance) as network:
        yield NetworkFaults(network, disturbance)


def settings_for(cluster: Cluster) -> Settings:
    """Small transactions, so that there is always one to hit; an early session timeout."""
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=cluster.bootstrap_servers, session_timeout_ms=5_000),
        topics=cluster.topic_settings("faults."),
        transactions=TransactionSettings(records_max=50, timeout_ms=3_000),
        sales_orgs=list(SALES_ORGS),
    )


async def test_nothing_is_lost_doubled_or_reordered_whatever_dies(
    network: NetworkFaults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(
        settings_for(network.cluster),
        make_load(SEED, leads=LEADS, waves=COUNT),
        draw_plan(SEED, COUNT),
        [PER_S],
        tmp_path,
        PROGRAM,
    )
    try:
        await run.under_faults(network)
    finally:
        with capsys.disabled():
            print(f"\nFAULTS_SEED={SEED}: {run}")
    check_that_faults_hit(run.struck)
    await run.check_outcome()


def check_that_faults_hit(struck: list[Struck]) -> None:
    """Each fault must have met work of the very processes that it struck."""
    hits = sum(each.hit.is_some for each in struck)
    assert hits >= 0.9 * len(struck), f"only {hits} of {len(struck)} faults hit work in flight"
    of_processes = [each for each in struck if each.fault.kind not in OF_THE_NETWORK]
    amidst = sum(each.hit.open_transactions > 0 for each in of_processes)
    assert amidst >= len(of_processes) / 2, f"only {amidst} faults came amidst a transaction"
