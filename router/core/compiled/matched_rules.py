"""The lines of a policy that hold for a lead; the same for all leads that it takes alike."""

from __future__ import annotations

from dataclasses import dataclass

from router.core.compiled.pool_members import PoolMembers
from router.core.model.policy import ChannelLine, ExitLine


@dataclass(slots=True)
class MatchedRules:
    """What holds: questions before rotation, channel, territories, and a pool a channel.

    ``exits`` are those worth asking, in the policy's order; ``channel`` the first line that
    matches; ``territory_ids`` stand the closest first; ``new_rep`` is whether new reps may
    have the lead; ``close_ppm`` are the millionths of such leads that are won, by channel.
    """

    exits: tuple[ExitLine, ...]
    channel: ChannelLine | None
    territory_ids: tuple[str, ...]
    pools: dict[str, PoolMembers]
    new_rep: bool
    close_ppm: dict[str, int]
