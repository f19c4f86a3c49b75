"""intake: any record of any input topic in, an inbox record or a dead letter out. Stateless."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiokafka.structs import TopicPartition

from router.intake.admit import Admitted
from router.intake.contract import DeadLetterReason
from router.intake.refusal import Rejected
from router.kafka.dead_letters import DeadLetterBox
from router.kafka.outbox import Outbox
from router.kafka.step import Halt, PartitionError, Receipt, Record, Records, SourceLog

_LARGE_BYTES = 4_096
"""Smaller values are not measured against the inbox's limit: nobody sets it so low."""

Admit = Callable[[Record], Admitted | Rejected]


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
        self._keys = {sales_org: sales_org.encode() for sales_org in partitions}
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
        for record in records:
            admitted = self._admit(record)
            if isinstance(admitted, Rejected):
                self._refuse(outbox, record, admitted)
            elif rejected := self._put(outbox, admitted):
                self._refuse(outbox, record, rejected)
        return None

    def _refuse(self, outbox: Outbox, record: Record, rejected: Rejected) -> None:
        reason, detail = rejected
        self._dead_letters.put(outbox, record, reason=reason, detail=detail)

    def _put(self, outbox: Outbox, admitted: Admitted) -> Rejected | None:
        sales_org, value, headers = admitted
        key = self._keys[sales_org]
        if len(value) > _LARGE_BYTES and not outbox.fits(self._inbox, key, value, headers):
            return Rejected(
                DeadLetterReason.TOO_LARGE, "its inbox record exceeds the topic's limit"
            )
        outbox.at(self._partitions[sales_org]).append((key, value, headers))
        return None

    def seal(self, outbox: Outbox) -> None:
        """Nothing is written once per transaction."""

    def committed(self, receipt: Receipt) -> None:
        """Nothing is kept in memory."""

    async def when_drained(self, outbox: Outbox) -> None:
        """The clock does not matter here."""
