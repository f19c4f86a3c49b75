"""The plan, the load and the auditor against each other, without a broker."""

from __future__ import annotations

from collections import Counter

import pytest

from router.settings import Settings
from tests.e2e.audit import History, Record, audit
from tests.e2e.faults.offline import OfflineRun, tally
from tests.e2e.faults.plan import Kind, draw_plan
from tests.e2e.faults.pressure import Held, InFlight, held_by
from tests.e2e.faults.replay import check_replay
from tests.e2e.load import SALES_ORGS, Load, make_load
from tests.e2e.test_faults import COUNT, LEADS, SEED

NOON_MS = 1_795_000_000_000
SETTINGS = Settings(sales_orgs=list(SALES_ORGS))
REASONS = {
    "account_owner",
    "account_owners_partner",
    "accept_missed",
    "by_operator",
    "changed_in_crm",
    "consent_refused",
    "contact_missed",
    "found_by_rep",
    "imported",
    "lost",
    "owner_not_on_roster",
    "rejected",
    "rep_left",
    "rotation",
    "same_person",
    "withdrawn",
    "won",
}


@pytest.fixture(scope="module")
def load() -> Load:
    return make_load(11, leads=3_000, waves=12)


@pytest.fixture(scope="module")
def healthy(load: Load) -> History:
    return OfflineRun(SETTINGS, NOON_MS).run(load)


@pytest.mark.parametrize("count", [8, 20, 30])
def test_a_plan_of_eight_faults_or_more_has_every_kind(count: int) -> None:
    plan = draw_plan(3, count)
    assert [fault.number for fault in plan] == list(range(1, count + 1))
    assert {fault.kind for fault in plan} == set(Kind)


def test_the_same_seed_gives_the_same_plan_and_load() -> None:
    assert draw_plan(3, 20) == draw_plan(3, 20) != draw_plan(4, 20)
    first, second, other = (make_load(seed, leads=200, waves=4) for seed in (3, 3, 4))
    assert first == second != other


def test_the_load_has_everything_in_it(load: Load, healthy: History) -> None:
    said = tally(healthy)
    reasons = {line.split()[1] for line in said}
    assert reasons >= REASONS
    assert len(healthy.records("dead-letters")) == load.broken_count > 0
    kinds = Counter(event.kind for event in healthy.inbox)
    assert set(kinds) == {"lead", "feedback", "engagement", "rep", "account", "policy", "command",
                          "tick"}  # fmt: skip


def test_the_auditor_has_nothing_against_a_healthy_run(healthy: History) -> None:
    assert [*audit(healthy), *check_replay(healthy, SETTINGS)] == []


def test_the_auditor_has_nothing_against_the_load_of_the_fault_test_without_its_faults() -> None:
    """What it finds here is the router's or its own fault, and no fault's that came to pass."""
    load = make_load(SEED, leads=LEADS, waves=COUNT)
    assert audit(OfflineRun(SETTINGS, NOON_MS).run(load)) == []


def test_a_state_that_is_not_the_fold_of_the_inbox_is_found(healthy: History) -> None:
    def damaged(record: Record) -> Record:
        value = (record.value or b"").replace(b'"roster_version":2', b'"roster_version":1')
        return Record(
            record.topic, record.partition, record.offset, record.timestamp_ms, record.key, value
        )

    state = [damaged(record) for record in healthy.records("routing.state")]
    broken = History({**healthy.topics, "routing.state": state})
    assert {finding.check for finding in check_replay(broken, SETTINGS)} == {"state"}


@pytest.mark.parametrize("topic", ["lead.assignments", "routing.shadow"])
def test_a_decision_that_a_replay_would_not_make_is_found(healthy: History, topic: str) -> None:
    published = healthy.records(topic)
    broken = History({**healthy.topics, topic: published[:-1]})
    assert {finding.check for finding in check_replay(broken, SETTINGS)} == {"replay"}


def test_an_inbox_record_that_the_state_does_not_know_is_found(healthy: History) -> None:
    last = healthy.records("routing.inbox")[-1]
    beyond = Record(last.topic, last.partition, last.offset + 1, last.timestamp_ms, last.key, b"{}")
    broken = History(
        {
            **healthy.topics,
            "routing.inbox": [*healthy.records("routing.inbox"), beyond],
        }
    )
    assert {finding.check for finding in check_replay(broken, SETTINGS)} == {"unapplied"}


METRICS = """\
# TYPE lead_router_partition_lag_records gauge
lead_router_partition_lag_records{step="intake",topic="x.leads",partition="3"} 12.0
lead_router_partition_lag_records{step="route",topic="x.routing.inbox",partition="0"} 12.0
lead_router_partition_lag_records{step="route",topic="x.routing.inbox",partition="1"} 3.0
# TYPE lead_router_partitions gauge
lead_router_partitions{step="route",state="open"} 2.0
"""


def test_what_a_router_has_in_hand_is_read_from_its_metrics() -> None:
    held = list(held_by(METRICS))
    assert held == [Held("intake", 3, 12), Held("route", 0, 12), Held("route", 1, 3)]
    # Offsets of the inbox may be the markers of transactions, which nobody reads.
    assert [each.waiting for each in held] == [12, 4, 0]
    assert list(held_by("")) == []


def test_a_fault_hits_work_only_if_the_struck_have_some() -> None:
    assert InFlight(waiting=1, open_transactions=0).is_some
    assert InFlight(waiting=0, open_transactions=1).is_some
    assert not InFlight(waiting=0, open_transactions=0).is_some
