"""A part of the process that outlives what may mend: it ends, waits, and begins anew.

That is a right that is missing, and a broker that is away when the part begins; what happens to the
broker later is dealt with where it happens.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from aiokafka.errors import KafkaError

from router.errors import LeadRouterError
from router.kafka.client.reach import AwayError
from router.kafka.rights.denied import is_denial
from router.kafka.rights.watch import RightsWatch
from router.observe.parts import Part
from router.telemetry import logger

log = logger(__name__)

_PAUSE_S = 1.0


class Runnable(Part, Protocol):
    """A part with its work; it can be run again when it has ended."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``, or until it cannot go on."""
        ...


class Guarded:
    """A part that is unready while a right or the broker is missing, and never ends for that."""

    def __init__(self, part: Runnable, watch: RightsWatch) -> None:
        """Nothing runs yet; who runs it also has ``watch`` look."""
        self.name = part.name
        self.has_ended = False
        self._part = part
        self._watch = watch
        self._trouble: str | None = None
        self._told: str | None = None

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        return self._watch.awaits or self._trouble or self._part.awaits

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``.

        Raises:
            LeadRouterError: it cannot go on, and that does not mend by itself.
        """
        try:
            while not stop.is_set() and not await self._has_done(stop):
                await self._wait(stop)
        finally:
            self.has_ended = True

    async def _has_done(self, stop: asyncio.Event) -> bool:
        self._trouble = None
        try:
            await self._part.run(stop)
        except (LeadRouterError, KafkaError) as error:
            why = await self._watch.reason_for(error)
            is_away = isinstance(error, AwayError)
            if not is_away and not is_denial(error) and (stop.is_set() or not self._watch.missing):
                raise
            self._tell(f"{self.name} waits for {'the broker' if is_away else 'rights'}: {why}")
            return False
        return True

    def _tell(self, trouble: str) -> None:
        """Say why it waits, once for each reason."""
        if trouble != self._told:
            log.warning("part.waits", part=self.name, why=trouble)
        self._trouble = self._told = trouble

    async def _wait(self, stop: asyncio.Event) -> None:
        """Return when it is worth another try, or at ``stop``."""
        stopping = asyncio.create_task(stop.wait())
        given = asyncio.create_task(self._watch.until_given())
        try:
            await asyncio.wait([stopping, given], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopping, given):
                task.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _PAUSE_S)
