"""A step: records of one source partition in, records out; the runtime makes it exactly once.

The runtime owns the order of things, a step only fills in its part:

1. the partition's transactional producer is started, which fences every other owner;
2. ``open`` says where to go on, from what is committed now that nobody else can commit;
3. ``process`` is called with records in their order, ``seal`` once when the transaction's last
   record is in, to which the position belongs; both are pure CPU and write to the outbox only;
4. ``before_commit`` does what cannot be part of the transaction;
5. the transaction is committed, and ``committed`` is told; or it is not, and then the step is
   thrown away with everything in it, and the partition is opened again with a new one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from aiokafka.structs import ConsumerRecord, TopicPartition

from router.errors import LeadRouterError
from router.kafka.runtime.write_buffer import Outbox

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
Records: TypeAlias = Sequence[Record]


class PartitionError(LeadRouterError):
    """Going on would be wrong: the partition stops, and so does the process."""


class RetriableError(LeadRouterError):
    """The partition cannot go on as it is; opened again, it may."""


@dataclass(frozen=True, slots=True)
class Halt:
    """The record at ``offset`` is not to be processed before an operator has had a look.

    What came before it is committed; the partition then waits while the others go on.
    ``message`` is one line: why, and what to do.
    """

    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class SourceLog:
    """A source partition as it is when nobody else can write for us any more.

    ``start`` and ``end`` bound the log; ``committed`` is the group's offset, None for never: it is
    never ahead of what is processed, and may be behind. ``ask_first_after`` finds the first offset
    of a record that is younger than a time in milliseconds, None if there is none.
    """

    source: TopicPartition
    start: int
    end: int
    committed: int | None
    ask_end: Callable[[], Awaitable[int]]
    ask_first_after: Callable[[int], Awaitable[int | None]]

    async def reaching(self, position: int) -> SourceLog:
        """This log, or as it is now if it ended before ``position`` when it was asked.

        A process that is stopped between its questions may be overtaken: whoever has the partition
        by then has written, and what was asked last is newer than what was asked first.
        """
        if position <= self.end:
            return self
        return replace(self, end=await self.ask_end())


@dataclass(frozen=True, slots=True)
class Receipt:
    """A committed transaction.

    ``ends`` maps each partition written to the offset after its commit marker; ``broker_ms`` is
    the broker's time when it appended the last batch.
    """

    ends: Mapping[TopicPartition, int]
    broker_ms: int


class PartitionStep(Protocol):
    """The work on one source partition."""

    async def open(self, log: SourceLog) -> int:
        """Return the offset of the next record to process.

        Called after every assignment of the partition and whenever its producer was replaced, also
        when this step was kept in memory.

        Raises:
            PartitionError: the position does not fit the log, or state is damaged.
        """
        ...

    def process(self, records: Records, outbox: Outbox) -> Halt | None:
        """Take in records, in order; stop before one that must not be processed now."""
        ...

    def seal(self, outbox: Outbox) -> None:
        """Add what is written once per transaction."""
        ...

    async def before_commit(self) -> None:
        """Do what must be done before the position moves on, and may be done twice.

        The transaction may still fail, and its records then come again.
        """
        ...

    def committed(self, receipt: Receipt) -> None:
        """Learn that everything since the last call is committed."""
        ...

    @property
    def is_urgent(self) -> bool:
        """Whether :meth:`when_drained` is to be called as soon as no input waits."""
        ...

    async def when_drained(self, outbox: Outbox) -> None:
        """Called about once a second when no input waits; may fill ``outbox``.

        What it writes is a transaction of its own, then :meth:`committed`.
        """
        ...
