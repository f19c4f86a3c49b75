"""A role of the program: a folder with a class like this, and a line in the registry."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from router.kafka.client.clients import Clients
from router.kafka.rights.guarded import Runnable
from router.kafka.rights.right import Rights
from router.kafka.rights.watch import RightsWatch
from router.kafka.runtime.gc_control import QuietCollector
from router.observe.process import Process
from router.roles.route.plan import Consents
from router.roles.route.restore import FoldMaker
from router.settings import Settings


@dataclass
class Host:
    """A process as its roles see it. ``stack`` ends what they leave behind."""

    settings: Settings
    process: Process
    stack: AsyncExitStack
    consents: Consents = field(default_factory=Consents)
    make_fold: FoldMaker | None = None

    @cached_property
    def collector(self) -> QuietCollector:
        """The garbage collector, taken over by the first role that asks for it."""
        return self.stack.enter_context(QuietCollector())


class Role(Protocol):
    """A role as the program knows it: its needs before it runs, and how its parts are made."""

    @property
    def name(self) -> str:
        """Its name in ``run --roles`` and ``doctor --role``; also its consumer group."""
        ...

    @property
    def about(self) -> str:
        """Its work, in half a line, for the guide to its rights."""
        ...

    def rights(self, settings: Settings) -> Rights:
        """Return all that it needs of the broker, and nothing that it can do without."""
        ...

    def inputs(self, settings: Settings) -> Sequence[str]:
        """Return topics each of which it works on for itself: it goes on without one."""
        ...

    def part_names(self, settings: Settings) -> Sequence[str]:
        """Return what readiness names, in the order of :meth:`parts`."""
        ...

    async def parts(self, host: Host, clients: Clients, watch: RightsWatch) -> Sequence[Runnable]:
        """Return its parts, not yet running.

        Raises:
            LeadRouterError: what is wrong with the settings, the topics or the broker.
        """
        ...
