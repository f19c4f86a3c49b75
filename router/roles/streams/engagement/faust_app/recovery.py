"""Faust's restoring of tables, which ends in silence when the broker is slow to answer."""

from __future__ import annotations

import logging
from typing import Any

from aiokafka.errors import KafkaTimeoutError
from faust.tables import recovery

logging.getLogger(__name__).setLevel(logging.WARNING)  # Faust logs by the names of its subclasses


class TableRecovery(recovery.Recovery):
    """Fails when a step of it takes too long.

    mode reports a wait that has timed out as one that was stopped, and Faust then believes that it
    is being stopped itself: nothing would ever be restored again.
    """

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ASYNC109 - Faust's
        try:
            await super()._wait(coro, timeout)
        except recovery.ServiceStopped:
            if self.should_stop or self.app.should_stop:
                raise
            raise KafkaTimeoutError from None
