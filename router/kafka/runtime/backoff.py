"""Growing pauses between attempts at what may mend by itself."""

from __future__ import annotations

from collections.abc import Sequence

_PAUSES_S = (0.2, 1.0, 2.0, 5.0, 10.0)
"""The first is short, because most failures are over at once; the last bounds how long a partition
still waits after the broker is back or a right is given again."""


class Backoff:
    """Counts the failures in a row, and says how long to wait after each."""

    def __init__(self, pauses_s: Sequence[float] = _PAUSES_S) -> None:
        """No failure yet."""
        self.failures = 0
        self._pauses_s = pauses_s

    def failed(self) -> float:
        """Count a failure; returns the seconds to wait before the next attempt."""
        pause_s = self.peek()
        self.failures += 1
        return pause_s

    def peek(self) -> float:
        """Return the seconds that the next failure would have one wait."""
        return self._pauses_s[min(self.failures, len(self._pauses_s) - 1)]

    def succeeded(self) -> None:
        """Begin anew with the shortest pause."""
        self.failures = 0
