"""A refused delivery is listed, and sent again when its cause is mended."""

from __future__ import annotations

import json
from collections import Counter

import msgspec
import pytest
from aiohttp import web
from typer.testing import CliRunner

from router.cli.main import build_app
from router.kafka.queries.failed_deliveries import failed_deliveries, retry
from tests.roles.delivery.conftest import SECRET, assignment_of, until, webhook

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]


async def test_only_what_still_stands_is_sent_again_and_only_to_who_refused_it(scene, receiver):
    async def refuse(*_):
        return web.Response(status=422)

    receiver.behave = refuse
    old, new = assignment_of("L1", 1), assignment_of("L1", 2)
    await scene.start(scene.to(crm=webhook(receiver.url), erp=webhook(receiver.url)))
    await scene.assign([old, new])
    await scene.failed(4)
    owner = {"lead_id": "L1", "assignment_id": "L1.2"}
    await scene.put(scene.topics.owners, b"L1", msgspec.json.encode(owner))
    found = await failed_deliveries(scene.clients, scene.topics)
    told = Counter((each.assignment["assignment_id"], each.is_superseded) for each in found)
    assert told == {("L1.1", True): 2, ("L1.2", False): 2}
    receiver.behave = None
    wanted = [each for each in found if not each.is_superseded and each.destination == "crm"]
    await retry(scene.clients, scene.topics, wanted)
    await until(lambda: receiver.keys == ["L1.2.crm"], lambda: receiver.keys)
    left = await failed_deliveries(scene.clients, scene.topics)
    assert ("crm", "L1.2") not in {(x.destination, x.assignment["assignment_id"]) for x in left}
    assert len(left) == 3


async def test_a_call_is_shown_before_it_is_made(scene, monkeypatch):
    destination = {
        "kind": "hubspot",
        "token": "pat-secret",
        "since": "2026-01-01T00:00:00Z",
    }
    known = {"external_ids": {"hubspot": "7"}, "owner_crm_ids": {"hubspot": "42"}}
    await scene.assign([assignment_of("L1", 1, **known)])
    servers = scene.settings.kafka.bootstrap_servers
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", servers)
    monkeypatch.setenv("LEAD_ROUTER_TOPICS__PREFIX", scene.settings.topics.prefix)
    hook = {
        "kind": "webhook",
        "url": "https://us:hook-secret@a.example/in/",
        "secrets": [SECRET],
        "since": "2026-01-01T00:00:00Z",
    }
    both = {"hubspot": destination, "hook": hook}
    monkeypatch.setenv("LEAD_ROUTER_DESTINATIONS", json.dumps(both))

    def run(*arguments):
        return CliRunner().invoke(build_app(arguments), list(arguments))

    shown = await scene.in_thread(run, "deliveries", "try", "hubspot", "L1", "--json")
    call = json.loads(shown.stdout)
    assert call["url"] == "https://api.hubapi.com/crm/v3/objects/contacts/7"
    assert call["body"] == '{"properties":{"hubspot_owner_id":"42"}}'
    assert "pat-secret" not in shown.stdout
    shown = await scene.in_thread(run, "deliveries", "try", "hook", "L1")
    assert "POST https://a.example/in/\n" in shown.stdout
    assert "hook-secret" not in shown.stdout
    unknown = await scene.in_thread(run, "deliveries", "try", "crm", "L1")
    assert "no such destination: crm; there are: hubspot, hook" in str(unknown.exception)
