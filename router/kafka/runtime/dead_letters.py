"""Dead letters: the original bytes as key and value, everything else in headers.

The shape is :class:`router.intake.contract.DeadLetterHeaders`. The record's own headers go along
under ``original.``, so that a redrive can put everything back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition

from router.intake.contract import DeadLetterReason
from router.kafka.runtime.step import PartitionError, Record
from router.kafka.runtime.write_buffer import Outbox
from router.kafka.topics.topic_metadata import TopicShape
from router.observe.meters import Meters

ORIGINAL = "original."


@dataclass(frozen=True, slots=True)
class DeadLetterBox:
    """Writes the dead letters of one step to ``topic``."""

    topic: str
    step_name: str
    shapes: Mapping[str, TopicShape]
    meters: Meters = field(default_factory=Meters)

    def expect(self, topics: Iterable[str]) -> None:
        """Begin the counts of ``topics`` at 0: one that begins at 1 never shows its first."""
        for topic in topics:
            for reason in DeadLetterReason:
                self.meters.steps.dead_letters.add(self.step_name, topic, reason, by=0)

    def put(self, outbox: Outbox, record: Record, *, reason: str, detail: str) -> None:
        """Add the dead letter of ``record``; neither text may repeat what the record holds.

        Raises:
            PartitionError: the topic would not take it, and losing it is not an option.
        """
        headers = self._headers(record, reason, detail)
        letter = (record.key, record.value, headers)
        # Compressed input may be larger than any limit, and headers grow by their prefix.
        if not outbox.fits(self.topic, *letter) and not outbox.fits_compressed(self.topic, *letter):
            size = len(record.value or b"")
            raise PartitionError(
                f"the record at {record.topic}-{record.partition} offset {record.offset} ({size}"
                f" bytes) is a dead letter ({reason}) and too large for {self.topic}: raise"
                f" max.message.bytes of {self.topic} above {size + 10_000}, then start again"
            )
        if record.key is None:
            spread = record.partition % self.shapes[self.topic].partition_count
            outbox.at(TopicPartition(self.topic, spread)).append((None, record.value, headers))
        else:
            outbox.by_key(self.topic).append((record.key, record.value, headers))
        self.meters.steps.dead_letters.add(self.step_name, record.topic, reason)

    def _headers(self, record: Record, reason: str, detail: str) -> list[tuple[str, bytes | None]]:
        said = {
            "reason": reason,
            "detail": detail,
            "step": self.step_name,
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "timestamp_ms": str(record.timestamp),
        }
        headers: list[tuple[str, bytes | None]] = [
            (name, text.encode()) for name, text in said.items()
        ]
        for name, original in record.headers:
            headers.append((ORIGINAL + name, original))
            if name == "traceparent":
                headers.append((name, original))
        return headers
