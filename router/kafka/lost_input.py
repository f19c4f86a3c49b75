"""Input that was deleted before intake had read it: what it was, in every partition of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.structs import TopicPartition

from router.kafka.clients import Clients
from router.kafka.lags import committed_offsets
from router.kafka.positions import Positions
from router.kafka.reader import log_spans
from router.telemetry import logger

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class LostInput:
    """Intake stands at ``position`` of a log that now holds the offsets from ``start`` to ``end``.

    Before ``start`` it was deleted by retention; at or before ``end`` with its topic, which was
    then made anew.
    """

    source: TopicPartition
    position: int
    start: int
    end: int

    @classmethod
    def between(
        cls, source: TopicPartition, position: int, start: int, end: int
    ) -> LostInput | None:
        """Return what is lost at ``position``, None if the log still holds what comes next."""
        return None if start <= position <= end else cls(source, position, start, end)

    def __str__(self) -> str:
        place = f"{self.source.topic}-{self.source.partition}"
        if self.position > self.end:
            return f"{place} was deleted and made anew: it ends at {self.end}, not {self.position}"
        return f"{place} from offset {self.position} to {self.start - 1} was deleted unread"

    def skip(self) -> int:
        """Say in the log what is left out; returns where to go on."""
        was_made_anew = self.position > self.end
        log.warning(
            "input.skipped",
            topic=self.source.topic,
            partition=self.source.partition,
            why="made anew" if was_made_anew else "deleted unread",
            from_offset=self.position,
            to_offset=None if was_made_anew else self.start - 1,
            offsets=None if was_made_anew else self.start - self.position,
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
        held = await log_spans(self._clients, self._topics)
        committed = await committed_offsets(self._clients, self._group)
        written = await asyncio.gather(*(self._positions.of(source) for source in held))
        ends = await log_spans(self._clients, self._topics)
        lost = [
            LostInput.between(source, max(each), held[source].start, ends[source].end or 0)
            for source, position in zip(held, written, strict=True)
            if (each := [at for at in (position, committed.get(source)) if at is not None])
        ]
        return [each for each in lost if each is not None]
