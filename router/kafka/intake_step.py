"""intake: any record of any input topic in, an inbox record or a dead letter out. Stateless."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from aiokafka.structs import TopicPartition

from router.intake.admit import Admitted
from router.intake.contract import DeadLetterReason
from router.intake.refusal import Rejected
from router.kafka.dead_letters import DeadLetterBox
from router.kafka.outbox import Outbox, Placed
from router.kafka.step import Halt, PartitionError, Receipt, Record, Records, SourceLog

_LARGE_BYTES = 4_096
"""Smaller values are not measured against the inbox's limit: nobody sets it so low."""

_TOO_LARGE = Rejected(DeadLetterReason.TOO_LARGE, "its inbox record exceeds the topic's limit")

Admit = Callable[[Record], Admitted | Rejected]

_Target: TypeAlias = tuple[bytes, list[Placed]]
"""The key of a sales org's records and the list they go to."""


class IntakeStep:
    """intake on one partition of an input topic."""

    commits_offsets = True
    is_urgent = False

    def __init__(
        self,
        admit_record: Admit,
        *,
        inbox: str,
        partitions: Mapping[str, int],
        dead_letters: DeadLetterBox,
        accept_lost_input: bool = False,
    ) -> None:
        """``partitions`` holds the inbox partition of every sales org."""
        self._admit = admit_record
        self._inbox = inbox
        self._partitions = {
            sales_org: TopicPartition(inbox, partition)
            for sales_org, partition in partitions.items()
        }
        self._dead_letters = dead_letters
        self._accept_lost_input = accept_lost_input

    async def open(self, log: SourceLog) -> int:
        """Go on where the group stands, or at the first record if it never stood anywhere."""
        place = f"{log.source.topic}-{log.source.partition}"
        if log.committed is None:
            return log.start
        if log.committed > log.end:
            raise PartitionError(
                f"intake stands at offset {log.committed} of {place}, which ends at {log.end}: the"
                " topic was deleted and made anew; once you know that nothing is missing, remove"
                " the offsets of intake's consumer group for it and start again"
            )
        if log.committed < log.start and not self._accept_lost_input:
            raise PartitionError(
                f"intake stands at offset {log.committed} of {place}, which begins at {log.start}:"
                " what lay between was deleted unread; restore it, or go on without it by"
                " `lead-router run --accept-lost-input`, and lengthen the topic's retention"
            )
        return max(log.committed, log.start)

    def process(self, records: Records, outbox: Outbox) -> Halt | None:
        """Admit each record into the inbox, or make it a dead letter."""
        admit_record = self._admit
        targets: dict[str, _Target] = {}
        for record in records:
            admitted = admit_record(record)
            if isinstance(admitted, Rejected):
                self._refuse(outbox, record, admitted)
                continue
            sales_org, value, headers = admitted
            found = targets.get(sales_org)
            if found is None:
                found = targets[sales_org] = self._target(outbox, sales_org)
            key, inbox = found
            if len(value) > _LARGE_BYTES and not outbox.fits(self._inbox, key, value, headers):
                self._refuse(outbox, record, _TOO_LARGE)
            else:
                inbox.append((key, value, headers))
        return None

    def _target(self, outbox: Outbox, sales_org: str) -> _Target:
        """Looked up once for a call's records, because hashing a partition for each adds up."""
        return sales_org.encode(), outbox.at(self._partitions[sales_org])

    def _refuse(self, outbox: Outbox, record: Record, rejected: Rejected) -> None:
        reason, detail = rejected
        self._dead_letters.put(outbox, record, reason=reason, detail=detail)

    def seal(self, outbox: Outbox) -> None:
        """Nothing is written once per transaction."""

    def committed(self, receipt: Receipt) -> None:
        """Nothing is kept in memory."""

    async def when_drained(self, outbox: Outbox) -> None:
        """The clock does not matter here."""
