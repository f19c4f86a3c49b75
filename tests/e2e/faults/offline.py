"""The load through intake and route in memory: the history that a run without any fault leaves.

For tuning the load, and for knowing that the auditor has nothing against a healthy run.
"""

from __future__ import annotations

import json
from collections import Counter
from zlib import crc32

from router.core.shard import Shard
from router.intake import Admitted, IntakeContext, admit, decode_event
from router.kafka.topics.changelog import stored
from router.kafka.topics.codecs import EventHeaders, encode, tick_value
from router.kafka.topics.owners import owner_row
from router.settings import Settings
from tests.e2e.audit import History, Record
from tests.e2e.faults.company import Message
from tests.e2e.faults.replay import new_shard
from tests.e2e.load import Load

ROLES = {
    "leads": "leads",
    "crm.feedback": "feedback",
    "roster": "roster",
    "accounts": "accounts",
    "policies": "policies",
    "lead.engagement": "engagement",
    "routing.commands": "commands",
}
WAVE_MS = 8_000
PARTITIONS = 4


class OfflineRun:
    """One process, no broker; time passes as waves go by."""

    def __init__(self, settings: Settings, now_ms: int) -> None:
        """``now_ms`` is the log's time at the start."""
        self.settings = settings
        self.now_ms = now_ms
        self.records: dict[str, list[Record]] = {}
        self._ends: Counter[tuple[str, int]] = Counter()
        self._headers = EventHeaders()
        self._context = IntakeContext.of(settings)
        partitions = range(settings.topics.inbox_partitions)
        self.shards: dict[int, Shard] = {each: new_shard(settings, each) for each in partitions}

    def run(self, load: Load) -> History:
        """All of ``load``, and what the topics then hold."""
        for wave in [load.company, *load.waves]:
            step_ms = WAVE_MS / max(len(wave), 1)
            began_ms = self.now_ms
            for number, message in enumerate(wave):
                self.now_ms = began_ms + int(number * step_ms)
                self.take(message)
            self._let_time_pass(began_ms + WAVE_MS)
        for partition, shard in self.shards.items():
            for key, value in shard.take_changes():
                self._put("routing.state", partition, key.encode(), stored(value))
        return History(
            {
                topic: sorted(records, key=lambda record: record.place)
                for topic, records in self.records.items()
            }
        )

    def take(self, message: Message) -> None:
        """Publish one record and take it through."""
        key = message.key.encode()
        source = self._put(
            message.topic, crc32(key) % PARTITIONS, key, message.value, *message.headers
        )
        found = admit(
            ROLES[message.topic],  # type: ignore[arg-type]
            None,
            key,
            message.value,
            list(message.headers),
            self.now_ms,
            self._context,
        )
        if isinstance(found, Admitted):
            partition = self.settings.inbox_partition(found.sales_org)
            self._apply(partition, found.sales_org, found.value)
            return
        told = {"step": "intake", "topic": source.topic, "partition": str(source.partition),
                "offset": str(source.offset), "reason": str(found.reason)}  # fmt: skip
        headers = [(name, text.encode()) for name, text in told.items()]
        self._put("dead-letters", 0, key, message.value, *headers)

    def _apply(self, partition: int, sales_org: str, value: bytes) -> None:
        record = self._put("routing.inbox", partition, sales_org.encode(), value)
        decisions = self.shards[partition].apply(
            sales_org, decode_event(value), timestamp_ms=self.now_ms, offset=record.offset
        )
        for decision in decisions:
            key, headers = decision["lead_id"].encode(), self._headers.of(decision, None)
            at, is_shadow = crc32(key) % PARTITIONS, bool(decision.get("shadow"))
            topic = "routing.shadow" if is_shadow else "lead.assignments"
            self._put(topic, at, key, encode(decision), *headers)
            if not is_shadow:
                self._put("lead.owners", at, key, owner_row(decision))

    def _let_time_pass(self, until_ms: int) -> None:
        while self.now_ms < until_ms:
            self.now_ms = min(self.now_ms + 1000, until_ms)
            for partition, shard in self.shards.items():
                due_ms = shard.next_due_ms()
                if due_ms is not None and due_ms <= self.now_ms:
                    self._apply(partition, shard.sales_orgs[0], tick_value(due_ms))

    def _put(
        self,
        topic: str,
        partition: int,
        key: bytes,
        value: bytes | None,
        *headers: tuple[str, bytes | None],
    ) -> Record:
        offset = self._ends[topic, partition]
        self._ends[topic, partition] += 1
        record = Record(topic, partition, offset, self.now_ms, key, value, tuple(headers))
        self.records.setdefault(topic, []).append(record)
        return record


def tally(history: History) -> Counter[str]:
    """Decisions by outcome and reason."""
    return Counter(
        f"{body['outcome']} {body['reason']}"
        for record in history.records("lead.assignments")
        for body in [json.loads(record.value or b"{}")]
    )
