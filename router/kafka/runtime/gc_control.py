"""The garbage collector, kept from looking through all of state again and again.

State is millions of objects that live for months. Left alone, the collector walks them whenever
enough new ones have come, and a route process spends a third of its time in it. So it is off;
what is young is collected between transactions, and all that has come since the last time once
an hour, when nothing waits.
"""

from __future__ import annotations

import gc
import time
from types import TracebackType
from typing import Self

_YOUNG_EVERY_RECORDS = 100_000
_ALL_EVERY_S = 3_600.0


class QuietCollector:
    """Takes over garbage collection for the time of a ``with`` block."""

    def __init__(self) -> None:
        """Nothing changes before the block is entered."""
        self._records = 0
        self._all_at_s = 0.0

    def __enter__(self) -> Self:
        gc.collect()
        gc.disable()
        self.settled()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        gc.unfreeze()
        gc.enable()

    def settled(self) -> None:
        """What there is now stays: never look at it again."""
        gc.freeze()
        self._all_at_s = time.monotonic() + _ALL_EVERY_S

    def worked(self, records: int) -> None:
        """So many records have been processed; collect the young from time to time."""
        self._records += records
        if self._records >= _YOUNG_EVERY_RECORDS:
            self._records = 0
            gc.collect(1)

    def rested(self) -> None:
        """Nothing waits; once an hour there is time for all that came since the last time."""
        if time.monotonic() >= self._all_at_s:
            gc.collect()
            self.settled()
