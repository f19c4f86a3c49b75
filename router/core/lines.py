"""The lines of a policy that hold for a lead; the same for all leads that it takes alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.core.policy import ChannelLine, ExitLine
    from router.core.pool_table import PoolTable


@dataclass(slots=True)
class Lines:
    """What holds: questions before rotation, channel, territories, and a pool a channel.

    ``exits`` are those worth asking, in the policy's order; ``channel`` the first line that
    matches; ``territory_ids`` stand the most specific first; ``new_rep`` is whether new reps may
    have the lead.
    """

    exits: tuple[ExitLine, ...]
    channel: ChannelLine | None
    territory_ids: tuple[str, ...]
    pools: dict[str, PoolTable]
    new_rep: bool
