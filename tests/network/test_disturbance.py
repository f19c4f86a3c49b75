"""The bad network is as bad as its seed says."""

from __future__ import annotations

import asyncio

from tests.network.disturbance import BadNetwork


async def test_losses_hold_up_half_of_the_flows_and_the_seed_says_which():
    bad, same, other = BadNetwork(3), BadNetwork(3), BadNetwork(4)
    flows = range(1_000)
    assert 400 < sum(map(bad.is_bad, flows)) < 600
    assert [bad.is_bad(flow) for flow in flows] == [same.is_bad(flow) for flow in flows]
    assert [bad.is_bad(flow) for flow in flows] != [other.is_bad(flow) for flow in flows]
    losing = asyncio.create_task(bad.lose(0.5))
    await asyncio.sleep(0)
    assert all(bad.delay_s(flow) > 0.2 for flow in flows if bad.is_bad(flow))
    quick = [flow for flow in flows if not bad.is_bad(flow) and bad.delay_s(flow) == 0]
    assert len(quick) > 400
    await losing
    slowed = [delay_s for flow in flows if (delay_s := bad.delay_s(flow))]
    assert 0 < len(slowed) < 100
    assert all(0.01 <= delay_s <= 0.4 for delay_s in slowed)
