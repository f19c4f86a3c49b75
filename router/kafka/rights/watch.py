"""The rights of a role while it runs: looked at again and again, and told when they change.

A right that is missing shows in aiokafka as an error, an empty answer, a topic that is not there or
a wait without end. So the running role does not guess. Every few seconds the broker is asked for
the rights themselves; which also finds, before it is needed, one that is seldom used.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping

from aiokafka.errors import KafkaError

from router.kafka.client.clients import Clients
from router.kafka.client.closing import end_tasks
from router.kafka.rights.denied import is_denial, lacks
from router.kafka.rights.probe import RightsProbe, Standing
from router.kafka.rights.right import Operation, Right, Rights
from router.kafka.runtime.failures import reason_of
from router.telemetry import logger

log = logger(__name__)

_LOOK_EVERY_S = 3.0
_ANSWER_S_MAX = 2.0
"""For a look that somebody waits for: a broker that is away must not hold them up for long."""


class RightsWatch:
    """Which of a role's rights are missing, as of the last look.

    ``inputs`` are topics of which each is worked on for itself: a role goes on with the others when
    it may not read one. ``on_change`` is called when a right was taken or given.
    """

    def __init__(
        self, clients: Clients, role: str, rights: Rights, *, inputs: Collection[str] = ()
    ) -> None:
        """Nothing is known to be missing before the first look."""
        self.role = role
        self.missing: Rights = ()
        self.on_change: Callable[[], None] | None = None
        self._settings = clients.settings
        self._rights = rights
        self._inputs = frozenset(inputs)
        self._probe = RightsProbe(clients)
        self._wanted, self._looked, self._changed = (asyncio.Event() for _ in range(3))

    @property
    def awaits(self) -> str | None:
        """Who lacks which right, in one line; None when nothing is missing."""
        if not self.missing:
            return None
        return (
            f"{self.role} waits for rights: {lacks(self._settings, self.missing)}: see"
            f" `lead-router doctor --role {self.role}`"
        )

    def lacking_for(self, topic: str | None = None) -> Rights:
        """Return the missing rights without which there is no work on ``topic``, or on any."""
        return tuple(each for each in self.missing if not self._is_of_other_input(each, topic))

    def _is_of_other_input(self, right: Right, topic: str | None) -> bool:
        is_input = right.operation is Operation.READ and right.name in self._inputs
        return is_input and right.name != topic

    async def look(self) -> None:
        """Have the broker asked now, and wait for the answer, but not for long."""
        self._looked.clear()
        self._wanted.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), _ANSWER_S_MAX)

    def _note(self, missing: Rights) -> None:
        taken = [right for right in missing if right not in self.missing]
        given = [right for right in self.missing if right not in missing]
        self.missing = missing
        if taken:
            log.error("rights.missing", role=self.role, why=lacks(self._settings, taken))
        if given:
            log.info("rights.given", role=self.role, rights=", ".join(map(str, given)))
        self._changed.set()
        if self.on_change is not None:
            self.on_change()

    async def reason_for(self, error: BaseException, topic: str | None = None) -> str:
        """Return why work on ``topic`` failed by ``error``: the rights that are missing for it.

        Where none is, the error's own words.
        """
        if is_denial(error):
            await self.look()
        lacking = self.lacking_for(topic)
        return lacks(self._settings, lacking) if lacking else reason_of(error)

    async def until_given(self, topic: str | None = None) -> None:
        """Wait while rights are missing without which there is no work on ``topic``."""
        while self.lacking_for(topic):
            self._changed.clear()
            await self._changed.wait()

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds, and when asked to, until ``stop``."""
        looking = asyncio.create_task(self._keep_looking(), name=f"{self.role}:rights")
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([looking, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks([looking, stopping])
            await self._probe.stop()
        if not looking.cancelled():
            looking.result()

    async def _keep_looking(self) -> None:
        while True:
            self._wanted.clear()
            # Who does not answer changes nothing: that is seen by those who work with the broker.
            with contextlib.suppress(KafkaError):
                self._take(await self._probe.look(self._rights))
            self._looked.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), _LOOK_EVERY_S)

    def _take(self, found: Mapping[Right, Standing]) -> None:
        missing = tuple(right for right, standing in found.items() if standing is Standing.DENIED)
        if missing != self.missing:
            self._note(missing)
