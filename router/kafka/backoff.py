"""Growing pauses between attempts at what may mend by itself."""

from __future__ import annotations

_PAUSES_S = (0.2, 1.0, 2.0, 5.0, 10.0)
"""The first is short, because most failures are over at once; the last bounds how long a partition
still waits after the broker is back or a right is given again."""


class Backoff:
    """Counts the failures in a row, and says how long to wait after each."""

    def __init__(self) -> None:
        """No failure yet."""
        self.failures = 0

    def failed(self) -> float:
        """Count a failure; returns the seconds to wait before the next attempt."""
        pause_s = _PAUSES_S[min(self.failures, len(_PAUSES_S) - 1)]
        self.failures += 1
        return pause_s

    def succeeded(self) -> None:
        """Begin anew with the shortest pause."""
        self.failures = 0
