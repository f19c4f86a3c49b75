"""Each role works with exactly the rights that are documented for it."""

from __future__ import annotations

import pytest

from tests.roles.rights.running import Outside

pytestmark = pytest.mark.kafka


async def test_leads_flow_through_roles_that_have_no_other_rights(secured_deployment, start_roles):
    outside = Outside(secured_deployment)
    await outside.publish_policy()
    await secured_deployment.give("sender")
    roles = await start_roles("intake", "route", "streams")
    await outside.submit("web-1")
    await outside.act("web-1")
    decided = await outside.until_in(outside.topics.assignments, ["web-1"], *roles)
    assert decided == ["web-1"]
    await outside.until_in(outside.topics.engagement, ["web-1"], *roles)
