"""What happened to writes on their way, in order."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from tests.network.frames import Api, Request

WITHIN_S = 30.0
_POLL_S = 0.005


class Event(StrEnum):
    """One thing that can happen to a frame."""

    HELD = "held"
    CUT = "cut off from its client"
    DROPPED = "dropped"
    DELAYED = "delayed"
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    UNHEARD = "answered, and the answer lost"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of one write. It is late if its client had gone by then.

    ``errors`` are those that the broker answered with.
    """

    at_s: float
    node_id: int
    flow: int
    event: Event
    api: Api
    transactional_id: str | None
    topics: tuple[str, ...]
    is_late: bool
    errors: tuple[str, ...] = ()

    def __str__(self) -> str:
        late = " late" if self.is_late else ""
        errors = f" ({', '.join(self.errors)})" if self.errors else ""
        who = self.transactional_id or ",".join(self.topics)
        return (
            f"{self.at_s:9.3f} {self.node_id}/{self.flow} {self.api.name} of {who}"
            f" {self.event}{late}{errors}"
        )


@dataclass
class Journal:
    """Entries of writes; other requests are too many and change nothing."""

    entries: list[Entry] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def note(
        self,
        node_id: int,
        flow: int,
        event: Event,
        request: Request,
        *,
        is_late: bool,
        errors: tuple[str, ...] = (),
    ) -> None:
        """Add an entry, if ``request`` is a write."""
        if request.is_write:
            self.entries.append(
                Entry(
                    time.monotonic() - self.began_s,
                    node_id,
                    flow,
                    event,
                    Api(request.api_key),
                    request.transactional_id,
                    request.topics,
                    is_late,
                    errors,
                )
            )

    async def until(self, wanted: Callable[[Entry], bool], since: int = 0) -> Entry:
        """Wait for an entry; ``since`` is how many there were when it could not be there yet."""
        deadline_s = time.monotonic() + WITHIN_S
        while True:
            for entry in self.entries[since:]:
                if wanted(entry):
                    return entry
            since = len(self.entries)
            assert time.monotonic() < deadline_s, f"never happened; the last were:\n{self}"
            await asyncio.sleep(_POLL_S)

    def late_answers(self) -> Counter[str]:
        """Count the writes that the broker answered when their client had gone, by answer."""
        return Counter(
            f"{entry.api.name}: {', '.join(entry.errors) or 'taken'}"
            for entry in self.entries
            if entry.event is Event.ANSWERED and entry.is_late
        )

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries[-30:]))
