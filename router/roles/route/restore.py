"""Opening a partition of route: the fold as it was committed, and proof that it fits the inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, read_spans, spans_of
from router.kafka.runtime.step import PartitionError, SourceLog
from router.kafka.topics.changelog import (
    BREAKER_KEY,
    CLOCK_KEY,
    LAYOUT_KEY,
    RUNTIME_KEYS,
    Layout,
    read_changelog,
)
from router.roles.route.fold import Fold

FoldMaker = Callable[[int], Fold]


@dataclass(slots=True)
class Restored:
    """A fold with what the runtime kept beside it; ``end`` is where the changelog ended.

    ``layout`` is the one to go on with, ``written_layout`` the record that was found.
    """

    fold: Fold
    end: int
    layout: Layout
    records: int = 0
    has_clock: bool = False
    written_layout: dict[str, Any] | None = None
    dead_letter_offsets: list[int] = field(default_factory=list)


class Restorer:
    """Restores the folds of one deployment."""

    def __init__(
        self, clients: Clients, *, state_topic: str, layout: Layout, make_fold: FoldMaker
    ) -> None:
        """``make_fold`` makes the empty fold of an inbox partition."""
        self._clients = clients
        self._topic = state_topic
        self._make_fold = make_fold
        self.layout = layout

    async def end(self, partition: int) -> int:
        """Where the changelog of ``partition`` ends now."""
        span = await self._span(partition)
        return span.end or 0

    async def _span(self, partition: int) -> Span:
        source = TopicPartition(self._topic, partition)
        return (await spans_of(self._clients, [source]))[source]

    async def restore(self, inbox: SourceLog) -> Restored:
        """Restore the fold of ``inbox`` and make sure that it belongs to it.

        Call it when every other owner is fenced: what is committed is then all there will be.

        Raises:
            PartitionError: state and inbox do not fit; the message says what to do.
        """
        partition = TopicPartition(self._topic, inbox.source.partition)
        span = await self._span(partition.partition)
        fold = self._make_fold(partition.partition)
        restored = Restored(fold, span.end or 0, self.layout)
        async for changes in read_changelog(self._clients, partition, span):
            for key, value in changes:
                _take_back(restored, key, value, partition)
        _check_complete(restored, partition)
        # Building indexes of a million leads takes seconds, in which nothing may stand still; in
        # a thread it would, because the compiled core keeps the interpreter's lock.
        for _ in restored.fold.restoring():
            await asyncio.sleep(0)
        place = f"{partition.topic}-{partition.partition}"
        if restored.written_layout is not None:
            restored.layout = self.layout.continuing(restored.written_layout, place)
        inbox = await inbox.reaching(restored.fold.next_offset)
        check_range(restored.fold.next_offset, inbox, place)
        if restored.records:
            await self._check_same_inbox(restored.fold, inbox)
        return restored

    async def _check_same_inbox(self, fold: Fold, inbox: SourceLog) -> None:
        """The last record applied must still be there, and not be younger than the state."""
        last = fold.next_offset - 1
        if last < inbox.start:
            return
        spans = {inbox.source: Span(last, fold.next_offset)}
        async for records in read_spans(self._clients, spans):
            if records[0].timestamp <= fold.now_ms:
                return
        raise PartitionError(
            f"the record at offset {last} of {inbox.source.topic}-{inbox.source.partition} is not"
            " the one that its state was made of, so the inbox was deleted and made anew: restore"
            " it, or start anew under another prefix"
        )


def _take_back(restored: Restored, key: bytes, value: Any, partition: TopicPartition) -> None:
    try:
        if key.startswith(RUNTIME_KEYS):
            if key == LAYOUT_KEY:
                restored.written_layout = value
            elif key == BREAKER_KEY:
                restored.dead_letter_offsets = value or []
            return
        restored.records += 1
        restored.has_clock = restored.has_clock or key == CLOCK_KEY
        restored.fold.restore(key.decode(), value)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise PartitionError(
            f"a state record in {partition.topic}-{partition.partition} cannot be taken back"
            f" ({type(error).__name__}): run the version that wrote it, with the same sales_orgs,"
            " or replay the inbox under another prefix"
        ) from error


def _check_complete(restored: Restored, partition: TopicPartition) -> None:
    if restored.records and not restored.has_clock:
        raise PartitionError(
            f"{partition.topic}-{partition.partition} holds state but not the inbox offset it"
            " belongs to: records were deleted from it; restore the topic, or replay the inbox"
            " under another prefix"
        )


def check_range(next_offset: int, inbox: SourceLog, place: str) -> None:
    """Make sure that the inbox still holds the record to be applied next.

    Raises:
        PartitionError: it does not.
    """
    log = f"{inbox.source.topic}-{inbox.source.partition}"
    if next_offset < inbox.start:
        raise PartitionError(
            f"{log} begins at offset {inbox.start} and {place} needs it from {next_offset}: what"
            " lay between was deleted; restore one of the two topics, or start anew under another"
            " prefix"
        )
    if next_offset > inbox.end:
        raise PartitionError(
            f"{log} ends at offset {inbox.end} and {place} has applied it up to {next_offset}:"
            " the inbox was deleted and made anew; restore it, or start anew under another prefix"
        )
