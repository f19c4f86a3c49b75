"""A lead of a sales org that is configured no more: the answer says so."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from router.board.lead_stories import Found
from router.board.leads_api import LeadsApi
from router.board.projection.projection import Projection


class Stories:
    """The topics still hold a lead of a sales org that was."""

    async def find(self, *_: object) -> Found | None:
        return Found("south", [{"sequence": 1, "sales_org": "south"}])


@pytest.mark.parametrize("address", ["/api/leads/old", "/api/leads/old/why-not/ida"])
async def test_a_lead_of_a_former_sales_org_is_answered_in_plain_words(address: str):
    projection = Projection(["main"], "main", since_ms=0)
    app = web.Application()
    app.add_routes(LeadsApi(SimpleNamespace(projection=projection), Stories()).routes())
    async with TestClient(TestServer(app)) as client, client.get(address) as response:
        assert response.status == 404
        said = (await response.json())["error"]
    assert "lead old is of sales org south" in said
    assert "lead-router explain old" in said
