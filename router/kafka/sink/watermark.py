"""The offset before which everything is done, of records that end in any order."""

from __future__ import annotations

from collections import OrderedDict


class Watermark:
    """Holds only what has begun and not ended, so that its size is bounded by work under way.

    Example: 5, 6 and 9 have begun (7 and 8 are markers of transactions). 6 and 9 end: the position
    is still 5, and after a crash 6 and 9 are handed over again. Then 5 ends: the position is 10.
    """

    def __init__(self, position: int) -> None:
        """Everything before ``position`` is done."""
        self._next = position
        self._open: OrderedDict[int, None] = OrderedDict()

    @property
    def position(self) -> int:
        """The offset of the first record that is not done."""
        return next(iter(self._open), self._next)

    @property
    def span(self) -> int:
        """Offsets that would be read again after a crash, at most."""
        return self._next - self.position

    def begin(self, offset: int) -> None:
        """Note a record; offsets come in rising order."""
        self._open[offset] = None
        self._next = offset + 1

    def end(self, offset: int) -> None:
        """Note that a record that has begun is done."""
        del self._open[offset]
