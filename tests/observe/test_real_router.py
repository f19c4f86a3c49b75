"""What a router tells of itself, held against what it was sent and what it wrote."""

import json
import re
from collections import Counter

import pytest

from tests.observe.scene.told import BAD, LEADS, TEST_LEADS, TRACED

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

PERSONAL = re.compile(rb"zyxwina|qvortrup|1717 ?27\d{4}|firm\.example|quibble", re.IGNORECASE)


def test_it_is_ready_only_when_it_has_joined_and_opened_its_partitions(told):
    *before, (status, text) = told.readiness
    assert (status, text) == (200, "ready\n")
    assert {status for status, _ in before} == {503}
    said = "".join(text for _, text in before)
    assert "waits for its group" in said
    assert all(text.count("\n") == 1 for _, text in before)
    assert told.health == {200}, "alive from its first moment"


def test_records_are_counted_as_often_as_they_were_sent(told):
    found = told.by("lead_router_records_total", "step", "topic")
    assert found["intake", told.topics.leads] == LEADS + TEST_LEADS + len(BAD)
    ticks = told.by("lead_router_ticks_total", "partition")
    inbox = [record for record in told.inbox if b'"kind":"tick"' not in record.value]
    assert found["route", told.topics.inbox] <= len(told.inbox)
    assert found["route", told.topics.inbox] >= len(inbox)
    assert sum(ticks.values()) <= len(told.inbox) - len(inbox)


def test_decisions_are_counted_as_they_stand_in_the_topic(told):
    written = Counter(
        (each["outcome"], each["reason"], each.get("sales_channel", ""))
        for each in (json.loads(record.value) for record in told.assignments)
    )
    found = told.by("lead_router_decisions_total", "outcome", "reason", "sales_channel")
    assert found == written
    assert sum(written.values()) >= LEADS
    shadows = told.by("lead_router_shadow_decisions_total", "outcome")
    assert sum(shadows.values()) == TEST_LEADS


def test_dead_letters_are_counted_by_step_and_reason(told):
    found = told.by("lead_router_dead_letters_total", "step", "topic", "reason")
    assert found == {
        ("intake", told.topics.leads, "not_json"): 1,
        ("intake", told.topics.leads, "missing_field"): 2,
        ("route", told.topics.inbox, "unexpected_error"): 1,
    }


def test_transactions_batches_and_records_agree_with_each_other(told):
    records = told.by("lead_router_records_total", "step")
    counted = told.by("lead_router_transactions_total", "step")
    for step in ("intake", "route"):
        for name in ("transaction_duration_seconds", "transaction_records"):
            assert told.by(f"lead_router_{name}_count", "step")[step,] == counted[step,]
        assert told.by("lead_router_transaction_records_sum", "step")[step,] == records[step,]
        whole = told.by("lead_router_transaction_duration_seconds_sum", "step")[step,]
        assert told.by("lead_router_transaction_write_duration_seconds_sum", "step")[step,] <= whole
    assert told.by("lead_router_transactions_failed_total", "step") == {}


def test_the_state_is_as_large_as_what_was_decided(told):
    latest = {record.key: json.loads(record.value) for record in told.assignments}
    held = Counter(each["outcome"] for each in latest.values())
    leads = told.by("lead_router_state_leads", "partition", "sales_org")
    assert leads == {("0", "main"): LEADS}
    assert told.by("lead_router_state_reps", "sales_org") == {("main",): 3}
    backlog = told.by("lead_router_backlog_leads", "sales_org", "waits_for")
    assert backlog == {("main", "pool"): held["queued"]} if held["queued"] else backlog == {}
    opened = told.by("lead_router_open_leads", "sales_org", "sales_channel")
    assert sum(opened.values()) == held["assigned"] + held["reassigned"]


def test_nothing_is_left_to_do_and_every_partition_is_open(told):
    lags = told.samples("lead_router_partition_lag_records")
    assert told.by("lead_router_partitions", "step", "state") == {
        ("intake", "open"): sum(labels["step"] == "intake" for labels, _ in lags),
        ("route", "open"): 4,
        ("engagement", "open"): 4,
    }
    assert told.by("lead_router_partition_waiting_seconds", "topic") == {}
    by_topic = told.by("lead_router_partition_lag_records", "step", "topic")
    assert all(lag <= 8 for lag in by_topic.values()), "only markers of transactions"
    assert told.by("lead_router_ready", "role") == {
        (part,): 1 for part in ("intake", "route", "engagement", "board", "gateway")
    }
    assert all(value < 5 for _, value in told.samples("lead_router_partition_fetch_age_seconds"))
    assert told.by("lead_router_restores_total", "partition") == {(str(n),): 1 for n in range(4)}
    assert told.by("lead_router_rebalances_total", "step").keys() == {
        ("intake",),
        ("route",),
        ("engagement",),
    }


def test_a_trace_goes_from_the_sender_through_intake_and_route_to_the_assignment(told):
    spans = {span.span_id: span for span in told.spans}
    by_lead = {json.loads(record.value)["lead_id"]: record for record in told.assignments}
    for number in range(TRACED):
        record = by_lead[f"lead-{number}"]
        _, trace_id, span_id, flags = dict(record.headers)["traceparent"].decode().split("-")
        route = spans[span_id]
        intake = spans[route.parent_span_id]
        assert (intake.parent_span_id, flags) == ("00f067aa0ba902b7", "01")
        assert trace_id == route.trace_id == intake.trace_id == f"{number + 1:032x}"
        assert (intake.name, route.name) == (
            f"process {told.topics.leads}",
            f"process {told.topics.inbox}",
        )
        body = json.loads(record.value)
        assert route.attributes["lead_router.assignment.id"] == body["assignment_id"]
        assert route.attributes["lead_router.reason"] == body["reason"]
        assert route.attributes["messaging.kafka.offset"] == body["inbox"]["offset"]
        assert all(spans[link].name.startswith("transaction ") for link in route.links)


def test_leads_without_a_trace_get_none(told):
    followed = [span for span in told.spans if span.name.startswith("process ")]
    assert len(followed) == 2 * TRACED + len(BAD)
    untraced = [record for record in told.assignments if record.key == b"lead-50"]
    assert [name for name, _ in untraced[0].headers if name == "traceparent"] == []


def test_a_traced_record_that_is_not_understood_is_an_error_with_its_reason(told):
    failed = {span.trace_id: span for span in told.spans if span.is_error}
    found = [
        failed[f"{1_001 + number:032x}"].attributes["error.type"] for number in range(len(BAD))
    ]
    assert found == list(BAD.values())


def test_nothing_personal_is_in_metrics_traces_or_logs(told):
    assert not PERSONAL.search(told.metrics)
    assert not PERSONAL.search(told.traces)
    assert not PERSONAL.search(told.output.encode())
    assert b"lead-1" not in told.metrics.replace(b"lead-router", b"")


def test_every_family_has_a_help_text_and_nothing_is_shown_twice(told):
    names = re.findall(r"^# HELP (\S+) (.+)$", told.metrics.decode(), re.MULTILINE)
    assert len(names) == len({name for name, _ in names})
    samples = [line.rpartition(" ")[0] for line in told.metrics.decode().splitlines()]
    shown = [line for line in samples if not line.startswith("#")]
    assert len(shown) == len(set(shown))
