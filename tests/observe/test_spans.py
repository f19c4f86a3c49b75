"""Traces follow the context that a record carries, and never cost more than their bounds."""

import asyncio
import sys
import threading
import time

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from router.observe import conventions, span_queue
from router.observe.meters import Meters
from router.observe.spans import Spans
from router.observe.tracing import traced
from router.settings import TelemetrySettings

SENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE_ID = SENT.split(b"-")[1].decode()
NOT_SAMPLED = SENT[:-2] + b"00"


class Kept(SpanExporter):
    """Keeps what it is given, or waits until it may."""

    def __init__(self, *, works=True):
        self.spans = []
        self.may_go_on = threading.Event()
        if works:
            self.may_go_on.set()

    def export(self, spans):
        self.may_go_on.wait(10)
        self.spans += spans
        return SpanExportResult.SUCCESS

    def shutdown(self):
        self.may_go_on.set()


def transaction(spans):
    return spans.transaction("intake", "lead-router.intake", "lead-router.leads", 3)


def kept(share=1.0):
    exporter = Kept()
    return exporter, Spans(exporter, share, Meters())


def test_a_record_gets_a_span_that_is_a_child_of_its_sender_and_hands_its_own_on():
    exporter, spans = kept()
    trace = transaction(spans)
    handed_on = trace.follow(SENT, 17)
    trace.committed(5)
    spans.close()
    record, whole = exporter.spans
    assert f"{record.context.trace_id:032x}" == TRACE_ID
    assert f"{record.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert handed_on == f"00-{TRACE_ID}-{record.context.span_id:016x}-01".encode()
    assert [link.context.span_id for link in record.links] == [whole.context.span_id]
    assert whole.parent is None
    assert whole.attributes["messaging.batch.message_count"] == 5
    assert dict(record.attributes) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "lead-router.leads",
        "messaging.destination.partition.id": "3",
        "messaging.consumer.group.name": "lead-router.intake",
        "messaging.kafka.offset": 17,
        "lead_router.step": "intake",
    }
    assert record.instrumentation_scope.schema_url == conventions.SCHEMA_URL


def test_nothing_is_sent_before_the_transaction_is_committed():
    exporter, spans = kept()
    trace = transaction(spans)
    trace.follow(SENT, 1)
    spans._provider.force_flush()
    assert exporter.spans == []
    trace.committed(1)
    spans.close()
    assert len(exporter.spans) == 2


def test_a_transaction_that_fails_is_an_error_with_all_its_records():
    exporter, spans = kept()
    trace = transaction(spans)
    trace.follow(SENT, 1)
    trace.failed("PartitionError")
    spans.close()
    assert [span.attributes["error.type"] for span in exporter.spans] == ["PartitionError"] * 2
    assert not any(span.status.is_ok for span in exporter.spans)


def test_what_a_record_led_to_is_on_its_span_and_on_no_other():
    exporter, spans = kept()
    trace = transaction(spans)
    trace.follow(SENT, 1)
    trace.decided("assigned", "rotation", "lead-1.1")
    trace.follow(SENT, 2)
    trace.refused("not_json")
    trace.follow(NOT_SAMPLED, 3)
    trace.decided("queued", "all_at_cap", "lead-3.1")
    trace.committed(3)
    spans.close()
    first, second, whole = exporter.spans
    assert first.attributes["lead_router.assignment.id"] == "lead-1.1"
    assert (second.attributes["error.type"], second.status.is_ok) == ("not_json", False)
    assert "lead_router.outcome" not in second.attributes
    assert "lead_router.outcome" not in whole.attributes


@pytest.mark.parametrize("sent", [NOT_SAMPLED, b"ff" + SENT[2:], b"00-" + b"0" * 32 + SENT[35:]])
def test_a_context_that_is_not_to_be_followed_goes_on_as_it_came(sent):
    exporter, spans = kept()
    trace = transaction(spans)
    assert trace.follow(sent, 1) == sent
    trace.committed(1)
    spans.close()
    assert len(exporter.spans) == 1, "only the transaction's own"


def test_the_share_keeps_the_same_traces_in_every_step():
    chosen = []
    for _ in range(2):
        exporter, spans = kept(share=0.3)
        trace = transaction(spans)
        for number in range(300):
            trace_id = f"{number:016x}{number * 0x9E3779B97F4A7C15 % 2**64:016x}"
            trace.follow(f"00-{trace_id}-00f067aa0ba902b7-01".encode(), number)
        trace.committed(300)
        spans.close()
        chosen.append({f"{span.context.trace_id:032x}" for span in exporter.spans if span.links})
    assert chosen[0] == chosen[1]
    assert 50 < len(chosen[0]) < 130


def test_one_transaction_never_makes_more_spans_than_its_bound(monkeypatch):
    monkeypatch.setattr("router.observe.spans._SPANS_MAX", 10)
    exporter, spans = kept()
    trace = transaction(spans)
    handed_on = [trace.follow(SENT, offset) for offset in range(25)]
    trace.committed(25)
    spans.close()
    assert handed_on[10:] == [SENT] * 15
    assert len(exporter.spans) == 11


def test_a_full_queue_loses_spans_counts_them_and_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(span_queue, "QUEUE_SPANS_MAX", 20)
    exporter, meters = Kept(works=False), Meters()
    spans = Spans(exporter, 1.0, meters)
    for _ in range(50):
        transaction(spans).committed(1)
    lost = meters.process.spans_dropped.values["queue_full",]
    exporter.may_go_on.set()
    spans.close()
    assert lost == 30
    assert meters.process.spans_exported.values[()] == len(exporter.spans) == 20


async def test_spans_reach_a_collector_and_the_stop_waits_for_them(collector):
    settings = TelemetrySettings(otlp_endpoint=collector.endpoint)
    async with traced(settings, Meters()) as tracing:
        trace = transaction(tracing)
        trace.follow(SENT, 1)
        trace.committed(1)
    record, whole = collector.spans
    assert record.trace_id == TRACE_ID
    assert record.parent_span_id == "00f067aa0ba902b7"
    assert record.links == [whole.span_id]
    assert record.schema_url == conventions.SCHEMA_URL


async def test_a_collector_that_is_away_costs_spans_and_a_bounded_stop(free_port):
    settings = TelemetrySettings(otlp_endpoint=f"http://127.0.0.1:{free_port}/v1/traces")
    meters = Meters()
    began_s = time.monotonic()
    async with traced(settings, meters) as tracing:
        for _ in range(30):
            transaction(tracing).committed(1)
        await asyncio.sleep(0)
    assert time.monotonic() - began_s < 20, "it hangs for as long as the collector is away"
    assert meters.process.spans_dropped.values["collector",] == 30


async def test_a_collector_that_refuses_costs_spans_only(collector):
    collector.status = 400
    meters = Meters()
    async with traced(TelemetrySettings(otlp_endpoint=collector.endpoint), meters) as tracing:
        transaction(tracing).committed(1)
    assert meters.process.spans_dropped.values["collector",] == 1


async def test_without_an_endpoint_there_is_nothing_to_pay_for():
    async with traced(TelemetrySettings(), Meters()) as tracing:
        assert tracing is None


async def test_without_the_extra_it_goes_on_untraced_and_says_so(monkeypatch, collector):
    monkeypatch.delitem(sys.modules, "router.observe.spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    async with traced(TelemetrySettings(otlp_endpoint=collector.endpoint), Meters()) as tracing:
        assert tracing is None
    monkeypatch.delitem(sys.modules, "router.observe.spans", raising=False)
