"""Leads of the demo into their topic, and everything that comes of them out of theirs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from router.cli.demo.demo_run import DeadLetter, DemoRun, demo_accounts, demo_roster
from router.cli.demo.leads import demo_reports
from router.cli.router_process import RouterProcess
from router.core.explain.explain import People
from router.errors import LeadRouterError
from router.intake.records.context import IntakeContext
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_names import Topics, topics_of
from router.settings import Settings

RATE_PER_S = 250
_TIMEOUT_S = 60.0
_REPORTS_TIMEOUT_S = 15.0
_LOOK_EVERY_S = 0.02
_MARKS = (50, 99)


@dataclass(slots=True)
class Feed:
    """One passage of the leads; ``latencies_ms`` are from sending to reading the assignment."""

    settings: Settings
    run: DemoRun
    router: RouterProcess
    latencies_ms: list[float] = field(default_factory=list)
    rate_per_s: float = 0.0
    _sent_at: dict[str, float] = field(default_factory=dict)
    _numbers: dict[int, str] = field(default_factory=dict)
    _inbox_kinds: dict[bytes, int] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)

    @property
    def _topics(self) -> Topics:
        return topics_of(self.settings)

    async def run_through(self, report: Callable[[str], None]) -> None:
        """Send everything and wait until all of it is decided.

        Raises:
            KafkaError: the broker does not answer, or refuses.
            LeadRouterError: the router ended, or something is not decided in time.
        """
        clients = Clients(self.settings.kafka)
        reading = asyncio.create_task(self._read(clients), name="demo:read")
        producer = clients.plain_producer()
        await producer.start()
        try:
            await self._wait(self._is_set_up, reading, _TIMEOUT_S, "roster and policy", report)
            await self._send_leads(producer, reading, report)
            await self._wait(self._is_decided, reading, _TIMEOUT_S, "every lead", report)
            await self._send_reports(producer)
            await self._wait(
                self._is_answered, reading, _REPORTS_TIMEOUT_S, "the CRM's reports", report
            )
        finally:
            await producer.stop()
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
        self.run.people = People(self._names(), self._numbers)

    def latency_in_words(self) -> str:
        """``p50 9 ms, p99 41 ms``."""
        ordered = sorted(self.latencies_ms)
        marks = (ordered[min(len(ordered) * mark // 100, len(ordered) - 1)] for mark in _MARKS)
        return ", ".join(f"p{mark} {ms:.0f} ms" for mark, ms in zip(_MARKS, marks, strict=True))

    def _names(self) -> dict[str, str]:
        roster = demo_roster(IntakeContext.of(self.settings), self.run.sent[0].at_ms)
        return {filed.record["rep_id"]: filed.record["name"] for filed in roster.records}

    async def _read(self, clients: Clients) -> None:
        """Take in what is committed, as it comes."""
        topics = self._topics
        wanted = (
            topics.assignments, topics.shadow, topics.dead_letters, topics.reps, topics.inbox
        )  # fmt: skip
        takes: dict[str, Callable[[Record], None]] = {
            topics.assignments: self._take_decision,
            topics.shadow: self._take_decision,
            topics.dead_letters: self._take_dead_letter,
            topics.reps: self._take_rep,
            topics.inbox: self._take_inbox,
        }
        held: dict[TopicPartition, Span] = await log_spans(clients, wanted)
        spans = {source: Span(span.start) for source, span in held.items()}
        async for records in read_spans(clients, spans):
            take = takes[records[0].topic]
            for record in records:
                take(record)

    def _take_decision(self, record: Record) -> None:
        decision = decode(record.value or b"{}")
        sent_at = self._sent_at.pop(decision["lead_id"], None)
        if sent_at is not None:
            self.latencies_ms.append((time.perf_counter() - sent_at) * 1000)
        if decision["event_id"].startswith(("demo-report", "inbox-")):
            self._answered.add(decision["lead_id"])
        self.run.decided([decision])

    def _take_dead_letter(self, record: Record) -> None:
        said = {name: (text or b"").decode() for name, text in record.headers}
        lead_id = (record.key or b"").decode()
        self.run.dead_letters.append(
            DeadLetter(lead_id, said["step"], said["reason"], said["detail"])
        )

    def _take_rep(self, record: Record) -> None:
        rep = decode(record.value or b"{}")
        self._numbers[rep["number"]] = rep["rep_id"]

    def _take_inbox(self, record: Record) -> None:
        kind = (record.value or b"").partition(b'","')[0].rpartition(b'"')[2]
        self._inbox_kinds[kind] = self._inbox_kinds.get(kind, 0) + 1

    def _is_set_up(self) -> bool:
        """Roster, accounts and policy come by topics of their own, in no order among leads."""
        context, at_ms = IntakeContext.of(self.settings), self.run.sent[0].at_ms
        kinds = self._inbox_kinds
        return (
            kinds.get(b"rep", 0) >= len(demo_roster(context, at_ms).records)
            and kinds.get(b"account", 0) >= len(demo_accounts(context, at_ms).records)
            and kinds.get(b"policy", 0) >= 1
        )

    def _is_decided(self) -> bool:
        broken = sum(sent.kind == "broken" for sent in self.run.sent)
        return not self._sent_at and len(self.run.dead_letters) >= broken

    def _is_answered(self) -> bool:
        return self._answered >= {report.lead_id for report in self.run.reports}

    async def _send_leads(
        self,
        producer: AIOKafkaProducer,
        reading: asyncio.Task[None],
        report: Callable[[str], None],
    ) -> None:
        began = time.perf_counter()
        acknowledged = []
        for place, sent in enumerate(self.run.sent):
            await asyncio.sleep(max(0.0, began + place / RATE_PER_S - time.perf_counter()))
            if sent.kind == "first":
                self._sent_at[sent.lead_id] = time.perf_counter()
            acknowledged.append(
                await producer.send(self._topics.leads, sent.value, sent.lead_id.encode())
            )
            if place % RATE_PER_S == 0:
                self._look(reading)
            report(
                f"{place + 1} of {len(self.run.sent)} leads sent, {len(self.latencies_ms)} decided"
            )
        await asyncio.gather(*acknowledged)
        self.rate_per_s = len(self.run.sent) / (time.perf_counter() - began)

    async def _send_reports(self, producer: AIOKafkaProducer) -> None:
        topics = {"feedback": self._topics.feedback, "engagement": self._topics.engagement}
        self.run.reports = list(demo_reports(time.time_ns() // 1_000_000))
        for report in self.run.reports:
            value, key = json.dumps(report.body).encode(), report.lead_id.encode()
            await producer.send_and_wait(topics[report.role], value, key)

    def _look(self, reading: asyncio.Task[None]) -> None:
        """Raise what has gone wrong beside us."""
        if reading.done():
            reading.result()
        self.router.check()

    async def _wait(
        self,
        is_done: Callable[[], bool],
        reading: asyncio.Task[None],
        timeout_s: float,
        what: str,
        report: Callable[[str], None],
    ) -> None:
        deadline = time.monotonic() + timeout_s
        report(f"waiting for {what}")
        while not is_done():
            self._look(reading)
            if time.monotonic() > deadline:
                raise LeadRouterError(
                    f"{what} did not come through within {timeout_s:.0f} s: look at the broker"
                    " with `lead-router doctor`"
                )
            await asyncio.sleep(_LOOK_EVERY_S)
