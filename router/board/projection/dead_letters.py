"""Headers of the newest dead letters, and which were sent again; never what was in them."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from typing import NamedTuple

from router.board.statistics.series import QUARTER_MS, Series
from router.kafka.queries.dead_letter_reader import REDRIVEN, number_in, said_in

Headers = Sequence[tuple[str, bytes | None]]


class LetterRow(NamedTuple):
    """A dead letter; sorts by time. ``source_…`` is where the record was read."""

    at_ms: int
    partition: int
    offset: int
    step: str
    topic: str
    source_partition: int
    source_offset: int
    reason: str
    detail: str
    size_bytes: int

    @property
    def letter_id(self) -> str:
        """``partition-offset``, as its address has it."""
        return f"{self.partition}-{self.offset}"


class Letters:
    """The newest ``kept`` of them, and counts of the last day."""

    def __init__(self, kept: int, quarters: int) -> None:
        """Start empty."""
        self._kept = kept
        self.rows: list[LetterRow] = []
        self.redriven: dict[str, None] = {}
        self.quarters = Series(QUARTER_MS, quarters)

    def add(
        self, partition: int, offset: int, at_ms: int, headers: Headers, size_bytes: int
    ) -> None:
        """Take in a record of ``dead-letters``: a letter, or the mark of one sent again.

        Anybody may write to the topic: of odd headers is listed what can be read.
        """
        said = said_in(headers)
        if REDRIVEN in said:
            self.redriven[said[REDRIVEN].replace("/", "-")] = None
            if len(self.redriven) > self._kept:
                del self.redriven[next(iter(self.redriven))]
            return
        row = LetterRow(
            at_ms,
            partition,
            offset,
            said.get("step", ""),
            said.get("topic", ""),
            number_in(said, "partition"),
            number_in(said, "offset"),
            said.get("reason", ""),
            said.get("detail", ""),
            size_bytes,
        )
        insort(self.rows, row)
        if len(self.rows) > self._kept:
            del self.rows[0]
        self.quarters.add(at_ms, [("letter", row.reason)])

    def newest(self, limit: int, before: str | None) -> tuple[list[LetterRow], str | None]:
        """The newest before a letter, and the id to go on before; None at the end.

        Raises:
            KeyError: there is no letter ``before``.
        """
        end = len(self.rows)
        if before is not None:
            end = next((n for n, row in enumerate(self.rows) if row.letter_id == before), -1)
            if end < 0:
                raise KeyError(before)
        found = self.rows[max(end - limit, 0) : end][::-1]
        return found, found[-1].letter_id if end > limit else None

    def find(self, letter_id: str) -> LetterRow | None:
        """The letter with an id, if it is among the newest."""
        return next((row for row in reversed(self.rows) if row.letter_id == letter_id), None)
