"""Input that was deleted before intake had read it: what it was, in every partition of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_consumer
from router.kafka.queries.lags import committed_offsets
from router.kafka.queries.reader import log_spans
from router.kafka.topics.positions import Position, Positions
from router.telemetry import logger

log = logger(__name__)


CLOCKS_APART_MS = 10_000
"""How far apart the clocks of two brokers may be that led a partition one after the other."""


@dataclass(frozen=True, slots=True)
class LostInput:
    """Intake stands at ``position`` of a log that now holds the offsets from ``start`` to ``end``.

    What lay between ``position`` and ``start`` was deleted by retention; or the whole topic was
    deleted, and one of its name was made anew.
    """

    source: TopicPartition
    position: int
    start: int
    end: int
    was_made_anew: bool = False

    @classmethod
    def between(
        cls, source: TopicPartition, position: int, start: int, end: int
    ) -> LostInput | None:
        """Return what is lost at ``position``, None if the log may still hold what comes next."""
        if start <= position <= end:
            return None
        return cls(source, position, start, end, was_made_anew=position > end)

    @classmethod
    def by_age(
        cls, source: TopicPartition, written: Position, first: int | None, start: int, end: int
    ) -> LostInput | None:
        """Return what is lost if what lies before a position is younger than what was read there.

        A topic that was made anew may have come as far as the one before it: then its offsets
        look right, and only ages tell. ``first`` is the offset of the first younger record.
        """
        if first is None or first >= written.next_offset:
            return None
        return cls(source, written.next_offset, start, end, was_made_anew=True)

    def __str__(self) -> str:
        place = f"{self.source.topic}-{self.source.partition}"
        if self.was_made_anew:
            return (
                f"{place} was deleted and made anew (intake stood at {self.position}, it now holds"
                f" {self.start} to {self.end})"
            )
        return f"{place} from offset {self.position} to {self.start - 1} was deleted unread"

    def skip(self) -> int:
        """Say in the log what is left out; returns where to go on."""
        log.warning(
            "input.skipped",
            topic=self.source.topic,
            partition=self.source.partition,
            why="made anew" if self.was_made_anew else "deleted unread",
            from_offset=self.position,
            to_offset=None if self.was_made_anew else self.start - 1,
            offsets=None if self.was_made_anew else self.start - self.position,
        )
        return self.start


class InputSurvey:
    """Looks over all that intake reads, in whichever process, once something of it is lost."""

    def __init__(
        self, clients: Clients, topics: Sequence[str], positions: Positions, group: str
    ) -> None:
        """Nothing is asked before there is a loss."""
        self._clients = clients
        self._topics = topics
        self._positions = positions
        self._group = group
        self._lock = asyncio.Lock()

    async def refusal(self, found: LostInput) -> str:
        """Return one line that names every partition that lost input, ``found`` among them."""
        async with self._lock:  # whoever is first ends the process, and the others need not ask
            lost = {found.source: found, **{each.source: each for each in await self._look_over()}}
        return (
            f"input was lost before intake had read it: {'; '.join(map(str, lost.values()))};"
            " restore it, or go on without it by `lead-router run --accept-lost-input`, which"
            " logs what it leaves out, and lengthen the retention of these topics"
        )

    async def _look_over(self) -> list[LostInput]:
        """Ask for ends last: another process may go on meanwhile, and has lost nothing by that."""
        held = await log_spans(self._clients, self._topics, dispensable=self._topics)
        committed = await committed_offsets(self._clients, self._group)
        asked = await asyncio.gather(*(self._positions.of(source) for source in held))
        written = {source: at for source, at in zip(held, asked, strict=True) if at is not None}
        younger = await self._first_younger(written)
        ends = await log_spans(self._clients, self._topics, dispensable=self._topics)
        lost = []
        for source in (written.keys() | committed.keys()) & held.keys() & ends.keys():
            at = written.get(source, Position(0))
            bounds = held[source].start, ends[source].end or 0
            position = max(at.next_offset, committed.get(source, 0))
            lost.append(
                LostInput.between(source, position, *bounds)
                or LostInput.by_age(source, at, younger.get(source), *bounds)
            )
        return sorted(
            (each for each in lost if each is not None), key=lambda each: tuple(each.source)
        )

    async def _first_younger(
        self, written: Mapping[TopicPartition, Position]
    ) -> dict[TopicPartition, int]:
        """The first offset in each partition of a record younger than all that was read there."""
        times = {
            source: at.at_ms + CLOCKS_APART_MS + 1
            for source, at in written.items()
            if at.at_ms is not None
        }
        consumer = self._clients.consumer()
        try:
            await start_whole(consumer)
            found = await consumer.offsets_for_times(times) if times else {}
        finally:
            await stop_consumer(consumer)
        return {source: each.offset for source, each in found.items() if each is not None}
