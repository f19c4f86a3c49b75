"""The role ``streams``: activity into engagement, and what operators look at, in one event loop."""

from __future__ import annotations

from collections.abc import Sequence

from router.kafka.client.clients import Clients
from router.kafka.rights.guarded import Runnable
from router.kafka.rights.right import Rights
from router.kafka.rights.watch import RightsWatch
from router.kafka.topics.topic_names import (
    topics_read_by_board,
    topics_read_by_engagement,
    topics_written_by_engagement,
)
from router.roles.rights.step_rights import step_rights
from router.roles.role import Host
from router.settings import Settings


class StreamsRole:
    """Engagement and the board."""

    name = "streams"
    about = "engagement, and the board"

    def rights(self, settings: Settings) -> Rights:
        """The board takes rights only where it is on."""
        board = topics_read_by_board(settings) if settings.board.enabled else []
        read = [*topics_read_by_engagement(settings), *board]
        written = topics_written_by_engagement(settings)
        return step_rights(settings, self.name, read=read, written=written)

    def inputs(self, settings: Settings) -> Sequence[str]:
        """It needs all that it reads."""
        del settings
        return ()

    def part_names(self, settings: Settings) -> Sequence[str]:
        """Engagement, and the board where it is on."""
        return ["engagement", *(["board"] if settings.board.enabled else [])]

    async def parts(self, host: Host, clients: Clients, watch: RightsWatch) -> Sequence[Runnable]:
        """Return engagement and the board."""
        # Faust takes a second to import: only for those who run it.
        from router.board.service import BoardServer  # noqa: PLC0415 - see above
        from router.roles.streams.engagement.worker import EngagementWorker  # noqa: PLC0415

        del watch
        settings, process = host.settings, host.process
        parts: list[Runnable] = [
            EngagementWorker(settings, clients, process.meters, process.tracing)
        ]
        if settings.board.enabled:
            parts.append(BoardServer(settings, clients, process.meters))
        return parts
