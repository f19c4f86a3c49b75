"""The role ``gateway``: what it needs of the broker, and its part."""

from __future__ import annotations

from collections.abc import Sequence

from router.kafka.client.clients import Clients
from router.kafka.rights.guarded import Runnable
from router.kafka.rights.right import Operation, Rights, topic_rights
from router.kafka.rights.watch import RightsWatch
from router.kafka.topics.topic_names import topics_of
from router.roles.role import Host
from router.settings import Settings

_NAME = "gateway"


class GatewayRole:
    """Takes leads, activity and feedback over HTTP."""

    name = _NAME
    about = "leads, activity and feedback over HTTP"

    def rights(self, settings: Settings) -> Rights:
        """Return the right to write what senders may send over it."""
        topics = topics_of(settings)
        written = [topics.leads, topics.activity, topics.feedback]
        written += [topics.raw(source) for source in settings.topics.raw_sources]
        return topic_rights(Operation.WRITE, written)

    def inputs(self, settings: Settings) -> Sequence[str]:
        """It reads no topic."""
        del settings
        return ()

    def part_names(self, settings: Settings) -> Sequence[str]:
        """One part, where it is on."""
        return [_NAME] if settings.gateway.enabled else []

    async def parts(self, host: Host, clients: Clients, watch: RightsWatch) -> Sequence[Runnable]:
        """Return the server.

        Raises:
            LeadRouterError: its keys or certificates cannot be read.
        """
        from router.roles.gateway.server import (  # noqa: PLC0415 - aiohttp, for those who run it
            GatewayServer,
        )

        del watch
        if not host.settings.gateway.enabled:
            return []
        return [GatewayServer(host.settings, clients, host.process.meters)]
