"""Whether a destination is to be called now: one gate for all that goes there.

A destination that is down would otherwise be called by every record, and every record would use up
its attempts for something that is not its fault. So failures in a row shut the gate; one record at
a time then tries, and the first that gets through opens it for all.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from router.kafka.runtime.backoff import Backoff
from router.kafka.sink.answer import Answer, Verdict
from router.telemetry import logger

log = logger(__name__)

_FAILURES_MAX = 5
_DENIALS_MAX = 3
_DENIALS_APART_S = 1.0
"""Calls of one moment are denied together: that is one denial, and may be over with the next."""
_AFTER_S_MAX = 3_600.0
"""The longest that a destination is left alone, whatever it asks."""


class Gate:
    """Counts answers, and holds callers while a destination takes nothing."""

    def __init__(
        self,
        destination: str,
        pauses_s: Sequence[float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open; ``pauses_s`` are between attempts while it is shut."""
        self._destination = destination
        self.switched_off: str | None = None
        self.answered = 0
        self._backoff = Backoff(pauses_s)
        self._clock = clock
        self._failures = self._denials = 0
        self._denied_at_s = -_DENIALS_APART_S
        self._is_probed = False
        self._shut_until_s = self._asked_until_s = 0.0
        self._changed = asyncio.Event()

    @property
    def is_shut(self) -> bool:
        """Whether it takes nothing, as far as we know."""
        return self.switched_off is not None or self._failures >= _FAILURES_MAX

    async def passing(self) -> None:
        """Return when the destination may be called."""
        while (pause_s := self._pause_s()) is None or pause_s > 0:
            changed = self._changed
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), pause_s)
        if self._failures >= _FAILURES_MAX:
            self._is_probed = True
            self._shut_until_s = self._clock() + self._backoff.peek()

    def _pause_s(self) -> float | None:
        if self.switched_off is not None:
            return None
        return max(self._shut_until_s, self._asked_until_s) - self._clock()

    def heard(self, answer: Answer) -> None:
        """Take in an answer of the destination."""
        match answer.verdict:
            case Verdict.DELIVERED | Verdict.REFUSED:
                self._worked()
            case Verdict.SWITCHED_OFF:
                self._switch_off(answer.why)
            case Verdict.AGAIN | Verdict.DENIED:
                self._failed(answer)
            case Verdict.SKIPPED:
                self._was_not_called()

    def _worked(self) -> None:
        if self._failures >= _FAILURES_MAX:
            log.info("destination.open", destination=self._destination)
        self.answered += 1
        self._failures = self._denials = 0
        self._shut_until_s = 0.0
        self._is_probed = False
        self._backoff.succeeded()
        self._wake_callers()

    def _was_not_called(self) -> None:
        """Let another record try instead: the one that passed has told nothing of the system.

        Otherwise each record without anything to say would keep the gate shut for a whole pause.
        """
        if self._is_probed:
            self._is_probed = False
            self._shut_until_s = self._clock()
            self._wake_callers()

    def _wake_callers(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _failed(self, answer: Answer) -> None:
        self._failures += 1
        if answer.verdict is not Verdict.DENIED:
            self._denials = 0
        elif self._clock() - self._denied_at_s >= _DENIALS_APART_S:
            self._denials, self._denied_at_s = self._denials + 1, self._clock()
            if self._denials >= _DENIALS_MAX:
                self._switch_off(answer.why)
        if self._failures == _FAILURES_MAX:
            log.warning("destination.shut", destination=self._destination, why=answer.why)
        if self._failures == _FAILURES_MAX or self._is_probed:
            self._is_probed = False
            self._shut_until_s = self._clock() + self._backoff.failed()
        if answer.after_s is not None:
            asked_s = min(answer.after_s, _AFTER_S_MAX)
            self._asked_until_s = max(self._asked_until_s, self._clock() + asked_s)

    def _switch_off(self, why: str) -> None:
        if self.switched_off is None:
            self.switched_off = why
            log.error(
                "destination.switched_off",
                destination=self._destination,
                why=why,
                then="mend it or its settings, then start delivery again: nothing is lost",
            )
