"""Bounds of what one key may send, and of what all hold at once: beyond them they wait, not we."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from router.roles.gateway.problems import RefusalError
from router.settings import GatewaySettings


class Limits:
    """Counts what is under way, and what each key has left of its rate."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Every key begins with a second's worth."""
        self._settings = settings
        self._requests: Counter[str] = Counter()
        self._left: dict[str, tuple[float, float]] = {}

    @contextmanager
    def request(self, key_id: str) -> Iterator[None]:
        """Hold a place for the time of a request; all places bound memory, a key's its share.

        Raises:
            RefusalError: there is none.
        """
        if self._requests.total() >= self._settings.requests_max:
            raise RefusalError(503, "too many requests are under way", retry_after_s=1)
        if self._requests[key_id] >= self._settings.key_requests_max:
            raise RefusalError(429, "too many requests of this key are under way", retry_after_s=1)
        self._requests[key_id] += 1
        try:
            yield
        finally:
            self._requests[key_id] -= 1
            if not self._requests[key_id]:
                del self._requests[key_id]

    def spend(self, key_id: str, records: int) -> None:
        """Take ``records`` of what a key may send; a large batch is paid off later.

        Raises:
            RefusalError: it has sent too much lately.
        """
        rate, now_s = self._settings.records_per_s, time.monotonic()
        left, at_s = self._left.get(key_id, (float(rate), now_s))
        left = min(float(rate), left + (now_s - at_s) * rate)
        if left <= 0:
            self._left[key_id] = left, now_s
            wait_s = 1 + int(-left / rate)
            raise RefusalError(429, f"a key may send {rate} records a second", retry_after_s=wait_s)
        self._left[key_id] = left - records, now_s
