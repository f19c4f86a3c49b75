"""A partition that was added to the inbox: nobody writes there, so there is nothing to do."""

from __future__ import annotations

from aiokafka.structs import TopicPartition

from router.kafka.runtime.step import Halt, Receipt, Records, SourceLog
from router.kafka.runtime.write_buffer import Outbox


class UnusedStep:
    """route on a partition in which no sales org lives.

    Sales orgs stay where their state is, whatever the inbox has grown to. Only a process whose
    settings differ from ours, or a stranger, can have written a record here.
    """

    is_urgent = False

    def __init__(self, source: TopicPartition, inbox_partitions: int) -> None:
        """``inbox_partitions`` are those that the settings name."""
        self._source = source
        self._inbox_partitions = inbox_partitions

    async def open(self, log: SourceLog) -> int:
        """Begin at the first record that there should not be."""
        return log.start

    def process(self, records: Records, outbox: Outbox) -> Halt | None:
        """Take nothing in: a lead that was put here would be lost without a word."""
        del outbox
        place, count = f"{self._source.topic}-{self._source.partition}", self._inbox_partitions
        return Halt(
            records[0].offset,
            f"{place} holds records, and the settings here say that only the first {count}"
            " partitions are written to: give every process the same"
            " LEAD_ROUTER_TOPICS__INBOX_PARTITIONS and LEAD_ROUTER_SALES_ORGS, send what was put"
            " here once more, and delete it here with kafka-delete-records",
        )

    def seal(self, outbox: Outbox) -> None:
        """Nothing was taken in."""

    async def before_commit(self) -> None:
        """All that is written is part of the transaction."""

    def committed(self, receipt: Receipt) -> None:
        """Nothing is kept in memory."""

    async def when_drained(self, outbox: Outbox) -> None:
        """No deadline can fall due here."""
